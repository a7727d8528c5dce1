using MathNet.Numerics;

namespace Apex.Analysis.Statistics;

/// <summary>Whether two independent samples come from one distribution (N. Smirnov, 1939). Infinities are values like any other.</summary>
internal static class KolmogorovSmirnov
{
    /// <summary>
    /// The largest distance between the two empirical distribution functions, and its two-sided p-value. The p-value is that of
    /// Kolmogorov's one-sample statistic for nA nB / (nA + nB) values, rounded: an approximation for large samples, too small in the far
    /// tail and too large where many values are tied. It is kept from falling below 2 / C(nA + nB, nA), the exact p-value of samples that
    /// do not overlap, where the approximation would say 0.
    /// </summary>
    /// <param name="a">Shape <c>[nA]</c>; no NaN.</param>
    /// <param name="b">Shape <c>[nB]</c>; no NaN.</param>
    /// <returns>Both in [0, 1]; NaN where a side is empty.</returns>
    /// <exception cref="ArgumentException">A value is NaN.</exception>
    public static (double Statistic, double PValue) TwoSample(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        double[] all = [.. a, .. b];
        var order = Ranks.Order(all);
        if (a.IsEmpty || b.IsEmpty)
            return (double.NaN, double.NaN);
        // In whole numbers, so that equal distances are equal: |countA / nA - countB / nB| * nA nB.
        long countA = 0, countB = 0, most = 0;
        for (int start = 0; start < order.Length;)
        {
            for (int end = Ranks.EndOfTie(all, order, start); start < end; start++)
            {
                if (order[start] < a.Length)
                    countA++;
                else
                    countB++;
            }

            most = Math.Max(most, Math.Abs(countA * b.Length - countB * a.Length));
        }

        double pairs = (double)a.Length * b.Length, statistic = most / pairs;
        long effective = Math.Max(1, (long)Math.Round(pairs / (a.Length + (double)b.Length)));
        double apart = 2 * Math.Exp(
            SpecialFunctions.GammaLn(a.Length + 1.0) + SpecialFunctions.GammaLn(b.Length + 1.0) - SpecialFunctions.GammaLn(order.Length + 1.0));
        return (statistic, Math.Min(1, Math.Max(apart, KolmogorovDistribution.Survival(statistic, effective))));
    }
}
