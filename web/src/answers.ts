// Printed by `npm run types` from docs/cli.schema.json.

export type Page = {
  /** One run, two side by side, or none on the page of a scan alone. */
  runs: {
    /** What it is called. */
    name: string;
    /** tau of the escape noises. */
    flipLevel: number;
    /** What the run says, in sentences. */
    answers: string[];
    /** What to keep in mind, in sentences. */
    notes: string[];
    /** What looks wrong about it. */
    warnings: string[];
    /** Where it comes from: names and values. */
    provenance: string[][];
    /** How to go on: names and command lines. */
    commands: string[][];
    /** What it shows at first sight. */
    summary: {
      /** What looks wrong and may be meant; nothing that builds on it should be trusted before it is settled. */
      warnings: Warning[];
      /** The run's folder; null where it has none. */
      run: string | null;
      /** Whether the run is whole. */
      status: "running" | "complete" | "interrupted" | "failed";
      /** Path of the model. */
      model: string;
      /** Where the samples came from. */
      data: string;
      /** Samples. */
      samples: number;
      /** Draws of each sample at each level. */
      draws: number;
      /** Keyed the noise. */
      seed: number;
      /** What got noise. */
      space: "activation" | "input" | "parameter";
      /** Indices of the sites that got noise. */
      sites: number[];
      /** The parameter tensors that got noise; null in the other spaces. */
      parameters: {
        /** Position in Parameters, from 0; keys its noise. */
        index: number;
        /** Name in the model. */
        name: string;
        /** Its shape. */
        shape: number[];
        /** Number of elements. */
        elements: number;
        /** sqrt(mean of W^2), which scales its noise. */
        rms: number | null;
      }[] | null;
      /** Accuracy without noise; null without labels. */
      cleanAccuracy: number | null;
      /** Its 95 % interval. */
      cleanAccuracyInterval: Interval | null;
      /** Noise levels, ascending, shape [sigmas]. */
      sigmas: number[];
      /** Mean over samples of the share of draws whose prediction is no longer the clean one; null where no draw is finite. */
      flipRate: (number | null)[];
      /** Their 95 % intervals. */
      flipRateInterval: Interval[];
      /** Marginal response, shape [sigmas][classes]. */
      classShares: ((number | null)[])[];
      /** Their 95 % intervals, shape [sigmas][classes]. */
      classShareInterval: Interval[][];
      /** Class names, in the order of the logits. */
      classes: string[];
      /** Draws with a logit that is not finite, which enter no rate. */
      nonFinite: number;
      /** Samples whose clean logits are not finite. */
      cleanNonFinite: number;
      /** Name of the score that samples are ranked by. */
      rankedBy: string;
      /** Noisy draws behind each score. */
      rankingDraws: number;
      /** The largest level of small noise, at which the mean softmax of the listed samples is read. */
      rankingSigma: number;
      /** Samples with the highest score, best first. */
      mostRegular: {
        /** Index in the source. */
        id: number;
        /** Given class, or null. */
        label: number | null;
        /** ŷ0. */
        prediction: number;
        /** The default score, higher for more regular. */
        score: number | null;
        /** Mean softmax of ŷ0 over the draws at the largest level of small noise; null where none is finite. */
        meanSoftmax: number | null;
      }[];
      /** Samples with the lowest, worst first. */
      leastRegular: {
        /** Index in the source. */
        id: number;
        /** Given class, or null. */
        label: number | null;
        /** ŷ0. */
        prediction: number;
        /** The default score, higher for more regular. */
        score: number | null;
        /** Mean softmax of ŷ0 over the draws at the largest level of small noise; null where none is finite. */
        meanSoftmax: number | null;
      }[];
      /** Noisy forward passes, pilot not counted. */
      passes: number;
      /** What they took. */
      seconds: number;
    };
    /** At which noise the model decides; null where the run cannot tell. */
    dependence: {
      /** What looks wrong and may be meant; nothing that builds on it should be trusted before it is settled. */
      warnings: Warning[];
      /** Path of the model. */
      model: string;
      /** Where the samples came from. */
      data: string;
      /** Noise levels, ascending, shape [sigmas], as all lists here but the classes. */
      sigmas: number[];
      /** S = I(X; Y) / H(Y) in [0, 1], corrected for bias; null where it is undefined. */
      sampleDependence: (number | null)[];
      /** Lower ends of the 95 % bootstrap intervals over samples. */
      low: (number | null)[];
      /** Upper ends. */
      high: (number | null)[];
      /** What S comes to by chance, on average. */
      null: (number | null)[];
      /** 95th percentile there. */
      nullHigh: (number | null)[];
      /** Of "predictions do not depend on the sample", by permutation. */
      pValue: (number | null)[];
      /** Whether to believe it. */
      status: ("reliable" | "unreliable" | "undefined")[];
      /** I(X; Y) in nats, corrected for bias. */
      mutualInformation: (number | null)[];
      /** H(Y) in nats, corrected for bias. */
      entropy: (number | null)[];
      /** Mean total variation between a sample's predictions and the marginal, beyond chance. */
      excessVariation: (number | null)[];
      /** Its intervals. */
      excessVariationInterval: Interval[];
      /** Share of draws that equal the label; null without labels. */
      accuracy: number[] | null;
      /** Its intervals. */
      accuracyInterval: Interval[] | null;
      /** Share of draws that equal the clean prediction. */
      agreement: number[];
      /** Its intervals. */
      agreementInterval: Interval[];
      /** The class with the largest share. */
      topClass: number[];
      /** Its share. */
      topShare: number[];
      /** The level at which half of S is gone; null where that is not within the believable levels. */
      halfDependenceSigma: number | null;
      /** Lower end of its 95 % interval. */
      halfLow: number | null;
      /** Upper end; null where the grid does not bound it. */
      halfHigh: number | null;
      /** Small noise reaches up to here; null where that is not seen. */
      smallNoiseUpTo: number | null;
      /** Large noise begins here; null where that is not reached. */
      largeNoiseFrom: number | null;
      /** Samples with a finite draw at the first level. */
      samples: number;
      /** Draws of each sample at each level. */
      draws: number;
      /** Class names, in the order of the logits. */
      classes: string[];
    } | null;
    /** Sections on questions, in order. */
    panels: {
      /** The question. */
      name: string;
      /** Its heading. */
      title: string;
      /** What the script draws it from; null where it is told in text. */
      answer: unknown;
      /** Lines and tables; null where the script draws it. */
      text: {
        /** The line; empty where it is a table. */
        line: string;
        /** The columns of a table; none for a line. */
        columns: {
          /** Its head. */
          head: string;
          /** What it says in each row. */
          cells: string[];
          /** Whether cells end below each other, as numbers do, rather than begin. */
          isRight: boolean;
          /** Lengths of bars, in [0, 1] or NaN, where the cells are bars; else none. */
          shares: number[] | null;
          /** Characters of the widest cell, or of the head. */
          width: number;
        }[];
      }[] | null;
    }[];
    /** The part of a scan that is about its model; null where it was not scanned. */
    scan: unknown;
    /** What to know of a suspicion that no reference backs. */
    scanHint: string;
    /** What sigma is measured in. */
    unit: string;
    /** Its samples, of a large run those that have a place in the gallery. */
    samples: {
      /** Index in the source. */
      id: number[];
      /** Given class. */
      label: (number | null)[];
      /** ŷ0. */
      predicted: number[];
      /** Position from the least (0) to the most regular of all samples; null without a score. */
      rank: (number | null)[];
      /** Samples with a score. */
      ranked: number;
      /** sigma_esc; null where it is censored. */
      escape: (number | null)[];
      /** Lower end of its interval. */
      escapeLow: (number | null)[];
      /** Upper end; null where the grid does not bound it. */
      escapeHigh: (number | null)[];
      /** none, left or right. */
      censoring: string[];
      /** 1 - mean softmax that the label keeps under small noise; null without a label. */
      suspicion: (number | null)[];
      /** Whether something speaks against the label. */
      suspect: boolean[];
      /** Up to where a sample that never escaped was seen to hold. */
      heldTo: (number | null)[];
      /** Draws behind the escape noise. */
      escapeDraws: number[];
      /**
       * n_y where it is not 0: for each sample and level how many classes, then class and draws of each; seven bits a byte, the
       * last of a number below 128; base64.
       */
      counts: string;
      /** First-escape classes, each with its draws, most frequent first. */
      firstEscape: number[][][];
      /** m / g, the noise that flips a sample to first order; null where the run keeps no gradients. */
      firstOrder: (number | null)[];
      /** The measured noise at which 16 % of the draws flip, over m / g; null where the grid does not hold it. */
      escapeRatio: (number | null)[];
      /** The perturbed sites as they are told; empty where the run keeps no gradients, or the page would grow too large. */
      steepSites: string[];
      /**
       * Of each sample the share of each of these sites in the variance of its margin, in thousandths; empty where nothing moves
       * the margin.
       */
      steep: number[][];
      /** What samples look like, by id; absent where the page would grow too large. */
      looks: Record<string, {
        /** Data URI of an image of at most 96 pixels a side. */
        image?: string | null;
        /** At most 96 numbers. */
        line?: number[] | null;
        /** The first tokens. */
        text?: string | null;
      }>;
    };
  }[];
  /** The scan that the page is of; null on that of runs. */
  scan: unknown;
  /** What to know of a suspicion that no reference backs. */
  scanHint: string;
};

