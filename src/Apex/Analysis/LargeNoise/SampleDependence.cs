using Apex.Analysis.Statistics;

namespace Apex.Analysis.LargeNoise;

/// <summary>Whether a sample dependence can be believed.</summary>
public enum DependenceStatus
{
    /// <summary>The bias of the mutual information is below 0.02 nats.</summary>
    Reliable,

    /// <summary>Too few draws for the classes: the bias may be larger than that.</summary>
    Unreliable,

    /// <summary>At least 99 % of the predictions fall on one class: I and H are both near 0, and their ratio says nothing.</summary>
    Undefined,
}

/// <summary>
/// Sample dependence S = I(X; Y) / H(Y) of one noise level (docs/method.md, section 3): X uniform over the samples, Y the prediction under noise. It is 1
/// where the sample decides, 0 where the model does.
/// </summary>
/// <param name="Value">S, corrected for bias, in [0, 1]; NaN where it is undefined.</param>
/// <param name="Low">Lower end of the 95 % bootstrap interval over samples.</param>
/// <param name="High">Upper end.</param>
/// <param name="Null">
/// Mean of the same estimate where draws are traded at random among the samples; it may be a little below 0. NaN where S is undefined.
/// </param>
/// <param name="NullHigh">95th percentile there, or NaN.</param>
/// <param name="PValue">Of "predictions do not depend on the sample", by permutation; NaN where S is undefined.</param>
/// <param name="MutualInformation">I(X; Y) in nats, corrected for bias.</param>
/// <param name="Entropy">H(Y) in nats, corrected for bias.</param>
/// <param name="ExcessVariation">
/// Mean over samples of the total variation between a sample's predictions and the marginal, less what it is on average where draws are traded at random.
/// </param>
/// <param name="Status">Whether to believe it.</param>
/// <param name="Samples">n: samples with at least one finite draw.</param>
internal sealed record SampleDependence(
    double Value, double Low, double High, double Null, double NullHigh, double PValue, double MutualInformation, double Entropy,
    Interval ExcessVariation, DependenceStatus Status, int Samples)
{
    private const double OneClass = 0.99;
    private const int FewestPermutations = 19, FewestReplicates = 200;

    /// <summary>Draws that all permutations, and shares that all replicates, of one level may touch: about a second.</summary>
    private const double Affordable = 1e8;

    /// <summary>Estimates it from counts.</summary>
    /// <param name="counts">Finite draws that fell on each class, shape <c>[samples][classes]</c>; rows without draws stay out.</param>
    /// <param name="seed">Keys bootstrap and permutations.</param>
    /// <param name="replicates">Bootstrap replicates at most, at least 1.</param>
    /// <param name="permutations">Permutations at most, at least 1.</param>
    /// <exception cref="ArgumentException">There are fewer than two samples with draws.</exception>
    public static SampleDependence Of(IReadOnlyList<int[]> counts, ulong seed = 0, int replicates = 1000, int permutations = 99) =>
        Analyse(counts, seed, replicates, permutations).Dependence;

    /// <summary>
    /// The estimate with its bootstrap replicates, shape <c>[replicates]</c>: replicate b of every level of a run resamples the same samples.
    /// </summary>
    internal static (SampleDependence Dependence, double[] Replicates) Analyse(IReadOnlyList<int[]> counts, ulong seed, int replicates, int permutations)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(replicates, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(permutations, 1);
        int[][] rows = [.. counts.Where(row => row.Sum() > 0)];
        if (rows.Length < 2)
            throw new ArgumentException("at least two samples with draws", nameof(counts));
        var entropies = ConditionalEntropy.For(rows);
        var (information, entropy, own, correction) = Estimate(rows, entropies);
        double[] marginal = Marginal(rows);
        double s = information / entropy;
        var status = marginal.Max() >= OneClass ? DependenceStatus.Undefined
            : IsReliable(rows, correction) ? DependenceStatus.Reliable
            : DependenceStatus.Unreliable;
        bool undefined = status == DependenceStatus.Undefined;
        double Told(double v) => undefined ? double.NaN : v;
        double Clipped(double v) => Told(Math.Clamp(v, 0, 1));

        double[] again = Resampled(rows, own, s, seed, replicates);
        var (low, high) = Bootstrap.Ends(again);
        var (nulls, variation) = Traded(rows, marginal, entropies, seed, permutations);
        double[] variations = [.. rows.Select(row => Variation(row, marginal))];
        // 1.96 as it is: the quantile to more digits would move results in their last bits.
        double distance = variations.Average(), squares = variations.Sum(v => (v - distance) * (v - distance));
        double error = 1.96 * Math.Sqrt(squares / Math.Max(1, rows.Length - 1) / rows.Length);
        return (new SampleDependence(
            Clipped(s), Clipped(low), Clipped(high), Told(nulls.Average()), Told(nulls[Math.Min(nulls.Length - 1, (int)(0.95 * nulls.Length))]),
            Told((1.0 + nulls.Count(n => n >= s)) / (1.0 + nulls.Length)), information, entropy,
            new Interval(distance - variation, distance - variation - error, distance - variation + error, rows.Length), status, rows.Length), again);
    }

    /// <summary>S of resamples of the samples. Resampling takes some of H(Y) away; the replicates are moved so that their mean is the estimate.</summary>
    private static double[] Resampled(int[][] rows, double[] own, double s, ulong seed, int replicates)
    {
        int classes = rows[0].Length;
        var again = new double[(int)Math.Min(replicates, Math.Max(FewestReplicates, Affordable / rows.Length / classes))];
        (int Class, double Share)[][] sparse =
            [.. rows.Select(row => row.Sum() is var n ? row.Select((k, c) => (c, (double)k / n)).Where(e => e.Item2 > 0).ToArray() : [])];
        Parallel.For(0, again.Length, b =>
        {
            var index = new int[rows.Length];
            Bootstrap.Resample(seed, b, 0, index);
            var mean = new double[classes];
            double conditional = 0;
            foreach (int i in index)
            {
                conditional += own[i] / index.Length;
                foreach (var (c, share) in sparse[i])
                    mean[c] += share / index.Length;
            }

            double h = -mean.Sum(p => p > 0 ? p * Math.Log(p) : 0);
            again[b] = h > 0 ? 1 - conditional / h : double.NaN;
        });
        double shift = s - again.Where(double.IsFinite).DefaultIfEmpty(s).Average();
        return [.. again.Select(r => r + shift)];
    }

    /// <summary>
    /// The null: what is drawn is traded among the samples, each of which keeps its number of draws. S of each permutation, ascending, and the mean total
    /// variation.
    /// </summary>
    private static (double[] Nulls, double Variation) Traded(int[][] rows, double[] marginal, ConditionalEntropy entropies, ulong seed, int permutations)
    {
        int[] outcomes = [.. rows.SelectMany(row => row.SelectMany((n, c) => Enumerable.Repeat(c, n)))], sizes = [.. rows.Select(row => row.Sum())];
        permutations = (int)Math.Min(permutations, Math.Max(FewestPermutations, Affordable / outcomes.Length));
        var nulls = new double[permutations];
        var variations = new double[permutations];
        Parallel.For(0, permutations, () => (Order: new int[outcomes.Length], Rows: rows.Select(row => new int[row.Length]).ToArray()), (p, _, own) =>
        {
            int[] order = own.Order;
            outcomes.CopyTo(order, 0);
            new CounterRandom(seed, Purpose, p).Permute(order);
            int at = 0;
            foreach (var (row, size) in own.Rows.Zip(sizes))
            {
                Array.Clear(row);
                for (int end = at + size; at < end; at++)
                    row[order[at]]++;
            }

            var (none, all, _, _) = Estimate(own.Rows, entropies);
            nulls[p] = none / all;
            variations[p] = own.Rows.Average(row => Variation(row, marginal));
            return own;
        }, _ => { });
        Array.Sort(nulls);
        return (nulls, variations.Average());
    }

    /// <summary>Streams of random numbers of their own.</summary>
    private const uint Purpose = 5;

    private static (double Information, double Entropy, double[] Conditional, double Correction) Estimate(int[][] rows, ConditionalEntropy entropies)
    {
        var (own, correction) = entropies.Of(rows);
        double entropy = MarginalEntropy(rows);
        return (entropy - own.Average(), entropy, own, correction);
    }

    /// <summary>X is uniform over samples, so H(Y) is that of the mean of shares; where all have as many draws it is that of the pooled counts.</summary>
    private static double MarginalEntropy(int[][] rows)
    {
        if (!HaveAsManyDraws(rows))
            return -Marginal(rows).Sum(p => p > 0 ? p * Math.Log(p) : 0);
        var pooled = new int[rows[0].Length];
        foreach (int[] row in rows)
        {
            for (int c = 0; c < pooled.Length; c++)
                pooled[c] += row[c];
        }

        return ConditionalEntropy.Grassberger(pooled, pooled.Sum(n => (long)n));
    }

    private static bool HaveAsManyDraws(int[][] rows)
    {
        int draws = rows[0].Sum();
        return rows.All(row => row.Sum() == draws);
    }

    private static double[] Marginal(int[][] rows)
    {
        var mean = new double[rows[0].Length];
        foreach (int[] row in rows)
        {
            double n = row.Sum();
            for (int c = 0; c < mean.Length; c++)
                mean[c] += row[c] / n / rows.Length;
        }

        return mean;
    }

    private static double Variation(int[] row, double[] marginal)
    {
        double n = row.Sum(), sum = 0;
        for (int c = 0; c < row.Length; c++)
            sum += Math.Abs(row[c] / n - marginal[c]) / 2;
        return sum;
    }

    /// <summary>
    /// Two signs that draws are too few: the correction is large, or much of the probability was never seen (I. Good's estimate: the share of draws that
    /// are alone in their class). Limits found by simulation, docs/large-noise.md; with fewer than three draws a class they are strict.
    /// </summary>
    private static bool IsReliable(int[][] rows, double correction)
    {
        double unseen = rows.Average(row => (double)row.Count(n => n == 1) / row.Sum()) * Math.Log(rows[0].Length);
        bool enough = rows.Average(row => row.Sum()) >= 3 * rows[0].Length;
        return Math.Abs(correction) <= (enough ? 0.04 : 0.01) && unseen <= (enough ? 0.25 : 0.05);
    }
}
