using MathNet.Numerics.Statistics;

namespace Apex.Analysis.Statistics;

/// <summary>How values are spread: their number in bins of equal width.</summary>
/// <param name="Edges">Ends of the bins, ascending, shape <c>[bins + 1]</c>.</param>
/// <param name="Counts">
/// Values in each group and bin, shape <c>[groups][bins]</c>. A value on an edge belongs to the bin above, the largest to the last.
/// </param>
internal sealed record Histogram(IReadOnlyList<double> Edges, IReadOnlyList<IReadOnlyList<int>> Counts)
{
    private const int FewestBins = 8, MostBins = 60;

    /// <summary>
    /// Counts groups of values into common bins. Their width is 2 IQR / cbrt(n) (D. Freedman and P. Diaconis, "On the histogram as a density
    /// estimator", 1981), which makes 8 to 60 of them.
    /// </summary>
    /// <param name="groups">Finite values, in one group at least, shape <c>[groups][...]</c>.</param>
    /// <exception cref="ArgumentException">There are no values, or one is not finite.</exception>
    public static Histogram Of(params IReadOnlyList<double>[] groups)
    {
        double[] all = [.. groups.SelectMany(g => g)];
        if (all.Length == 0 || !all.All(double.IsFinite))
            throw new ArgumentException("at least one value, all of them finite", nameof(groups));
        double low = all.Min(), high = all.Max();
        // Values that are all alike stand in the middle of one unit.
        if (low == high)
            (low, high) = (low - 0.5, high + 0.5);
        double width = 2 * all.InterquartileRange() / Math.Cbrt(all.Length);
        int bins = width > 0 ? (int)Math.Clamp(Math.Ceiling((high - low) / width), FewestBins, MostBins) : FewestBins;
        var counts = new int[groups.Length][];
        for (int g = 0; g < groups.Length; g++)
        {
            counts[g] = new int[bins];
            foreach (double value in groups[g])
                counts[g][Math.Min(bins - 1, (int)((value - low) / (high - low) * bins))]++;
        }

        return new Histogram([.. Enumerable.Range(0, bins + 1).Select(b => low + (high - low) * b / bins)], counts);
    }
}
