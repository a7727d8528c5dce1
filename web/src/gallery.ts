import { el, percent, sigmaText } from "./dom";
import type { Run } from "./data";

const tileWidth = 112, tileHeight = 138;
const orders = { irregular: "least regular first", regular: "most regular first", suspect: "most suspect label first", id: "by number" } as const;
type Order = keyof typeof orders;

/** All samples of a run, of which only the rows in view are in the document. */
export class Gallery {
  readonly element: HTMLElement;
  private readonly view = el("div", { class: "view", role: "listbox", tabindex: "0", "aria-label": "samples" });
  private readonly space = el("div", { class: "space" });
  private readonly told = el("output", { id: "gallery-count" });
  private shown: number[] = [];
  private current = 0;
  private order: Order = "irregular";
  private wanted = { of: "", kind: "all" };

  constructor(private readonly run: Run, title: string, private readonly open: (sample: number) => void) {
    const s = run.samples, labelled = s.label.some(l => l !== null);
    const pick = (id: string, label: string, options: [string, string][], change: (value: string) => void) => {
      const box = el("select", { id, onchange: () => change(box.value) }, ...options.map(([value, text]) => el("option", { value }, text)));
      return el("label", { for: id }, label, " ", box);
    };
    const byLabel = run.summary.classes.map((name, c): [string, string] => [String(c), name]);
    this.element = el("section", { "aria-labelledby": "gallery-title" },
      el("h2", { id: "gallery-title" }, title),
      el("p", {}, "Small noise flips odd, ambiguous and mislabelled samples first; the order is that of apex regularity's default score. "
        + "Choose one to see its path; arrow keys move, Enter opens."),
      el("div", { class: "controls" },
        pick("sort", "order", (Object.entries(orders) as [Order, string][]).filter(([key]) => labelled || key !== "suspect"),
          value => { this.order = value as Order; this.arrange(); }),
        pick("class", labelled ? "labelled" : "predicted", [["", "any class"], ...byLabel], value => { this.wanted.of = value; this.arrange(); }),
        labelled && pick("kind", "show", [
          ["all", "all"], ["correct", "predicted as labelled"], ["incorrect", "predicted otherwise"], ["suspect", "suspect labels"],
        ], value => { this.wanted.kind = value; this.arrange(); }),
        this.told),
      this.view);
    this.view.append(this.space);
    this.view.addEventListener("scroll", () => this.render());
    this.view.addEventListener("keydown", e => this.key(e));
    new ResizeObserver(() => this.render()).observe(this.view);
    this.arrange();
  }

  private arrange() {
    const s = this.run.samples;
    const fits = (i: number) =>
      (this.wanted.of === "" || String(s.label[i] ?? s.predicted[i]) === this.wanted.of)
      && (this.wanted.kind === "all" || (this.wanted.kind === "suspect" ? s.suspect[i] : (s.label[i] === s.predicted[i]) === (this.wanted.kind === "correct")));
    const key: Record<Order, (i: number) => number> = {
      irregular: i => s.rank[i] ?? Infinity, regular: i => -(s.rank[i] ?? -1), suspect: i => -(s.suspicion[i] ?? -1), id: i => s.id[i],
    };
    this.shown = s.id.map((_, i) => i).filter(fits).sort((a, b) => {
      const [x, y] = [key[this.order](a), key[this.order](b)];
      return x === y ? s.id[a] - s.id[b] : x - y;
    });
    this.current = 0;
    this.told.textContent = `${this.shown.length} of ${s.id.length} samples`;
    this.view.scrollTop = 0;
    this.render();
  }

  private columns() { return Math.max(1, Math.floor(this.view.clientWidth / tileWidth)); }

  private render() {
    // Where paper's layout gives the view another height, nothing may take the place of what is printed.
    if (this.element.classList.contains("printed")) return;
    const columns = this.columns(), rows = Math.ceil(this.shown.length / columns), margin = 2;
    this.space.style.height = `${rows * tileHeight}px`;
    const first = Math.max(0, Math.floor(this.view.scrollTop / tileHeight) - margin);
    const last = Math.min(rows, Math.ceil((this.view.scrollTop + this.view.clientHeight) / tileHeight) + margin);
    const tiles: HTMLElement[] = [];
    const from = first * columns, to = Math.min(this.shown.length, last * columns);
    for (let k = from; k < to; k++) tiles.push(this.tile(k, columns));
    // The chosen one stays in the document, or a screen reader would lose its place.
    if (this.current < this.shown.length && (this.current < from || this.current >= to)) tiles.push(this.tile(this.current, columns));
    this.space.replaceChildren(...tiles);
    const active = this.space.querySelector("[aria-selected=true]");
    if (active) this.view.setAttribute("aria-activedescendant", active.id);
    else this.view.removeAttribute("aria-activedescendant");
  }

