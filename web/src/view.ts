// What all parts of the page share: the runs, how they are told apart, and the noise that is chosen.
import type { Page, Run } from "./data";

export const page = JSON.parse(document.getElementById("data")!.textContent!) as Page;
export const two = page.runs.length > 1;
export const letter = (r: number) => two ? `${"AB"[r]}: ` : "";

const nearest = (run: Run, sigma: number) => run.summary.sigmas.reduce(
  (best, s, i) => Math.abs(Math.log(s / sigma)) < Math.abs(Math.log(run.summary.sigmas[best] / sigma)) ? i : best, 0);

/** The level of a run that a sigma of the slider stands for; null where it lies outside its grid. */
export function levelOf(run: Run, sigma: number): number | null {
  const { sigmas } = run.summary;
  return sigma < sigmas[0] * 0.999 || sigma > sigmas[sigmas.length - 1] * 1.001 ? null : nearest(run, sigma);
}

/** Everything that follows the slider. */
const followers: ((sigma: number) => void)[] = [];
let chosen = page.runs[0]?.summary.sigmas[0] ?? 1;

export const follow = (follower: (sigma: number) => void) => { followers.push(follower); };
export const chosenSigma = () => chosen;

export function choose(sigma: number) {
  chosen = sigma;
  followers.forEach(f => f(sigma));
}

/** A class looks the same wherever it is drawn. */
export const classLine = (c: number) => ({ colour: c, dashed: c % 20 >= 10 });

/** The levels of all runs, so that plots side by side have one axis. */
export const span: [number, number] = [
  Math.min(...page.runs.map(run => run.summary.sigmas[0])),
  Math.max(...page.runs.map(run => run.summary.sigmas[run.summary.sigmas.length - 1])),
];
