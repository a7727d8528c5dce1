using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Apex.Analysis.Reach;

/// <summary>One row of a matrix, from some column on, as double.</summary>
/// <param name="row">Which row.</param>
/// <param name="from">First column.</param>
/// <param name="values">Receives as many columns as it is long.</param>
internal delegate void RowReader(int row, int from, Span<double> values);

/// <summary>
/// Inner products of the rows of a matrix in double precision. Of single-precision rows they are exact but for the rounding of the sums,
/// and what the squares lose (singular values below about 1e-8 of the largest) is below the rows' own rounding.
/// </summary>
internal static class GramMatrix
{
    /// <summary>Columns converted at a time; a strip of them stays in the second-level cache.</summary>
    private const int Chunk = 512;
    private const int Strip = 32;

    /// <summary>Rows times their transpose; only the lower triangle is filled.</summary>
    /// <param name="rows">Number of rows, n.</param>
    /// <param name="columns">Number of columns.</param>
    /// <param name="read">The rows; called from one thread for one row at a time, from several for different rows.</param>
    /// <param name="threads">Threads; results do not depend on it.</param>
    /// <returns>Shape <c>[n, n]</c>.</returns>
    public static double[] Compute(int rows, int columns, RowReader read, int threads)
    {
        var gram = new double[checked(rows * rows)];
        var panel = new double[rows * Chunk];
        int[] all = [.. Enumerable.Range(0, rows)];
        for (int from = 0; from < columns; from += Chunk)
        {
            int width = Math.Min(Chunk, columns - from), start = from;
            Parallel.For(0, rows, new ParallelOptions { MaxDegreeOfParallelism = threads }, row =>
            {
                var target = panel.AsSpan(row * Chunk, Chunk);
                read(row, start, target[..width]);
                target[width..].Clear();
            });
            Add(panel, Chunk, (width + 3) / 4 * 4, all, 1, gram, rows, threads);
        }

        return gram;
    }

    /// <summary>Adds <c>sign * panel panel^T</c> to the lower triangle of some rows and columns of a square matrix.</summary>
    /// <param name="panel">Shape <c>[index.Length, stride]</c>.</param>
    /// <param name="stride">Length of a row of the panel.</param>
    /// <param name="width">Columns of the panel that count, a multiple of 4.</param>
    /// <param name="index">Row and column of the square matrix that a row of the panel stands for, ascending.</param>
    /// <param name="sign">1 or -1.</param>
    /// <param name="square">Shape <c>[size, size]</c>.</param>
    /// <param name="size">Its size.</param>
    /// <param name="threads">Threads.</param>
    public static void Add(double[] panel, int stride, int width, int[] index, double sign, double[] square, int size, int threads)
    {
        int strips = (index.Length + Strip - 1) / Strip;
        // The longest strips first, so that no thread is left with one at the end.
        Parallel.For(0, strips, new ParallelOptions { MaxDegreeOfParallelism = threads }, s =>
        {
            int strip = strips - 1 - s, first = strip * Strip, last = Math.Min(index.Length, first + Strip);
            Span<double> products = stackalloc double[8];
            for (int j = 0; j < last; j += 4)
            {
                for (int i = Math.Max(first, j / 2 * 2); i < last; i += 2)
                {
                    Products(panel, stride, width, i, Math.Min(i + 1, index.Length - 1), j, index.Length - 1, products);
                    for (int a = i; a < Math.Min(i + 2, last); a++)
                    {
                        for (int b = j; b < Math.Min(j + 4, a + 1); b++)
                            square[index[a] * size + index[b]] += sign * products[(a - i) * 4 + b - j];
                    }
                }
            }
        });
    }

    /// <summary>Inner products of two rows with four: eight sums at a time keep the multipliers of a core busy.</summary>
    private static void Products(double[] panel, int stride, int width, int i0, int i1, int j, int lastRow, Span<double> products)
    {
        ref double origin = ref MemoryMarshal.GetArrayDataReference(panel);
        nuint a0 = (nuint)(i0 * stride), a1 = (nuint)(i1 * stride);
        nuint b0 = (nuint)(j * stride), b1 = (nuint)(Math.Min(j + 1, lastRow) * stride);
        nuint b2 = (nuint)(Math.Min(j + 2, lastRow) * stride), b3 = (nuint)(Math.Min(j + 3, lastRow) * stride);
        var s00 = Vector256<double>.Zero;
        Vector256<double> s01 = s00, s02 = s00, s03 = s00, s10 = s00, s11 = s00, s12 = s00, s13 = s00;
        for (nuint k = 0; k < (nuint)width; k += 4)
        {
            var x0 = Vector256.LoadUnsafe(ref origin, a0 + k);
            var x1 = Vector256.LoadUnsafe(ref origin, a1 + k);
            var y = Vector256.LoadUnsafe(ref origin, b0 + k);
            s00 = Vector256.FusedMultiplyAdd(x0, y, s00);
            s10 = Vector256.FusedMultiplyAdd(x1, y, s10);
            y = Vector256.LoadUnsafe(ref origin, b1 + k);
            s01 = Vector256.FusedMultiplyAdd(x0, y, s01);
            s11 = Vector256.FusedMultiplyAdd(x1, y, s11);
            y = Vector256.LoadUnsafe(ref origin, b2 + k);
            s02 = Vector256.FusedMultiplyAdd(x0, y, s02);
            s12 = Vector256.FusedMultiplyAdd(x1, y, s12);
            y = Vector256.LoadUnsafe(ref origin, b3 + k);
            s03 = Vector256.FusedMultiplyAdd(x0, y, s03);
            s13 = Vector256.FusedMultiplyAdd(x1, y, s13);
        }

        products[0] = Vector256.Sum(s00);
        products[1] = Vector256.Sum(s01);
        products[2] = Vector256.Sum(s02);
        products[3] = Vector256.Sum(s03);
        products[4] = Vector256.Sum(s10);
        products[5] = Vector256.Sum(s11);
        products[6] = Vector256.Sum(s12);
        products[7] = Vector256.Sum(s13);
    }
}
