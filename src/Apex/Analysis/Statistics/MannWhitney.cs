using MathNet.Numerics;
using MathNet.Numerics.RootFinding;

namespace Apex.Analysis.Statistics;

/// <summary>
/// Whether one of two independent samples tends to be larger (H. Mann and D. Whitney, "On a test of whether one of two random variables is
/// stochastically larger than the other", Annals of Mathematical Statistics 1947). Infinities are values like any other.
/// </summary>
internal static class MannWhitney
{
    /// <summary>Area under the ROC curve of "large means A": P(A &gt; B) + P(A = B) / 2 over all pairs.</summary>
    /// <param name="a">Shape <c>[nA]</c>; no NaN.</param>
    /// <param name="b">Shape <c>[nB]</c>; no NaN.</param>
    /// <returns>In [0, 1]; NaN where a side is empty.</returns>
    /// <exception cref="ArgumentException">A value is NaN.</exception>
    public static double Auc(ReadOnlySpan<double> a, ReadOnlySpan<double> b) => Count(a, b).U / ((double)a.Length * b.Length);

    /// <summary>
    /// 95 % interval of <see cref="Auc"/>: the areas whose standard error, as J. Hanley and B. McNeil give it with (nA + nB) / 2 for both sizes, reaches the
    /// estimate (R. Newcombe, "Confidence intervals for an effect size measure based on the Mann-Whitney statistic, part 2", Statistics in Medicine 2006,
    /// method 5). Right for few values, and not empty where the estimate is 0 or 1.
    /// </summary>
    /// <param name="auc">The estimate, in [0, 1].</param>
    /// <param name="a">nA, at least 1.</param>
    /// <param name="b">nB, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public static Interval AucInterval(double auc, int a, int b)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(a, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(b, 1);
        if (auc is not (>= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(auc), auc, "give a number in [0, 1]");
        double z = Interval.Z95, size = (a + b) / 2.0 - 1;
        double Reaches(double theta) =>
            Math.Abs(auc - theta) - z * Math.Sqrt(theta * (1 - theta) / a / b * (1 + size * ((1 - theta) / (2 - theta) + theta / (1 + theta))));
        // At the estimate the distance is 0 and the error is not; at the ends of [0, 1] it is the other way round.
        double low = auc == 0 ? 0 : Brent.FindRoot(Reaches, 0, auc == 1 ? 1 - 1e-12 : auc, 1e-10);
        double high = auc == 1 ? 1 : Brent.FindRoot(Reaches, auc == 0 ? 1e-12 : auc, 1, 1e-10);
        return new Interval(auc, low, high, (long)a + b);
    }

    /// <summary>
    /// Two-sided p-value of "neither side tends to be larger": the normal approximation with corrections for ties and continuity.
    /// Use it from about 8 values on each side.
    /// </summary>
    /// <param name="a">Shape <c>[nA]</c>; no NaN.</param>
    /// <param name="b">Shape <c>[nB]</c>; no NaN.</param>
    /// <returns>In [0, 1]; 1 where all values are equal, NaN where a side is empty.</returns>
    /// <exception cref="ArgumentException">A value is NaN.</exception>
    public static double PValue(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        var (u, ties) = Count(a, b);
        if (a.IsEmpty || b.IsEmpty)
            return double.NaN;
        double n = a.Length + (double)b.Length, pairs = (double)a.Length * b.Length;
        double distance = Math.Abs(u - pairs / 2) - 0.5;
        double variance = pairs / 12 * (n + 1 - ties / (n * (n - 1)));
        // Within half a pair of the middle nothing is more central, whatever the variance; this is also where all are tied.
        return distance <= 0 ? 1 : SpecialFunctions.Erfc(distance / Math.Sqrt(2 * variance));
    }

    /// <summary>Pairs that A wins, ties counting half, and the sum of t^3 - t over the groups of t equal values.</summary>
    private static (double U, double Ties) Count(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        double[] all = [.. a, .. b];
        var order = Ranks.Order(all);
        double u = 0, ties = 0;
        long below = 0;
        for (int start = 0; start < order.Length;)
        {
            int end = Ranks.EndOfTie(all, order, start);
            double tied = end - start;
            long fromA = 0;
            for (; start < end; start++)
                fromA += order[start] < a.Length ? 1 : 0;
            long fromB = (long)tied - fromA;
            u += fromA * (below + fromB / 2.0);
            ties += tied * tied * tied - tied;
            below += fromB;
        }

        return (u, ties);
    }
}
