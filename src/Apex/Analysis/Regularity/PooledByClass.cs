namespace Apex.Analysis.Regularity;

/// <summary>Means by class, each drawn toward the mean of all samples as far as the class has few.</summary>
/// <param name="classes">C.</param>
/// <param name="prior">Samples that the mean of all counts for in each class.</param>
internal sealed class PooledByClass(int classes, double prior)
{
    private readonly double[] _sums = new double[classes];
    private readonly long[] _counts = new long[classes];

    /// <summary>Adds a value of a class; what is not finite is left out.</summary>
    public void Add(int y, double value)
    {
        if (!double.IsFinite(value))
            return;
        _sums[y] += value;
        _counts[y]++;
    }

    /// <summary>(sum over the class + prior * mean of all) / (samples of the class + prior); NaN where nothing was added.</summary>
    /// <returns>Shape <c>[classes]</c>.</returns>
    public double[] Means()
    {
        double all = _sums.Sum() / _counts.Sum();
        return [.. _sums.Zip(_counts, (sum, count) => (sum + prior * all) / (count + prior))];
    }
}
