namespace Apex.Analysis.Statistics;

/// <summary>Correlations that depend on order alone; infinities are values like any other.</summary>
internal static class RankCorrelation
{
    /// <summary>
    /// Spearman's correlation: Pearson's of the average ranks (C. Spearman, "The proof and measurement of association between two things", 1904).
    /// </summary>
    /// <param name="x">Shape <c>[n]</c>; no NaN.</param>
    /// <param name="y">Shape <c>[n]</c>; no NaN.</param>
    /// <returns>In [-1, 1]; NaN where one side is constant or n is less than 2.</returns>
    /// <exception cref="ArgumentException">The lengths differ, or a value is NaN.</exception>
    public static double Spearman(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        var (first, second, weights) = Pair(x, y);
        var deviations = new double[x.Length];
        second.Deviations(weights, deviations);
        return first.Spearman(second, deviations);
    }

    /// <summary>
    /// Kendall's tau-b: concordant less discordant pairs, over the geometric mean of the numbers of pairs that are not tied on either side
    /// (M. Kendall, "The treatment of ties in ranking problems", Biometrika 1945), in O(n log n).
    /// </summary>
    /// <param name="x">Shape <c>[n]</c>; no NaN.</param>
    /// <param name="y">Shape <c>[n]</c>; no NaN.</param>
    /// <returns>In [-1, 1]; NaN where one side is constant or n is less than 2.</returns>
    /// <exception cref="ArgumentException">The lengths differ, or a value is NaN.</exception>
    internal static double KendallTauB(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        var (first, second, weights) = Pair(x, y);
        return first.Kendall(second, weights);
    }

    private static (WeightedRanks First, WeightedRanks Second, int[] Weights) Pair(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        if (x.Length != y.Length)
            throw new ArgumentException($"{x.Length} values on one side, {y.Length} on the other", nameof(y));
        var weights = new int[x.Length];
        Array.Fill(weights, 1);
        return (new WeightedRanks(x), new WeightedRanks(y), weights);
    }
}
