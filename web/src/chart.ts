import uPlot from "uplot";
import { el, sigmaText } from "./dom";

/** A line with its 95 % band over sigma; values are shares. */
export interface Curve { name: string; values: (number | null)[]; low?: (number | null)[]; high?: (number | null)[]; colour: number; dashed?: boolean }

const colours = () => getComputedStyle(document.documentElement);
export const colour = (i: number) => colours().getPropertyValue(`--series-${i % 10}`).trim();

const dark = matchMedia("(prefers-color-scheme: dark)");

/** A plot of shares over sigma (logarithmic) with a line at the chosen level, and the same numbers as words for who cannot see it. */
export class Chart {
  readonly element: HTMLElement;
  private plot: uPlot | null = null;
  private at = 0;
  private readonly redraw = () => this.draw();
  private readonly resized = new ResizeObserver(() => this.plot?.setSize({ width: this.width(), height: this.height }));
  private readonly host = el("div", { class: "plot", role: "img" });
  private readonly legend = el("div", { class: "legend" });

  constructor(private readonly title: string, private readonly sigmas: number[], private readonly curves: Curve[], private readonly span?: [number, number], private readonly height = 240) {
    this.element = el("figure", {}, el("figcaption", {}, title), this.host, this.legend);
    this.resized.observe(this.host);
    dark.addEventListener("change", this.redraw);
    requestAnimationFrame(this.redraw);
  }

  /** Lets go of everything, where a chart is replaced by another. */
  close() {
    this.resized.disconnect();
    dark.removeEventListener("change", this.redraw);
    this.plot?.destroy();
    this.plot = null;
  }

  /** Puts the line at a level; null takes it away. */
  mark(sigma: number | null) {
    this.at = sigma ?? 0;
    this.describe();
    this.plot?.redraw(false);
  }

  private width() { return Math.max(200, this.host.clientWidth); }

  private describe() {
    let nearest = 0;
    this.sigmas.forEach((s, i) => { if (Math.abs(Math.log(s / (this.at || s))) < Math.abs(Math.log(this.sigmas[nearest] / (this.at || s)))) nearest = i; });
    this.host.setAttribute("aria-label", `${this.title}, over sigma ${sigmaText(this.sigmas[0])} to ${sigmaText(this.sigmas[this.sigmas.length - 1])}. At ${sigmaText(this.sigmas[nearest])}: `
      + this.curves.map(c => `${c.name} ${c.values[nearest] === null ? "unknown" : (100 * c.values[nearest]!).toFixed(1) + " %"}`).join(", "));
  }

  private draw() {
    this.plot?.destroy();
    this.host.replaceChildren();
    this.describe();
    const ink = colours().getPropertyValue("--ink").trim(), faint = colours().getPropertyValue("--rule").trim();
    const series: uPlot.Series[] = [{ label: "sigma", value: (_, v) => v == null ? "" : sigmaText(v) }], data: (number | null)[][] = [this.sigmas], bands: uPlot.Band[] = [];
    for (const c of this.curves) {
      const stroke = colour(c.colour);
      series.push({ label: c.name, stroke, width: 2, dash: c.dashed ? [6, 4] : undefined, points: { show: this.sigmas.length < 3 || c.values.some((v, i) => v !== null && c.values[i - 1] == null && c.values[i + 1] == null) }, value: (_, v) => v == null ? "–" : (100 * v).toFixed(1) + " %" });
      data.push(c.values);
      if (!c.low || !c.high) continue;
      const upper = series.length;
      for (const values of [c.high, c.low]) {
        series.push({ label: "", stroke: "transparent", points: { show: false } });
        data.push(values);
      }
      bands.push({ series: [upper, upper + 1], fill: stroke + "33" });
    }
    const axis = { stroke: ink, grid: { stroke: faint, width: 1 }, ticks: { stroke: faint, width: 1 } };
    this.plot = new uPlot({
      width: this.width(), height: this.height, series, bands,
      scales: { x: { time: false, distr: this.sigmas.length > 1 ? 3 : 1, ...this.span && this.sigmas.length > 1 && this.span[1] > this.span[0] ? { range: (): uPlot.Range.MinMax => this.span! } : {} }, y: { range: [0, 1] } },
      axes: [{ ...axis, label: "sigma", labelSize: 18, size: 36, values: (_, ticks) => ticks.map(t => t == null ? "" : sigmaText(t)) }, { ...axis, size: 52, values: (_, ticks) => ticks.map(t => `${Math.round(100 * t)} %`) }],
      legend: { show: false },
      cursor: { show: false },
      hooks: {
        draw: [u => {
          if (!this.at || this.at < this.sigmas[0] * 0.999 || this.at > this.sigmas[this.sigmas.length - 1] * 1.001) return;
          const x = u.valToPos(this.at, "x", true);
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
    this.legend.replaceChildren(...this.curves.map(c => el("span", {}, el("i", { style: `border-top:3px ${c.dashed ? "dashed" : "solid"} ${colour(c.colour)}` }), c.name)));
  }
}
