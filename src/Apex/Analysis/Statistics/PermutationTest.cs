namespace Apex.Analysis.Statistics;

/// <summary>Tests against what chance does to a statistic when labels are shuffled.</summary>
internal static class PermutationTest
{
    /// <summary>
    /// One-sided p-value of "at least as large by chance": (1 + #{permuted &gt;= observed}) / (1 + permutations), which is never 0
    /// (B. Phipson and G. Smyth, "Permutation p-values should never be zero", 2010).
    /// </summary>
    /// <param name="observed">The statistic as observed.</param>
    /// <param name="permuted">
    /// The statistic of one random permutation drawn with the given generator. Called from the caller's thread only, so it may use the
    /// same buffers each time. NaN counts as at least as large.
    /// </param>
    /// <param name="seed">The seed; each permutation has a generator of its own.</param>
    /// <param name="permutations">Number of permutations, at least 1.</param>
    /// <returns>In (0, 1]; NaN where <paramref name="observed"/> is.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no permutation.</exception>
    public static double PValue(double observed, Func<CounterRandom, double> permuted, ulong seed, int permutations = 10000)
    {
        ArgumentNullException.ThrowIfNull(permuted);
        ArgumentOutOfRangeException.ThrowIfLessThan(permutations, 1);
        if (double.IsNaN(observed))
            return double.NaN;
        // A permutation that gives the same sum in another order must count as equal.
        double least = double.IsFinite(observed) ? observed - 1e-12 * Math.Abs(observed) : observed;
        long reached = 0;
        for (int p = 0; p < permutations; p++)
            reached += permuted(new CounterRandom(seed, Purpose, p)) < least ? 0 : 1;
        return (1.0 + reached) / (1.0 + permutations);
    }

    /// <summary>Not one of <see cref="Bootstrap"/>'s sides.</summary>
    private const uint Purpose = 2;
}
