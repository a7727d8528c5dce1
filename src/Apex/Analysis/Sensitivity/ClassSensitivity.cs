using Apex.Analysis.Regularity;
using Apex.Analysis.Statistics;
using Apex.Analysis.Transitions;
using Apex.Facts;

namespace Apex.Analysis.Sensitivity;

/// <summary>What noise does to the samples of one class.</summary>
/// <param name="Class">The class: the label of its samples, or what they are predicted as where the run has no labels.</param>
/// <param name="Samples">Samples with a clean prediction.</param>
/// <param name="Accuracy">Share that is predicted as labelled; null without labels.</param>
/// <param name="FlipRate">Mean flip probability at the small-noise level of the run.</param>
/// <param name="HalfFlip">
/// The sigma at which the mean flip probability first passes 1/2, interpolated in log sigma; NaN where it is censored. Its interval is the 95 % bootstrap
/// interval over the samples of the class.
/// </param>
/// <param name="Censoring">Whether that lies outside the grid.</param>
/// <param name="SeenTo">The last level with finite draws; NaN where there is none.</param>
/// <param name="LeaksTo">The other class that most draws escape to first at small noise; null where none does.</param>
/// <param name="LeakShare">
/// Its share of the draws that escape to another class, with the same bootstrap; Wilson's interval over samples where resamples bound nothing.
/// </param>
/// <param name="Escapes">Draws that escape to another class at small noise.</param>
internal sealed record ClassSensitivity(
    int Class, int Samples, Interval? Accuracy, Interval FlipRate, Interval HalfFlip, Censoring Censoring, double SeenTo, int? LeaksTo,
    Interval LeakShare, long Escapes)
{
    /// <summary>Analyses the classes of a run.</summary>
    /// <param name="run">The run.</param>
    /// <param name="seed">Keys the bootstrap.</param>
    /// <param name="replicates">Bootstrap replicates.</param>
    /// <returns>One for each class that has samples, ascending.</returns>
    public static IReadOnlyList<ClassSensitivity> Of(RunObservations run, ulong seed = 0, int replicates = 1000)
    {
        bool labelled = run.Samples.Any(s => s.Label is not null);
        var classes = run.Samples.Where(s => !labelled || s.Label is not null).GroupBy(s => s.Label ?? s.CleanPrediction!.Value);
        return [.. classes.OrderBy(g => g.Key).Select(g => Find(run, g.Key, [.. g], labelled, seed, replicates))];
    }

    private static ClassSensitivity Find(RunObservations run, int y, SampleObservation[] samples, bool labelled, ulong seed, int replicates)
    {
        double[][] flips = [.. samples.Select(o => Enumerable.Range(0, run.Sigmas.Count).Select(s => RunObservations.FlipProbability(o, s)).ToArray())];
        bool[] seen = [.. Enumerable.Range(0, run.Sigmas.Count).Select(s => flips.Any(q => double.IsFinite(q[s])))];
        int[][] away = [.. samples.Select(o => Away(o, y))];
        long[] targets = [.. Enumerable.Range(0, run.Classes).Select(c => away.Sum(a => (long)a[c]))];
        long escapes = targets.Sum();
        int? leak = escapes == 0 ? null : Array.IndexOf(targets, targets.Max());
        (int Leaked, int All)[] counts = [.. away.Select(a => (leak is { } to ? a[to] : 0, a.Sum()))];
        double[] Statistics(int[] chosen) =>
        [
            HalfFlips.Crossing(run.Sigmas, flips, chosen, seen), Share(counts, chosen),
        ];
        var estimates = Bootstrap.Percentile(samples.Length, Statistics, Statistics([.. Enumerable.Range(0, samples.Length)]), seed, replicates);
        double seenTo = run.Sigmas.Where((_, s) => seen[s]).DefaultIfEmpty(double.NaN).Last();
        var (half, censoring) = HalfFlips.Told(estimates[0], run.Sigmas[0], seenTo);
        double[] small = [.. flips.Select(q => q[run.SmallNoise]).Where(double.IsFinite)];
        int correct = samples.Count(s => s.CleanPrediction == y);
        bool one = samples.Length < 2;
        // Where all escapes go to one class, or come from one sample, resamples bound nothing: each sample counts once.
        int escaping = counts.Count(c => c.All > 0);
        bool unbounded = leak is not null && (estimates[1].Value == 1 || escaping < 2);
        var share = unbounded ? Interval.Wilson(estimates[1].Value * escaping, escaping, escaping) : estimates[1];
        return new ClassSensitivity(
            y, samples.Length, labelled ? Interval.Wilson(correct, samples.Length, samples.Length) : null,
            Interval.Clustered(small.Sum(), small.Sum(q => q * q), small.Length, run.Info.Plan.Draws),
            // The resamples of one sample are that sample.
            one ? half with { Low = 0, High = double.PositiveInfinity } : half, censoring, seenTo, leak, share, escapes);
    }

    /// <summary>First escapes of a sample at small noise; those to its own class lead home.</summary>
    private static int[] Away(SampleObservation sample, int own)
    {
        int[] away = Departures.SmallNoiseEscapes(sample);
        away[own] = 0;
        return away;
    }

    /// <summary>Share of the escapes of chosen samples that leak; NaN where none escapes.</summary>
    private static double Share((int Leaked, int All)[] counts, int[] chosen)
    {
        long leaked = 0, all = 0;
        foreach (int i in chosen)
        {
            leaked += counts[i].Leaked;
            all += counts[i].All;
        }

        return all == 0 ? double.NaN : (double)leaked / all;
    }
}
