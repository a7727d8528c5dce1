import uPlot from "uplot";
import { el, percent, sigmaText } from "./dom";

/** A line with its 95 % band over sigma; values are shares. */
export interface Curve { name: string; values: (number | null)[]; low?: (number | null)[]; high?: (number | null)[]; colour: number; dashed?: boolean }

const colours = () => getComputedStyle(document.documentElement);
const colour = (i: number) => colours().getPropertyValue(`--series-${i % 10}`).trim();

const dark = matchMedia("(prefers-color-scheme: dark)");

/** A plot of shares over sigma (logarithmic) with a line at the chosen level, and the same numbers as words for who cannot see it. */
export class Chart {
  readonly element: HTMLElement;
  private plot: uPlot | null = null;
  /** The level that the line stands at; null for none. */
  private at: number | null = null;
  private readonly redraw = () => { if (this.width > 0) this.draw(); };
  /** In pixels; 0 until the page was laid out. */
  private width = 0;
  /** Tells the width without laying the page out once more for each plot; the first time it is there to be drawn. */
  private readonly resized = new ResizeObserver(([host]) => {
    this.width = Math.max(200, host.contentRect.width);
    if (this.plot) this.plot.setSize({ width: this.width, height: this.height });
    else this.draw();
  });
  private readonly host = el("div", { class: "plot", role: "img" });
  private readonly legend = el("div", { class: "legend" });

  constructor(
    private readonly title: string, private readonly sigmas: number[], private readonly curves: Curve[],
    private readonly span?: [number, number], private readonly height = 240, private readonly axis = "sigma",
  ) {
    this.element = el("figure", {}, el("figcaption", {}, title), this.host, this.legend);
    this.resized.observe(this.host);
    dark.addEventListener("change", this.redraw);
  }

  /** Lets go of everything, where a chart is replaced by another. */
  close() {
    this.resized.disconnect();
    dark.removeEventListener("change", this.redraw);
    this.plot?.destroy();
    this.plot = null;
  }

  /** Puts the line at a level of the grid; null takes it away. */
  mark(level: number | null) {
    this.at = level;
    this.describe();
    this.plot?.redraw(false);
  }

  private describe() {
    const over = `${sigmaText(this.sigmas[0])} to ${sigmaText(this.sigmas[this.sigmas.length - 1])}`;
    this.host.setAttribute("aria-label", `${this.title}, over ${this.axis} ${over}.${this.at === null ? "" : ` At ${sigmaText(this.sigmas[this.at])}: `
      + this.curves.map(c => `${c.name} ${percent(c.values[this.at ?? 0])}`).join(", ")}`);
  }

  private draw() {
    this.plot?.destroy();
    this.host.replaceChildren();
    this.describe();
    const ink = colours().getPropertyValue("--ink").trim(), faint = colours().getPropertyValue("--rule").trim();
    const series: uPlot.Series[] = [{}], data: (number | null)[][] = [this.sigmas], bands: uPlot.Band[] = [];
    for (const c of this.curves) {
      const stroke = colour(c.colour);
      const alone = c.values.some((v, i) => v !== null && c.values[i - 1] == null && c.values[i + 1] == null);
      series.push({ stroke, width: 2, dash: c.dashed ? [6, 4] : undefined, points: { show: this.sigmas.length < 3 || alone } });
      data.push(c.values);
      if (!c.low || !c.high) continue;
      const upper = series.length;
      for (const values of [c.high, c.low]) {
        series.push({ stroke: "transparent", points: { show: false } });
        data.push(values);
      }
      bands.push({ series: [upper, upper + 1], fill: stroke + "33" });
    }
    const shared = this.span && this.sigmas.length > 1 && this.span[1] > this.span[0] ? this.span : null;
    const range = shared ? { range: (): uPlot.Range.MinMax => shared } : {};
    const axis = { stroke: ink, grid: { stroke: faint, width: 1 }, ticks: { stroke: faint, width: 1 } };
    this.plot = new uPlot({
      width: this.width, height: this.height, series, bands,
      scales: { x: { time: false, distr: this.sigmas.length > 1 ? 3 : 1, ...range }, y: { range: [0, 1] } },
      axes: [
        { ...axis, label: this.axis, labelSize: 18, size: 36, values: (_, ticks) => ticks.map(t => t == null ? "" : sigmaText(t)) },
        { ...axis, size: 52, values: (_, ticks) => ticks.map(t => `${Math.round(100 * t)} %`) },
      ],
      legend: { show: false },
      cursor: { show: false },
      hooks: {
        draw: [u => {
          if (this.at === null) return;
          const x = u.valToPos(this.sigmas[this.at], "x", true);
          u.ctx.save();
          u.ctx.strokeStyle = ink;
          u.ctx.setLineDash([3, 3]);
          u.ctx.beginPath();
          u.ctx.moveTo(x, u.bbox.top);
          u.ctx.lineTo(x, u.bbox.top + u.bbox.height);
          u.ctx.stroke();
          u.ctx.restore();
        }],
      },
    }, data as uPlot.AlignedData, this.host);
    const line = (c: Curve) => `border-top:3px ${c.dashed ? "dashed" : "solid"} ${colour(c.colour)}`;
    this.legend.replaceChildren(...this.curves.map(c => el("span", {}, el("i", { style: line(c) }), c.name)));
  }
}
