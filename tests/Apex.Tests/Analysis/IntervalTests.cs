using Apex.Analysis;
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
