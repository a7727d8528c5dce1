using Apex.Analysis;
using Apex.Data;
using Apex.Experiments;
using Xunit;
using static Apex.Tests.Analysis.SyntheticRun;

namespace Apex.Tests.Analysis.Regularity;

public class RunObservationsTests
{
    private static readonly double[] Sigmas = [0.1, 0.2, 0.4];

    [Fact]
    public void Samples_without_a_clean_prediction_are_left_out_and_flip_rates_are_means_of_the_rest()
    {
        var run = Of(Sigmas, 10, 2,
            Sample(4, null, [1, 0], [Level([10, 0]), Level([8, 2]), Level([0, 10])]),
            Sample(5, null, [float.NaN, 0], [Level([0, 10]), Level([0, 10]), Level([0, 10])]),
            Sample(7, null, [0, 1], [Level([0, 10]), Level([4, 4], nonFinite: 2), Level([0, 0], nonFinite: 10)]));
        Assert.Equal([4L, 7], run.Samples.Select(s => s.SampleId));
        Assert.Equal((1, 2), (run.CleanNonFinite, run.Classes));
        // 0 and 0; 2/10 and 4/8; 1, the other has no finite draw.
        Assert.Equal([0, 0.35, 1], run.FlipRates.Select(q => Math.Round(q, 12)));
        Assert.Equal(double.NaN, RunObservations.FlipProbability(run.Samples[1], 2));
    }

    [Fact]
    public void A_level_without_a_finite_draw_has_no_flip_rate()
    {
        var run = Of(Sigmas, 10, 2, Sample(0, null, [1, 0], [Level([10, 0]), Level([10, 0]), Level([0, 0], nonFinite: 10)]));
        Assert.Equal([0, 0, double.NaN], run.FlipRates);
        Assert.Equal(1, run.SmallNoise);
    }

    [Fact]
    public void Nothing_to_analyse_is_bad_input()
    {
        Assert.Contains("none of the run's 1 samples", Assert.Throws<InvalidInputException>(() =>
            Of(Sigmas, 1, 2, Sample(0, null, [float.NaN, 0], [Level([1, 0]), Level([1, 0]), Level([1, 0])]))).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidInputException>(() => Of(Sigmas, 1, 2));
    }

    [Theory]
    [InlineData(new[] { 0.0, 0.05, 0.1, 0.2 }, 2)]
    [InlineData(new[] { 0.0, 0.05, 0.11, 0.2 }, 1)]
    [InlineData(new[] { 0.5, 0.9 }, 0)]
    [InlineData(new[] { 0.0, 0.0 }, 1)]
    [InlineData(new[] { double.NaN }, 0)]
    public void Small_noise_is_the_largest_level_that_flips_at_most_a_tenth(double[] flipRates, int expected) =>
        Assert.Equal(expected, RunObservations.SmallNoiseLevel(flipRates));

    /// <summary>
    /// Samples of the class that the model favours come back to it once noise drowns them: a low flip rate there is not small noise
    /// (docs/method.md, section 5: noise past the small-noise regime destroys the ranking).
    /// </summary>
    [Fact]
    public void Small_noise_ends_where_the_flip_rate_first_passes_a_tenth() =>
        Assert.Equal(1, RunObservations.SmallNoiseLevel([0.0, 0.05, 0.3, 0.6, 0.2, 0.04]));

    [Fact]
    public void Scores_are_matched_by_position_in_the_run_also_behind_a_sample_that_was_left_out()
    {
        using var folder = new TempFolder();
        // Three probed samples of a source of ten; the second has no clean prediction.
        var run = new RunObservations(Info([0.1], 1, Names(2), 10),
            [
                Sample(3, 0, [1, 0], [Level([1, 0])]),
                Sample(5, 0, [1, float.PositiveInfinity], [Level([1, 0])]),
                Sample(8, 0, [1, 0], [Level([1, 0])]),
            ]);
        Assert.Equal([1.5, 3.5], run.Match(ScoreFile.Open(folder.Write("probed.csv", "score\n1.5\n2.5\n3.5\n"))));
        string all = "score\n" + string.Join('\n', Enumerable.Range(0, 10).Select(i => i * 10));
        Assert.Equal([30, 80], run.Match(ScoreFile.Open(folder.Write("all.csv", all))));
        Assert.Equal([3, 8], run.Match(ScoreFile.Open(folder.Write("ids.csv", "id,score\n8,8\n3,3\n"))));
        // Two are as many as have a prediction, but not as many as were probed.
        Assert.Throws<InvalidInputException>(() => run.Match(ScoreFile.Open(folder.Write("two.csv", "score\n1\n2\n"))));
    }
}
