import "./page.css";
import { Chart, type Curve } from "./chart";
import { countsOf, wilson, type Page, type Run, type Transitions } from "./data";
import { el, interval, percent, pText, sigmaText } from "./dom";
import { escapeText, Gallery, look } from "./gallery";
import { layers } from "./layers";

const page = JSON.parse(document.getElementById("data")!.textContent!) as Page;
const main = document.querySelector("main")!;
const two = page.runs.length > 1;
const letter = (r: number) => two ? `${"AB"[r]}: ` : "";
/** The level of a run that a sigma of the slider stands for; null where it lies outside its grid. */
const levelOf = (run: Run, sigma: number): number | null => sigma < run.summary.sigmas[0] * 0.999 || sigma > run.summary.sigmas[run.summary.sigmas.length - 1] * 1.001 ? null : nearest(run, sigma);
const nearest = (run: Run, sigma: number) => run.summary.sigmas.reduce((best, s, i) => Math.abs(Math.log(s / sigma)) < Math.abs(Math.log(run.summary.sigmas[best] / sigma)) ? i : best, 0);

/** Everything that follows the slider. */
const followers: ((sigma: number) => void)[] = [];
let chosen = page.runs[0].summary.sigmas[0];

/** What looks wrong about a run, before anything that builds on it. */
const warnings = (run: Run) => run.warnings.length === 0 ? [] : [el("div", { class: "warning", role: "note" },
  ...run.warnings.map(w => el("p", {}, el("strong", {}, "Warning: "), w)), el("p", {}, "Unless that is meant, what follows cannot be trusted."))];

function answers(): HTMLElement {
  return el("section", { class: "answers", "aria-labelledby": "answers-title" }, el("h2", { id: "answers-title" }, "In short"),
    ...page.runs.map((run, r) => el("div", { class: "run" }, two && el("h3", {}, `${letter(r)}${run.name}`), ...warnings(run), el("ul", {}, ...run.answers.map(a => el("li", {}, a))), ...run.notes.map(n => el("p", { class: "note" }, n)))));
}

function slider(): HTMLElement {
  const sigmas = [...new Set(page.runs.flatMap(run => run.summary.sigmas))].sort((a, b) => a - b);
  const told = el("output", { id: "sigma-value", for: "sigma" });
  const input = el("input", { type: "range", id: "sigma", min: 0, max: sigmas.length - 1, step: 1, value: Math.floor(sigmas.length / 2), oninput: () => follow() });
  const follow = () => {
    const sigma = sigmas[Number(input.value)];
    told.textContent = sigmaText(sigma);
    input.setAttribute("aria-valuetext", `sigma ${sigmaText(sigma)}`);
    chosen = sigma;
    followers.forEach(f => f(sigma));
  };
  requestAnimationFrame(follow);
  return el("div", { class: "slider" }, el("label", { for: "sigma" }, `Noise, sigma ${[...new Set(page.runs.map(run => run.unit))].map((unit, r, all) => all.length > 1 ? `${"AB"[r]} ${unit}` : unit).join("; ")}`), input, told);
}

function readouts(): HTMLElement {
  const body = el("tbody"), head = el("tr");
  const line = (name: string, id: string, values: [string, string][]) => el("tr", {}, el("th", { scope: "row" }, name), ...values.flatMap(([v, i], r) => [el("td", { "data-value": `${id}-${r}` }, v), el("td", { "data-interval": `${id}-${r}` }, i)]));
  followers.push(sigma => {
    const levels = page.runs.map(run => levelOf(run, sigma));
    const each = (of: (run: Run, level: number) => [string, string]) => page.runs.map((run, r): [string, string] => levels[r] === null ? ["outside its grid", ""] : of(run, levels[r]!));
    head.replaceChildren(el("th", { scope: "col" }, "at this noise"), ...page.runs.flatMap((run, r) => [el("th", { scope: "col" }, two ? `${"AB"[r]}${levels[r] === null ? "" : `, sigma ${sigmaText(run.summary.sigmas[levels[r]!])}`}` : "share"), el("th", { scope: "col" }, "95 % interval")]));
    body.replaceChildren(
      line("draws that flip", "flip", each((run, l) => [percent(run.summary.flipRate[l]), interval(run.summary.flipRateInterval[l])])),
      ...page.runs.some(run => run.transition) ? [line("sample dependence", "dependence", each((run, l) => {
        const t = run.transition;
        return t === null ? ["not known", ""] : t.status[l] === "reliable" ? [percent(t.sampleDependence[l]), interval([t.low[l], t.high[l]])] : [t.status[l], ""];
      }))] : [],
      ...page.runs.some(run => run.transition?.accuracy) ? [line("draws that give the label", "accuracy", each((run, l) => run.transition?.accuracy ? [percent(run.transition.accuracy[l]), interval(run.transition.accuracyInterval![l])] : ["no labels", ""]))] : []);
  });
  return el("table", { class: "readouts" }, el("caption", {}, "Readouts"), el("thead", {}, head), body);
}

