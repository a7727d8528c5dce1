using Apex.Facts;

namespace Apex.Analysis.Regularity;

/// <summary>The samples of a run by every readout.</summary>
internal sealed record RegularityRanking
{
    /// <summary>The samples, in the order of the run.</summary>
    public required IReadOnlyList<SampleObservation> Samples { get; init; }

    /// <summary>Samples left out because a clean logit was not finite.</summary>
    public required int CleanNonFinite { get; init; }

    /// <summary>The level at which mean softmax, mean margin and stability are read.</summary>
    public required double SmallNoise { get; init; }

    /// <summary>Readouts with a score for each sample, the default score first.</summary>
    public required IReadOnlyList<RankedReadout> Readouts { get; init; }

    /// <summary>Escape noise of each sample, mode reading.</summary>
    public required IReadOnlyList<EscapeNoise> EscapeMode { get; init; }

    /// <summary>Escape noise of each sample, flip-level reading.</summary>
    public required IReadOnlyList<EscapeNoise> EscapeFlip { get; init; }

    /// <summary>tau of the flip-level reading.</summary>
    public required double FlipLevel { get; init; }

    /// <summary>Positions of the samples by the default score, the most regular first; those without a score last.</summary>
    public required IReadOnlyList<int> Order { get; init; }

    /// <summary>The most regular samples first, of those with a score.</summary>
    public IEnumerable<int> FromMostRegular => Order.Where(i => !double.IsNaN(Readouts[0].Scores[i]));

    /// <summary>The least regular samples first, of those with a score.</summary>
    public IEnumerable<int> FromLeastRegular => FromMostRegular.Reverse();

    /// <summary>Why readouts of small noise may mislead on this run, or null.</summary>
    public required string? Caution { get; init; }

    /// <summary>Ranks a run's samples.</summary>
    /// <param name="run">The run.</param>
    /// <param name="flipLevel">tau of the flip-level reading, in (0, 1).</param>
    /// <param name="inputRun">A run of the same model and samples with noise at the input only, or null.</param>
    /// <exception cref="InvalidInputException">The input run does not fit.</exception>
    public static RegularityRanking Of(RunObservations run, double flipLevel = EscapeNoise.DefaultFlipLevel, RunObservations? inputRun = null)
    {
        // A sample without one would fall out of the comparison of every readout.
        bool labelled = run.Samples.All(s => s.Label is not null);
        bool differentiated = FirstOrderDistance.IsIn(run.Info);
        var readouts = Regularity.Readouts.All(flipLevel).Where(r => (labelled || !r.NeedsLabels) && (differentiated || !r.NeedsGradients)).ToList();
        if (inputRun is not null)
            readouts.Add(Regularity.Readouts.InputStability(inputRun));
        RankedReadout[] ranked = [.. readouts.Select(r => new RankedReadout(r, r.Score(run), r.Draws(run)))];
        double[] leading = ranked[0].Scores;
        return new RegularityRanking
        {
            Samples = run.Samples,
            CleanNonFinite = run.CleanNonFinite,
            SmallNoise = run.Sigmas[run.SmallNoise],
            Readouts = ranked,
            EscapeMode = [.. run.Samples.Select(s => EscapeNoise.Mode(s, run.Sigmas))],
            EscapeFlip = [.. run.Samples.Select(s => EscapeNoise.FlipLevel(s, run.Sigmas, flipLevel))],
            FlipLevel = flipLevel,
            Caution = run.SmallNoiseCaution,
            Order = ScoreOrder.Sort(leading, [.. run.Samples.Select(s => s.SampleId)]),
        };
    }

    /// <summary>Correlates every readout with scores from elsewhere, one for each of <see cref="Samples"/>.</summary>
    /// <param name="reference">Shape <c>[samples]</c>.</param>
    /// <param name="seed">Keys the bootstrap.</param>
    /// <param name="replicates">Bootstrap replicates.</param>
    public Alignment Against(double[] reference, ulong seed = 0, int replicates = 2000)
    {
        int baseline = Readouts.Select(r => r.Readout.Name).ToList().IndexOf(Regularity.Readouts.Baseline);
        return Alignment.Find([.. Readouts.Select(r => (r.Readout, r.Scores))], reference, baseline, seed, replicates);
    }
}

/// <summary>A readout with its scores.</summary>
/// <param name="Readout">The readout.</param>
/// <param name="Scores">Shape <c>[samples]</c>, higher for more regular.</param>
/// <param name="Draws">Noisy draws behind each score.</param>
internal sealed record RankedReadout(Readout Readout, double[] Scores, int Draws)
{
    /// <summary>What is written for each sample, see <see cref="Readout.Shown"/>; shape <c>[samples]</c>.</summary>
    public IEnumerable<double> Shown => Scores.Select(Readout.Shown);

    /// <summary>How many samples share their score with another: ties that this readout cannot order.</summary>
    public int Tied => Scores.Where(s => !double.IsNaN(s)).GroupBy(s => s).Where(g => g.Count() > 1).Sum(g => g.Count());
}
