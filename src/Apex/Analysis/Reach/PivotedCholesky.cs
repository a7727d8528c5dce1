using System.Numerics.Tensors;

namespace Apex.Analysis.Reach;

/// <summary>
/// Rank and range of a set of vectors from their inner products, by Cholesky factorisation with diagonal pivoting (N. Higham, "Analysis of
/// the Cholesky decomposition of a semi-definite matrix", 1990; the same pivots as a QR decomposition of the vectors with column pivoting).
/// Step by step the vector that is farthest from the span of those taken before is taken, until none is farther than a threshold.
/// </summary>
/// <remarks>
/// Vectors that are never candidates ride along: what is left of their diagonal is their squared distance from the span.
/// </remarks>
internal sealed class PivotedCholesky
{
    /// <summary>Steps between updates of the whole matrix, which are then one product of matrices.</summary>
    private const int Block = 64;

    private PivotedCholesky(IReadOnlyList<double> distances, double next, double[] left, IReadOnlyList<double[]> factor) =>
        (Distances, Next, Left, Factor) = (distances, next, left, factor);

    /// <summary>Distance of each vector from the span of those taken before it when it was taken, descending; about the singular values.</summary>
    public IReadOnlyList<double> Distances { get; }

    /// <summary>The largest distance that did not count any more; 0 where none was left.</summary>
    public double Next { get; }

    /// <summary>Squared distance of each vector from the span of those taken, shape <c>[n]</c>.</summary>
    public double[] Left { get; }

    /// <summary>Columns of L, the vectors in an orthonormal basis of the span, one a step, each <c>[n]</c>; empty unless asked for.</summary>
    public IReadOnlyList<double[]> Factor { get; }

    /// <summary>Factors a matrix of inner products, which is overwritten.</summary>
    /// <param name="gram">Lower triangle, shape <c>[n, n]</c>.</param>
    /// <param name="n">Vectors.</param>
    /// <param name="candidates">How many of them, from the first on, may be taken.</param>
    /// <param name="threshold">A vector this close to the span is in it.</param>
    /// <param name="keepFactor">Keeps <see cref="Factor"/>.</param>
    /// <param name="threads">Threads; results do not depend on it.</param>
    public static PivotedCholesky Decompose(double[] gram, int n, int candidates, double threshold, bool keepFactor, int threads)
    {
        var left = new double[n];
        for (int i = 0; i < n; i++)
            left[i] = gram[i * n + i];
        int[] alive = [.. Enumerable.Range(0, n)];
        var distances = new List<double>();
        var factor = new List<double[]>();
        var panel = new double[n * Block];
        double next = 0;
        for (bool more = true; more;)
        {
            // The panel's rows belong to those alive at the start of the block.
            Array.Clear(panel);
            int steps = 0;
            var taken = new bool[n];
            while (steps < Block)
            {
                int pivot = -1;
                for (int a = 0; a < alive.Length && alive[a] < candidates; a++)
                {
                    if (!taken[alive[a]] && (pivot < 0 || left[alive[a]] > left[alive[pivot]]))
                        pivot = a;
                }

                next = pivot < 0 ? 0 : Math.Sqrt(Math.Max(0, left[alive[pivot]]));
                more = pivot >= 0 && next > threshold;
                if (!more)
                    break;
                distances.Add(next);
                Step(gram, n, alive, panel, steps, pivot, next, left, taken);
                if (keepFactor)
                {
                    var column = new double[n];
                    for (int a = 0; a < alive.Length; a++)
                        column[alive[a]] = panel[a * Block + steps];
                    factor.Add(column);
                }

                steps++;
            }

            if (!more)
                break;
            // Rows that were taken are done with.
            int[] kept = [.. Enumerable.Range(0, alive.Length).Where(a => !taken[alive[a]])];
            for (int k = 0; k < kept.Length; k++)
                panel.AsSpan(kept[k] * Block, Block).CopyTo(panel.AsSpan(k * Block, Block));
            alive = [.. kept.Select(a => alive[a])];
            GramMatrix.Add(panel, Block, Block, alive, -1, gram, n, threads);
        }

        return new PivotedCholesky(distances, next, left, factor);
    }

    private static void Step(double[] gram, int n, int[] alive, double[] panel, int step, int pivot, double distance, double[] left, bool[] taken)
    {
        int p = alive[pivot];
        var row = panel.AsSpan(pivot * Block, step);
        for (int a = 0; a < alive.Length; a++)
        {
            int i = alive[a];
            if (i == p || taken[i])
                continue;
            double inner = gram[Math.Max(i, p) * n + Math.Min(i, p)] - TensorPrimitives.Dot(row, panel.AsSpan(a * Block, step));
            double value = inner / distance;
            panel[a * Block + step] = value;
            left[i] -= value * value;
        }

        panel[pivot * Block + step] = distance;
        left[p] = 0;
        taken[p] = true;
    }
}
