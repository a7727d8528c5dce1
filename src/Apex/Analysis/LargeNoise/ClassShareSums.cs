using Apex.Analysis.Statistics;

namespace Apex.Analysis.LargeNoise;

/// <summary>Sums over samples of the share of each class among a sample's finite draws.</summary>
/// <param name="classes">C.</param>
internal sealed class ClassShareSums(int classes)
{
    private readonly double[] _sums = new double[classes], _squares = new double[classes];

    /// <summary>Samples with a finite draw.</summary>
    public long Samples { get; private set; }

    /// <summary>Adds a sample; one without a finite draw is left out.</summary>
    /// <param name="counts">n_y, shape <c>[classes]</c>.</param>
    public void Add(int[] counts)
    {
        double finite = counts.Sum();
        if (finite == 0)
            return;
        Samples++;
        for (int c = 0; c < _sums.Length; c++)
        {
            double share = counts[c] / finite;
            _sums[c] += share;
            _squares[c] += share * share;
        }
    }

    /// <summary>Mean share of each class, shape <c>[classes]</c>.</summary>
    /// <param name="draws">Draws of each sample.</param>
    public IReadOnlyList<Interval> Shares(int draws) => [.. _sums.Zip(_squares, (sum, squares) => Interval.Clustered(sum, squares, Samples, draws))];

    /// <summary>What the shares say of the model; there must be a sample.</summary>
    /// <param name="draws">Draws of each sample.</param>
    public ClassBias Bias(int draws) => ClassBias.FromSums(_sums, _squares, Samples, draws);
}
