// The path of one sample: how its draws leave the prediction as noise grows.
import { Chart } from "./chart";
import { countsOf, wilson, type Run } from "./data";
import { el, interval, percent, sigmaText } from "./dom";
import { escapeText, look } from "./gallery";
import { bar } from "./noise";
import { chosenSigma, classLine, levelOf, two } from "./view";

const mostClasses = 6;

export function path(): { element: HTMLElement; open: (run: Run, i: number) => void } {
  const body = el("div"), close = el("button", { type: "button", onclick: () => dialog.close() }, "Close");
  const dialog = el("dialog", { "aria-labelledby": "path-title" }, el("div", { class: "top" }, el("h2", { id: "path-title" }), close), body);
  let last: Chart | null = null;
  const open = (run: Run, i: number) => {
    const s = run.samples, { sigmas, classes } = run.summary;
    const counts = countsOf(run, i), totals = counts.map(row => row.reduce((sum, [, n]) => sum + n, 0));
    const drawn = (c: number, l: number) => counts[l].find(([y]) => y === c)?.[1] ?? 0;
    dialog.querySelector("h2")!.textContent = `${two ? `${run.name}: ` : ""}sample ${s.id[i]}`;
    const ever = new Map<number, number>();
    counts.forEach((row, l) => row.forEach(([c, n]) => ever.set(c, Math.max(ever.get(c) ?? 0, n / totals[l]))));
    const own = (c: number) => c === s.predicted[i] ? 1 : 0;
    const top = [...ever.keys()].sort((a, b) => own(b) - own(a) || ever.get(b)! - ever.get(a)!).slice(0, mostClasses);
    const over = (of: (l: number) => number) => counts.map((_, l) => totals[l] > 0 ? of(l) : null);
    last?.close();
    const chart = last = new Chart(`Share of draws that fall on each class (sigma ${run.unit})`, sigmas, top.map(c => ({
      name: classes[c], values: over(l => drawn(c, l) / totals[l]),
      low: over(l => wilson(drawn(c, l), totals[l])[0]), high: over(l => wilson(drawn(c, l), totals[l])[1]), ...classLine(c),
    })));
    chart.mark(levelOf(run, chosenSigma()));
    body.replaceChildren(
      el("div", { class: "sample" }, look(run, i, 168), facts(run, i, l => drawn(s.predicted[i], l), totals)),
      chart.element, ...firstEscapes(run, i), ...profile(run, i));
    dialog.showModal();
  };
  return { element: dialog, open };
}

function facts(run: Run, i: number, kept: (level: number) => number, totals: number[]): HTMLElement {
  const s = run.samples, { sigmas, classes } = run.summary, label = s.label[i], l = levelOf(run, chosenSigma());
  const labelled = label === null ? "" : label === s.predicted[i] ? ", as labelled" : `, labelled ${classes[label]}`;
  const rank = s.rank[i] === null ? "regularity: no score" : `regularity: ${s.rank[i]! + 1} of ${s.ranked}, counted from the least regular`;
  const now = l === null || totals[l] === 0 ? null : `at sigma ${sigmaText(sigmas[l])}, ${kept(l)} of ${totals[l]} draws keep its prediction `
    + `(95 % interval ${interval(wilson(kept(l), totals[l]))})`;
  const suspicion = s.suspicion[i] === null ? null
    : `label: small noise takes ${percent(s.suspicion[i])} of the softmax away from it${s.suspect[i] ? "; suspect" : ""}`;
  return el("ul", {},
    el("li", {}, `predicted ${classes[s.predicted[i]]}${labelled}`),
    el("li", { "data-escape": String(s.id[i]) }, escapeText(run, i)),
    el("li", {}, rank),
    now !== null && el("li", { "data-now": String(s.id[i]) }, now),
    s.firstOrder[i] !== null && el("li", { "data-first-order": String(s.id[i]) }, firstOrder(run, i)),
    suspicion !== null && el("li", {}, suspicion));
}

/** What the slope of the margin says without noise, and how far noise agrees. */
function firstOrder(run: Run, i: number): string {
  const { firstOrder: distance, escapeRatio: ratio } = run.samples;
  return `to first order its margin is one standard deviation at sigma ${sigmaText(distance[i]!)}`
    + (ratio[i] === null ? "" : `; noise takes ${ratio[i]!.toFixed(2)} times that`);
}

/** At which sites the sample is fragile, to first order. */
function profile(run: Run, i: number): HTMLElement[] {
  const { steep, steepSites } = run.samples;
  if (steep[i].length < 2) return [];
  return [el("table", { class: "steep" }, el("caption", {}, "Where its margin is steep: share of each site, to first order"),
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "site"), el("td"), el("th", { scope: "col" }, "share"))),
    el("tbody", {}, ...steep[i].map((share, l) => el("tr", {}, el("th", { scope: "row" }, steepSites[l]), bar(share / 1000),
      el("td", {}, percent(share / 1000))))))];
}

function firstEscapes(run: Run, i: number): HTMLElement[] {
  const escapes = run.samples.firstEscape[i], { classes, draws } = run.summary;
  if (escapes.length === 0) return [];
  return [el("table", {}, el("caption", {}, "Where draws escape to first"),
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "class"), el("th", { scope: "col" }, "draws"))),
    el("tbody", {}, ...escapes.map(([c, n]) => el("tr", {}, el("th", { scope: "row" }, classes[c]), el("td", {}, `${n} of ${draws}`)))))];
}