function shares(run: Run, r: number): HTMLElement {
  const most = 12, body = el("tbody"), caption = el("caption");
  followers.push(sigma => {
    const s = levelOf(run, sigma);
    caption.textContent = `${letter(r)}Predictions at ${s === null ? "this noise" : `sigma ${sigmaText(run.summary.sigmas[s])}`}${run.summary.classes.length > most ? ` (the ${most} most frequent of ${run.summary.classes.length} classes)` : ""}`;
    if (s === null) {
      body.replaceChildren(el("tr", {}, el("td", { colspan: 4 }, `outside its grid, ${sigmaText(run.summary.sigmas[0])} to ${sigmaText(run.summary.sigmas[run.summary.sigmas.length - 1])}`)));
      return;
    }
    const row = run.summary.classShares[s];
    const top = row.map((_, c) => c).sort((a, b) => row[b] - row[a] || a - b).slice(0, most);
    body.replaceChildren(...top.map(c => {
      const [low, high] = run.summary.classShareInterval[s][c].map(v => v ?? 0);
      return el("tr", {}, el("th", { scope: "row" }, run.summary.classes[c]),
        el("td", { class: "bar" }, el("span", { "aria-hidden": "true", style: `width:${100 * row[c]}%` }), el("i", { "aria-hidden": "true", style: `left:${100 * low}%;width:${100 * (high - low)}%` })),
        el("td", { "data-share": `${r}-${c}` }, percent(row[c])), el("td", { "data-share-interval": `${r}-${c}` }, interval([low, high])));
    }));
  });
  return el("table", { class: "shares" }, caption,
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "class"), el("td"), el("th", { scope: "col" }, "share"), el("th", { scope: "col" }, "95 % interval"))), body);
}

/** A class looks the same wherever it is drawn. */
const classLine = (c: number) => ({ colour: c, dashed: c % 20 >= 10 });

/** The levels of all runs, so that plots side by side have one axis. */
const span: [number, number] = [Math.min(...page.runs.map(run => run.summary.sigmas[0])), Math.max(...page.runs.map(run => run.summary.sigmas[run.summary.sigmas.length - 1]))];

/** What of a curve of sample dependence can be believed. */
function believed(t: NonNullable<Run["transition"]>) {
  const only = (values: (number | null)[]) => values.map((v, i) => t.status[i] === "reliable" ? v : null);
  return { values: only(t.sampleDependence), low: only(t.low), high: only(t.high) };
}

function curves(): HTMLElement {
  const over = (title: string, of: (run: Run, r: number) => Curve[]) => page.runs.map((run, r) => {
    const chart = new Chart(`${letter(r)}${title} (sigma ${run.unit})`, run.summary.sigmas, of(run, r), span);
    followers.push(sigma => chart.mark(levelOf(run, sigma)));
    return chart.element;
  });
  const ends = (pairs: readonly (readonly (number | null)[])[], k: number) => pairs.map(p => p[k]);
  return el("div", { class: "charts" },
    ...over("What noise leaves of the sample", run => [
      { name: "flip rate", values: run.summary.flipRate, low: ends(run.summary.flipRateInterval, 0), high: ends(run.summary.flipRateInterval, 1), colour: 0 },
      ...run.transition ? [{ name: "sample dependence", ...believed(run.transition), colour: 1, dashed: true }] : [],
    ]),
    ...over("Share of each class", run => {
      const last = run.summary.classShares.length - 1, ever = run.summary.classes.map((_, c) => Math.max(...run.summary.classShares.map(row => row[c])));
      return ever.map((_, c) => c).sort((a, b) => ever[b] - ever[a] || run.summary.classShares[last][b] - run.summary.classShares[last][a]).slice(0, 10)
        .map(c => ({ name: run.summary.classes[c], values: run.summary.classShares.map(row => row[c]), low: run.summary.classShareInterval.map(row => row[c][0]), high: run.summary.classShareInterval.map(row => row[c][1]), ...classLine(c) }));
    }));
}

