// What noise does: the slider, and what follows it.
import { Chart, type Curve } from "./chart";
import type { Dependence, Interval, Run } from "./data";
import { el, interval, percent, sigmaText } from "./dom";
import { choose, classLine, follow, letter, levelOf, page, span, two } from "./view";

const mostClasses = 12, mostCurves = 10;

export function slider(): HTMLElement {
  const sigmas = [...new Set(page.runs.flatMap(run => run.summary.sigmas))].sort((a, b) => a - b);
  const told = el("output", { id: "sigma-value", for: "sigma" });
  const input = el("input", {
    type: "range", id: "sigma", min: 0, max: sigmas.length - 1, step: 1, value: Math.floor(sigmas.length / 2), oninput: () => moved(),
  });
  const moved = () => {
    const sigma = sigmas[Number(input.value)];
    told.textContent = sigmaText(sigma);
    input.setAttribute("aria-valuetext", `sigma ${sigmaText(sigma)}`);
    choose(sigma);
  };
  requestAnimationFrame(moved);
  const units = [...new Set(page.runs.map(run => run.unit))].map((unit, r, all) => all.length > 1 ? `${"AB"[r]} ${unit}` : unit).join("; ");
  return el("div", { class: "slider" }, el("label", { for: "sigma" }, `Noise, sigma ${units}`), input, told);
}

export function readouts(): HTMLElement {
  const body = el("tbody"), head = el("tr");
  const line = (name: string, id: string, values: [string, string][]) => el("tr", {}, el("th", { scope: "row" }, name),
    ...values.flatMap(([v, i], r) => [el("td", { "data-value": `${id}-${r}` }, v), el("td", { "data-interval": `${id}-${r}` }, i)]));
  follow(sigma => {
    const levels = page.runs.map(run => levelOf(run, sigma));
    const each = (of: (run: Run, level: number) => [string, string]) =>
      page.runs.map((run, r): [string, string] => levels[r] === null ? ["outside its grid", ""] : of(run, levels[r]!));
    const title = (run: Run, r: number) =>
      two ? `${"AB"[r]}${levels[r] === null ? "" : `, sigma ${sigmaText(run.summary.sigmas[levels[r]!])}`}` : "share";
    head.replaceChildren(el("th", { scope: "col" }, "at this noise"),
      ...page.runs.flatMap((run, r) => [el("th", { scope: "col" }, title(run, r)), el("th", { scope: "col" }, "95 % interval")]));
    const lines = [line("draws that flip", "flip", each((run, l) => [percent(run.summary.flipRate[l]), interval(run.summary.flipRateInterval[l])]))];
    if (page.runs.some(run => run.dependence))
      lines.push(line("sample dependence", "dependence", each((run, l) => {
        const d = run.dependence;
        if (d === null) return ["not known", ""];
        return d.status[l] === "reliable" ? [percent(d.sampleDependence[l]), interval([d.low[l], d.high[l]])] : [d.status[l], ""];
      })));
    if (page.runs.some(run => run.dependence?.accuracy))
      lines.push(line("draws that give the label", "accuracy", each((run, l) =>
        run.dependence?.accuracy ? [percent(run.dependence.accuracy[l]), interval(run.dependence.accuracyInterval![l])] : ["no labels", ""])));
    body.replaceChildren(...lines);
  });
  return el("table", { class: "readouts" }, el("caption", {}, "Readouts"), el("thead", {}, head), body);
}

export function shares(run: Run, r: number): HTMLElement {
  const body = el("tbody"), caption = el("caption"), { classes, sigmas, classShares, classShareInterval } = run.summary;
  follow(sigma => {
    const s = levelOf(run, sigma);
    const many = classes.length > mostClasses ? ` (the ${mostClasses} most frequent of ${classes.length} classes)` : "";
    caption.textContent = `${letter(r)}Predictions at ${s === null ? "this noise" : `sigma ${sigmaText(sigmas[s])}`}${many}`;
    if (s === null) {
      const grid = `${sigmaText(sigmas[0])} to ${sigmaText(sigmas[sigmas.length - 1])}`;
      body.replaceChildren(el("tr", {}, el("td", { colspan: 4 }, `outside its grid, ${grid}`)));
      return;
    }
    const row = classShares[s].map(share => share ?? 0);
    const top = row.map((_, c) => c).sort((a, b) => row[b] - row[a] || a - b).slice(0, mostClasses);
    body.replaceChildren(...top.map(c => {
      const [low, high] = classShareInterval[s][c].map(v => v ?? 0);
      return el("tr", {}, el("th", { scope: "row" }, classes[c]), bar(row[c], low, high),
        el("td", { "data-share": `${r}-${c}` }, percent(row[c])), el("td", { "data-share-interval": `${r}-${c}` }, interval([low, high])));
    }));
  });
  const heads = el("tr", {}, el("th", { scope: "col" }, "class"), el("td"), el("th", { scope: "col" }, "share"), el("th", { scope: "col" }, "95 % interval"));
  return el("table", { class: "shares" }, caption, el("thead", {}, heads), body);
}

/** A share as a bar, with its interval where there is one. */
export function bar(share: number | null, low?: number, high?: number): HTMLElement {
  return el("td", { class: "bar" },
    share !== null && el("span", { "aria-hidden": "true", style: `width:${100 * share}%` }),
    low !== undefined && high !== undefined && el("i", { "aria-hidden": "true", style: `left:${100 * low}%;width:${100 * (high - low)}%` }));
}

/** What of a curve of sample dependence can be believed. */
function believed(d: Dependence) {
  const only = (values: (number | null)[]) => values.map((v, i) => d.status[i] === "reliable" ? v : null);
  return { values: only(d.sampleDependence), low: only(d.low), high: only(d.high) };
}

export function curves(): HTMLElement {
  const over = (title: string, of: (run: Run) => Curve[]) => page.runs.map((run, r) => {
    const chart = new Chart(`${letter(r)}${title} (sigma ${run.unit})`, run.summary.sigmas, of(run), span);
    follow(sigma => chart.mark(levelOf(run, sigma)));
    return chart.element;
  });
  const ends = (pairs: Interval[], k: 0 | 1) => pairs.map(p => p[k]);
  const flips = (run: Run): Curve[] => [
    {
      name: "flip rate", values: run.summary.flipRate, low: ends(run.summary.flipRateInterval, 0), high: ends(run.summary.flipRateInterval, 1), colour: 0,
    },
    ...run.dependence ? [{ name: "sample dependence", ...believed(run.dependence), colour: 1, dashed: true }] : [],
  ];
  const ofClasses = (run: Run): Curve[] => {
    const { classes, classShares, classShareInterval } = run.summary, last = classShares[classShares.length - 1].map(v => v ?? 0);
    const ever = classes.map((_, c) => Math.max(...classShares.map(row => row[c] ?? 0)));
    return ever.map((_, c) => c).sort((a, b) => ever[b] - ever[a] || last[b] - last[a]).slice(0, mostCurves).map(c => ({
      name: classes[c], values: classShares.map(row => row[c]),
      low: classShareInterval.map(row => row[c][0]), high: classShareInterval.map(row => row[c][1]), ...classLine(c),
    }));
  };
  return el("div", { class: "charts" }, ...over("What noise leaves of the sample", flips), ...over("Share of each class", ofClasses));
}
