using Apex.Analysis.Regularity;
using Apex.Analysis.Statistics;

namespace Apex.Analysis.Comparison;

/// <summary>One quantity of the samples of two runs, compared.</summary>
/// <param name="Auc">P(A > B) + P(A = B) / 2, with a bootstrap interval over samples; n is the samples of both.</param>
/// <param name="MannWhitneyPValue">Two-sided, of A and B alike; samples that are censored on the same side tie.</param>
/// <param name="KolmogorovSmirnov">Largest distance of the two distribution functions.</param>
/// <param name="KolmogorovSmirnovPValue">Of that distance.</param>
/// <param name="MedianA">Median of A.</param>
/// <param name="MedianB">Median of B.</param>
/// <param name="CensoredA">Samples of A beyond the upper end of the common grid.</param>
/// <param name="CensoredB">Samples of B beyond it.</param>
/// <param name="BelowA">Samples of A below the lower end.</param>
/// <param name="BelowB">Samples of B below it.</param>
internal sealed record DistributionComparison(
    Interval Auc, double MannWhitneyPValue, double KolmogorovSmirnov, double KolmogorovSmirnovPValue, KaplanMeierMedian MedianA, KaplanMeierMedian MedianB,
    int CensoredA, int CensoredB, int BelowA, int BelowB)
{
    internal static DistributionComparison OfEscapes(EscapeNoise[] a, EscapeNoise[] b, double smallest, double largest, bool paired, ulong seed, int replicates)
    {
        var (keysA, keysB) = Known([.. a.Select(e => e.RankKey)], [.. b.Select(e => e.RankKey)], paired);
        KaplanMeierMedian Median(EscapeNoise[] of) => SurvivalOf.Escapes(of, smallest, largest).Median;
        return Compare(keysA, keysB, Median(a), Median(b), paired, seed, replicates);
    }

    internal static DistributionComparison OfValues(double[] a, double[] b, bool paired, ulong seed, int replicates)
    {
        (a, b) = Known(a, b, paired);
        return Compare(a, b, Uncensored(a), Uncensored(b), paired, seed, replicates);
    }

    /// <summary>What is no NaN; of pairs, those with none on either side.</summary>
    private static (double[] A, double[] B) Known(double[] a, double[] b, bool paired)
    {
        if (!paired)
            return ([.. a.Where(v => !double.IsNaN(v))], [.. b.Where(v => !double.IsNaN(v))]);
        int[] both = [.. Enumerable.Range(0, a.Length).Where(i => !double.IsNaN(a[i]) && !double.IsNaN(b[i]))];
        return ([.. both.Select(i => a[i])], [.. both.Select(i => b[i])]);
    }

    private static DistributionComparison Compare(
        double[] a, double[] b, KaplanMeierMedian medianA, KaplanMeierMedian medianB, bool paired, ulong seed, int replicates)
    {
        if (a.Length == 0 || b.Length == 0)
            return new DistributionComparison(new Interval(double.NaN, 0, 1, 0), double.NaN, double.NaN, double.NaN, medianA, medianB, 0, 0, 0, 0);
        double auc = MannWhitney.Auc(a, b);
        double[] Pick(double[] values, int[] index) => [.. index.Select(i => values[i])];
        var interval = paired
            ? Bootstrap.Percentile(a.Length, index => [MannWhitney.Auc(Pick(a, index), Pick(b, index))], [auc], seed, replicates)[0]
            : Bootstrap.Percentile(a.Length, b.Length, (ia, ib) => [MannWhitney.Auc(Pick(a, ia), Pick(b, ib))], [auc], seed, replicates)[0];
        var (distance, p) = Statistics.KolmogorovSmirnov.TwoSample(a, b);
        return new DistributionComparison(
            interval with { N = a.Length + b.Length }, MannWhitney.PValue(a, b), distance, p, medianA, medianB,
            a.Count(double.IsPositiveInfinity), b.Count(double.IsPositiveInfinity), a.Count(double.IsNegativeInfinity), b.Count(double.IsNegativeInfinity));
    }

    private static KaplanMeierMedian Uncensored(double[] values) => KaplanMeier.Fit(values, [.. values.Select(_ => true)]).Median;
}
