using Apex.Analysis.Statistics;

namespace Apex.Analysis.Regularity;

/// <summary>How well readouts agree with scores from elsewhere.</summary>
/// <param name="Samples">Samples compared: those with a number in every readout and in the reference.</param>
/// <param name="LeftOut">Samples left out because one of them has no number.</param>
/// <param name="Readouts">One for each readout.</param>
internal sealed record Alignment(int Samples, int LeftOut, IReadOnlyList<ReadoutAlignment> Readouts)
{
    private const int MostBins = 10;
    private const int MostKendallReplicates = 500;

    /// <summary>Purpose of the random numbers that order ties; the bootstrap and the permutation test have others.</summary>
    private const uint TieBreak = 7;

    /// <summary>Correlates every readout with a reference, on the same bootstrap resamples of the samples.</summary>
    /// <param name="readouts">Names and scores, each of shape <c>[samples]</c>.</param>
    /// <param name="reference">Shape <c>[samples]</c>; NaN where a sample has none.</param>
    /// <param name="baseline">Index of the readout that the others are held against.</param>
    /// <param name="seed">Keys the bootstrap.</param>
    /// <param name="replicates">Bootstrap replicates.</param>
    public static Alignment Find(
        IReadOnlyList<(Readout Readout, double[] Scores)> readouts, double[] reference, int baseline, ulong seed = 0, int replicates = 2000)
    {
        int[] kept = [.. Enumerable.Range(0, reference.Length).Where(i => !double.IsNaN(reference[i]) && readouts.All(r => !double.IsNaN(r.Scores[i])))];
        double[] target = [.. kept.Select(i => reference[i])];
        double[][] scores = [.. readouts.Select(r => (double[])[.. kept.Select(i => r.Scores[i])])];
        var (spearman, difference, kendall) =
            BootstrapCorrelation.Against(scores, target, baseline, seed, replicates, Math.Min(MostKendallReplicates, replicates));
        return new Alignment(
            kept.Length, reference.Length - kept.Length,
            [.. readouts.Select((r, i) => new ReadoutAlignment(r.Readout, spearman[i], difference[i], kendall[i], Bins(scores[i], target, seed)))]);
    }

    /// <summary>Mean reference score over groups of equal size, from the least to the most regular.</summary>
    private static ReferenceBin[] Bins(double[] scores, double[] reference, ulong seed)
    {
        int bins = Math.Clamp(scores.Length / 5, 1, MostBins);
        // Ties in a random order: that of the file may have a trend of its own.
        int[] order = [.. Enumerable.Range(0, scores.Length)];
        new CounterRandom(seed, TieBreak, 0).Permute(order);
        order = [.. order.OrderBy(i => scores[i])];
        return [.. Enumerable.Range(0, bins).Select(b =>
        {
            double[] own = [.. order[(int)((long)b * order.Length / bins)..(int)((long)(b + 1) * order.Length / bins)].Select(i => reference[i])];
            double mean = own.DefaultIfEmpty(double.NaN).Average();
            var interval = own.Length == 0
                ? new Interval(mean, mean, mean, 0)
                : Bootstrap.Percentile(own.Length, index => [index.Average(i => own[i])], [mean], seed, 500)[0];
            return new ReferenceBin((b + 0.5) / bins, interval);
        })];
    }
}

/// <summary>One readout against the reference. All intervals are 95 % percentile bootstrap intervals over samples.</summary>
/// <param name="Readout">The readout.</param>
/// <param name="Spearman">Spearman's rank correlation.</param>
/// <param name="DifferenceFromMargin">Its difference from that of the clean margin, on the same resamples.</param>
/// <param name="Kendall">Kendall's tau-b.</param>
/// <param name="Bins">Mean reference score by regularity.</param>
internal sealed record ReadoutAlignment(Readout Readout, Interval Spearman, Interval DifferenceFromMargin, Interval Kendall, IReadOnlyList<ReferenceBin> Bins);

/// <summary>Samples of neighbouring rank.</summary>
/// <param name="Quantile">Middle of the bin on the scale from least (0) to most regular (1).</param>
/// <param name="Reference">Mean reference score with its interval; n is the samples.</param>
internal readonly record struct ReferenceBin(double Quantile, Interval Reference);
