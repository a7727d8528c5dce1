using Apex.Analysis.Statistics;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using MathNet.Numerics.Statistics;
using Xunit;
using static System.Double;

namespace Apex.Tests.Analysis.Statistics;

public class RankCorrelationTests
{
    // scipy.stats.spearmanr(x, y) and kendalltau(x, y), SciPy 1.10.1. The first example is that of the English Wikipedia for Spearman's
    // correlation (intelligence and hours of television), -29/165; the last with 1e9 in place of infinity, which has the same order.
    [Theory]
    [InlineData(
        new double[] { 106, 86, 100, 101, 99, 103, 97, 113, 112, 110 }, new double[] { 7, 0, 27, 50, 28, 29, 20, 12, 6, 17 },
        -0.17575757575757575, -0.1111111111111111)]
    [InlineData(new double[] { 1, 2, 2, 3, 5, 8, 8, 9 }, new double[] { 2, 1, 4, 4, 4, 9, 7, 9 }, 0.9007775105401477, 0.8006407690254358)]
    [InlineData(
        new[] { PositiveInfinity, 2, PositiveInfinity, NegativeInfinity, 0, 1.5 }, new[] { 5, 3, PositiveInfinity, 1, 1, 2 },
        0.9705882352941178, 0.9285714285714286)]
    public void Values_of_SciPy(double[] x, double[] y, double spearman, double kendall)
    {
        Assert.Equal(spearman, RankCorrelation.Spearman(x, y), 1e-14);
        Assert.Equal(kendall, RankCorrelation.KendallTauB(x, y), 1e-14);
        Assert.Equal(spearman, RankCorrelation.Spearman(y, x), 1e-14);
        Assert.Equal(kendall, RankCorrelation.KendallTauB(y, x), 1e-14);
    }

    [Fact]
    public void Two_values_agree_or_disagree_fully()
    {
        Assert.Equal(1, RankCorrelation.Spearman([1, 2], [3, 4]));
        Assert.Equal(-1, RankCorrelation.Spearman([1, 2], [4, 3]));
        Assert.Equal(1, RankCorrelation.KendallTauB([1, 2], [3, 4]));
        Assert.Equal(-1, RankCorrelation.KendallTauB([1, 2], [4, 3]));
    }

    [Theory]
    [InlineData(new double[0], new double[0])]
    [InlineData(new double[] { 1 }, new double[] { 2 })]
    [InlineData(new double[] { 1, 1, 1 }, new double[] { 1, 2, 3 })]
    [InlineData(new double[] { 1, 2, 3 }, new double[] { 4, 4, 4 })]
    [InlineData(new[] { PositiveInfinity, PositiveInfinity }, new double[] { 1, 2 })]
    public void Undefined_without_two_different_values_on_each_side(double[] x, double[] y)
    {
        Assert.Equal(NaN, RankCorrelation.Spearman(x, y));
        Assert.Equal(NaN, RankCorrelation.KendallTauB(x, y));
    }

    [Fact]
    public void Lengths_must_agree_and_NaN_is_refused()
    {
        Assert.Throws<ArgumentException>(() => RankCorrelation.Spearman([1, 2], [1]));
        Assert.Throws<ArgumentException>(() => RankCorrelation.KendallTauB([1, 2], [1]));
        Assert.Throws<ArgumentException>(() => RankCorrelation.Spearman([1, NaN], [1, 2]));
        Assert.Throws<ArgumentException>(() => RankCorrelation.KendallTauB([1, 2], [1, NaN]));
    }

    [Property(MaxTest = 200)]
    public Property Spearman_is_Pearson_of_the_average_ranks(int seed, byte length, byte levels)
    {
        var (x, y) = Draw(seed, length, levels);
        double expected = Correlation.Pearson(Ranks.Average(x), Ranks.Average(y)), actual = RankCorrelation.Spearman(x, y);
        bool constant = x.Distinct().Count() == 1 || y.Distinct().Count() == 1;
        return (constant ? IsNaN(actual) : Math.Abs(expected - actual) < 1e-12).ToProperty();
    }

    [Property(MaxTest = 200)]
    public Property Kendall_is_its_definition_over_all_pairs(int seed, byte length, byte levels)
    {
        var (x, y) = Draw(seed, length, levels);
        double score = 0, untiedX = 0, untiedY = 0;
        for (int i = 0; i < x.Length; i++)
        {
            for (int j = 0; j < i; j++)
            {
                int dx = x[i].CompareTo(x[j]), dy = y[i].CompareTo(y[j]);
                score += dx * dy;
                untiedX += dx * dx;
                untiedY += dy * dy;
            }
        }

        return RankCorrelation.KendallTauB(x, y).Equals(score / Math.Sqrt(untiedX * untiedY)).ToProperty();
    }

    /// <summary>Related values with many ties (few levels) or few (many), infinities among them.</summary>
    private static (double[] X, double[] Y) Draw(int seed, byte length, byte levels)
    {
        var random = new Random(seed);
        double Value(int level) => level == 0 ? NegativeInfinity : level == levels + 1 ? PositiveInfinity : level;
        var hidden = new int[length + 2];
        for (int i = 0; i < hidden.Length; i++)
            hidden[i] = random.Next(levels + 2);
        double[] Side() => Array.ConvertAll(hidden, h => Value(random.Next(3) == 0 ? random.Next(levels + 2) : h));
        return (Side(), Side());
    }
}
