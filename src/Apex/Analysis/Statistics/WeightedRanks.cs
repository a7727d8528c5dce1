namespace Apex.Analysis.Statistics;

/// <summary>
/// Average ranks of one variable over samples that each count a whole number of times, as in a bootstrap resample: found by
/// counting in O(samples + distinct values), without sorting. Sums of ranks are whole multiples of a quarter and so exact up to some
/// 300,000 samples: the same resample gives the same bits however its samples are ordered.
/// </summary>
internal sealed class WeightedRanks
{
    private readonly int[] _dense, _order;
    private readonly int[] _counts;
    private readonly double[] _centred;
    private readonly int[] _tree;

    /// <summary>Of values, each counting once.</summary>
    /// <param name="values">Shape <c>[samples]</c>; no NaN.</param>
    /// <exception cref="ArgumentException">A value is NaN.</exception>
    public WeightedRanks(ReadOnlySpan<double> values)
    {
        _order = Ranks.Order(values);
        _dense = Ranks.Dense(values, _order);
        int distinct = _order.Length == 0 ? 0 : _dense[_order[^1]] + 1;
        _counts = new int[distinct];
        _centred = new double[distinct];
        _tree = new int[distinct + 1];
        var ones = new int[values.Length];
        Array.Fill(ones, 1);
        Weigh(ones);
    }

    private WeightedRanks(WeightedRanks other)
    {
        (_order, _dense) = (other._order, other._dense);
        _counts = new int[other._counts.Length];
        _centred = new double[other._centred.Length];
        _tree = new int[other._tree.Length];
    }

    /// <summary>Sum of the weights.</summary>
    public long Total { get; private set; }

    /// <summary>Sum over samples of the squared distance of the rank from the mean rank.</summary>
    public double SumOfSquares { get; private set; }

    /// <summary>Pairs of equal values.</summary>
    public long TiedPairs { get; private set; }

    /// <summary>The same samples for another thread; no weights yet.</summary>
    public WeightedRanks Fork() => new(this);

    /// <summary>Lets each sample count as often as said.</summary>
    /// <param name="weights">Shape <c>[samples]</c>, none negative.</param>
    public void Weigh(ReadOnlySpan<int> weights)
    {
        var counts = _counts;
        Array.Clear(counts);
        long total = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            counts[_dense[i]] += weights[i];
            total += weights[i];
        }

        long below = 0, tied = 0;
        double squares = 0;
        for (int k = 0; k < counts.Length; k++)
        {
            long count = counts[k];
            // The rank, below + (count + 1) / 2, less the mean rank, (total + 1) / 2.
            double centred = below + (count - total) / 2.0;
            _centred[k] = centred;
            squares += count * centred * centred;
            tied += count * (count - 1) / 2;
            below += count;
        }

        (Total, SumOfSquares, TiedPairs) = (total, squares, tied);
    }

    /// <summary>Each sample's weight times its rank's distance from the mean rank.</summary>
    /// <param name="weights">The weights given last, shape <c>[samples]</c>.</param>
    /// <param name="deviations">Receives them, shape <c>[samples]</c>.</param>
    public void Deviations(ReadOnlySpan<int> weights, Span<double> deviations)
    {
        for (int i = 0; i < deviations.Length; i++)
            deviations[i] = weights[i] * _centred[_dense[i]];
    }

    /// <summary>Spearman's correlation with another variable of the same samples and weights.</summary>
    /// <param name="other">The other variable.</param>
    /// <param name="deviations">The other's <see cref="Deviations"/>, shape <c>[samples]</c>.</param>
    /// <returns>In [-1, 1]; NaN where one side is constant.</returns>
    public double Spearman(WeightedRanks other, ReadOnlySpan<double> deviations)
    {
        var (dense, centred) = (_dense, _centred);
        double sum = 0;
        for (int i = 0; i < dense.Length; i++)
            sum += centred[dense[i]] * deviations[i];
        return sum / Math.Sqrt(SumOfSquares * other.SumOfSquares);
    }

    /// <summary>
    /// Kendall's tau-b with another variable of the same samples and weights, in O(samples * log distinct) as in W. Knight, "A computer
    /// method for calculating Kendall's tau with ungrouped data", JASA 1966, but with the binary indexed tree of P. Fenwick (1994)
    /// in place of the merge sort, because it takes weights.
    /// </summary>
    /// <param name="other">The other variable.</param>
    /// <param name="weights">The weights given last to both, shape <c>[samples]</c>.</param>
    /// <returns>In [-1, 1]; NaN where one side is constant.</returns>
    public double Kendall(WeightedRanks other, ReadOnlySpan<int> weights)
    {
        // Concordant less discordant pairs: samples enter from this variable's lowest to its highest, ties together, and each asks how
        // many of those before it lie below and above it in the other variable.
        var (tree, order, dense, otherDense) = (other._tree, _order, _dense, other._dense);
        Array.Clear(tree);
        long entered = 0, score = 0;
        for (int start = 0; start < order.Length;)
        {
            int end = start, group = dense[order[start]];
            for (; end < order.Length && dense[order[end]] == group; end++)
            {
                int sample = order[end];
                if (weights[sample] == 0)
                    continue;
                int below = 0, upTo = 0;
                // Cell k + 1 of the tree belongs to dense rank k.
                for (int k = otherDense[sample]; k > 0; k &= k - 1)
                    below += tree[k];
                for (int k = otherDense[sample] + 1; k > 0; k &= k - 1)
                    upTo += tree[k];
                score += weights[sample] * (below - (entered - upTo));
            }

            for (; start < end; start++)
            {
                int weight = weights[order[start]];
                if (weight == 0)
                    continue;
                for (int k = otherDense[order[start]] + 1; k < tree.Length; k += k & -k)
                    tree[k] += weight;
                entered += weight;
            }
        }

        double pairs = Total * (Total - 1) / 2;
        return score / Math.Sqrt((pairs - TiedPairs) * (pairs - other.TiedPairs));
    }
}
