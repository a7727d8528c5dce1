using Apex.Analysis.Statistics;
using Xunit;
using static System.Double;

namespace Apex.Tests.Analysis.Statistics;

public class BootstrapCorrelationTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(120)]
    public void Counting_gives_what_sorting_each_resample_gives(int n)
    {
        var (scores, reference) = Draw(n, 11);
        var (spearman, difference, kendall) = BootstrapCorrelation.Against(scores, reference, 1, 17, replicates: 300, kendallReplicates: 100);

        double[] All(Func<double[], double[], double> correlation, int[] resample)
        {
            double[] Pick(double[] values) => Array.ConvertAll(resample, i => values[i]);
            return [.. scores.Select(s => correlation(Pick(s), Pick(reference)))];
        }

        double[] Spearman(int[] resample)
        {
            var values = All((x, y) => RankCorrelation.Spearman(x, y), resample);
            return [.. values, .. values.Select(v => v - values[1])];
        }

        double[] Kendall(int[] resample) => All((x, y) => RankCorrelation.KendallTauB(x, y), resample);
        int[] whole = [.. Enumerable.Range(0, n)];
        Assert.Equal(Bootstrap.Percentile(n, Spearman, Spearman(whole), 17, 300), [.. spearman, .. difference]);
        Assert.Equal(Bootstrap.Percentile(n, Kendall, Kendall(whole), 17, 100), kendall);
    }

    [Fact]
    public void The_number_of_threads_does_not_matter()
    {
        var (scores, reference) = Draw(80, 12);
        var one = BootstrapCorrelation.Against(scores, reference, 0, 5, 400, 200, threads: 1);
        foreach (int threads in (int[])[0, 2, 5])
        {
            var other = BootstrapCorrelation.Against(scores, reference, 0, 5, 400, 200, threads);
            Assert.Equal(one.Spearman, other.Spearman);
            Assert.Equal(one.Difference, other.Difference);
            Assert.Equal(one.Kendall, other.Kendall);
        }
    }

    [Fact]
    public void The_baseline_differs_from_itself_by_nothing_and_a_paired_difference_is_narrow()
    {
        // A score and the same with a little noise: far closer to each other than either is known.
        var random = new Random(13);
        double[] reference = [.. Enumerable.Range(0, 200).Select(_ => random.NextDouble())];
        double[] score = [.. reference.Select(v => v + random.NextDouble())];
        double[] near = [.. score.Select(v => v + 0.02 * random.NextDouble())];
        var (spearman, difference, _) = BootstrapCorrelation.Against([score, near], reference, 0, 1, 500, 1);
        Assert.Equal(new Interval(0, 0, 0, 200), difference[0]);
        Assert.True(difference[1].High - difference[1].Low < 0.2 * (spearman[1].High - spearman[1].Low));
        Assert.True(difference[1].High > difference[1].Low);
    }

    [Fact]
    public void Covers_the_correlation_of_normals()
    {
        // Bivariate normals of correlation r have Spearman's 6 / pi asin(r / 2) and Kendall's 2 / pi asin(r) (M. Kendall, 1949).
        const double R = 0.6;
        double rho = 6 / Math.PI * Math.Asin(R / 2), tau = 2 / Math.PI * Math.Asin(R);
        var random = new Random(14);
        int coveredRho = 0, coveredTau = 0;
        for (int repetition = 0; repetition < 300; repetition++)
        {
            double[] x = new double[150], y = new double[150];
            MathNet.Numerics.Distributions.Normal.Samples(random, x, 0, 1);
            MathNet.Numerics.Distributions.Normal.Samples(random, y, 0, 1);
            for (int i = 0; i < y.Length; i++)
                y[i] = R * x[i] + Math.Sqrt(1 - R * R) * y[i];
            var (spearman, _, kendall) = BootstrapCorrelation.Against([x], y, 0, (ulong)repetition, 200, 200);
            coveredRho += spearman[0].Low <= rho && rho <= spearman[0].High ? 1 : 0;
            coveredTau += kendall[0].Low <= tau && tau <= kendall[0].High ? 1 : 0;
        }

        Assert.InRange(coveredRho / 300.0, 0.90, 0.985);
        Assert.InRange(coveredTau / 300.0, 0.90, 0.985);
    }

    [Fact]
    public void Constants_and_single_samples_have_no_correlation()
    {
        var (spearman, difference, kendall) = BootstrapCorrelation.Against([[1, 1, 1], [1, 2, 3]], [3, 5, 4], 1, 1, 50, 50);
        Assert.Equal(new Interval(NaN, NaN, NaN, 3), spearman[0]);
        Assert.Equal(new Interval(NaN, NaN, NaN, 3), difference[0]);
        Assert.Equal(new Interval(NaN, NaN, NaN, 3), kendall[0]);
        Assert.Equal(0.5, spearman[1].Value);
        Assert.Equal(1 / 3.0, kendall[1].Value, 1e-15);
        Assert.Equal(new Interval(NaN, NaN, NaN, 1), BootstrapCorrelation.Against([[1]], [1], 0, 1, 10, 10).Spearman[0]);
        Assert.Equal(new Interval(NaN, NaN, NaN, 0), BootstrapCorrelation.Against([[]], [], 0, 1, 10, 10).Kendall[0]);
    }

    [Fact]
    public void Refuses_what_does_not_fit()
    {
        Assert.Throws<ArgumentException>(() => BootstrapCorrelation.Against([[1, 2], [1]], [1, 2], 0, 1));
        Assert.Throws<ArgumentException>(() => BootstrapCorrelation.Against([[1, NaN]], [1, 2], 0, 1));
        Assert.Throws<ArgumentException>(() => BootstrapCorrelation.Against([[1, 2]], [1, NaN], 0, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => BootstrapCorrelation.Against([[1, 2]], [1, 2], 1, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => BootstrapCorrelation.Against([[1, 2]], [1, 2], 0, 1, 100, 101));
    }

    /// <summary>A continuous score, one with ties, one with infinities and one that has nothing to do with the reference, which has ties.</summary>
    private static (double[][] Scores, double[] Reference) Draw(int n, int seed)
    {
        var random = new Random(seed);
        double[] Make(Func<int, double> value) => [.. Enumerable.Range(0, n).Select(value)];
        var hidden = Make(_ => random.NextDouble());
        var reference = Make(i => Math.Round(10 * (hidden[i] + 0.3 * random.NextDouble())));
        return (
            [
                Make(i => hidden[i] + random.NextDouble()),
                Make(i => Math.Floor(4 * hidden[i])),
                Make(i => hidden[i] > 0.7 ? PositiveInfinity : hidden[i]),
                Make(_ => random.Next(3)),
            ], reference);
    }
}
