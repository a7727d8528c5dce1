using Apex.Facts;

namespace Apex.Analysis.Regularity;

/// <summary>A number for each sample of a run that says how regular it is: the higher, the more regular.</summary>
internal sealed record Readout
{
    /// <summary>Short name, e.g. <c>mean-softmax</c>.</summary>
    public required string Name { get; init; }

    /// <summary>What it is, in a phrase.</summary>
    public required string What { get; init; }

    /// <summary>The scores of a run's samples, shape <c>[samples]</c>; infinite where a sample is censored, NaN where it has none.</summary>
    public required Func<RunObservations, double[]> Score { get; init; }

    /// <summary>Noisy draws behind one sample's score; 0 for what needs no noise.</summary>
    public required Func<RunObservations, int> Draws { get; init; }

    /// <summary>
    /// What is written for a score: the quantity that the name says. It differs from the score where that is turned around, or finer than the quantity itself.
    /// Default: the score.
    /// </summary>
    public Func<double, double> Shown { get; init; } = score => score;

    /// <summary>True for what needs labels: it is left out of runs without them.</summary>
    public bool NeedsLabels { get; init; }

    /// <summary>True for what needs gradients: it is left out of runs that keep none.</summary>
    public bool NeedsGradients { get; init; }

    /// <summary>A readout that looks at one sample at a time.</summary>
    internal static Func<RunObservations, double[]> Each(Func<RunObservations, SampleObservation, double> score) =>
        run => [.. run.Samples.Select(s => score(run, s))];
}
