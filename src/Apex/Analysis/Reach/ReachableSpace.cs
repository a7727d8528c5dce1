namespace Apex.Analysis.Reach;

/// <summary>What the input reaches of one site at one sample: rank and range of J = d a / d x.</summary>
/// <param name="Rank">Dimensions that stand out of rounding.</param>
/// <param name="IsComplete">The rank is that of J; otherwise J may have more than the probes could show.</param>
/// <param name="IsResolved">
/// What does not count is at least ten times smaller than what does, or nothing is left that could count. Otherwise the singular values fall
/// smoothly into rounding, and the rank is how many of them single precision can tell from zero.
/// </param>
/// <param name="Live">Units with a derivative; the others are saturated or cut off.</param>
/// <param name="Condition">First over last distance that counts, about the condition of J on its range; 1 where the rank is 0.</param>
/// <param name="Shares">Share of the energy of each direction that lies in the range.</param>
internal sealed record ReachableSpace(int Rank, bool IsComplete, bool IsResolved, int Live, double Condition, IReadOnlyList<double> Shares)
{
    private const double ClearGap = 10;

    /// <summary>Of the longest vector: about what a sum of squares in double precision tells of a distance, and no less than single precision holds.</summary>
    private const double Finest = 1.2e-7;

    /// <summary>Columns that a random sketch must have beyond the rank before the rank counts as that of J.</summary>
    public const int Oversampling = 16;

    /// <summary>From Y = J Omega.</summary>
    /// <param name="sketch">Y.</param>
    /// <param name="isBasis">Omega is a whole basis of the input space, so Y is J itself.</param>
    /// <param name="threshold">Distance from a span that rounding alone may make.</param>
    /// <param name="directions">Directions u of the site, each <c>[elements of the site]</c>.</param>
    /// <param name="threads">Threads; results do not depend on it.</param>
    public static ReachableSpace Find(TangentSketch sketch, bool isBasis, double threshold, IReadOnlyList<float[]> directions, int threads)
    {
        ArgumentNullException.ThrowIfNull(sketch);
        ArgumentNullException.ThrowIfNull(directions);
        int live = sketch.Units.Count;
        double[] energies = [.. directions.Select(Energy)];
        if (live == 0)
            return new ReachableSpace(0, true, true, 0, 1, [.. energies.Select(_ => 0.0)]);
        double[][] along = [.. directions.Select(u => sketch.Units.Select(i => (double)u[i]).ToArray())];
        var (taken, left) = sketch.ByUnit ? ByUnit(sketch, threshold, along, threads) : ByProbe(sketch, threshold, along, threads);
        int rank = taken.Distances.Count;
        bool full = rank == Math.Min(sketch.Probes, live);
        double last = rank == 0 ? 0 : taken.Distances[^1];
        return new ReachableSpace(
            rank,
            isBasis || rank == live || rank + Oversampling <= sketch.Probes,
            full || taken.Next * ClearGap <= last,
            live,
            rank == 0 ? 1 : taken.Distances[0] / last,
            [.. along.Select((u, d) => Math.Clamp((u.Sum(v => v * v) - left[d]) / energies[d], 0, 1))]);
    }

    /// <summary>The columns of Y are the vectors, and the directions ride along.</summary>
    private static (PivotedCholesky Taken, double[] Left) ByProbe(TangentSketch sketch, double threshold, double[][] directions, int threads)
    {
        int vectors = sketch.Probes, all = vectors + directions.Length;
        var gram = GramMatrix.Compute(all, sketch.Units.Count, (row, from, values) =>
        {
            if (row < vectors)
                sketch.Read(row, from, values);
            else
                directions[row - vectors].AsSpan(from, values.Length).CopyTo(values);
        }, threads);
        var taken = PivotedCholesky.Decompose(gram, all, vectors, AtLeast(threshold, gram, all, vectors), false, threads);
        return (taken, taken.Left[vectors..]);
    }

    /// <summary>The rows of Y are the vectors, which are fewer. Their factor L spans the same range, and there the directions ride along.</summary>
    private static (PivotedCholesky Taken, double[] Left) ByUnit(TangentSketch sketch, double threshold, double[][] directions, int threads)
    {
        int live = sketch.Units.Count;
        var units = GramMatrix.Compute(live, sketch.Probes, sketch.Read, threads);
        var taken = PivotedCholesky.Decompose(units, live, live, AtLeast(threshold, units, live, live), true, threads);
        int rank = taken.Factor.Count, all = rank + directions.Length;
        if (rank == live)
            return (taken, new double[directions.Length]);
        var gram = GramMatrix.Compute(
            all, live, (row, from, values) => (row < rank ? taken.Factor[row] : directions[row - rank]).AsSpan(from, values.Length).CopyTo(values), threads);
        return (taken, PivotedCholesky.Decompose(gram, all, rank, 0, false, threads).Left[rank..]);
    }

    /// <summary>Where no rounding was measured, as in sums of whole numbers, the factorisation still rounds.</summary>
    private static double AtLeast(double threshold, double[] gram, int n, int vectors) =>
        Math.Max(threshold, Finest * Math.Sqrt(Enumerable.Range(0, vectors).Max(i => gram[i * n + i])));

    private static double Energy(float[] direction) => direction.Sum(v => (double)v * v);
}
