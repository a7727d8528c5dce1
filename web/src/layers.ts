import { el, interval, percent, sigmaText } from "./dom";
import type { Sensitivity } from "./data";
import { bar } from "./noise";

type Site = Sensitivity["sites"][number];

/** The half-flip sigma in words; what lies beyond the grid has no number. */
function half(t: Sensitivity, s: Site): string {
  if (s.censoring === "left") return `below ${sigmaText(t.sigmas[0])}`;
  if (s.censoring === "none") return sigmaText(s.halfFlipSigma);
  return s.seenTo === null ? "unknown" : `above ${sigmaText(s.seenTo)}`;
}

const halfInterval = (s: Site) => `${sigmaText(s.halfLow)} to ${s.halfHigh === null ? "beyond the grid" : sigmaText(s.halfHigh)}`;

/** Which layers matter: each site alone, as a plot over depth and as a table in the order that is chosen. */
export function layers(t: Sensitivity, title: string, r: number): HTMLElement {
  if (t.sites.length === 0) return el("section", { "aria-labelledby": `sites-title-${r}` }, el("h2", { id: `sites-title-${r}` }, title), ...steep(t));
  const body = el("tbody");
  const order = el("select", { id: `sites-order-${r}`, onchange: () => fill() },
    el("option", { value: "rank" }, "most sensitive first"), el("option", { value: "depth" }, "by depth"));
  const fill = () => body.replaceChildren(...[...t.sites].sort((a, b) => order.value === "rank" ? a.rank - b.rank : a.index - b.index).map(s => {
    const [low, high] = s.commonFlipRateInterval.map(v => v ?? 0);
    return el("tr", { "data-site": `${r}-${s.index}` }, el("th", { scope: "row" }, `${s.index} ${s.name}`),
      el("td", {}, s.op), el("td", {}, String(s.elements)), el("td", {}, sigmaText(s.rms)),
      el("td", {}, half(t, s)), el("td", {}, halfInterval(s)), el("td", {}, s.halfFlipAbsolute === null ? "–" : sigmaText(s.halfFlipAbsolute)),
      bar(s.commonFlipRate, low, high),
      el("td", {}, percent(s.commonFlipRate)), el("td", {}, interval(s.commonFlipRateInterval)));
  }));
  fill();
  const heads = ["site", "op", "elements", "rms", "half-flip sigma, times rms", "95 % interval", "half-flip sigma, absolute", "",
    `flips at sigma ${sigmaText(t.commonSigma!)}, times rms`, "95 % interval"];
  return el("section", { "aria-labelledby": `sites-title-${r}` }, el("h2", { id: `sites-title-${r}` }, title),
    el("p", {}, `Noise on one site at a time, in units of the site's rms, on ${t.samples} samples with ${t.draws} draws each. `
      + "The half-flip sigma is the noise at which half of the draws flip: the lower, the more the layer matters. "
      + "Where it lies beyond the grid it is not extrapolated."),
    t.sites.some(s => s.seenTo !== null) && plot(t),
    el("div", { class: "controls" }, el("label", { for: `sites-order-${r}` }, "order ", order)),
    el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "sensitivity of each site" },
      el("table", { class: "sites" }, el("caption", {}, "Sensitivity of each site to noise on it alone"),
        el("thead", {}, el("tr", {}, ...heads.map(h => h === "" ? el("td") : el("th", { scope: "col" }, h)))), body)),
    ...steep(t));
}

