using Apex.Analysis;
using Apex.Analysis.Regularity;
using Apex.Facts;
using Xunit;
using static Apex.Tests.Analysis.SyntheticRun;

namespace Apex.Tests.Analysis.Regularity;

public class ReadoutsTests
{
    private static readonly double[] Sigmas = [0.1, 0.2, 0.4];

    [Fact]
    public void The_names_are_those_that_scripts_rely_on()
    {
        Assert.Equal(
            [
                "apex", "escape-mode", "escape-flip", "mean-softmax", "mean-margin", "flip-stability", "clean-margin", "first-order", "confidence", "entropy",
                "loss",
            ], Readouts.All(0.5).Select(r => r.Name));
        Assert.Equal(["loss"], Readouts.All(0.5).Where(r => r.NeedsLabels).Select(r => r.Name));
        Assert.Equal(["first-order"], Readouts.All(0.5).Where(r => r.NeedsGradients).Select(r => r.Name));
        Assert.Equal("clean-margin", Readouts.Baseline);
    }

    /// <summary>One sample is better than the other in every respect; everything else of the run is the same.</summary>
    [Theory]
    [InlineData("apex")]
    [InlineData("escape-mode")]
    [InlineData("escape-flip")]
    [InlineData("mean-softmax")]
    [InlineData("mean-margin")]
    [InlineData("flip-stability")]
    [InlineData("clean-margin")]
    [InlineData("confidence")]
    [InlineData("entropy")]
    [InlineData("loss")]
    public void Higher_is_more_regular(string name)
    {
        var run = Of(Sigmas, 10, 2,
            Sample(0, 0, [3, 0], [Level([10, 0], 3, 0.01f), Level([10, 0], 2.9f, 0.01f), Level([4, 6], 2, 0.01f)]),
            Sample(1, 0, [1, 0], [Level([9, 1], 0.9f, 0.01f), Level([4, 6], 0, 0.01f), Level([0, 10], -2, 0.01f)]));
        double[] scores = Score(run, name);
        Assert.True(scores[0] > scores[1], $"{scores[0]} against {scores[1]}");
    }

    [Fact]
    public void Values_by_hand()
    {
        // Flip rates 0.05, 0.4 and 0.7: small noise is the first level.
        var run = Of(Sigmas, 10, 3,
            Sample(0, 2, [3, 1, 0],
                [Level([9, 1, 0], 1.5f, 1, [0.8f, 0.15f, 0.05f]), Level([4, 6, 0], 1, 1, [0.5f, 0.5f, 0]), Level([4, 6, 0], 1, 1, [0.5f, 0.5f, 0])]),
            Sample(1, null, [0, 4, 1],
                [Level([0, 10, 0], 2.5f, 1, [0.1f, 0.7f, 0.2f]), Level([2, 8, 0], 1, 1, [0.5f, 0.5f, 0]), Level([5, 0, 5], 1, 1, [0.5f, 0.5f, 0])]));
        Assert.Equal(0, run.SmallNoise);
        Assert.Equal([0.8f, 0.7f], Score(run, "mean-softmax"));
        Assert.Equal([1.5, 2.5], Score(run, "mean-margin"));
        Assert.Equal([0.9, 1], Score(run, "flip-stability").Select(v => Math.Round(v, 12)));
        Assert.Equal([2.0, 3.0], Score(run, "clean-margin"));
        Assert.Equal([0.2, 0.4], Score(run, "escape-mode"));
        Assert.Equal(0.1 * Math.Pow(2, 0.8), Score(run, "escape-flip")[0], 1e-12);
        // Log odds: 3 less log(e + 1), and 0 less log(e^3 + e) of the label.
        Assert.Equal(3 - Math.Log(Math.E + 1), Score(run, "confidence")[0], 1e-12);
        Assert.Equal(0 - Math.Log(Math.Exp(3) + Math.E), Score(run, "loss")[0], 1e-12);
        Assert.Equal(double.NaN, Score(run, "loss")[1]);
        double sum = Math.Exp(3) + Math.E + 1;
        Assert.Equal(((double[])[Math.Exp(3), Math.E, 1]).Sum(e => e / sum * Math.Log(e / sum)), Score(run, "entropy")[0], 1e-12);
    }

    [Fact]
    public void Flip_level_is_the_one_asked_for()
    {
        var run = Of(Sigmas, 10, 2, Sample(0, null, [1, 0], [Level([10, 0]), Level([8, 2]), Level([4, 6])]));
        double Read(double tau) => Readouts.All(tau).Single(r => r.Name == "escape-flip").Score(run)[0];
        Assert.Equal(0.2, Read(0.2), 1e-12);
        Assert.Equal(0.2 * Math.Sqrt(2), Read(0.4), 1e-12);
        Assert.Equal(double.PositiveInfinity, Read(0.7));
    }

    /// <summary>In single precision the softmax of both is 1, and in double precision that of the second.</summary>
    [Fact]
    public void Confidence_loss_and_entropy_do_not_saturate()
    {
        var run = Of([0.1], 1, 3,
            Sample(0, 0, [30, 0, -5], [Level([1, 0, 0])]),
            Sample(1, 0, [40, 0, -5], [Level([1, 0, 0])]),
            Sample(2, 0, [41, 0, -5], [Level([1, 0, 0])]),
            Sample(3, 1, [40, 0, -5], [Level([1, 0, 0])]));
        foreach (string name in (string[])["confidence", "entropy"])
        {
            double[] scores = Score(run, name);
            Assert.True(scores[0] < scores[1] && scores[1] < scores[2], name);
        }

        double[] loss = Score(run, "loss");
        Assert.True(loss[3] < loss[0] && loss[0] < loss[1] && loss[1] < loss[2]);
        Assert.Equal(40, Score(run, "confidence")[1], 0.01);
    }

