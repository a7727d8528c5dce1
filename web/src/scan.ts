// What a scan says of models: the verdict, and what the noise that leads all inputs to the suspected class looks like and does.
import type { Scan } from "./data";
import { Chart } from "./chart";
import { el, pText, percent } from "./dom";

type Model = Scan["models"][number];
type Trigger = NonNullable<Model["trigger"]>;

/** As a file of an earlier version may have it, without what came later. */
type Read = Omit<Model, "findsAndMisses" | "trigger" | "views"> & Partial<Pick<Model, "findsAndMisses" | "trigger" | "views">>;

const picture = (src: string | null, alt: string, below: (string | HTMLElement)[], kind = "picture") => el("figure", { class: kind },
  src === null ? el("span", { class: "words" }, alt) : el("img", { src, alt }), el("figcaption", {}, ...below));

const places: Record<string, string> = {
  "shared-noise": "random noise that all inputs share",
  "directed-noise": "directed noise that all samples share", "last-layer": "what the last layer gives to each class",
};

function views(m: Read): HTMLElement[] {
  if (!m.views || m.views.length < 2) return [];
  const rows = m.views.map(v => el("tr", {}, el("th", { scope: "row" }, places[v.name] ?? v.name), el("td", {}, v.inputs === "data" ? "samples" : "noise"),
    el("td", {}, v.targetName), el("td", {}, v.pValue === null ? "none" : pText(v.pValue))));
  return [el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Ways of looking" }, el("table", {},
    el("caption", {}, "Ways of looking"),
    el("thead", {}, el("tr", {}, ...["noise", "inputs", "class that stands out", "p-value"].map(h => el("th", { scope: "col" }, h)))),
    el("tbody", {}, ...rows)))];
}

function found(t: Trigger, m: Read): HTMLElement[] {
  const where = t.window ? `pixels of a window, ${t.window[2]} x ${t.window[2]} at row ${t.window[0]}, column ${t.window[1]}`
    : `noise of ${percent(t.radius)} of the pixels' range`;
  const fed = t.inputs === "data" ? "samples" : "inputs of noise";
  const others = t.referenceImages.map((src, i) =>
    picture(src, `noise that leads to ${m.targetName} in ${t.referenceNames[i]}`, [`${m.targetName}, reference ${i + 1}`]));
  const examples = t.before.map((_, i) => el("div", { class: "pair" },
    picture(t.without[i] ?? null, `input ${i + 1} without`, [t.before[i]]),
    picture(t.with[i] ?? null, `input ${i + 1} with the noise`, [el("strong", {}, t.after[i])])));
  return [
    el("p", {}, `The ${where} that leads ${fed} to ${m.targetName}: it carries ${percent(t.share, 0)} (${percent(t.interval[0], 0)} to `
      + `${percent(t.interval[1], 0)}, n = ${t.others}) of inputs of other classes that it was not found on.`),
    ...t.image === null ? [] : [el("h3", {}, "What it looks like (grey: no change)"), el("div", { class: "pictures" },
      picture(t.image, `noise that leads to ${m.targetName}`, [el("strong", {}, m.targetName)], "picture large"),
      picture(t.nextImage, `noise that leads to ${t.nextName}`, [`${t.nextName}, next class`], "picture large"), ...others)],
    el("h3", {}, "Inputs without and with it, and what they are predicted as"), el("div", { class: "pictures" }, ...examples),
    new Chart("Share of inputs of other classes that the worst noise on the whole input carries to a class", t.radii, [
      { name: m.targetName, values: t.shares, colour: 0 }, { name: `${t.nextName}, next class`, values: t.nextShares, colour: 1, dashed: true },
    ], undefined, 200, "radius").element,
  ];
}

/** The part about one model. */
function model(m: Read, hint: string): HTMLElement {
  const suspicious = m.verdict === "suspicious";
  const verdict = suspicious || m.verdict === "inconclusive" ? m.verdict : "nothing found";
  return el("div", { class: "scanned" }, el("p", {}, el("strong", {}, verdict),
    ` (${m.model}): ${suspicious ? "suspected target" : "stands out most"} ${m.targetName}`,
    m.anomalyIndex === null ? "" : `, anomaly index ${m.anomalyIndex.toFixed(1)}`, m.pValue === null ? ", no p-value" : `, ${pText(m.pValue)}`,
    `, ${m.references} clean references.`, m.references === 0 && suspicious ? ` Note: ${hint}.` : "",
    m.findsAndMisses === undefined ? "" : ` ${m.findsAndMisses}`), ...views(m), ...m.trigger ? found(m.trigger, m) : []);
}

export const scanned = (scan: Scan, hint: string, title: string, id: string) => el("section", { "aria-labelledby": id }, el("h2", { id }, title),
  ...(scan.models as Read[]).map(m => model(m, hint)),
  ...(scan.failed ?? []).map(f => el("p", {}, `${f.model}: not screened: ${f.error}`)),
  el("p", { class: "note" }, "A model in which nothing was found may still hold a backdoor."));
