using Apex.Analysis.Statistics;
using Xunit;

namespace Apex.Tests.Analysis;

public class IntervalTests
{
    // R. Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 1998, table I, method 3.
    [Theory]
    [InlineData(81, 263, 0.2553, 0.3662)]
    [InlineData(15, 148, 0.0624, 0.1605)]
    [InlineData(0, 20, 0.0000, 0.1611)]
    [InlineData(1, 29, 0.0061, 0.1718)]
    public void Wilson_matches_published_examples(int successes, int trials, double low, double high)
    {
        var interval = Interval.Wilson(successes, trials, trials);
        Assert.Equal(low, interval.Low, 5e-5);
        Assert.Equal(high, interval.High, 5e-5);
    }

    // Newcombe 1998, table I, method 5.
    [Theory]
    [InlineData(81, 263, 0.2527, 0.3676)]
    [InlineData(15, 148, 0.0578, 0.1617)]
    [InlineData(0, 20, 0.0000, 0.1684)]
    [InlineData(1, 29, 0.0009, 0.1776)]
    public void Clopper_Pearson_matches_published_examples(int successes, int trials, double low, double high)
    {
        var interval = Interval.ClopperPearson(successes, trials);
        Assert.Equal(low, interval.Low, 5e-5);
        Assert.Equal(high, interval.High, 5e-5);
        Assert.Equal((successes / (double)trials, (long)trials), (interval.Value, interval.N));
        // Failures mirror successes.
        var mirrored = Interval.ClopperPearson(trials - successes, trials);
        Assert.Equal(1 - low, mirrored.High, 5e-5);
        Assert.Equal(1 - high, mirrored.Low, 5e-5);
    }

    // Roots of mpmath.betainc(..., regularized=True), mpmath 1.2.1, by bisection; the symmetric one by
    // scipy.stats.binomtest(...).proportion_ci(method='exact'), SciPy 1.10.1.
    [Theory]
    [InlineData(81, 263, 0.25273674558527116, 0.36762192260135136)]
    [InlineData(50, 10_000, 0.0037133061795554878, 0.0065866264290799188)]
    [InlineData(1, 1_000_000, 2.5317807663794177e-8, 5.5716306551722444e-6)]
    [InlineData(999_999, 1_000_000, 0.99999442836934483, 0.99999997468219234)]
    [InlineData(500_000, 1_000_000, 0.4990195191954617, 0.5009804808045383)]
    [InlineData(3, 1_000_000_000, 6.1867212332289581e-10, 8.7672730444606971e-9)]
    public void Clopper_Pearson_is_accurate_for_many_trials(long successes, long trials, double low, double high)
    {
        var interval = Interval.ClopperPearson(successes, trials);
        Assert.Equal(low, interval.Low, 3e-10);
        Assert.Equal(high, interval.High, 3e-10);
        Assert.Equal(1, interval.Low / low, 1e-4);
        Assert.Equal(1, interval.High / high, 1e-4);
    }

    [Fact]
    public void Clopper_Pearson_at_the_edges()
    {
        Assert.Equal(new Interval(0, 0, 1 - Math.Pow(0.025, 0.1), 10), Interval.ClopperPearson(0, 10));
        Assert.Equal(new Interval(1, Math.Pow(0.025, 0.1), 1, 10), Interval.ClopperPearson(10, 10));
        Assert.Equal(new Interval(double.NaN, 0, 1, 0), Interval.ClopperPearson(0, 0));
        // scipy.stats.binomtest(15, 148).proportion_ci(0.99, 'exact'), SciPy 1.10.1.
        var wide = Interval.ClopperPearson(15, 148, 0.99);
        Assert.Equal(0.04774455972881549, wide.Low, 1e-10);
        Assert.Equal(0.18187753153797312, wide.High, 1e-10);
        Assert.Throws<ArgumentOutOfRangeException>(() => Interval.ClopperPearson(-1, 10));
        Assert.Throws<ArgumentOutOfRangeException>(() => Interval.ClopperPearson(11, 10));
        Assert.Throws<ArgumentOutOfRangeException>(() => Interval.ClopperPearson(0, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Interval.ClopperPearson(1, 10, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Interval.ClopperPearson(1, 10, double.NaN));
    }

    [Fact]
    public void Clopper_Pearson_covers_at_least_as_promised()
    {
        // Exactly, by summing the binomial probabilities of the counts whose interval holds p.
        foreach (double p in (double[])[0.01, 0.1, 0.37, 0.5, 0.93])
        {
            double covered = 0;
            for (int k = 0; k <= 40; k++)
            {
                var interval = Interval.ClopperPearson(k, 40);
                if (interval.Low <= p && p <= interval.High)
                    covered += MathNet.Numerics.Distributions.Binomial.PMF(p, 40, k);
            }

            Assert.InRange(covered, 0.95, 1);
        }
    }

    [Fact]
    public void Identical_draws_count_once_and_independent_ones_all()
    {
        // 100 samples, half flip in every draw, half in none: as uncertain as 100 coin throws, however many draws.
        var clustered = Interval.Clustered(50, 50, 100, 1000);
        var coins = Interval.Wilson(50, 100, 100);
        Assert.Equal(coins.Low, clustered.Low, 2e-3);
        // Every sample flips in half of its draws: no variance between samples, so all draws count.
        var alike = Interval.Clustered(50, 25, 100, 1000);
        Assert.True(alike.High - alike.Low < 0.2 * (coins.High - coins.Low) && alike.High > alike.Low);
    }

    [Fact]
    public void Coverage_is_near_nominal_for_clustered_draws()
    {
        // 60 samples whose flip probabilities vary; 400 repetitions; the true mean is inside about 95 % of intervals.
        var random = new Random(8);
        const int Repetitions = 400, Samples = 60, Draws = 16;
        int covered = 0;
        for (int r = 0; r < Repetitions; r++)
        {
            double sum = 0, squares = 0;
            for (int i = 0; i < Samples; i++)
            {
                double p = random.NextDouble() * random.NextDouble();
                double q = Enumerable.Range(0, Draws).Count(_ => random.NextDouble() < p) / (double)Draws;
                sum += q;
                squares += q * q;
            }

            var interval = Interval.Clustered(sum, squares, Samples, Draws);
            covered += interval.Low <= 0.25 && 0.25 <= interval.High ? 1 : 0;
        }

        Assert.InRange(covered / (double)Repetitions, 0.92, 0.98);
    }
}