export type Transitions = {
  /** What looks wrong and may be meant; nothing that builds on it should be trusted before it is settled. */
  warnings: Warning[];
  /** Class names, in the order of the logits. */
  classes: string[];
  /** Share of the escapes from class i that land in class j, shape [classes][classes]; null in a row without escapes. */
  matrix: ((number | null)[])[];
  /** Escapes from class i to class j, shape [classes][classes]. */
  counts: number[][];
  /** Samples that had an escape. */
  samples: number;
  /** Escapes in all. */
  escapes: number;
  /** Groups of classes; null where there are none. */
  taxonomy: {
    /** Where it came from, e.g. CIFAR-10 or a file's path. */
    name: string;
    /** Names of the groups. */
    groups: string[];
    /** Index of each class's group, shape [classes]. */
    of: number[];
  } | null;
  /** Share of escapes that stay inside their group. */
  coherence: number | null;
  /** Its 95 % bootstrap interval over samples. */
  coherenceInterval: Interval | null;
  /** The share if where a draw goes did not depend on where it came from. */
  expected: number | null;
  /** The share less what is expected. */
  excess: number | null;
  /** Its interval, in which both are found anew. */
  excessInterval: Interval | null;
  /** One-sided, by permutation of whole samples. */
  pValue: number | null;
  /** Permutations behind it. */
  permutations: number | null;
  /** Spearman's correlation with the clean confusion structure; null where it is not defined. */
  confusionCorrelation: number | null;
  /** Its 95 % bootstrap interval over samples. */
  confusionCorrelationInterval: Interval;
  /** Under relabelling the classes of one matrix at random. */
  confusionPValue: number | null;
  /** The transitions with the largest share, largest first. */
  top: {
    /** Name of the class that was left. */
    from: string;
    /** Name of the class that was reached. */
    to: string;
    /** Index of From. */
    fromIndex: number;
    /** Index of To. */
    toIndex: number;
    /** T[from -> to]. */
    share: number | null;
    /** Lower end of its 95 % bootstrap interval over samples. */
    low: number | null;
    /** Upper end. */
    high: number | null;
    /** Escapes that made this transition. */
    count: number;
    /** Escapes from the same class. */
    escapes: number;
    /** Samples of that class that had an escape. */
    samples: number;
  }[];
};

