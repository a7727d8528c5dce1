using System.Runtime.ExceptionServices;

namespace Apex.Analysis.Statistics;

/// <summary>
/// Percentile bootstrap (B. Efron and R. Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13). Each replicate's resample is a pure
/// function of the seed and the replicate's number, so results are the same for any number of threads.
/// </summary>
public static class Bootstrap
{
    /// <summary>
    /// 95 % intervals of several statistics from the same resamples of one set of samples: a difference of two statistics, given as a third,
    /// is paired.
    /// </summary>
    /// <param name="n">Number of samples, at least 1.</param>
    /// <param name="statistics">
    /// Takes the indices of a resample, n of 0..n - 1 with repetition, and gives the statistics, NaN where one is undefined. It is called from
    /// several threads at once; the array of indices is its own during the call only.
    /// </param>
    /// <param name="estimates">The statistics of the full set: the intervals' values.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="replicates">Number of resamples.</param>
    /// <param name="threads">Threads; 0 for one for each core.</param>
    /// <returns>
    /// An interval for each estimate, with N = n. Replicates that are NaN are left out; where more than half are, the ends are NaN.
    /// </returns>
    /// <exception cref="ArgumentException">A resample gives another number of statistics than there are estimates.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public static IReadOnlyList<Interval> Percentile(
        int n, Func<int[], double[]> statistics, double[] estimates, ulong seed, int replicates = 2000, int threads = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(n, 1);
        ArgumentNullException.ThrowIfNull(statistics);
        return Percentile(n, 0, (a, _) => statistics(a), estimates, n, seed, replicates, threads);
    }

    /// <summary>As above with two independent sets of samples, each resampled by itself.</summary>
    /// <param name="nA">Number of samples on the first side, at least 1.</param>
    /// <param name="nB">Number of samples on the second side, at least 1.</param>
    /// <param name="statistics">Takes the indices of a resample of each side; otherwise as above.</param>
    /// <param name="estimates">The statistics of the full sets: the intervals' values.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="replicates">Number of resamples.</param>
    /// <param name="threads">Threads; 0 for one for each core.</param>
    /// <returns>An interval for each estimate, with N = nA + nB; otherwise as above.</returns>
    /// <exception cref="ArgumentException">A resample gives another number of statistics than there are estimates.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public static IReadOnlyList<Interval> Percentile(
        int nA, int nB, Func<int[], int[], double[]> statistics, double[] estimates, ulong seed, int replicates = 2000, int threads = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(nA, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(nB, 1);
        ArgumentNullException.ThrowIfNull(statistics);
        return Percentile(nA, nB, statistics, estimates, (long)nA + nB, seed, replicates, threads);
    }

    /// <summary>The indices of one resample.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="replicate">The replicate's number.</param>
    /// <param name="side">0, or 1 for the second of two sets.</param>
    /// <param name="indices">Receives them, shape <c>[n]</c>, each in 0..n - 1.</param>
    internal static void Resample(ulong seed, int replicate, int side, Span<int> indices)
    {
        var random = new CounterRandom(seed, (uint)side, replicate);
        for (int i = 0; i < indices.Length; i++)
            indices[i] = random.Index(indices.Length);
    }

    /// <summary>
    /// The 95 % percentile interval: the k-th lowest and the k-th highest of B replicates, k = floor((B + 1) * 0.025), at least 1. Order
    /// statistics rather than interpolated quantiles: they are symmetric and may be infinite.
    /// </summary>
    /// <param name="replicates">Shape <c>[replicates]</c>; NaN are left out.</param>
    /// <returns>The ends; NaN where more than half of the replicates are.</returns>
    internal static (double Low, double High) Ends(double[] replicates)
    {
        var valid = Array.FindAll(replicates, v => !double.IsNaN(v));
        if (valid.Length == 0 || 2 * valid.Length < replicates.Length)
            return (double.NaN, double.NaN);
        Array.Sort(valid);
        int k = Math.Max(1, (valid.Length + 1) / 40);
        return (valid[k - 1], valid[^k]);
    }

    /// <summary>The options of a loop over replicates.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    internal static ParallelOptions Parallelism(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        return new ParallelOptions { MaxDegreeOfParallelism = threads == 0 ? Environment.ProcessorCount : threads };
    }

    private static IReadOnlyList<Interval> Percentile(
        int nA, int nB, Func<int[], int[], double[]> statistics, double[] estimates, long n, ulong seed, int replicates, int threads)
    {
        ArgumentNullException.ThrowIfNull(estimates);
        ArgumentOutOfRangeException.ThrowIfLessThan(replicates, 1);
        var values = Array.ConvertAll(estimates, _ => new double[replicates]);
        void Replicate(int r, int[] a, int[] b)
        {
            Resample(seed, r, 0, a);
            Resample(seed, r, 1, b);
            var result = statistics(a, b);
            if (result.Length != estimates.Length)
                throw new ArgumentException($"{result.Length} statistics of a resample, {estimates.Length} estimates", nameof(statistics));
            for (int j = 0; j < result.Length; j++)
                values[j][r] = result[j];
        }

        try
        {
            Parallel.For(0, replicates, Parallelism(threads), () => (new int[nA], new int[nB]), (r, _, indices) =>
            {
                Replicate(r, indices.Item1, indices.Item2);
                return indices;
            }, _ => { });
        }
        catch (AggregateException e)
        {
            // What a statistic throws should look as if it had been called directly.
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }

        return [.. estimates.Select((estimate, j) =>
        {
            var (low, high) = Ends(values[j]);
            return new Interval(estimate, low, high, n);
        })];
    }
}
