using Apex.Analysis.LargeNoise;
using MathNet.Numerics.Distributions;
using Xunit;

namespace Apex.Tests.Analysis.LargeNoise;

/// <summary>Sample dependence on synthetic tables whose mutual information is known.</summary>
public class SampleDependenceTests
{
    private const int Samples = 500;

    public static TheoryData<string, int, int> Tables =>
    [
        .. from classes in (int[])[10, 100] from draws in (int[])[32, 64, 128]
           from table in (string[])["independent", "zipf", "skewed", "mixed 0.9", "mixed 0.5",
               "mixed 0.2", "deterministic", "dirichlet 0.05", "dirichlet 0.5", "dirichlet 3"]
           where classes == 10 || draws is 32 or 128
           select (table, classes, draws),
    ];

    [Theory]
    [MemberData(nameof(Tables))]
    public void Bias_is_below_two_hundredths_or_the_result_is_marked(string table, int classes, int draws)
    {
        var random = new Random(classes + draws);
        double[][] rows = Rows(table, classes, random);
        double truth = Entropy(Mean(rows)) - rows.Average(Entropy), error = 0;
        const int Repetitions = 8;
        var statuses = new List<DependenceStatus>();
        for (int r = 0; r < Repetitions; r++)
        {
            var found = SampleDependence.Of(Draw(rows, draws, random), 1, replicates: 1, permutations: 1);
            error += (found.MutualInformation - truth) / Repetitions;
            statuses.Add(found.Status);
        }

        if (classes == 10)
        {
            Assert.True(Math.Abs(error) < 0.02, $"{table}: bias {error:f4} of {truth:f3}");
            Assert.All(statuses, status => Assert.Equal(DependenceStatus.Reliable, status));
        }
        else if (Math.Abs(error) >= 0.02)
            Assert.All(statuses, status => Assert.NotEqual(DependenceStatus.Reliable, status));
    }

    [Fact]
    public void What_is_not_corrected_is_far_off()
    {
        // The plug-in estimate of independent predictions is (C - 1)^2 (n - 1) / (C - 1) / 2nN too high: the test above would not pass without the correction.
        var random = new Random(3);
        int[][] counts = Draw(Rows("independent", 10, random), 32, random);
        double plugIn = Entropy(Mean(Shares(counts))) - Shares(counts).Average(Entropy);
        Assert.InRange(plugIn, 0.12, 0.17);
        Assert.InRange(SampleDependence.Of(counts).MutualInformation, -0.01, 0.01);
    }

    [Fact]
    public void Grassbergers_entropy_is_his()
    {
        // G(1) = -gamma - ln 2, G(2) = 2 - gamma - ln 2, G(2n + 1) = G(2n), G(2n + 2) = G(2n) + 2 / (2n + 1) (his equations 28 to 30).
        const double Gamma = 0.57721566490153286;
        double g1 = -Gamma - Math.Log(2), g2 = g1 + 2, g4 = g2 + 2 / 3.0;
        Assert.Equal(Math.Log(7) - (1 * g1 + 2 * g2 + 4 * g4) / 7, ConditionalEntropy.Grassberger([1, 2, 0, 4], 7), 1e-9);
        Assert.Equal(Math.Log(6) - (3 * g2 + 3 * g2) / 6, ConditionalEntropy.Grassberger([3, 3], 6), 1e-9);
    }

    [Theory]
    [InlineData("mixed 0.5")]
    [InlineData("dirichlet 0.5")]
    [InlineData("dirichlet 3")]
    public void Intervals_cover_what_they_should(string table)
    {
        // The samples themselves are a draw from what they stand for: a large table gives the truth.
        var random = new Random(5);
        double[][] all = [.. Enumerable.Range(0, 40).SelectMany(_ => Rows(table, 10, random))];
        double h = Entropy(Mean(all)), truth = 1 - all.Average(Entropy) / h;
        int covered = 0;
        const int Repetitions = 100;
        for (int r = 0; r < Repetitions; r++)
        {
            double[][] rows = [.. Enumerable.Range(0, 200).Select(_ => all[random.Next(all.Length)])];
            var found = SampleDependence.Of(Draw(rows, 32, random), (ulong)r, replicates: 300, permutations: 1);
            covered += found.Low <= truth && truth <= found.High ? 1 : 0;
        }

        // 95 % less four standard errors of 100 repetitions.
        Assert.InRange(covered, 86, 100);
    }

