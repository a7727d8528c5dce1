using Apex.Analysis.Regularity;
using Apex.Facts;
using Xunit;
using static Apex.Tests.Analysis.SyntheticRun;

namespace Apex.Tests.Analysis.Regularity;

public class RegularityRankingTests
{
    [Fact]
    public void Most_regular_first_ties_by_id_and_samples_without_a_score_last()
    {
        var none = Level([0, 0], float.NaN, float.NaN, [float.NaN, float.NaN], 8);
        var ranking = RegularityRanking.Of(Of([0.1], 8, 2,
            Sample(9, null, [2, 0], [Level([8, 0], 2, 0.01f)]),
            Sample(2, null, [3, 0], [none]),
            Sample(7, null, [4, 0], [Level([8, 0], 4, 0.01f)]),
            Sample(4, null, [2, 0], [Level([8, 0], 2, 0.01f)]),
            Sample(1, null, [3, 0], [none]),
            Sample(3, null, [1, 0], [Level([8, 0], 1, 0.01f)])));
        Assert.Equal([7L, 4, 9, 3, 1, 2], ranking.Order.Select(i => ranking.Samples[i].SampleId));
        var apex = ranking.Readouts[0];
        Assert.Equal(("apex", 2), (apex.Readout.Name, apex.Tied));
    }

    [Fact]
    public void Censored_samples_are_tied()
    {
        var ranking = RegularityRanking.Of(Of([0.1, 0.2], 8, 2,
            Sample(0, null, [1, 0], [Level([8, 0]), Level([8, 0])]),
            Sample(1, null, [2, 0], [Level([8, 0]), Level([8, 0])]),
            Sample(2, null, [3, 0], [Level([8, 0]), Level([0, 8])])));
        Assert.Equal([2, 2], ranking.Readouts.Where(r => r.Readout.Name.StartsWith("escape", StringComparison.Ordinal)).Select(r => r.Tied));
        Assert.Equal([Censoring.Right, Censoring.Right, Censoring.None], ranking.EscapeMode.Select(e => e.Censoring));
        Assert.Equal(0.1 * Math.Sqrt(2), ranking.EscapeFlip[2].Value, 1e-12);
        Assert.Equal((0.5, 0.1), (ranking.FlipLevel, ranking.SmallNoise));
    }

    [Fact]
    public void Loss_needs_labels_and_input_stability_a_run()
    {
        SampleObservation One(long id, int? label) => Sample(id, label, [1 + id, 0], [Level([8, 0])]);
        string[] Names(RegularityRanking ranking) => [.. ranking.Readouts.Select(r => r.Readout.Name)];
        var run = Of([0.1], 8, 2, One(0, null), One(1, null));
        Assert.DoesNotContain("loss", Names(RegularityRanking.Of(run)));
        Assert.Contains("loss", Names(RegularityRanking.Of(Of([0.1], 8, 2, One(0, 0), One(1, 1)))));
        Assert.Equal("input-stability", Names(RegularityRanking.Of(run, inputRun: run.With(i => i with { Plan = i.Plan with { Sites = [0] } })))[^1]);
    }

    [Fact]
    public void Against_scores_it_is_the_clean_margin_that_the_others_are_held_against()
    {
        var random = new Random(3);
        double[] sigmas = [0.3, 0.6, 1.2, 2.4];
        var ranking = RegularityRanking.Of(
            Of(sigmas, 16, 2, [.. Enumerable.Range(0, 60).Select(i => FirstOrder(i, i % 2, 0.2 + random.NextDouble(), 1, sigmas, 16, random))]), 0.25);
        var alignment = ranking.Against([.. ranking.Samples.Select(s => (double)s.CleanMargin)], replicates: 500);
        var baseline = alignment.Readouts.Single(r => r.Readout.Name == "clean-margin");
        Assert.Equal((1.0, 1.0, 0.0), (Math.Round(baseline.Spearman.Value, 12), Math.Round(baseline.Kendall.Value, 12), baseline.DifferenceFromMargin.Value));
        // The margin says all that there is to know of these, so noise can only hide it.
        foreach (string name in (string[])["escape-flip", "flip-stability", "apex"])
            Assert.True(alignment.Readouts.Single(r => r.Readout.Name == name).DifferenceFromMargin.High < 0, name);
    }

    [Fact]
    public void A_run_that_is_partly_labelled_is_compared_on_all_samples_without_the_loss()
    {
        var ranking = RegularityRanking.Of(
            Of([0.1], 8, 2, [.. Enumerable.Range(0, 20).Select(i => Sample(i, i < 12 ? 0 : null, [1 + i, 0], [Level([8, 0], 1 + i)]))]));
        var alignment = ranking.Against([.. Enumerable.Range(0, 20).Select(i => (double)i)], replicates: 500);
        Assert.Equal((20, 0), (alignment.Samples, alignment.LeftOut));
        Assert.DoesNotContain(ranking.Readouts, r => r.Readout.NeedsLabels);
    }
}
