using Apex.Analysis.Statistics;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Xunit;
using static System.Double;

namespace Apex.Tests.Analysis.Statistics;

public class DetectionScoreTests
{
    [Fact]
    public void The_example_of_scikit_learn() =>
        // sklearn.metrics.average_precision_score([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]) is 0.83 in its manual; by hand 1/2 * 1 + 1/2 * 2/3.
        Assert.Equal(5 / 6.0, DetectionScore.AveragePrecision([0.1, 0.4, 0.35, 0.8], [false, false, true, true]), 1e-15);

    [Fact]
    public void Equal_scores_are_one_threshold_infinities_too()
    {
        // Thresholds: infinity (0 of 2 found, both wrong), 5 (2 of 5), 2 (3 of 6): 2/3 * 2/5 + 1/3 * 3/6.
        double[] score = [5, PositiveInfinity, 5, 2, 5, PositiveInfinity, NegativeInfinity];
        bool[] positive = [true, false, false, true, true, false, false];
        Assert.Equal(2 / 3.0 * 2 / 5 + 1 / 3.0 * 3 / 6, DetectionScore.AveragePrecision(score, positive), 1e-15);
    }

    [Fact]
    public void Constant_perfect_single_and_none()
    {
        Assert.Equal(0.25, DetectionScore.AveragePrecision([3, 3, 3, 3], [false, true, false, false]));
        Assert.Equal(1, DetectionScore.AveragePrecision([1, 4, 3, 2], [false, true, true, false]));
        Assert.Equal(1, DetectionScore.AveragePrecision([1], [true]));
        Assert.Equal(0.5, DetectionScore.AveragePrecision([1, 2], [true, false]));
        Assert.Equal(NaN, DetectionScore.AveragePrecision([1, 2], [false, false]));
        Assert.Equal(NaN, DetectionScore.AveragePrecision([], []));
    }

    [Fact]
    public void Refuses_NaN_and_lengths_that_differ()
    {
        Assert.Throws<ArgumentException>(() => DetectionScore.AveragePrecision([NaN], [true]));
        Assert.Throws<ArgumentException>(() => DetectionScore.AveragePrecision([1, 2], [true]));
    }

    [Property(MaxTest = 200)]
    public Property Is_its_definition_over_thresholds(int seed, byte length, byte levels)
    {
        var random = new Random(seed);
        double[] score = [.. Enumerable.Range(0, length + 1).Select(_ => (double)random.Next(levels + 1))];
        bool[] positive = Array.ConvertAll(score, s => random.Next(levels + 1) < (s + 1) / 2);
        positive[0] = true;
        double sum = 0, recall = 0;
        foreach (double threshold in score.Distinct().OrderDescending())
        {
            bool[] above = [.. positive.Where((_, i) => score[i] >= threshold)];
            double reached = above.Count(p => p) / (double)positive.Count(p => p);
            sum += (reached - recall) * above.Count(p => p) / above.Length;
            recall = reached;
        }

        return (Math.Abs(sum - DetectionScore.AveragePrecision(score, positive)) < 1e-12).ToProperty();
    }
}
