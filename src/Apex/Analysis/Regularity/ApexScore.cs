namespace Apex.Analysis.Regularity;

/// <summary>
/// The default score: the margin that a sample keeps under small noise, in units of how far noise moves margins of its class.
/// </summary>
/// <remarks>
/// To first order the margin under noise is m + sigma g N(0, 1) (docs/method.md, section 2), so a sample escapes at a noise in proportion to m / g.
/// Three things make that estimate better than m / g itself, none of which needs a label or an outside score:
/// <list type="bullet">
/// <item>m is taken as the mean over all levels up to where half of the predictions flip, so that every draw there counts and curvature
/// enters: the mean margin of a memorised sample falls sooner.</item>
/// <item>Noise also moves all samples of a class together, toward the classes that the model favours (docs/method.md, section 3). That drift, the mean
/// over the samples predicted as the class, says nothing about one of them and is taken off.</item>
/// <item>g is pooled over the class in the small-noise regime. A sample's own g is as noisy as its margin is informative, and what differs
/// between samples in it is mostly noise; what differs between classes is how close together their activations lie.</item>
/// </list>
/// Drift and g of a class with few samples are drawn toward those of all samples, so that a class with one sample does not explain it away.
/// </remarks>
internal static class ApexScore
{
    /// <summary>Where the mean flip rate passes this, more draws say what the model favours than what the sample is.</summary>
    private const double LargestFlipRate = 0.5;

    /// <summary>Samples that all samples together weigh in the estimate for a class.</summary>
    private const double PriorSamples = 10;

    /// <summary>As a readout.</summary>
    public static Readout Readout { get; } = new()
    {
        Name = "apex",
        What = "margin kept under small noise, less the drift of its class, over the class's sensitivity",
        Score = Of,
        Draws = run => run.Info.Plan.Draws * Levels(run.FlipRates),
    };

    /// <summary>The scores of a run's samples, in units of sigma, shape <c>[samples]</c>; NaN where no level had a finite margin.</summary>
    /// <param name="run">A run; one level is enough, but more are better.</param>
    public static double[] Of(RunObservations run)
    {
        var sums = Sums(run.Classes, run.Sigmas);
        foreach (var sample in run.Samples)
            sums.Add(sample);
        return sums.Scores(Levels(run.FlipRates), run.SmallNoise);
    }

    /// <summary>For samples that come one at a time.</summary>
    internal static ApexScoreSums Sums(int classes, IReadOnlyList<double> sigmas) => new(classes, sigmas, PriorSamples);

    /// <summary>Levels whose margins count.</summary>
    /// <param name="flipRates">Mean flip rates, shape <c>[sigmas]</c>.</param>
    internal static int Levels(IReadOnlyList<double> flipRates) => Math.Max(1, flipRates.TakeWhile(q => q <= LargestFlipRate).Count());
}
