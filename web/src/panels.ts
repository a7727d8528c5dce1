// Sections on questions. One that the script draws has a line here; any other is told in the answer's text.
import type { Drawn, Panel } from "./data";
import { el } from "./dom";
import { layers } from "./layers";
import { bar } from "./noise";
import { transitions } from "./transitions";
import { letter } from "./view";

const drawn: { [Name in keyof Drawn]: (answer: Drawn[Name], title: string, r: number) => HTMLElement } = { transitions, sensitivity: layers };

export function panel(p: Panel, r: number): HTMLElement {
  const title = `${letter(r)}${p.title}`;
  if (p.answer !== null && p.name in drawn)
    return (drawn[p.name as keyof Drawn] as (answer: unknown, title: string, r: number) => HTMLElement)(p.answer, title, r);
  const id = `${p.name}-title-${r}`;
  return el("section", { "aria-labelledby": id, "data-question": p.name }, el("h2", { id }, title), ...text(p.text ?? [], p.title));
}

/** Lines that follow each other as paragraphs, tables as tables. */
function text(blocks: NonNullable<Panel["text"]>, title: string): HTMLElement[] {
  return blocks.filter(block => block.columns.length > 0 || block.line.length > 0).map(block => {
    if (block.columns.length === 0) return el("p", {}, block.line.trim());
    const heads = block.columns.map(c => c.shares || c.head === "" ? el("td") : el("th", { scope: "col" }, c.head.trim()));
    const rows = block.columns[0].cells.map((_, row) => el("tr", {}, ...block.columns.map((c, k) => c.shares ? bar(c.shares[row])
      : k === 0 ? el("th", { scope: "row" }, c.cells[row]) : el("td", { class: c.isRight ? "right" : "" }, c.cells[row]))));
    return el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": title },
      el("table", { class: "answer" }, el("thead", {}, el("tr", {}, ...heads)), el("tbody", {}, ...rows)));
  });
}
