using Apex.Analysis.Regularity;
using Xunit;

namespace Apex.Tests.Analysis.Regularity;

public class EscapeSummaryTests
{
    private static readonly double[] Sigmas = [0.1, 0.2, 0.4, 0.8];

    [Fact]
    public void Survival_censors_at_the_ends_of_the_grid()
    {
        var curve = SurvivalOf.Escapes([At(0.2), At(0.4), Left, Right, Right], 0.1, 0.8);
        Assert.Equal([(0.1, 5, 1, 0), (0.2, 4, 1, 0), (0.4, 3, 1, 0), (0.8, 2, 0, 2)], curve.Steps.Select(s => (s.Time, s.AtRisk, s.Events, s.Censored)));
        Assert.Equal([0.8, 0.6, 0.4, 0.4], curve.Steps.Select(s => Math.Round(s.Survival, 12)));
        Assert.Equal(0.4, curve.Median.Value);
        Assert.Equal(double.NaN, SurvivalOf.Escapes([At(0.2), Right, Right], 0.1, 0.8).Median.Value);
    }

    [Fact]
    public void The_first_to_escape_comes_first_and_censored_samples_tie()
    {
        var summary = EscapeSummary.Summarise([new(5, null, 1, Right), new(2, 0, 0, At(0.4)), new(3, 1, 1, Right),
            new(9, null, 0, Left), new(1, null, 0, At(0.4)), new(0, null, 0, At(0.2))], Sigmas, null, 16);
        Assert.Equal([9L, 0, 1, 2, 3, 5], summary.Ordered.Select(s => s.SampleId));
        Assert.Equal([5L, 2, 3, 9, 1, 0], summary.Samples.Select(s => s.SampleId));
        Assert.Equal(("mode", (double?)null), (summary.Reading, summary.FlipLevel));
        Assert.Equal((0.1, 0.8), (summary.Smallest, summary.Largest));
        Assert.Equal((6 * 4 * 16, (long?)null), ((int)summary.GridPasses, summary.Passes));
    }

    [Fact]
    public void Curves_are_of_all_samples_and_then_of_each_predicted_class()
    {
        var summary = EscapeSummary.Summarise(
            [new(0, 0, 2, Right), new(1, 0, 0, At(0.2)), new(2, 0, 2, At(0.4)), new(3, 0, 2, Right)], Sigmas, 0.25, 16, passes: 77);
        Assert.Equal([(null, 4, 2), (0, 1, 0), (2, 3, 2)], summary.Curves.Select(c => (c.Class, c.Samples, c.Censored)));
        Assert.Equal(2 / 3.0, summary.Curves[2].Curve.SurvivalAt(0.5), 1e-12);
        Assert.Equal(("flip-level", 0.25, 77L), (summary.Reading, summary.FlipLevel!.Value, summary.Passes!.Value));
    }

    [Fact]
    public void Nothing_to_summarise_is_bad_input() => Assert.Throws<InvalidInputException>(() => EscapeSummary.Summarise([], Sigmas, null, 1));

    /// <summary>docs/method.md, section 2: a sample that never escapes is never given a made-up value, nor a bound beyond what was seen of it.</summary>
    [Fact]
    public void Levels_whose_draws_all_overflowed_do_not_bound_the_escape()
    {
        // Ten draws hold at 0.1 and 0.2; above, no logit is finite.
        var flip = EscapeNoise.FlipLevel([[10, 0], [10, 0], [0, 0], [0, 0]], 0, Sigmas, 0.5);
        Assert.Equal((Censoring.Right, 0.2), (flip.Censoring, flip.Low));
        Assert.Equal(0.2, EscapeNoise.Mode([[10, 0], [10, 0], [0, 0], [0, 0]], 0, Sigmas).Low);
        // Nothing at all was seen of this one.
        Assert.Equal(0, EscapeNoise.FlipLevel([[0, 0], [0, 0], [0, 0], [0, 0]], 0, Sigmas, 0.5).Low);
        Assert.Equal(0, EscapeNoise.Mode([[0, 0], [0, 0], [0, 0], [0, 0]], 0, Sigmas).Low);
    }

    private static EscapeNoise Right { get; } = new(double.NaN, 0.4, double.PositiveInfinity, Censoring.Right, 16);

    private static EscapeNoise Left { get; } = new(double.NaN, 0, 0.1, Censoring.Left, 16);

    private static EscapeNoise At(double sigma) => new(sigma, sigma / 2, sigma * 2, Censoring.None, 16);
}
