using System.Collections.Concurrent;
using MathNet.Numerics;

namespace Apex.Analysis.LargeNoise;

/// <summary>
/// Entropies of predictions from few draws. The plug-in estimate is too low by about (C - 1) / 2N. Grassberger's estimator
/// (P. Grassberger, "Entropy estimates from insufficient samplings", arXiv:physics/0307138, 2003) takes off most of that; what is left of its bias
/// at N draws is a known function of the probabilities and is taken off too, evaluated at each sample's smoothed shares.
/// </summary>
internal sealed class ConditionalEntropy
{
    private const int GridPoints = 2000;
    private const double SmallestProbability = 1e-6;

    /// <summary>For each number of draws, what a class of each probability adds to the bias.</summary>
    private readonly Dictionary<int, double[]> _bias;

    private ConditionalEntropy(Dictionary<int, double[]> bias) => _bias = bias;

    /// <summary>For samples with as many draws as these have. It can then be used by several threads at once.</summary>
    /// <param name="counts">Draws that fell on each class, shape <c>[samples][classes]</c>.</param>
    public static ConditionalEntropy For(IEnumerable<int[]> counts) =>
        new(counts.Select(row => row.Sum()).Distinct().ToDictionary(n => n, n => Tables.GetOrAdd(n, BiasTable)));

    /// <summary>
    /// Entropy of each sample's predictions given the sample, in nats, shape <c>[samples]</c>, and the mean of what was taken off Grassberger's estimates.
    /// </summary>
    /// <param name="counts">Draws that fell on each class, shape <c>[samples][classes]</c>; every sample has draws.</param>
    public (double[] Entropy, double Correction) Of(int[][] counts)
    {
        var entropy = new double[counts.Length];
        var off = Excess(counts);
        double correction = 0;
        for (int i = 0; i < counts.Length; i++)
        {
            entropy[i] = Grassberger(counts[i], counts[i].Sum()) - off[i];
            correction += off[i] / counts.Length;
        }

        return (entropy, correction);
    }

    /// <summary>Grassberger's estimate, in nats: ln N - (1/N) sum n G(n).</summary>
    public static double Grassberger(ReadOnlySpan<int> counts, long draws)
    {
        double sum = 0;
        foreach (int n in counts)
            sum += n == 0 ? 0 : n * G(n);
        return Math.Log(draws) - sum / draws;
    }

    /// <summary>G(n) = psi(n) + (-1)^n / 2 (psi((n + 1) / 2) - psi(n / 2)).</summary>
    private static double G(int n) => n < Table.Length ? Table[n] : Exact(n);

    /// <summary>Every level of a run asks for the same few.</summary>
    private static readonly ConcurrentDictionary<int, double[]> Tables = [];

    private static readonly double[] Table = [0, .. Enumerable.Range(1, 4095).Select(Exact)];

    private static double Exact(int n) =>
        SpecialFunctions.DiGamma(n) + (n % 2 == 0 ? 0.5 : -0.5) * (SpecialFunctions.DiGamma((n + 1) / 2.0) - SpecialFunctions.DiGamma(n / 2.0));

    /// <summary>
    /// What each of Grassberger's estimates is too high by, shape <c>[samples]</c>, at shares that are spread about as much as the true ones: within the
    /// samples that favour the same class, each sample's are drawn towards their mean until only as much variance is left as the draws do not explain.
    /// </summary>
    private double[] Excess(int[][] counts)
    {
        var excess = new double[counts.Length];
        var mean = new double[counts[0].Length];
        foreach (var group in Enumerable.Range(0, counts.Length).GroupBy(i => Array.IndexOf(counts[i], counts[i].Max())))
        {
            int[] members = [.. group];
            Array.Clear(mean);
            foreach (int i in members)
            {
                double n = counts[i].Sum();
                for (int c = 0; c < mean.Length; c++)
                    mean[c] += counts[i][c] / n / members.Length;
            }

            double within = 0, seen = 0;
            foreach (int i in members)
            {
                double n = counts[i].Sum();
                for (int c = 0; c < mean.Length; c++)
                {
                    double p = counts[i][c] / n;
                    within += n > 1 ? p * (1 - p) / (n - 1) : 0;
                    seen += (p - mean[c]) * (p - mean[c]);
                }
            }

            seen *= members.Length / Math.Max(1.0, members.Length - 1);
            double keep = seen <= within ? 0 : Math.Sqrt(1 - within / seen);
            // Where nothing is kept all are at the mean: what is found for one number of draws holds for all that have as many.
            var (known, atMean) = (0, 0.0);
            foreach (int i in members)
            {
                int n = counts[i].Sum();
                if (keep > 0 || n != known)
                {
                    double[] bias = _bias[n];
                    (known, atMean) = (n, 0);
                    for (int c = 0; c < mean.Length; c++)
                        atMean += Bias(bias, mean[c] + keep * ((double)counts[i][c] / n - mean[c]));
                }

                excess[i] = atMean;
            }
        }

        return excess;
    }

    private static double Bias(double[] table, double p)
    {
        if (p <= SmallestProbability)
            return table[0] * Math.Max(0, p) / SmallestProbability;
        double at = Math.Log(p / SmallestProbability) / -Math.Log(SmallestProbability) * (GridPoints - 1);
        int low = Math.Clamp((int)at, 0, GridPoints - 2);
        return table[low] + (at - low) * (table[low + 1] - table[low]);
    }

    /// <summary>
    /// What a class of probability p adds to Grassberger's bias at N draws: E[(n/N)(ln N - G(n))] + p ln p for binomial n, on a geometric grid of p.
    /// </summary>
    private static double[] BiasTable(int draws)
    {
        var table = new double[GridPoints];
        double[] value = [.. Enumerable.Range(0, draws + 1).Select(n => n == 0 ? 0 : (double)n / draws * (Math.Log(draws) - G(n)))];
        double[] choose =
        [
            .. Enumerable.Range(0, draws + 1).Select(n =>
                SpecialFunctions.GammaLn(draws + 1) - SpecialFunctions.GammaLn(n + 1) - SpecialFunctions.GammaLn(draws - n + 1)),
        ];
        for (int i = 0; i < GridPoints - 1; i++)
        {
            double p = SmallestProbability * Math.Pow(1 / SmallestProbability, (double)i / (GridPoints - 1)), log = Math.Log(p), other = Math.Log(1 - p);
            // Beyond 12 standard deviations nothing counts.
            double spread = 12 * Math.Sqrt(draws * p * (1 - p)) + 12;
            int from = Math.Max(0, (int)(draws * p - spread)), to = Math.Min(draws, (int)(draws * p + spread));
            double expected = 0;
            for (int n = from; n <= to; n++)
                expected += Math.Exp(choose[n] + n * log + (draws - n) * other) * value[n];
            table[i] = expected + p * log;
        }

        table[^1] = value[draws];
        return table;
    }
}
