using Apex.Analysis.Statistics;
using Xunit;
using static System.Double;

namespace Apex.Tests.Analysis.Statistics;

public class BootstrapTests
{
    [Fact]
    public void The_ends_are_order_statistics_at_equal_distance()
    {
        double[] replicates = [.. Enumerable.Range(1, 1999)];
        new Random(1).Shuffle(replicates);
        Assert.Equal((50, 1950), Bootstrap.Ends(replicates));
        Assert.Equal((1, 10), Bootstrap.Ends([.. Enumerable.Range(1, 10)]));
        Assert.Equal((4, 4), Bootstrap.Ends([4]));
    }

    [Fact]
    public void Replicates_without_a_value_are_left_out_until_they_are_most()
    {
        Assert.Equal((1, 3), Bootstrap.Ends([3, NaN, 1, NaN, 2, NaN]));
        Assert.Equal((NaN, NaN), Bootstrap.Ends([3, NaN, 1, NaN, NaN]));
        Assert.Equal((NaN, NaN), Bootstrap.Ends([NaN]));
        Assert.Equal((NegativeInfinity, PositiveInfinity), Bootstrap.Ends([0, PositiveInfinity, NegativeInfinity]));
    }

    [Fact]
    public void A_resample_draws_each_index_equally_often_and_independently()
    {
        // Of n = 10 draws, an index is absent from a resample with chance 0.9^10; over 20,000 resamples five standard errors are 0.0169.
        var seen = new int[10];
        int absent = 0;
        var indices = new int[10];
        for (int r = 0; r < 20_000; r++)
        {
            Bootstrap.Resample(5, r, 0, indices);
            foreach (int i in indices)
                seen[i]++;
            absent += indices.Contains(7) ? 0 : 1;
        }

        Assert.All(seen, count => Assert.InRange(count, 20_000 - 5 * 135, 20_000 + 5 * 135));
        Assert.InRange(absent / 20_000.0, Math.Pow(0.9, 10) - 0.0169, Math.Pow(0.9, 10) + 0.0169);
    }

    [Fact]
    public void Sides_replicates_and_seeds_differ()
    {
        int[] Draw(ulong seed, int replicate, int side)
        {
            var indices = new int[20];
            Bootstrap.Resample(seed, replicate, side, indices);
            return indices;
        }

        var first = Draw(1, 0, 0);
        Assert.Equal(first, Draw(1, 0, 0));
        Assert.NotEqual(first, Draw(1, 0, 1));
        Assert.NotEqual(first, Draw(1, 1, 0));
        Assert.NotEqual(first, Draw(2, 0, 0));
        Assert.NotEqual(first, Draw(1UL << 32 | 1, 0, 0));
    }

    [Fact]
    public void Covers_a_mean()
    {
        // 60 uniform values, 400 repetitions: the true mean is inside about 95 % of the intervals.
        var random = new Random(4);
        int covered = 0;
        for (int r = 0; r < 400; r++)
        {
            double[] values = [.. Enumerable.Range(0, 60).Select(_ => random.NextDouble())];
            var interval = Bootstrap.Percentile(60, resample => [resample.Average(i => values[i])], [values.Average()], (ulong)r, replicates: 200)[0];
            Assert.Equal(60, interval.N);
            covered += interval.Low <= 0.5 && 0.5 <= interval.High ? 1 : 0;
        }

        Assert.InRange(covered / 400.0, 0.91, 0.98);
    }

    [Fact]
    public void Covers_a_difference_of_two_sides_of_unequal_size()
    {
        var random = new Random(5);
        int covered = 0;
        for (int r = 0; r < 400; r++)
        {
            double[] a = [.. Enumerable.Range(0, 50).Select(_ => 3 * random.NextDouble())], b = [.. Enumerable.Range(0, 80).Select(_ => random.NextDouble())];
            var interval = Bootstrap.Percentile(
                50, 80, (i, j) => [i.Average(k => a[k]) - j.Average(k => b[k])], [a.Average() - b.Average()], (ulong)r, replicates: 200)[0];
            Assert.Equal(130, interval.N);
            covered += interval.Low <= 1 && 1 <= interval.High ? 1 : 0;
        }

        Assert.InRange(covered / 400.0, 0.91, 0.98);
    }

    [Fact]
    public void Statistics_of_one_call_are_paired()
    {
        // Two means that always differ by 1: each is uncertain, their difference is not.
        var random = new Random(6);
        double[] values = [.. Enumerable.Range(0, 40).Select(_ => (double)random.Next(100))];
        var intervals = Bootstrap.Percentile(40, resample =>
        {
            double mean = resample.Average(i => values[i]), shifted = resample.Average(i => values[i] + 1);
            return [mean, shifted, Math.Round(shifted - mean, 9)];
        }, [0, 1, 1], 9);
        Assert.True(intervals[0].High - intervals[0].Low > 5);
        Assert.Equal(new Interval(1, 1, 1, 40), intervals[2]);
    }

    [Fact]
    public void Two_sides_are_drawn_independently()
    {
        // The same values on both sides: the variance of the difference is twice that of either mean, and would be 0 with common indices.
        double[] values = [.. Enumerable.Range(0, 40).Select(i => (double)i)];
        var intervals = Bootstrap.Percentile(
            40, 40, (i, j) => [i.Average(k => values[k]), i.Average(k => values[k]) - j.Average(k => values[k])], [19.5, 0], 2, 4000);
        Assert.Equal(Math.Sqrt(2), (intervals[1].High - intervals[1].Low) / (intervals[0].High - intervals[0].Low), 0.1);
    }

    [Fact]
    public void The_number_of_threads_does_not_matter()
    {
        var values = Enumerable.Range(0, 30).Select(i => Math.Sin(i)).ToArray();
        IReadOnlyList<Interval> One(int threads) => Bootstrap.Percentile(
            30, resample => [resample.Sum(i => values[i]), resample.Max(i => values[i])], [0, 0], 3, 500, threads);
        IReadOnlyList<Interval> Two(int threads) => Bootstrap.Percentile(
            30, 20, (a, b) => [a.Sum(i => values[i]) - b.Sum(i => values[i])], [0], 3, 500, threads);
        Assert.Equal(One(1), One(2));
        Assert.Equal(Two(1), Two(7));
        Assert.Equal(One(1), One(0));
    }

    [Fact]
    public void What_a_statistic_throws_comes_through()
    {
        Assert.Throws<InvalidOperationException>(() => Bootstrap.Percentile(3, _ => throw new InvalidOperationException(), [0], 1, 10));
        Assert.Throws<ArgumentException>(() => Bootstrap.Percentile(3, _ => [1, 2], [0], 1, 10));
        Assert.Throws<ArgumentOutOfRangeException>(() => Bootstrap.Percentile(0, _ => [1], [0], 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Bootstrap.Percentile(1, 0, (_, _) => [1], [0], 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Bootstrap.Percentile(1, _ => [1], [0], 1, replicates: 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Bootstrap.Percentile(1, _ => [1], [0], 1, threads: -1));
    }
}
