// What C# puts into the page: the JSON of the commands as they print it, of which what the page reads is described here, and the samples in columns.

export type Pair = [number | null, number | null];

/** `apex show RUN --json`. */
export interface Summary {
  samples: number; draws: number; sigmas: number[];
  flipRate: number[]; flipRateInterval: Pair[];
  classShares: number[][]; classShareInterval: Pair[][];
  classes: string[];
}

/** `apex transition RUN --json`. */
export interface Transition {
  sampleDependence: (number | null)[]; low: (number | null)[]; high: (number | null)[]; status: string[];
  accuracy: number[] | null; accuracyInterval: Pair[] | null;
}

/** `apex transitions RUN --json`. */
export interface Transitions {
  classes: string[]; matrix?: (number | null)[][]; counts?: number[][]; samples: number; escapes: number;
  taxonomy: { name: string; groups: string[]; of: number[] } | null;
  coherence: number | null; coherenceInterval: Pair | null; expected: number | null; pValue: number | null;
  top: { from: string; to: string; share: number; low: number; high: number; count: number }[];
}

/** `apex sensitivity RUN --json`. */
export interface Sensitivity {
  samples: number; draws: number; sigmas: number[]; commonSigma: number;
  sites: {
    index: number; name: string; op: string; elements: number; rms: number; rank: number;
    halfFlipSigma: number | null; halfLow: number | null; halfHigh: number | null; censoring: "none" | "left" | "right"; seenTo: number | null; halfFlipAbsolute: number | null;
    commonFlipRate: number | null; commonFlipRateInterval: Pair;
  }[];
}

/** `apex scan MODEL --json`. */
export interface Scan { models: { model: string; verdict: string; targetName: string; anomalyIndex: number | null; pValue: number | null; references: number; findsAndMisses?: string }[] }

/** One column for each property, in the order of the run; of a large run those that have a place in the gallery. */
export interface Samples {
  id: number[]; label: (number | null)[]; predicted: number[];
  /** Position from the least (0) to the most regular of all samples; null without a score. */
  rank: (number | null)[]; ranked: number;
  escape: (number | null)[]; escapeLow: (number | null)[]; escapeHigh: (number | null)[]; censoring: string[]; heldTo: (number | null)[]; escapeDraws: number[];
  /** 1 - mean softmax that the label keeps under small noise; null without a label. */
  suspicion: (number | null)[]; suspect: boolean[];
  /** n_y where it is not 0: for each sample and level how many classes, then class and draws of each; seven bits a byte, the last of a number below 128; base64. */
  counts: string;
  /** First-escape classes: [class, draws] pairs, most frequent first. */
  firstEscape: [number, number][][];
  /** An image as a data URI, numbers for a line, or words; absent where the page would grow too large. */
  looks: Record<string, { image?: string; line?: number[]; text?: string }>;
}

export interface Run {
  name: string; answers: string[];
  provenance: [string, string][]; commands: [string, string][]; notes: string[]; warnings: string[];
  summary: Summary; transition: Transition | null; transitions: Transitions | null; sensitivity: Sensitivity | null; scan: Scan | null; scanHint: string;
  samples: Samples; flipLevel: number; unit: string;
}

export interface Page { runs: Run[] }

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
