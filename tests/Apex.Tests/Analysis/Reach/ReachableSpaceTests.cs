using Apex.Analysis.Reach;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Double;
using Xunit;

namespace Apex.Tests.Analysis.Reach;

/// <summary>Rank and range against singular value decompositions in double precision.</summary>
public class ReachableSpaceTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 7)]
    [InlineData(34, 515)]
    [InlineData(131, 1030)]
    public void Inner_products_are_those_of_plain_loops(int rows, int columns)
    {
        var random = new Random(rows);
        double[][] v = [.. Enumerable.Range(0, rows).Select(_ => Enumerable.Range(0, columns).Select(_ => random.NextDouble() - 0.5).ToArray())];
        double[] gram = GramMatrix.Compute(rows, columns, (row, from, values) => v[row].AsSpan(from, values.Length).CopyTo(values), 2);
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j <= i; j++)
                Assert.Equal(v[i].Zip(v[j], (a, b) => a * b).Sum(), gram[i * rows + j], 1e-12 * columns);
        }
    }

    /// <summary>Units, probes, rank and how far the smallest singular value that counts lies below the largest.</summary>
    public static TheoryData<int, int, int, double> Matrices => new()
    {
        { 300, 40, 40, 1 }, { 300, 40, 17, 1 }, { 300, 150, 130, 1e-4 }, { 500, 200, 3, 1e-3 }, { 300, 40, 0, 1 },
        { 40, 300, 40, 1 }, { 40, 300, 17, 1e-3 }, { 150, 300, 130, 1e-4 }, { 150, 300, 149, 1e-2 }, { 1, 5, 1, 1 },
    };

    /// <summary>Entries are rounded to single precision twice, as two computations would.</summary>
    [Theory]
    [MemberData(nameof(Matrices))]
    public void Rank_and_range_are_those_of_the_decomposition_in_double(int units, int probes, int rank, double smallest)
    {
        var random = new Random(units + rank);
        Matrix<double> Gaussian(int rows, int columns) =>
            DenseMatrix.Build.Dense(rows, columns, (_, _) => MathNet.Numerics.Distributions.Normal.Sample(random, 0, 1));
        // Orthonormal factors and singular values spaced evenly in their logarithm.
        Matrix<double> left = rank == 0 ? DenseMatrix.Create(units, 1, 0) : Gaussian(units, rank).QR().Q.SubMatrix(0, units, 0, rank);
        Matrix<double> right = rank == 0 ? DenseMatrix.Create(probes, 1, 0) : Gaussian(probes, rank).QR().Q.SubMatrix(0, probes, 0, rank);
        var values = Vector<double>.Build.Dense(Math.Max(1, rank), i => Math.Pow(smallest, rank < 2 ? 0 : i / (rank - 1.0)));
        var exact = left * DiagonalMatrix.OfDiagonal(values.Count, values.Count, values) * right.Transpose();
        // Units without a derivative lie between the others.
        int[] live = [.. Enumerable.Range(0, units).Select(u => 2 * u + 1)];
        float[] Column(int probe, double factor)
        {
            var column = new float[2 * units + 1];
            // A few roundings in a row, as behind a few layers.
            for (int u = 0; u < units; u++)
                column[live[u]] = (float)(exact[u, probe] * factor * (1 + (random.NextDouble() - 0.5) * 1e-6));
            return column;
        }

        var sketch = new TangentSketch(probes, live);
        for (int p = 0; p < probes; p++)
            sketch.Set(p, Column(p, 1));
        double threshold = TangentRounding.Threshold(sketch,
            [.. Enumerable.Range(0, Math.Min(16, probes)).Select(p => (p, Column(p, TangentRounding.Factor)))]);
        float[][] directions = [.. Enumerable.Range(0, 20)
            .Select(_ => Enumerable.Range(0, 2 * units + 1).Select(_ => (float)(random.NextDouble() - 0.5)).ToArray())];
        var space = ReachableSpace.Find(sketch, false, threshold, directions, 2);
        Assert.Equal(rank, space.Rank);
        Assert.Equal(units, space.Live);
        Assert.True(space.IsResolved);
        Assert.Equal(rank == units || rank + ReachableSpace.Oversampling <= probes, space.IsComplete);
        for (int d = 0; d < directions.Length; d++)
        {
            var along = Vector<double>.Build.Dense(units, u => directions[d][live[u]]);
            double inside = (left.Transpose() * along).L2Norm();
            // The smallest singular values are turned by rounding, about 1e-6 over their size.
            Assert.Equal(inside * inside / directions[d].Sum(v => (double)v * v), space.Shares[d], 1e-5 + 2e-6 / smallest);
        }

        // Threads change nothing.
        Assert.Equal(space.Shares, ReachableSpace.Find(sketch, false, threshold, directions, 1).Shares);
    }

    [Fact]
    public void A_spectrum_that_falls_into_rounding_is_told()
    {
        var random = new Random(3);
        const int Size = 60;
        var q = DenseMatrix.Build.Dense(Size, Size, (_, _) => random.NextDouble() - 0.5).QR().Q;
        var r = DenseMatrix.Build.Dense(Size, Size, (_, _) => random.NextDouble() - 0.5).QR().Q;
        var exact = q * DiagonalMatrix.OfDiagonal(Size, Size, Enumerable.Range(0, Size).Select(i => Math.Pow(10, -i / 5.0))) * r;
        var sketch = new TangentSketch(Size, [.. Enumerable.Range(0, Size)]);
        float[] Column(int p, double factor) => [.. exact.Column(p).Select(v => (float)(v * factor))];
        for (int p = 0; p < Size; p++)
            sketch.Set(p, Column(p, 1));
        var space = ReachableSpace.Find(sketch, true,
            TangentRounding.Threshold(sketch, [.. Enumerable.Range(0, 16).Select(p => (p, Column(p, TangentRounding.Factor)))]), [], 1);
        Assert.False(space.IsResolved);
        // 1e-7 of the largest is at 35; the threshold keeps clear of that, but not by far.
        Assert.InRange(space.Rank, 24, 36);
        Assert.InRange(space.Condition, 1e4, 1e8);
    }
}
