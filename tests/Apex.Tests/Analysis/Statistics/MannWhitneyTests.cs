using Apex.Analysis.Statistics;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Xunit;
using static System.Double;

namespace Apex.Tests.Analysis.Statistics;

public class MannWhitneyTests
{
    // scipy.stats.mannwhitneyu(a, b, method='asymptotic'), SciPy 1.10.1: statistic / (nA nB) and pvalue. The first is the example of
    // its manual; the last has 1e9 in place of infinity, which has the same order.
    [Theory]
    [InlineData(new double[] { 19, 22, 16, 29, 24 }, new double[] { 20, 11, 17, 12 }, 0.85, 0.11134688653314041)]
    [InlineData(new double[] { 1, 1, 2, 3, 3, 3, 7, 9 }, new double[] { 1, 2, 2, 3, 4, 4, 8, 10, 11, 12 }, 0.33125, 0.2433824760798362)]
    [InlineData(new double[] { 5, 5, 5 }, new double[] { 5, 5 }, 0.5, 1)]
    [InlineData(new double[] { 1 }, new double[] { 2 }, 0, 1)]
    [InlineData(new double[] { 1, 2 }, new double[] { 3 }, 0, 0.5402913746074199)]
    [InlineData(
        new[] { 1, PositiveInfinity, PositiveInfinity, 3, 4, NegativeInfinity, 7, 2 },
        new[] { PositiveInfinity, 0, NegativeInfinity, NegativeInfinity, 1, 1, 3 },
        0.7232142857142857, 0.15998098139144024)]
    public void Values_of_SciPy(double[] a, double[] b, double auc, double p)
    {
        Assert.Equal(auc, MannWhitney.Auc(a, b), 1e-15);
        Assert.Equal(p, MannWhitney.PValue(a, b), 1e-13);
        Assert.Equal(p, MannWhitney.PValue(b, a), 1e-13);
    }

    [Fact]
    public void A_small_p_value_keeps_its_digits()
    {
        // scipy.stats.mannwhitneyu(range(20), range(15, 40), method='asymptotic'), SciPy 1.10.1.
        double[] a = [.. Enumerable.Range(0, 20)], b = [.. Enumerable.Range(15, 25)];
        Assert.Equal(0.025, MannWhitney.Auc(a, b), 1e-15);
        Assert.Equal(1, MannWhitney.PValue(a, b) / 6.151062703819705e-08, 1e-10);
    }

    [Theory]
    [InlineData(0.0, 0.5)]
    [InlineData(1.8, 0.8985)]
    [InlineData(3.0, 0.9831)]
    public void Intervals_of_the_area_cover_it(double distance, double truth)
    {
        // Normal values d apart: the area is Phi(d / sqrt 2).
        var random = new Random(9);
        int covered = 0;
        const int Repetitions = 1000;
        for (int r = 0; r < Repetitions; r++)
        {
            double[] a = [.. Enumerable.Range(0, 12).Select(_ => distance + MathNet.Numerics.Distributions.Normal.Sample(random, 0, 1))];
            double[] b = [.. Enumerable.Range(0, 16).Select(_ => MathNet.Numerics.Distributions.Normal.Sample(random, 0, 1))];
            var interval = MannWhitney.AucInterval(MannWhitney.Auc(a, b), 12, 16);
            covered += interval.Low <= truth && truth <= interval.High ? 1 : 0;
        }

        Assert.InRange(covered, 925, 990);
    }

    [Fact]
    public void Intervals_of_the_area_are_symmetric_and_not_empty_at_the_ends()
    {
        foreach (double auc in (double[])[0, 0.1, 0.5, 0.93, 1])
        {
            var (one, other) = (MannWhitney.AucInterval(auc, 8, 11), MannWhitney.AucInterval(1 - auc, 8, 11));
            Assert.Equal(1 - other.High, one.Low, 1e-6);
            Assert.Equal(1 - other.Low, one.High, 1e-6);
            Assert.True(one.Low <= auc && auc <= one.High && one.High - one.Low > 0.1);
        }

        Assert.True(MannWhitney.AucInterval(1, 30, 30).Low > MannWhitney.AucInterval(1, 10, 10).Low);
        Assert.Throws<ArgumentOutOfRangeException>(() => MannWhitney.AucInterval(1.1, 3, 3));
    }

    [Fact]
    public void Undefined_for_an_empty_side_and_NaN_is_refused()
    {
        Assert.Equal(NaN, MannWhitney.Auc([], [1]));
        Assert.Equal(NaN, MannWhitney.PValue([1], []));
        Assert.Throws<ArgumentException>(() => MannWhitney.Auc([NaN], [1]));
        Assert.Throws<ArgumentException>(() => MannWhitney.PValue([1], [NaN]));
    }

    [Property(MaxTest = 200)]
    public Property Auc_counts_the_pairs_and_the_two_directions_add_to_one(int seed, byte lengthA, byte lengthB, byte levels)
    {
        var random = new Random(seed);
        double[] Draw(int n) => [.. Enumerable.Range(0, n + 1).Select(_ => random.Next(levels + 1) is 0 ? PositiveInfinity : random.Next(levels + 1))];
        double[] a = Draw(lengthA), b = Draw(lengthB);
        double wins = a.Sum(x => b.Sum(y => x > y ? 1 : x == y ? 0.5 : 0)), auc = MannWhitney.Auc(a, b);
        return (auc == wins / (a.Length * b.Length) && Math.Abs(auc + MannWhitney.Auc(b, a) - 1) < 1e-15).ToProperty();
    }
}