function path(): { element: HTMLElement; open: (run: Run, i: number) => void } {
  const body = el("div"), close = el("button", { type: "button", onclick: () => dialog.close() }, "Close");
  const dialog = el("dialog", { "aria-labelledby": "path-title" }, el("div", { class: "top" }, el("h2", { id: "path-title" }), close), body);
  let last: Chart | null = null;
  const open = (run: Run, i: number) => {
    const s = run.samples, classes = run.summary.classes, counts = countsOf(run, i), totals = counts.map(row => row.reduce((sum, [, n]) => sum + n, 0));
    const drawn = (c: number, l: number) => counts[l].find(([y]) => y === c)?.[1] ?? 0;
    dialog.querySelector("h2")!.textContent = `${two ? `${run.name}: ` : ""}sample ${s.id[i]}`;
    const ever = new Map<number, number>();
    counts.forEach((row, l) => row.forEach(([c, n]) => ever.set(c, Math.max(ever.get(c) ?? 0, n / totals[l]))));
    const top = [...ever.keys()].sort((a, b) => (b === s.predicted[i] ? 1 : 0) - (a === s.predicted[i] ? 1 : 0) || ever.get(b)! - ever.get(a)!).slice(0, 6);
    const known = (l: number, v: number) => totals[l] > 0 ? v : null;
    last?.close();
    const chart = last = new Chart(`Share of draws that fall on each class (sigma ${run.unit})`, run.summary.sigmas, top.map(c => ({
      name: classes[c], values: counts.map((_, l) => known(l, drawn(c, l) / totals[l])), low: counts.map((_, l) => known(l, wilson(drawn(c, l), totals[l])[0])), high: counts.map((_, l) => known(l, wilson(drawn(c, l), totals[l])[1])), ...classLine(c) })));
    const l = levelOf(run, chosen);
    chart.mark(l);
    const label = s.label[i];
    body.replaceChildren(
      el("div", { class: "sample" }, look(run, i, 168), el("ul", {},
        el("li", {}, `predicted ${classes[s.predicted[i]]}${label === null ? "" : label === s.predicted[i] ? ", as labelled" : `, labelled ${classes[label]}`}`),
        el("li", { "data-escape": String(s.id[i]) }, escapeText(run, i)),
        el("li", {}, s.rank[i] === null ? "regularity: no score" : `regularity: ${s.rank[i]! + 1} of ${s.ranked}, counted from the least regular`),
        l !== null && totals[l] > 0 && el("li", { "data-now": String(s.id[i]) }, `at sigma ${sigmaText(run.summary.sigmas[l])}, ${drawn(s.predicted[i], l)} of ${totals[l]} draws keep its prediction (95 % interval ${interval(wilson(drawn(s.predicted[i], l), totals[l]))})`),
        s.suspicion[i] !== null && el("li", {}, `label: small noise takes ${percent(s.suspicion[i])} of the softmax away from it${s.suspect[i] ? "; suspect" : ""}`))),
      chart.element,
      ...s.firstEscape[i].length === 0 ? [] : [el("table", {}, el("caption", {}, "Where draws escape to first"), el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "class"), el("th", { scope: "col" }, "draws"))),
        el("tbody", {}, ...s.firstEscape[i].map(([c, n]) => el("tr", {}, el("th", { scope: "row" }, classes[c]), el("td", {}, `${n} of ${run.summary.draws}`)))))]);
    dialog.showModal();
  };
  return { element: dialog, open };
}

function transitions(run: Run, r: number): HTMLElement | null {
  const t = run.transitions;
  if (t === null) return null;
  return el("section", { "aria-labelledby": `transitions-title-${r}` }, el("h2", { id: `transitions-title-${r}` }, `${letter(r)}Where small noise leads`),
    el("p", {}, `${t.escapes} escapes of ${t.samples} samples.`, t.coherence === null ? "" : ` ${percent(t.coherence)} stay within their group (95 % interval ${interval(t.coherenceInterval)}); chance would have ${percent(t.expected)}${t.pValue === null ? "" : `, ${pText(t.pValue)}`}. Groups: ${t.taxonomy!.groups.join(", ")}; cells within a group are outlined.`),
    ...t.matrix && t.counts ? matrix(t, t.matrix, t.counts, r) : [el("ol", {}, ...t.top.map(x => el("li", {}, `${x.from} to ${x.to}: ${percent(x.share)} of the escapes from ${x.from} (95 % interval ${interval([x.low, x.high])}), ${x.count} escapes`)))]);
}