export type Sensitivity = {
  /** What looks wrong and may be meant; nothing that builds on it should be trusted before it is settled. */
  warnings: Warning[];
  /** Path of the model. */
  model: string;
  /** Where the samples came from. */
  data: string;
  /** Samples with a clean prediction. */
  samples: number;
  /** Draws for each site, sample and level; 0 where sites were not probed alone. */
  draws: number;
  /** Noise levels in units of each site's rms, shape [sigmas]; empty where sites were not probed alone. */
  sigmas: number[];
  /**
   * The level at which sites are compared: where the mean over sites of the flip rate is nearest to 1/2; null where sites
   * were not probed alone.
   */
  commonSigma: number | null;
  /** The sites, ascending by index; empty where they were not probed alone. */
  sites: {
    /** l, in topological order. */
    index: number;
    /** Unique in the model. */
    name: string;
    /** The non-linearity. */
    op: string;
    /** Shape of one sample's activation. */
    shape: number[];
    /** Its elements. */
    elements: number;
    /** Index over that of the last site. */
    depth: number;
    /** Root mean square of its activations, the unit of sigma. */
    rms: number;
    /** 1 for the most sensitive site. */
    rank: number;
    /** The noise at which half of the draws flip; null where it is censored. */
    halfFlipSigma: number | null;
    /** Lower end of its 95 % bootstrap interval over samples. */
    halfLow: number;
    /** Upper end; null where the grid does not bound it. */
    halfHigh: number | null;
    /** Whether it lies outside the grid. */
    censoring: "none" | "left" | "right";
    /** The last level with finite draws; null where there is none. */
    seenTo: number | null;
    /** The half-flip sigma times the rms. */
    halfFlipAbsolute: number | null;
    /** Flip rate at the common level; null where no draw is finite. */
    commonFlipRate: number | null;
    /** Its 95 % interval. */
    commonFlipRateInterval: Interval;
    /** Flip rate at each level. */
    flipRate: (number | null)[];
    /** Their intervals. */
    flipRateInterval: Interval[];
    /** Noisy draws with a logit that is not finite. */
    nonFinite: number;
    /** Samples behind the flip rate at each level. */
    n: number[];
  }[];
  /** Where the margin is steep, to first order and without noise; null where the run keeps no gradients. */
  firstOrder: {
    /** Samples whose margin moves. */
    samples: number;
    /** The perturbed sites, ascending by index; their shares sum to 1. */
    sites: {
      /** l, in topological order; 0 for the input. */
      index: number;
      /** Unique in the model. */
      name: string;
      /** The non-linearity. */
      op: string;
      /** g_l^2 / g^2, the mean over samples. */
      share: number;
      /** Its 95 % bootstrap interval over samples. */
      shareInterval: Interval;
    }[];
    /**
     * Median over samples of the noise at which 16 % of the draws flip (Phi(-1)), over m / g, at which they do so to first
     * order; null where no sample escapes on the grid.
     */
    escapeRatio: number | null;
    /** Its quartiles over samples. */
    escapeRatioQuartiles: Interval;
    /** Samples that escape on the grid. */
    escapeRatioSamples: number;
  } | null;
};

