import type { Transitions } from "./data";
import { el, interval, percent, pText } from "./dom";

/** Where small noise leads: the matrix of escapes from class to class, or the strongest of very many classes. */
export function transitions(t: Transitions, title: string, r: number): HTMLElement {
  const coherence = t.coherence === null ? "" : ` ${percent(t.coherence)} stay within their group (95 % interval ${interval(t.coherenceInterval)}); `
    + `chance would have ${percent(t.expected)}${t.pValue === null ? "" : `, ${pText(t.pValue)}`}. `
    + `Groups: ${t.taxonomy!.groups.join(", ")}; cells within a group are outlined.`;
  return el("section", { "aria-labelledby": `transitions-title-${r}` }, el("h2", { id: `transitions-title-${r}` }, title),
    el("p", {}, `${t.escapes} escapes of ${t.samples} samples.`, coherence),
    ...t.matrix.length > 0 ? matrix(t, r) : [strongest(t)]);
}

const strongest = (t: Transitions) => el("ol", {}, ...t.top.map(x => el("li", {},
  `${x.from} to ${x.to}: ${percent(x.share)} of the escapes from ${x.from} (95 % interval ${interval([x.low, x.high])}), ${x.count} escapes`)));

function matrix(t: Transitions, r: number): HTMLElement[] {
  const told = el("output", { id: `transition-${r}`, class: "told" });
  const head = el("tr", {}, el("th", { scope: "col" }, "from \\ to"),
    ...t.classes.map(c => el("th", { scope: "col" }, c)), el("th", { scope: "col" }, "escapes"));
  const cell = (share: number | null, i: number, j: number) => {
    if (i === j) return el("td", { class: "self" }, "–");
    const count = t.counts[i][j], of = share === null ? "" : `, ${percent(share)} of those from ${t.classes[i]}`;
    const words = `${count} escapes from ${t.classes[i]} to ${t.classes[j]}${of}`;
    const kin = t.taxonomy && t.taxonomy.of[i] === t.taxonomy.of[j] ? " kin" : "";
    return el("td", {
      title: words, style: share === null ? "" : `--share:${share}`, class: `heat${kin}`, onmouseenter: () => { told.textContent = words; },
    }, share === null ? "" : percent(share, 0), count > 0 && el("span", { class: "count" }, ` ${count}`));
  };
  const rows = t.matrix.map((row, i) => el("tr", {}, el("th", { scope: "row" }, t.classes[i]),
    ...row.map((share, j) => cell(share, i, j)), el("td", {}, String(t.counts[i].reduce((a, b) => a + b, 0)))));
  const caption = el("caption", {}, "Share of the escapes of a class (rows) that land in another (columns), and their number");
  return [el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "transition matrix" },
    el("table", { class: "matrix" }, caption, el("thead", {}, head), el("tbody", {}, ...rows))), told];
}