function matrix(t: Transitions, shares: (number | null)[][], counts: number[][], r: number): HTMLElement[] {
  const told = el("output", { id: `transition-${r}`, class: "told" });
  const head = el("tr", {}, el("th", { scope: "col" }, "from \\ to"), ...t.classes.map(c => el("th", { scope: "col" }, c)), el("th", { scope: "col" }, "escapes"));
  const rows = shares.map((row, i) => el("tr", {}, el("th", { scope: "row" }, t.classes[i]), ...row.map((share, j) => {
    if (i === j) return el("td", { class: "self" }, "–");
    const words = `${counts[i][j]} escapes from ${t.classes[i]} to ${t.classes[j]}${share === null ? "" : `, ${percent(share)} of those from ${t.classes[i]}`}`;
    return el("td", { title: words, style: share === null ? "" : `--share:${share}`, class: "heat" + (t.taxonomy && t.taxonomy.of[i] === t.taxonomy.of[j] ? " kin" : ""), onmouseenter: () => { told.textContent = words; } },
      share === null ? "" : percent(share, 0), counts[i][j] > 0 && el("span", { class: "count" }, ` ${counts[i][j]}`));
  }), el("td", {}, String(counts[i].reduce((a, b) => a + b, 0)))));
  return [el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "transition matrix" }, el("table", { class: "matrix" }, el("caption", {}, "Share of the escapes of a class (rows) that land in another (columns), and their number"), el("thead", {}, head), el("tbody", {}, ...rows))), told];
}

function scan(run: Run, r: number): HTMLElement | null {
  if (run.scan === null) return null;
  return el("section", { "aria-labelledby": `scan-title-${r}` }, el("h2", { id: `scan-title-${r}` }, `${letter(r)}Backdoor screening`),
    ...run.scan.models.map(m => el("p", {}, el("strong", {}, m.verdict === "suspicious" || m.verdict === "inconclusive" ? m.verdict : "nothing found"), ` (${m.model}): ${m.verdict === "suspicious" ? "suspected target" : "stands out most"} ${m.targetName}`, m.anomalyIndex === null ? "" : `, anomaly index ${m.anomalyIndex.toFixed(1)}`,
      m.pValue === null ? ", no p-value" : `, ${pText(m.pValue)}`, `, ${m.references} clean references.`, m.references === 0 ? ` Note: ${run.scanHint}.` : "", m.findsAndMisses === undefined ? "" : ` ${m.findsAndMisses}`)));
}

function provenance(): HTMLElement {
  return el("section", { "aria-labelledby": "provenance-title" }, el("h2", { id: "provenance-title" }, "Where this comes from"),
    ...page.runs.flatMap((run, r): HTMLElement[] => [...two ? [el("h3", {}, `${letter(r)}${run.name}`)] : [],
      el("dl", {}, ...run.provenance.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)])),
      el("h3", {}, "To repeat or go on"),
      el("dl", {}, ...run.commands.flatMap(([what, command]) => [el("dt", {}, what), el("dd", {}, el("code", {}, command))]))]));
}

const sample = path();
// The gallery of the second run would repeat every id.
const gallery = new Gallery(page.runs[0], two ? `Samples of ${letter(0)}${page.runs[0].name}` : "Samples", i => sample.open(page.runs[0], i));
addEventListener("beforeprint", () => gallery.print(true));
addEventListener("afterprint", () => gallery.print(false));
main.append(
  answers(), slider(),
  el("section", { "aria-labelledby": "noise-title" }, el("h2", { id: "noise-title" }, "What noise does"), curves(), el("div", { class: two ? "tables two" : "tables" }, readouts(), ...page.runs.map(shares))),
  gallery.element,
  ...page.runs.map(transitions).filter(n => n !== null), ...page.runs.flatMap((run, r) => run.sensitivity === null ? [] : [layers(run.sensitivity, `${letter(r)}Which layers matter`, r)]), ...page.runs.map(scan).filter(n => n !== null),
  provenance(), sample.element);
document.documentElement.dataset.ready = "true";
