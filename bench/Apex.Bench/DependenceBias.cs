using System.Globalization;
using Apex.Analysis.LargeNoise;
using MathNet.Numerics.Distributions;

namespace Apex.Bench;

/// <summary>The bias of estimates of I(X; Y) on tables where it is known: 500 samples, several numbers of classes and draws.</summary>
internal static class DependenceBias
{
    private const int Samples = 500, Repetitions = 20;

    private static readonly string[] Tables = ["independent, even", "independent, 1/k^1.5", "independent, 0.9 on one",
        "own class 0.9", "own class 0.5", "own class 0.2", "own class 1", "Dirichlet 0.05", "Dirichlet 0.5", "Dirichlet 3"];

    public static int Run()
    {
        Console.WriteLine(
            FormattableString.Invariant($"Largest bias in nats over {Tables.Length} tables of {Samples} samples, {Repetitions} repetitions each (seed 1); ")
                + "in the last column over those that are not marked unreliable\n");
        Console.WriteLine("| classes | draws | plug-in | Miller-Madow | APEX | marked | largest bias of unmarked |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        foreach (int classes in (int[])[10, 100])
        {
            foreach (int draws in (int[])[8, 16, 32, 64, 128])
            {
                var random = new Random(1);
                var biases = new double[3];
                double unmarked = 0;
                int marked = 0;
                foreach (string table in Tables)
                {
                    double[][] rows = Rows(table, classes, random);
                    double truth = Entropy(Mean(rows)) - rows.Average(Entropy);
                    var sums = new double[3];
                    bool reliable = false;
                    for (int r = 0; r < Repetitions; r++)
                    {
                        int[][] counts = [.. rows.Select(row => Multinomial.Sample(random, row, draws))];
                        var found = SampleDependence.Of(counts, replicates: 1, permutations: 1);
                        double[][] shares = [.. counts.Select(row => row.Select(n => (double)n / draws).ToArray())];
                        double plugIn = Entropy(Mean(shares)) - shares.Average(Entropy);
                        double seen = Mean(shares).Count(p => p > 0), own = shares.Average(row => row.Count(p => p > 0) - 1.0);
                        sums[0] += plugIn - truth;
                        sums[1] += plugIn + (seen - 1) / (2.0 * draws * Samples) - own / (2 * draws) - truth;
                        sums[2] += found.MutualInformation - truth;
                        reliable |= found.Status != DependenceStatus.Unreliable;
                        marked += found.Status == DependenceStatus.Unreliable ? 1 : 0;
                    }

                    for (int e = 0; e < 3; e++)
                        biases[e] = Largest(biases[e], sums[e] / Repetitions);
                    if (reliable)
                        unmarked = Largest(unmarked, sums[2] / Repetitions);
                }

                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"| {classes} | {draws} | {Nats(biases[0])} | {Nats(biases[1])} | {Nats(biases[2])} | "
                        + $"{(double)marked / Tables.Length / Repetitions:p0} | {(marked == Tables.Length * Repetitions ? "" : Nats(unmarked))} |"));
            }
        }

        return 0;
    }

    private static string Nats(double bias) => Math.Round(bias, 3).ToString("+0.000;-0.000;0.000", CultureInfo.InvariantCulture);

    private static double Largest(double a, double b) => Math.Abs(b) > Math.Abs(a) ? b : a;

    private static double[][] Rows(string table, int classes, Random random)
    {
        double[] common = table switch
        {
            "independent, 1/k^1.5" => Normalised([.. Enumerable.Range(1, classes).Select(k => Math.Pow(k, -1.5))]),
            "independent, 0.9 on one" => [0.9, .. Enumerable.Repeat(0.1 / (classes - 1), classes - 1)],
            _ => [.. Enumerable.Repeat(1.0 / classes, classes)],
        };
        double last = double.TryParse(table.Split(' ')[^1], CultureInfo.InvariantCulture, out double value) ? value : 0;
        double own = table.StartsWith("own", StringComparison.Ordinal) ? last : 0;
        return [.. Enumerable.Range(0, Samples).Select(_ =>
        {
            if (table.StartsWith("Dirichlet", StringComparison.Ordinal))
                return Normalised([.. Enumerable.Range(0, classes).Select(_ => Gamma.Sample(random, last, 1) + 1e-300)]);
            double[] row = [.. common.Select(p => (1 - own) * p)];
            row[random.Next(classes)] += own;
            return row;
        })];
    }

    private static double[] Normalised(double[] weights) => weights.Sum() is var sum ? [.. weights.Select(w => w / sum)] : [];

    private static double[] Mean(double[][] rows) => [.. Enumerable.Range(0, rows[0].Length).Select(c => rows.Average(row => row[c]))];

    private static double Entropy(double[] p) => -p.Sum(v => v > 0 ? v * Math.Log(v) : 0);
}
