// What C# puts into the page: the JSON of the commands as they print it, and the samples in columns.

export type Pair = [number | null, number | null];

/** `apex show RUN --json`. */
export interface Summary {
  samples: number; draws: number; space: string; sigmas: number[];
  cleanAccuracy: number | null; cleanAccuracyInterval: Pair | null;
  flipRate: number[]; flipRateInterval: Pair[];
  classShares: number[][]; classShareInterval: Pair[][];
  classes: string[]; rankingSigma: number;
}

/** `apex transition RUN --json`. */
export interface Transition {
  sigmas: number[]; sampleDependence: (number | null)[]; low: (number | null)[]; high: (number | null)[]; status: string[];
  halfDependenceSigma: number | null; halfLow: number | null; halfHigh: number | null;
  smallNoiseUpTo: number | null; largeNoiseFrom: number | null;
  accuracy: number[] | null; accuracyInterval: Pair[] | null;
}

/** `apex bias RUN --json`. */
export interface Bias { topClass: number; maxShare: number; maxShareInterval: Pair; normalisedEntropy: number; normalisedEntropyInterval: Pair; sigma: number | string; groups: { takeOverSigma: number | null }[] }

/** `apex transitions RUN --json`. */
export interface Transitions {
  classes: string[]; matrix: (number | null)[][]; counts: number[][]; samples: number; escapes: number;
  taxonomy: { name: string; groups: string[]; of: number[] } | null;
  coherence: number | null; coherenceInterval: Pair | null; expected: number | null; pValue: number | null;
}

/** `apex scan MODEL --json`. */
export interface Scan { models: { model: string; verdict: string; target: number; targetName: string; anomalyIndex: number | null; pValue: number | null; references: number; scores: (number | null)[] }[] }

/** One column for each property, in the order of the run. */
export interface Samples {
  id: number[]; label: (number | null)[]; predicted: number[];
  /** Position from the least (0) to the most regular. */
  rank: number[]; regularity: (number | null)[];
  escape: (number | null)[]; escapeLow: (number | null)[]; escapeHigh: (number | null)[]; censoring: string[];
  /** 1 - mean softmax that the label keeps under small noise; null without a label. */
  suspicion: (number | null)[]; suspect: boolean[];
  /** n_y, shape [samples][sigmas][classes], little-endian, base64. */
  counts: string; countBytes: 1 | 2;
  /** First-escape classes: [class, draws] pairs, most frequent first. */
  firstEscape: [number, number][][];
  /** An image as a data URI, numbers for a line, or words; absent where the page would grow too large. */
  looks: Record<string, { image?: string; line?: number[]; text?: string }>;
}

export interface Run {
  name: string; model: string; data: string; command: string[]; answers: string[];
  provenance: [string, string][]; commands: [string, string][]; notes: string[];
  summary: Summary; transition: Transition | null; bias: Bias | null; transitions: Transitions | null; scan: Scan | null;
  samples: Samples; flipLevel: number;
}

export interface Page { title: string; runs: Run[] }

/** n_y of one sample, shape [sigmas][classes]. */
export function countsOf(run: Run): (sample: number) => number[][] {
  const text = atob(run.samples.counts);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  const all = run.samples.countBytes === 1 ? bytes : new Uint16Array(bytes.buffer);
  const sigmas = run.summary.sigmas.length, classes = run.summary.classes.length;
  return sample => run.summary.sigmas.map((_, s) => Array.from(all.subarray((sample * sigmas + s) * classes, (sample * sigmas + s + 1) * classes)));
}

/** Wilson's 95 % interval of a share, as the library has it. */
export function wilson(successes: number, trials: number): [number, number] {
  if (trials <= 0) return [0, 1];
  const z = 1.959963984540054, p = successes / trials, zz = z * z / trials;
  const centre = (p + zz / 2) / (1 + zz), half = z * Math.sqrt(p * (1 - p) / trials + zz / (4 * trials)) / (1 + zz);
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}
