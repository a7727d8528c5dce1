namespace Apex.Analysis.Regularity;

/// <summary>
/// The default score: the margin that a sample keeps under small noise, in units of how far noise moves margins of its class.
/// </summary>
/// <remarks>
/// To first order the margin under noise is m + sigma g N(0, 1) (METHOD section 2), so a sample escapes at a noise in proportion to m / g.
/// Three things make that estimate better than m / g itself, none of which needs a label or an outside score:
/// <list type="bullet">
/// <item>m is taken as the mean over all levels up to where half of the predictions flip, so that every draw there counts and curvature
/// enters: the mean margin of a memorised sample falls sooner.</item>
/// <item>Noise also moves all samples of a class together, toward the classes that the model favours (METHOD section 3). That drift, the mean
/// over the samples predicted as the class, says nothing about one of them and is taken off.</item>
/// <item>g is pooled over the class in the small-noise regime. A sample's own g is as noisy as its margin is informative, and what differs
/// between samples in it is mostly noise; what differs between classes is how close together their activations lie.</item>
/// </list>
/// Drift and g of a class with few samples are drawn toward those of all samples, so that a class with one sample does not explain it away.
/// </remarks>
public static class ApexScore
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
        Draws = run => run.Info.Plan.Draws * Levels(run),
    };

    /// <summary>The scores of a run's samples, in units of sigma, shape <c>[samples]</c>; NaN where no level had a finite margin.</summary>
    /// <param name="run">A run; one level is enough, but more are better.</param>
    public static double[] Of(RunObservations run)
    {
        int levels = Levels(run), samples = run.Samples.Count;
        var drift = new PooledByClass[levels];
        var sensitivity = new PooledByClass(run.Classes, PriorSamples);
        for (int s = 0; s < levels; s++)
        {
            drift[s] = new PooledByClass(run.Classes, PriorSamples);
            foreach (var sample in run.Samples)
                drift[s].Add(sample.CleanPrediction!.Value, sample.Sigmas[s].MarginMean - sample.CleanMargin);
        }

        foreach (var sample in run.Samples)
        {
            double[] logs = [.. Enumerable.Range(0, run.SmallNoise + 1).Select(s => Math.Log(Math.Sqrt(sample.Sigmas[s].MarginVariance) / run.Sigmas[s])).Where(double.IsFinite)];
            sensitivity.Add(sample.CleanPrediction!.Value, logs.Length == 0 ? double.NaN : logs.Average());
        }

        var scores = new double[samples];
        for (int i = 0; i < samples; i++)
        {
            var sample = run.Samples[i];
            int y = sample.CleanPrediction!.Value;
            double sum = 0;
            int counted = 0;
            for (int s = 0; s < levels; s++)
            {
                double margin = sample.Sigmas[s].MarginMean;
                if (!double.IsFinite(margin))
                    continue;
                sum += margin - drift[s].Of(y);
                counted++;
            }

            // With one draw there is no variance: every class counts as equally sensitive.
            double g = sensitivity.Of(y) is var log && double.IsFinite(log) ? Math.Exp(log) : 1;
            scores[i] = counted == 0 ? double.NaN : sum / counted / g;
        }

        return scores;
    }

    private static int Levels(RunObservations run)
    {
        int levels = run.FlipRates.TakeWhile(q => q <= LargestFlipRate).Count();
        return Math.Max(1, levels);
    }
}
