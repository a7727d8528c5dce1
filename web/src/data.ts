// What C# puts into the page: answers as the commands print them, and the samples in columns. Their types are printed from the schema.
import type { Page, Sensitivity, Transitions } from "./answers";

export type { Interval, Page, Scan, Sensitivity, Transitions } from "./answers";

export type Run = Page["runs"][number];
export type Panel = Run["panels"][number];
export type Dependence = NonNullable<Run["dependence"]>;

/** What the script draws a panel from, by the question. */
export interface Drawn { transitions: Transitions; sensitivity: Sensitivity }

const decoded = new WeakMap<Run, [number, number][][][]>();

/** n_y of one sample where it is not 0, shape [sigmas][...][class, draws]. */
export function countsOf(run: Run, sample: number): [number, number][][] {
  let all = decoded.get(run);
  if (!all) {
    const text = atob(run.samples.counts);
    let at = 0;
    const next = () => {
      let value = 0, shift = 0, byte;
      do {
        byte = text.charCodeAt(at++);
        value += (byte & 127) << shift;
        shift += 7;
      } while (byte > 127);
      return value;
    };
    all = run.samples.id.map(() => run.summary.sigmas.map(() => Array.from({ length: next() }, (): [number, number] => [next(), next()])));
    decoded.set(run, all);
  }
  return all[sample];
}

/** Wilson's 95 % interval of a share, as the library has it. */
export function wilson(successes: number, trials: number): [number, number] {
  if (trials <= 0) return [0, 1];
  const z = 1.959963984540054, p = successes / trials, zz = z * z / trials;
  const centre = (p + zz / 2) / (1 + zz), half = z * Math.sqrt(p * (1 - p) / trials + zz / (4 * trials)) / (1 + zz);
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}
