import "./page.css";
import type { Run, Scan } from "./data";
import { el } from "./dom";
import { Gallery } from "./gallery";
import { curves, readouts, shares, slider } from "./noise";
import { panel } from "./panels";
import { path } from "./path";
import { scanned } from "./scan";
import { letter, page, two } from "./view";

/** What looks wrong about a run, before anything that builds on it. */
const warnings = (run: Run) => run.warnings.length === 0 ? [] : [el("div", { class: "warning", role: "note" },
  ...run.warnings.map(w => el("p", {}, el("strong", {}, "Warning: "), w)), el("p", {}, "Unless that is meant, what follows cannot be trusted."))];

const answers = () => el("section", { class: "answers", "aria-labelledby": "answers-title" }, el("h2", { id: "answers-title" }, "In short"),
  ...page.runs.map((run, r) => el("div", { class: "run" }, two && el("h3", {}, `${letter(r)}${run.name}`), ...warnings(run),
    el("ul", {}, ...run.answers.map(a => el("li", {}, a))), ...run.notes.map(n => el("p", { class: "note" }, n)))));

const scan = (run: Run, r: number) => run.scan === null ? null
  : scanned(run.scan as Scan, run.scanHint, `${letter(r)}Backdoor screening`, `scan-title-${r}`);

function provenance(): HTMLElement {
  return el("section", { "aria-labelledby": "provenance-title" }, el("h2", { id: "provenance-title" }, "Where this comes from"),
    ...page.runs.flatMap((run, r): HTMLElement[] => [...two ? [el("h3", {}, `${letter(r)}${run.name}`)] : [],
      el("dl", {}, ...run.provenance.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)])),
      el("h3", {}, "To repeat or go on"),
      el("dl", {}, ...run.commands.flatMap(([what, command]) => [el("dt", {}, what), el("dd", {}, el("code", {}, command))]))]));
}

function runs() {
  const sample = path();
  // The gallery of the second run would repeat every id.
  const gallery = new Gallery(page.runs[0], two ? `Samples of ${letter(0)}${page.runs[0].name}` : "Samples", i => sample.open(page.runs[0], i));
  addEventListener("beforeprint", () => gallery.print(true));
  addEventListener("afterprint", () => gallery.print(false));
  // The same question of both runs side by side.
  const questions = [...new Set(page.runs.flatMap(run => run.panels.map(p => p.name)))];
  const panels = questions.flatMap(name => page.runs.flatMap((run, r) => run.panels.filter(p => p.name === name).map(p => panel(p, r))));
  document.querySelector("main")!.append(
    answers(), slider(),
    el("section", { "aria-labelledby": "noise-title" }, el("h2", { id: "noise-title" }, "What noise does"), curves(),
      el("div", { class: two ? "tables two" : "tables" }, readouts(), ...page.runs.map(shares))),
    gallery.element, ...panels, ...page.runs.map(scan).filter(n => n !== null), provenance(), sample.element);
}

if (page.runs.length > 0) runs();
// The page of a scan alone.
if (page.scan !== null) document.querySelector("main")!.append(scanned(page.scan as Scan, page.scanHint, "Backdoor screening", "scan-title"));
document.documentElement.dataset.ready = "true";