  private tile(k: number, columns: number): HTMLElement {
    const i = this.shown[k], s = this.run.samples, classes = this.run.summary.classes;
    const label = s.label[i], wrong = label !== null && label !== s.predicted[i];
    return el("div", {
      class: "tile" + (wrong ? " wrong" : ""), role: "option", id: `sample-${s.id[i]}`,
      "aria-selected": k === this.current ? "true" : "false", "aria-setsize": this.shown.length, "aria-posinset": k + 1,
      style: `left:${(k % columns) * tileWidth}px;top:${Math.floor(k / columns) * tileHeight}px`,
      onclick: () => { this.current = k; this.render(); this.open(i); },
    }, look(this.run, i, 84), el("span", { class: "name" }, `#${s.id[i]} ${classes[s.predicted[i]]}`),
      wrong && el("span", { class: "label" }, `labelled ${classes[label]}`));
  }

  /** Paper has no scroll bar: what it gets is the beginning of the list. */
  print(on: boolean) {
    this.element.classList.toggle("printed", on);
    if (on) this.space.replaceChildren(...this.shown.slice(0, 60).map((_, k) => this.tile(k, this.columns())));
    else this.render();
  }

  private key(e: KeyboardEvent) {
    if (e.altKey || e.ctrlKey || e.metaKey) return;
    const columns = this.columns(), page = Math.max(1, Math.floor(this.view.clientHeight / tileHeight)) * columns;
    const step: Record<string, number> = {
      ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns, PageDown: page, PageUp: -page, Home: -this.shown.length, End: this.shown.length,
    };
    if (e.key === "Enter" || e.key === " ") {
      if (this.shown.length > 0) this.open(this.shown[this.current]);
    } else if (e.key in step) {
      this.current = Math.min(this.shown.length - 1, Math.max(0, this.current + step[e.key]));
      const top = Math.floor(this.current / columns) * tileHeight;
      if (top < this.view.scrollTop) this.view.scrollTop = top;
      if (top + tileHeight > this.view.scrollTop + this.view.clientHeight) this.view.scrollTop = top + tileHeight - this.view.clientHeight;
      this.render();
    } else return;
    e.preventDefault();
  }
}

/** What a sample looks like: an image, a line, or words. */
export function look(run: Run, i: number, size: number): HTMLElement {
  const s = run.samples, known = s.looks[String(s.id[i])], alt = `sample ${s.id[i]}`;
  if (known?.image) return el("img", { src: known.image, alt, width: size, height: size });
  if (known?.text !== undefined) return el("span", { class: "words" }, known.text);
  if (known?.line) {
    const low = Math.min(...known.line), high = Math.max(...known.line), range = high - low || 1;
    const x = (k: number) => (size * k / Math.max(1, known.line!.length - 1)).toFixed(1), y = (v: number) => (size - size * (v - low) / range).toFixed(1);
    const points = known.line.map((v, k) => `${x(k)},${y(v)}`).join(" ");
    const holder = el("span", { class: "line" });
    holder.innerHTML = `<svg viewBox="0 0 ${size} ${size}" width="${size}" height="${size}" role="img" aria-label="${alt}">`
      + `<polyline points="${points}" fill="none" stroke="currentColor"/></svg>`;
    return holder;
  }
  return el("span", { class: "words" }, s.escapeDraws[i] === 0 ? "no finite draw"
    : s.censoring[i] === "right" ? `holds to ${sigmaText(s.heldTo[i])}`
    : s.censoring[i] === "left" ? `escapes below ${sigmaText(run.summary.sigmas[0])}`
    : `escapes at ${sigmaText(s.escape[i])}`);
}

/** Escape noise with its interval, in words. */
export function escapeText(run: Run, i: number): string {
  const s = run.samples, level = `flip level ${percent(run.flipLevel, 0)}`;
  const high = s.escapeHigh[i] === null ? "beyond the grid" : sigmaText(s.escapeHigh[i]);
  if (s.escapeDraws[i] === 0) return "no finite draw tells when it escapes";
  if (s.censoring[i] === "right") return `has not escaped by sigma ${sigmaText(s.heldTo[i])}; 95 % interval from ${sigmaText(s.escapeLow[i])} (${level})`;
  if (s.censoring[i] === "left") return `escapes below sigma ${sigmaText(run.summary.sigmas[0])}; 95 % interval up to ${high} (${level})`;
  return `escapes at sigma ${sigmaText(s.escape[i])}, 95 % interval ${sigmaText(s.escapeLow[i])} to ${high} (${level})`;
}