    [Fact]
    public void Chance_is_told_from_dependence()
    {
        var random = new Random(6);
        int[] small = [0, 0];
        double[][] none = Rows("zipf", 10, random), some = Rows("mixed 0.2", 10, random);
        for (int r = 0; r < 40; r++)
        {
            small[0] += SampleDependence.Of(Draw(none[..60], 16, random), (ulong)r, 1).PValue <= 0.05 ? 1 : 0;
            small[1] += SampleDependence.Of(Draw(some[..60], 16, random), (ulong)r, 1).PValue <= 0.05 ? 1 : 0;
        }

        Assert.InRange(small[0], 0, 8);
        Assert.InRange(small[1], 38, 40);
        var found = SampleDependence.Of(Draw(none, 32, random));
        Assert.InRange(found.Null, -0.01, 0.01);
        Assert.InRange(found.ExcessVariation.Value, -0.01, 0.01);
        Assert.True(found.Low <= 0.005 && found.High < 0.03);
    }

    [Fact]
    public void Excess_variation_is_that_of_the_shares()
    {
        var random = new Random(7);
        double[][] rows = Rows("mixed 0.5", 10, random);
        double[] mean = Mean(rows);
        double truth = rows.Average(row => row.Zip(mean, (a, b) => Math.Abs(a - b)).Sum() / 2);
        // The null of 500 draws: the mean of |normal| for every class.
        double none = mean.Sum(p => Math.Sqrt(2 / Math.PI * p * (1 - p) / 500)) / 2;
        var found = SampleDependence.Of(Draw(rows, 500, random), replicates: 1);
        Assert.InRange(none, 0.04, 0.06);
        Assert.Equal(truth - none, found.ExcessVariation.Value, 0.005);
        Assert.True(found.ExcessVariation.Low < found.ExcessVariation.Value && found.ExcessVariation.Value < found.ExcessVariation.High);
    }

    [Fact]
    public void One_class_alone_is_undefined()
    {
        int[][] counts = [.. Enumerable.Range(0, 50).Select(i => (int[])[32, 0, 0])];
        counts[3] = [30, 2, 0];
        var found = SampleDependence.Of(counts);
        Assert.Equal(DependenceStatus.Undefined, found.Status);
        Assert.True(double.IsNaN(found.Value) && double.IsNaN(found.Low) && double.IsNaN(found.High));
        Assert.True(double.IsNaN(found.Null) && double.IsNaN(found.NullHigh) && double.IsNaN(found.PValue));
    }

    [Fact]
    public void Samples_without_draws_stay_out_and_unequal_numbers_are_weighed_alike()
    {
        int[][] counts = [[8, 0], [0, 64], [0, 0], [8, 0], [0, 64]];
        var found = SampleDependence.Of(counts);
        Assert.Equal(4, found.Samples);
        Assert.Equal(Math.Log(2), found.Entropy, 1e-9);
        Assert.Equal(1, found.Value, 0.01);
        Assert.Throws<ArgumentException>(() => SampleDependence.Of([[1, 2], [0, 0]]));
    }

    internal static double[][] Rows(string table, int classes, Random random)
    {
        double[] common = table switch
        {
            "zipf" => Normalised([.. Enumerable.Range(1, classes).Select(i => Math.Pow(i, -1.5))]),
            "skewed" => [0.9, .. Enumerable.Repeat(0.1 / (classes - 1), classes - 1)],
            _ => [.. Enumerable.Repeat(1.0 / classes, classes)],
        };
        double own = table == "deterministic" ? 1 : table.StartsWith("mixed", StringComparison.Ordinal) ? double.Parse(table[6..]) : 0;
        return [.. Enumerable.Range(0, Samples).Select(_ =>
        {
            if (table.StartsWith("dirichlet", StringComparison.Ordinal))
                return Normalised([.. Enumerable.Range(0, classes).Select(_ => Gamma.Sample(random, double.Parse(table[10..]), 1) + 1e-300)]);
            double[] row = [.. common.Select(p => (1 - own) * p)];
            if (own > 0)
                row[random.Next(classes)] += own;
            return row;
        })];
    }

    internal static int[][] Draw(double[][] rows, int draws, Random random) => [.. rows.Select(row => Multinomial.Sample(random, row, draws))];

    private static double[][] Shares(int[][] counts) => [.. counts.Select(row => row.Select(n => (double)n / row.Sum()).ToArray())];

    private static double[] Normalised(double[] weights) => [.. weights.Select(w => w / weights.Sum())];

    private static double[] Mean(double[][] rows) => [.. Enumerable.Range(0, rows[0].Length).Select(c => rows.Average(row => row[c]))];

    private static double Entropy(double[] p) => -p.Sum(v => v > 0 ? v * Math.Log(v) : 0);
}
