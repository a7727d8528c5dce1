namespace Apex.Analysis.Statistics;

/// <summary>Bootstrap of the rank correlations of many scores of the same samples, fast enough for thousands of resamples.</summary>
internal static class BootstrapCorrelation
{
    /// <summary>
    /// Rank correlations of several scores with one reference, and how much better each score does than one of them, with 95 %
    /// percentile intervals. The resamples are those of <see cref="Bootstrap"/> with the same seed and serve all scores, so the differences are
    /// paired. A resample's ranks are found by counting, in O(samples + distinct values) for each score.
    /// </summary>
    /// <param name="scores">Shape <c>[scores][samples]</c>; no NaN, infinities are values like any other.</param>
    /// <param name="reference">Shape <c>[samples]</c>; no NaN.</param>
    /// <param name="baseline">Index of the score that the others are compared with.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="replicates">Number of resamples for Spearman's correlation.</param>
    /// <param name="kendallReplicates">How many of them, the first, serve Kendall's tau-b, which costs more.</param>
    /// <param name="threads">Threads; 0 for one for each core. The result does not depend on it.</param>
    /// <returns>
    /// For each score, shape <c>[scores]</c>: Spearman's correlation; its difference, this score's less the baseline's; Kendall's tau-b.
    /// Values are those of all samples, N is their number. Ends are NaN where more than half of the resamples leave a side constant.
    /// </returns>
    /// <exception cref="ArgumentException">A score has another length than the reference, or a value is NaN.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public static (IReadOnlyList<Interval> Spearman, IReadOnlyList<Interval> Difference, IReadOnlyList<Interval> Kendall) Against(
        IReadOnlyList<double[]> scores, double[] reference, int baseline, ulong seed, int replicates = 2000, int kendallReplicates = 500, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(scores);
        ArgumentNullException.ThrowIfNull(reference);
        ArgumentOutOfRangeException.ThrowIfNegative(baseline);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(baseline, scores.Count);
        ArgumentOutOfRangeException.ThrowIfLessThan(replicates, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(kendallReplicates, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(kendallReplicates, replicates);
        if (scores.FirstOrDefault(s => s.Length != reference.Length) is { } odd)
            throw new ArgumentException($"a score has {odd.Length} samples, the reference {reference.Length}", nameof(scores));

        var pristine = new Workspace(scores, reference);
        // The last entry of each row is the estimate from all samples.
        var spearman = Table(scores.Count, replicates + 1);
        var kendall = Table(scores.Count, kendallReplicates + 1);
        pristine.Correlate(spearman, replicates);
        pristine.Correlate(kendall, kendallReplicates, ofKendall: true);
        Parallel.For(0, replicates, Bootstrap.Parallelism(threads), pristine.Fork, (r, _, workspace) =>
        {
            workspace.Resample(seed, r);
            workspace.Correlate(spearman, r);
            if (r < kendallReplicates)
                workspace.Correlate(kendall, r, ofKendall: true);
            return workspace;
        }, _ => { });

        var difference = spearman.Select(row => row.Zip(spearman[baseline], (score, other) => score - other).ToArray());
        return (Intervals(spearman), Intervals(difference), Intervals(kendall));

        IReadOnlyList<Interval> Intervals(IEnumerable<double[]> rows) => [.. rows.Select(row =>
        {
            var (low, high) = Bootstrap.Ends(row[..^1]);
            return new Interval(row[^1], low, high, reference.Length);
        })];
    }

    private static double[][] Table(int rows, int columns)
    {
        var table = new double[rows][];
        for (int i = 0; i < rows; i++)
            table[i] = new double[columns];
        return table;
    }

    /// <summary>What one thread needs.</summary>
    private sealed class Workspace
    {
        private readonly WeightedRanks[] _scores;
        private readonly WeightedRanks _reference;
        private readonly int[] _indices, _weights;
        private readonly double[] _deviations;

        /// <summary>Each sample counts once.</summary>
        public Workspace(IReadOnlyList<double[]> scores, double[] reference)
            : this([.. scores.Select(s => new WeightedRanks(s))], new WeightedRanks(reference), reference.Length)
        {
            Array.Fill(_weights, 1);
            _reference.Deviations(_weights, _deviations);
        }

        private Workspace(WeightedRanks[] scores, WeightedRanks reference, int samples)
        {
            (_scores, _reference) = (scores, reference);
            (_indices, _weights, _deviations) = (new int[samples], new int[samples], new double[samples]);
        }

        /// <summary>For another thread; nothing counts yet.</summary>
        public Workspace Fork() => new(Array.ConvertAll(_scores, s => s.Fork()), _reference.Fork(), _weights.Length);

        /// <summary>Each sample counts as often as the resample holds it.</summary>
        public void Resample(ulong seed, int replicate)
        {
            Bootstrap.Resample(seed, replicate, 0, _indices);
            Array.Clear(_weights);
            foreach (int i in _indices)
                _weights[i]++;
            _reference.Weigh(_weights);
            _reference.Deviations(_weights, _deviations);
            foreach (var score in _scores)
                score.Weigh(_weights);
        }

        /// <summary>Puts the correlation of each score into a column.</summary>
        public void Correlate(double[][] table, int column, bool ofKendall = false)
        {
            for (int j = 0; j < _scores.Length; j++)
                table[j][column] = ofKendall ? _reference.Kendall(_scores[j], _weights) : _scores[j].Spearman(_reference, _deviations);
        }
    }
}
