using Apex.Analysis.Regularity;
using Apex.Analysis.Statistics;
using Apex.Models;
using Apex.Probing;
using Apex.Tests.Probing;
using MathNet.Numerics.Distributions;
using Xunit;

namespace Apex.Tests.Analysis.Regularity;

public class EscapeNoiseTests
{
    private static readonly double[] Sigmas = [0.1, 0.2, 0.4, 0.8];

    /// <summary>
    /// On affine two-class networks sigma_esc = m / (g * Phi^-1(1 - tau)). 1,000 samples through the real engine: the interval covers it as often
    /// as it says, and is hardly wider than the exact binomial inversion, which knows at which sigma each draw flips.
    /// </summary>
    [Theory]
    [InlineData(0.25)]
    [InlineData(0.1)]
    public void Flip_level_covers_the_closed_form(double tau)
    {
        const int Count = 1000, Draws = 64, Inputs = 8;
        var (net, weights, biases) = AffineNet.Build(Inputs, [12, 6]);
        using var _ = net;
        var random = new Random(5);
        ProbeSample[] samples = [.. Enumerable.Range(0, Count).Select(i => new ProbeSample(i, null, new ModelSample(Nets.Weights(random, Inputs, 1, 3), [])))];
        var grid = SigmaGrid.Geometric(0.02, 20, 24);
        var options = new ProbeOptions { Sites = ["1", "2"], Sigmas = grid, Draws = Draws, Seed = 3 };
        int covered = 0, known = 0;
        double width = 0, exact = 0;
        foreach (var o in Runs.Run(net.Classifier, options, samples))
        {
            var (margin, gradients) = AffineNet.Margin(weights, biases, samples[o.SampleId].Input.Values, o.CleanPrediction!.Value);
            double scale = margin / Math.Sqrt(gradients[1].Concat(gradients[2]).Sum(d => d * d));
            double truth = scale / Normal.InvCDF(0, 1, 1 - tau);
            var escape = EscapeNoise.FlipLevel(o, grid, tau);
            // Truths outside the grid are censored there and say nothing of an interval.
            if (truth < grid[1] || truth > grid[^2])
                continue;
            known++;
            covered += escape.Low <= truth && truth <= escape.High ? 1 : 0;
            var (low, high) = ExactInversion(scale, Draws, tau, random);
            if (escape.Low > 0 && double.IsFinite(escape.High) && double.IsFinite(high))
            {
                width += Math.Log(escape.High / escape.Low);
                exact += Math.Log(high / low);
            }
        }

        Assert.True(known > 900, $"only {known} samples have a truth on the grid");
        Assert.True(covered >= 0.93 * known, $"covered {covered} of {known}");
        Assert.True(width <= 1.5 * exact, $"width {width / known} against {exact / known}");
    }

    [Fact]
    public void Mode_is_the_first_level_whose_most_frequent_class_is_another()
    {
        var escape = EscapeNoise.Mode([[10, 0, 0], [6, 4, 0], [4, 5, 1], [0, 5, 5]], 0, Sigmas);
        Assert.Equal((0.4, Censoring.None), (escape.Value, escape.Censoring));
        // The rival's share is 0/10, 4/10, 5/9 and 5/5: 1/2 is inside the intervals of the second and third; the last, [0.478, 1], still holds it.
        Assert.Equal((0.1, double.PositiveInfinity), (escape.Low, escape.High));
        Assert.Equal(0.8, EscapeNoise.Mode([[10, 0, 0], [6, 4, 0], [4, 5, 1], [0, 8, 2]], 0, Sigmas).High);
    }

    [Fact]
    public void A_tie_is_no_escape_and_no_escape_is_censored()
    {
        var escape = EscapeNoise.Mode([[10, 0], [9, 1], [7, 3], [5, 5]], 0, Sigmas);
        Assert.Equal(Censoring.Right, escape.Censoring);
        Assert.True(double.IsNaN(escape.Value));
        Assert.Equal(double.PositiveInfinity, escape.High);
        Assert.Equal(double.PositiveInfinity, escape.RankKey);
    }

    [Fact]
    public void Escape_below_the_grid_is_censored_on_the_left()
    {
        var mode = EscapeNoise.Mode([[1, 9], [0, 10], [0, 10], [0, 10]], 0, Sigmas);
        Assert.Equal((Censoring.Left, 0.0), (mode.Censoring, mode.Low));
        Assert.True(double.IsNaN(mode.Value));
        var flip = EscapeNoise.FlipLevel([[1, 9], [0, 10], [0, 10], [0, 10]], 0, Sigmas, 0.5);
        Assert.Equal((Censoring.Left, 0.0, double.NegativeInfinity), (flip.Censoring, flip.Low, flip.RankKey));
    }

    [Fact]
    public void Flip_level_is_interpolated_in_log_sigma()
    {
        // q = 0, 0.2, 0.6, 1: 0.4 is half-way between 0.2 and 0.4 in log sigma.
        var escape = EscapeNoise.FlipLevel([[10, 0], [8, 2], [4, 6], [0, 10]], 0, Sigmas, 0.4);
        Assert.Equal(Math.Sqrt(0.2 * 0.4), escape.Value, 1e-12);
        Assert.InRange(escape.Low, 0.1, escape.Value);
        Assert.InRange(escape.High, escape.Value, 0.8);
        // Exactly at a level where the level is met.
        Assert.Equal(0.2, EscapeNoise.FlipLevel([[10, 0], [8, 2], [4, 6], [0, 10]], 0, Sigmas, 0.2).Value, 1e-12);
    }

    [Fact]
    public void The_first_crossing_counts_where_the_flip_rate_falls_again()
    {
        var escape = EscapeNoise.FlipLevel([[10, 0], [4, 6], [9, 1], [0, 10]], 0, Sigmas, 0.5);
        Assert.InRange(escape.Value, 0.1, 0.2);
    }

    [Fact]
    public void Non_finite_draws_are_left_out_and_levels_without_draws_skipped()
    {
        var escape = EscapeNoise.FlipLevel([(0, 10), (0, 0), (9, 9), (8, 8)], Sigmas, 0.5);
        Assert.Equal(8, escape.Draws);
        Assert.Equal(0.1 * Math.Pow(4, 0.5), escape.Value, 1e-12);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(double.NaN)]
    public void Tau_lies_inside_0_and_1(double tau) =>
        Assert.ThrowsAny<ArgumentOutOfRangeException>(() => EscapeNoise.FlipLevel([(0, 10)], [0.1], tau));

    /// <summary>
    /// Each draw flips at scale / z for z > 0, else never. The order statistics of those are the exact ends: the sigma at which so many draws
    /// have flipped that the end of the Clopper-Pearson interval passes tau.
    /// </summary>
    private static (double Low, double High) ExactInversion(double scale, int draws, double tau, Random random)
    {
        double[] flips = [.. Enumerable.Range(0, draws).Select(_ => Normal.Sample(random, 0, 1))
            .Select(z => z > 0 ? scale / z : double.PositiveInfinity).Order()];
        int low = Enumerable.Range(1, draws).First(k => Interval.ClopperPearson(k, draws).High >= tau);
        int high = Enumerable.Range(1, draws).First(k => Interval.ClopperPearson(k, draws).Low >= tau);
        return (flips[low - 1], flips[high - 1]);
    }
}