    /// <summary>Logits and label, from confident and right to confident and wrong.</summary>
    public static TheoryData<float[], int> Logits =>
        new() { { [3, 1, 0], 0 }, { [3, 1, 0], 2 }, { [40, 0, -5], 0 }, { [40, 0, -5], 1 }, { [800, 0, -5], 1 }, { [0, 0, 0], 0 } };

    [Theory]
    [MemberData(nameof(Logits))]
    public void What_is_written_is_what_the_name_says(float[] logits, int label)
    {
        var ranking = RegularityRanking.Of(Of([0.1], 1, 3, Sample(0, label, logits, [Level([1, 0, 0])])));
        double log = logits.Max() + Math.Log(logits.Sum(s => Math.Exp(s - logits.Max())));
        Assert.Equal(Math.Exp(logits.Max() - log), Shown("confidence"), 1e-12);
        Assert.Equal(log - logits[label], Shown("loss"), 1e-9);
        Assert.InRange(Shown("loss"), 0, double.MaxValue);
        Assert.Equal(-logits.Sum(s => Math.Exp(s - log) * (s - log)), Shown("entropy"), 1e-12);
        Assert.Equal(Score(Of([0.1], 1, 3, Sample(0, label, logits, [Level([1, 0, 0])])), "apex")[0], Shown("apex"));

        double Shown(string name) => ranking.Readouts.Single(r => r.Readout.Name == name).Shown.Single();
    }

    [Fact]
    public void A_small_loss_keeps_its_digits() =>
        Assert.Equal(Math.Exp(-40), Readouts.All(0.5).Single(r => r.Name == "loss").Shown(40), 1e-30);

    [Fact]
    public void Draws_behind_a_score()
    {
        var run = Of(Sigmas, 10, 2, Sample(0, 0, [1, 0], [Level([10, 0]), Level([7, 3]), Level([2, 8])]));
        var draws = Readouts.All(0.5).ToDictionary(r => r.Name, r => r.Draws(run));
        Assert.Equal((20, 30, 30), (draws["apex"], draws["escape-mode"], draws["escape-flip"]));
        Assert.Equal((10, 10, 10), (draws["mean-softmax"], draws["mean-margin"], draws["flip-stability"]));
        Assert.Equal((0, 0, 0, 0), (draws["clean-margin"], draws["confidence"], draws["entropy"], draws["loss"]));
        Assert.Equal(0, draws["first-order"]);
    }

    [Fact]
    public void Stability_under_input_noise_is_matched_by_sample_id()
    {
        var input = Input(Small(3, 0.75f), Small(1, 0.5f), Small(2, 0.25f));
        var readout = Readouts.InputStability(input);
        Assert.Equal("input-stability", readout.Name);
        Assert.Equal([0.5, 0.75], readout.Score(Of([0.1], 4, 2, Small(1, 0), Small(3, 0))));
        Assert.Equal(4, readout.Draws(input));
    }

    [Fact]
    public void Stability_under_input_noise_refuses_what_does_not_fit()
    {
        var run = Of([0.1], 4, 2, Small(1, 0), Small(3, 0));
        void Bad(string part, RunObservations input) =>
            Assert.Contains(part, Assert.Throws<InvalidInputException>(() => Readouts.InputStability(input).Score(run)).Message, StringComparison.Ordinal);
        var whole = Input(Small(1, 0), Small(3, 0));
        Bad("hidden sites", whole.With(i => i with { Plan = i.Plan with { Sites = [1] } }));
        Bad("hidden sites", whole.With(i => i with { Plan = i.Plan with { Sites = [0, 1] } }));
        Bad("it probes", whole.With(i => i with { Model = i.Model with { Hash = "another" } }));
        Bad("it probes", whole.With(i => i with { Data = i.Data with { Spec = "e.csv", Hash = "another" } }));
        Bad("no sample 3", Input(Small(1, 0)));
    }

    /// <summary>The same file under the same name may hold other samples by now; what a run holds of it is its hash.</summary>
    [Fact]
    public void Stability_under_input_noise_knows_the_data_by_its_content()
    {
        var run = Of([0.1], 4, 2, Small(1, 0));
        var input = Input(Small(1, 0.5f));
        Assert.Throws<InvalidInputException>(() => Readouts.InputStability(input.With(i => i with { Data = i.Data with { Hash = "another" } })).Score(run));
        Assert.Equal([0.5], Readouts.InputStability(input.With(i => i with { Data = i.Data with { Spec = "./d.csv" } })).Score(run));
    }

    private static double[] Score(RunObservations run, string name) => Readouts.All(0.5).Single(r => r.Name == name).Score(run);

    private static SampleObservation Small(long id, float softmax) => Sample(id, null, [1, 0], [Level([4, 0], softmax: [softmax, 1 - softmax])]);

    private static RunObservations Input(params SampleObservation[] samples) =>
        Of([0.1], 4, 2, samples).With(i => i with { Plan = i.Plan with { Sites = [0], Scale = NoiseScale.Relative } });
}