/** Where the margin is steep, to first order: the share of each site. */
function steep(t: Sensitivity): HTMLElement[] {
  const f = t.firstOrder;
  if (!f) return [];
  const rows = f.sites.map(s => {
    const [low, high] = s.shareInterval.map(v => v ?? 0);
    return el("tr", {}, el("th", { scope: "row" }, `${s.index} ${s.name}`), el("td", {}, s.op), bar(s.share, low, high),
      el("td", {}, percent(s.share)), el("td", {}, interval(s.shareInterval)));
  });
  const ratio = f.escapeRatio === null ? "" : ` Measured over first-order escape noise: median ${f.escapeRatio.toFixed(2)}, quartiles `
    + `${f.escapeRatioQuartiles.map(v => (v ?? NaN).toFixed(2)).join(" and ")}, n = ${f.escapeRatioSamples}: 1 for an affine network, `
    + "far from 1 where the network is bent on the way to another class.";
  return [el("h3", {}, "To first order, without noise"),
    el("p", {}, `The share of each site in the variance that small noise makes of the margin, mean over ${f.samples} samples.${ratio}`),
    el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "share of each site in the variance of the margin" },
      el("table", { class: "steep" }, el("caption", {}, "Share of each site in the variance of the margin, to first order"),
        el("thead", {}, el("tr", {}, ...["site", "op", "", "share", "95 % interval"].map(h => h === "" ? el("td") : el("th", { scope: "col" }, h)))),
        el("tbody", {}, ...rows)))];
}

/** Half-flip sigma (logarithmic) over depth, with intervals; an arrow where the grid ends first. */
function plot(t: Sensitivity): HTMLElement {
  const width = 760, height = 240, left = 56, right = 12, top = 10, bottom = 44;
  // The octaves that hold every interval; the ends of the grid where one is open.
  const first = t.sigmas[0], last = t.sigmas[t.sigmas.length - 1];
  const ends = t.sites.filter(s => s.seenTo !== null).flatMap(s => [s.halfLow || first, s.halfHigh ?? last, ...s.censoring === "left" ? [first] : []]);
  const low = 2 ** Math.floor(Math.log2(Math.min(...ends))), high = 2 ** Math.ceil(Math.log2(Math.max(...ends)));
  const x = (i: number) => left + (width - left - right) * (i + 0.5) / t.sites.length;
  const share = (sigma: number) => high > low ? Math.log(Math.min(high, Math.max(low, sigma)) / low) / Math.log(high / low) : 0.5;
  const y = (sigma: number) => height - bottom - (height - top - bottom) * share(sigma);
  const parts: string[] = [];
  const octaves = Math.log2(high / low), step = Math.max(1, Math.ceil(octaves / 6));
  for (let k = 0; k <= octaves + 1e-9; k += step) {
    const sigma = low * 2 ** k;
    parts.push(`<line x1="${left}" x2="${width - right}" y1="${y(sigma)}" y2="${y(sigma)}" class="grid"/>`,
      `<text x="${left - 6}" y="${y(sigma) + 4}" text-anchor="end">${sigmaText(sigma)}</text>`);
  }
  const every = Math.ceil(t.sites.length / 25);
  t.sites.forEach((s, i) => {
    if (i % every === 0) parts.push(`<text x="${x(i)}" y="${height - bottom + 16}" text-anchor="middle">${s.index}</text>`);
    const from = s.halfLow ?? high, to = s.halfHigh ?? high;
    if (s.seenTo !== null) parts.push(`<line x1="${x(i)}" x2="${x(i)}" y1="${y(from)}" y2="${y(to)}" class="range"/>`);
    if (s.censoring === "none") parts.push(`<circle cx="${x(i)}" cy="${y(s.halfFlipSigma!)}" r="4"/>`);
    else if (s.seenTo !== null) {
      const at = y(s.censoring === "left" ? t.sigmas[0] : s.seenTo), tip = s.censoring === "left" ? 8 : -8;
      parts.push(`<path d="M${x(i) - 5} ${at}h10l-5 ${tip}z"/>`);
    }
  });
  parts.push(`<text x="${(left + width - right) / 2}" y="${height - 8}" text-anchor="middle">site, by depth</text>`);
  const told = t.sites.map(s => `site ${s.index} ${half(t, s)}`).join(", ");
  const host = el("div", { class: "site-plot", role: "img", "aria-label": `Half-flip sigma of each site in units of its rms: ${told}` });
  host.innerHTML = `<svg viewBox="0 0 ${width} ${height}" aria-hidden="true">${parts.join("")}</svg>`;
  return el("figure", {}, el("figcaption", {}, "Half-flip sigma in units of the site's rms, with its 95 % interval"), host);
}