export type Scan = {
  /** What looks wrong and may be meant; nothing that builds on it should be trusted before it is settled. */
  warnings: Warning[];
  /** Each model that was screened. */
  models: {
    /** Path of the model. */
    model: string;
    /** The verdict. */
    verdict: "nothing-found" | "suspicious" | "inconclusive";
    /** The class that stands out most. */
    target: number;
    /** Its name. */
    targetName: string;
    /** -ln of the p-value; null where there is none. */
    anomalyIndex: number | null;
    /** How often a clean model has a class that stands out so far; null with too few references. */
    pValue: number | null;
    /** References that it was held against. */
    references: number;
    /** In one sentence what such a scan finds and misses. */
    findsAndMisses: string;
    /** How often such a scan says suspicious; null where that was not measured. */
    rates: {
      /** Where the figures come from. */
      source: string;
      /** References that each model was held against. */
      references: number;
      /** Whether samples were given. */
      samples: boolean;
      /** Poisoned models. */
      poisoned: {
        /** The kind. */
        kind: string;
        /** Those that were. */
        called: number;
        /** All of them. */
        models: number;
        /** The share. */
        rate: number;
        /** Its 95 % interval. */
        interval: Interval;
      };
      /** Clean models. */
      clean: {
        /** The kind. */
        kind: string;
        /** Those that were. */
        called: number;
        /** All of them. */
        models: number;
        /** The share. */
        rate: number;
        /** Its 95 % interval. */
        interval: Interval;
      };
      /** The poisoned models by attack. */
      byAttack: {
        /** The kind. */
        kind: string;
        /** Those that were. */
        called: number;
        /** All of them. */
        models: number;
        /** The share. */
        rate: number;
        /** Its 95 % interval. */
        interval: Interval;
      }[];
      /** What is found. */
      found: {
        /** The kind. */
        kind: string;
        /** Those that were. */
        called: number;
        /** All of them. */
        models: number;
        /** The share. */
        rate: number;
        /** Its 95 % interval. */
        interval: Interval;
      };
      /** What is missed. */
      missed: {
        /** The kind. */
        kind: string;
        /** Those that were. */
        called: number;
        /** All of them. */
        models: number;
        /** The share. */
        rate: number;
        /** Its 95 % interval. */
        interval: Interval;
      };
    } | null;
    /** Score of each class. */
    scores: (number | null)[];
    /** Largest share of a class at infinite noise; null where the network has no limit. */
    maxShareAtInfinity: number | null;
    /** The class that has it. */
    topClassAtInfinity: number | null;
    /** What noise that all inputs share does to each class. */
    responses: {
      /** Whether the inputs were data or noise. */
      inputs: "noise" | "data";
      /** Where the noise was: early or input. */
      sites: string;
      /** Noise levels in units of each site's rms. */
      sigmas: number[];
      /** Gain of each class at each level, shape [sigmas][classes]. */
      gains: ((number | null)[])[];
      /** Push of each class at each level, shape [classes][sigmas]. */
      pushes: ((number | null)[])[];
      /** Inputs that shared the noise. */
      inputCount: number;
      /** Draws of it. */
      draws: number;
      /** Whether the verdict rests on it. */
      used: boolean;
    }[];
    /** The ways of looking that the verdict is made of. */
    views: {
      /** shared-noise, directed-noise or last-layer. */
      name: string;
      /** Whether the inputs were data or, at least in part, noise. */
      inputs: "noise" | "data";
      /** Score of each class. */
      scores: (number | null)[];
      /** The class that stands out most in this view. */
      target: number;
      /** Its name. */
      targetName: string;
      /** How often a clean model has a class that stands out so far in this view; null where that is not known. */
      pValue: number | null;
    }[];
    /** What noise that leads all inputs to the target looks like; null where it could not be searched for. */
    trigger: {
      /** Where it is: input or window. */
      place: string;
      /** Whether the inputs were data or noise. */
      inputs: "noise" | "data";
      /** Its root mean square in units of the range of the pixels; null in a window, whose pixels are free. */
      radius: number | null;
      /** First row, first column and edge of the window; null where there is none. */
      window: number[] | null;
      /** Share of the inputs of other classes that it carries to the target, of inputs that it was not found on. */
      share: number;
      /** Its 95 % interval. */
      interval: Interval;
      /** n of it. */
      others: number;
      /** Data URI of what it looks like: grey where it changes nothing; null where the input is no picture. */
      image: string | null;
      /** The class whose score comes next. */
      next: number;
      /** Its name. */
      nextName: string;
      /** What leads to that class. */
      nextImage: string | null;
      /** The references that there is a picture of. */
      referenceNames: string[];
      /** What leads to the target in each of them. */
      referenceImages: string[];
      /** Radii on the whole input, ascending. */
      radii: number[];
      /** Share that the worst noise of each radius carries to the target. */
      shares: number[];
      /** The same to the next class. */
      nextShares: number[];
      /** A few inputs, as data URIs; empty where they are no pictures. */
      without: string[];
      /** The same with the noise. */
      with: string[];
      /** What these inputs are predicted as without. */
      before: string[];
      /** What they are predicted as with it. */
      after: string[];
    } | null;
  }[];
  /** Models that could not be screened. */
  failed: {
    /** Path of the model. */
    model: string;
    /** Why. */
    error: string;
  }[];
  /** False where the scan was stopped before every model was done. */
  complete: boolean;
};

export type Interval = [number | null, number | null];

export type Warning = {
  kind: "pixel-scale" | "normalisation" | "first-layer" | "class-folders" | "class-order" | "one-class" | "chance" | "mostly-otherwise";
  /** One sentence for a person, with what to change. */
  message: string;
};
