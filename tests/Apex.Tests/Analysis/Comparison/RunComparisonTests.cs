using Apex.Analysis;
using Apex.Analysis.Comparison;
using Apex.Analysis.Statistics;
using Apex.Facts;
using Apex.Probing;
using Apex.Sites;
using Xunit;
using static Apex.Tests.Analysis.SyntheticRun;

namespace Apex.Tests.Analysis.Comparison;

public class RunComparisonTests
{
    private const int Draws = 32;
    private static readonly double[] Sigmas = [.. SigmaGrid.Geometric(0.1, 6.4, 13)];

    [Fact]
    public void A_run_compared_with_itself_differs_in_nothing()
    {
        var run = Run(1, 60, 1);
        var comparison = RunComparison.Compare(run, run, replicates: 200);
        Assert.True(comparison.IsPaired);
        foreach (var c in (DistributionComparison[])[comparison.Escape, comparison.EscapeMode, comparison.MeanMargin, comparison.Margin])
        {
            Assert.Equal(new Interval(0.5, 0.5, 0.5, 120), c.Auc);
            Assert.Equal((1.0, 0.0, 1.0), (c.MannWhitneyPValue, c.KolmogorovSmirnov, Math.Round(c.KolmogorovSmirnovPValue, 9)));
            Assert.Equal(c.MedianA, c.MedianB);
        }

        Assert.Empty(comparison.Cautions);
        Assert.StartsWith("No difference in escape noise is shown: a sample of A outlasts one of B with probability 0.500 [0.500, 0.500];",
            comparison.Finding, StringComparison.Ordinal);
    }

    [Fact]
    public void Runs_of_different_spaces_are_compared_and_the_spaces_named()
    {
        var activation = Run(1, 60, 1);
        var parameter = activation.With(info => info with
        {
            Plan = info.Plan with
            {
                Space = NoiseSpace.Parameter,
                Sites = [],
                SiteScales = [],
                Scale = NoiseScale.Relative,
                Parameters = [new(0, "w", [2, 2], 4, 1)],
            },
        });
        var comparison = RunComparison.Compare(activation, parameter, replicates: 50);
        Assert.Contains("activation in A and parameter in B", Assert.Single(comparison.Cautions), StringComparison.Ordinal);
        Assert.Equal(
            "Nothing can be said of escape noise: sigma is absolute noise on activations in A and noise on the parameters, relative to each tensor in B.",
            comparison.Finding);
        Assert.Equal(0.5, comparison.Escape.Auc.Value);

        Assert.Empty(RunComparison.Compare(parameter, parameter, replicates: 50).Cautions);
        var larger = parameter.With(info => info with { Plan = info.Plan with { Parameters = [new(0, "w", [3, 3], 9, 1)] } });
        string caution = Assert.Single(RunComparison.Compare(parameter, larger, replicates: 50).Cautions);
        Assert.Contains("parameters of different sizes", caution, StringComparison.Ordinal);
    }

    [Fact]
    public void An_older_run_of_the_input_is_of_input_space()
    {
        var older = Run(1, 60, 1).With(info => info with { Plan = info.Plan with { Sites = [0] } });
        var newer = older.With(info => info with { Plan = info.Plan with { Space = NoiseSpace.Input } });
        Assert.Empty(RunComparison.Compare(older, newer, replicates: 50).Cautions);
    }

    [Fact]
    public void Margins_that_are_larger_are_found_in_either_direction()
    {
        RunObservations large = Run(1, 80, 4), small = Run(2, 70, 1);
        var there = RunComparison.Compare(large, small.With(Other), 0.25, replicates: 200);
        var back = RunComparison.Compare(small.With(Other), large, 0.25, replicates: 200);
        Assert.False(there.IsPaired);
        Assert.True(there.Escape.Auc.Low > 0.5 && there.Margin.Auc.Low > 0.5);
        Assert.True(there.Escape.MannWhitneyPValue < 0.001 && there.Escape.KolmogorovSmirnovPValue < 0.001);
        Assert.StartsWith("The samples of A escape at larger noise than those of B: ", there.Finding, StringComparison.Ordinal);
        Assert.StartsWith("The samples of A escape at smaller noise than those of B: ", back.Finding, StringComparison.Ordinal);
        Assert.Equal(1, there.Escape.Auc.Value + back.Escape.Auc.Value, 1e-12);
        Assert.Equal(there.Escape.MannWhitneyPValue, back.Escape.MannWhitneyPValue, 1e-12);
        Assert.Equal((there.Escape.MedianA, there.Escape.CensoredA), (back.Escape.MedianB, back.Escape.CensoredB));
        Assert.Equal(150, there.Escape.Auc.N);
    }

    [Fact]
    public void By_hand()
    {
        // Flip level 1/2 in two draws: the level itself. A: 0.2, 0.4, never. B: before the grid, 0.2, never.
        double[] sigmas = [0.1, 0.2, 0.4];
        var a = Of(sigmas, 2, 2, Flips(0, 2, 1, 2), Flips(1, 2, 2, 1), Flips(2, 2, 2, 2));
        var b = Of(sigmas, 2, 2, Flips(3, 1, 0, 0), Flips(4, 2, 1, 0), Flips(5, 2, 2, 2)).With(Other);
        var escape = RunComparison.Compare(a, b, replicates: 50).Escape;
        // Wins over (-inf, 0.2, inf): 1.5, 2 and 2.5 of nine.
        Assert.Equal(6 / 9.0, escape.Auc.Value, 1e-12);
        Assert.Equal((1, 1, 0, 1), (escape.CensoredA, escape.CensoredB, escape.BelowA, escape.BelowB));
        Assert.Equal((0.4, 0.2), (escape.MedianA.Value, escape.MedianB.Value));
        Assert.Equal(1 / 3.0, escape.KolmogorovSmirnov, 1e-12);
    }

    [Fact]
    public void Samples_censored_on_the_same_side_tie()
    {
        double[] sigmas = [0.1, 0.2];
        var a = Of(sigmas, 2, 2, [.. Enumerable.Range(0, 10).Select(i => Flips(i, 2, 2))]);
        var b = Of(sigmas, 2, 2, [.. Enumerable.Range(0, 10).Select(i => Flips(20 + i, 2, 2))]).With(Other);
        var comparison = RunComparison.Compare(a, b, replicates: 50);
        Assert.Equal((0.5, 1.0, 0.0), (comparison.Escape.Auc.Value, comparison.Escape.MannWhitneyPValue, comparison.Escape.KolmogorovSmirnov));
        Assert.Equal((10, 10), (comparison.Escape.CensoredA, comparison.EscapeMode.CensoredB));
        Assert.Contains("median escape noise beyond the grid [0.2, ∞] against beyond the grid [0.2, ∞]", comparison.Finding, StringComparison.Ordinal);
    }

    [Fact]
    public void What_only_one_grid_shows_is_censored_in_both()
    {
        // A sees 0.1 to 0.4, B 0.2 to 0.8: left are 0.2 to 0.4.
        var a = Of([0.1, 0.2, 0.4], 2, 2, Flips(0, 2, 1, 0), Flips(1, 2, 2, 2), Flips(2, 1, 0, 0));
        var b = Of([0.2, 0.4, 0.8], 2, 2, Flips(3, 2, 2, 1), Flips(4, 2, 1, 0), Flips(5, 2, 2, 2)).With(Other);
        var escape = RunComparison.Compare(a, b, replicates: 50).Escape;
        Assert.Equal((1, 2), (escape.CensoredA, escape.CensoredB));
        Assert.True(escape.BelowA >= 1);
        Assert.Equal(0, escape.BelowB);
    }

    /// <summary>The same network and samples, B with levels on either side of A's: what A cannot tell from "below the grid", B must not either.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_grid_that_reaches_further_makes_no_difference(bool mode)
    {
        SampleObservation Whole(long id)
        {
            // Escapes at level id % 5 of 0.1, 0.2, 0.4, 0.8, 1.6, for good.
            int first = (int)(id % 5);
            return Flips(id, [.. Enumerable.Range(0, 5).Select(s => s < first ? 2 : 0)]);
        }

        SampleObservation[] wide = [.. Enumerable.Range(0, 50).Select(i => Whole(i))];
        SampleObservation[] narrow = [.. wide.Select(o => o with { Sigmas = o.Sigmas[1..4] })];
        var comparison = RunComparison.Compare(Of([0.2, 0.4, 0.8], 2, 2, narrow), Of([0.1, 0.2, 0.4, 0.8, 1.6], 2, 2, wide), replicates: 50);
        var read = mode ? comparison.EscapeMode : comparison.Escape;
        // By the flip level, between two levels, B interpolates below 0.2 what A has below its grid.
        Assert.Equal(0.5, read.Auc.Value, 1e-12);
        Assert.Equal((read.CensoredA, read.BelowA), (read.CensoredB, read.BelowB));
    }

    [Fact]
    public void Grids_that_do_not_overlap_are_bad_input()
    {
        var a = Of([0.1, 0.2], 2, 2, Flips(0, 2, 1));
        var b = Of([0.4, 0.8], 2, 2, Flips(0, 2, 1));
        foreach (var (first, second) in ((RunObservations, RunObservations)[])[(a, b), (b, a)])
        {
            string message = Assert.Throws<InvalidInputException>(() => RunComparison.Compare(first, second)).Message;
            Assert.Contains("the grids of noise have no range in common", message, StringComparison.Ordinal);
            Assert.Contains("0.4 to 0.8", message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Runs_are_paired_where_they_probed_the_same_samples()
    {
        var run = Run(1, 20, 1);
        bool Paired(RunObservations other) => RunComparison.Compare(run, other, replicates: 20).IsPaired;
        Assert.True(Paired(run.With(i => i with { Model = i.Model with { Hash = "another" } })));
        Assert.False(Paired(run.With(Other)));
        Assert.False(Paired(new RunObservations(run.Info, [.. run.Samples.Skip(1)])));
        Assert.False(Paired(new RunObservations(run.Info, [.. run.Samples.Reverse()])));
        var single = new RunObservations(run.Info, [run.Samples[0]]);
        Assert.False(RunComparison.Compare(single, single, replicates: 20).IsPaired);
    }

    /// <summary>Two models that agree on which samples are hard: pairing takes that out of the interval.</summary>
    [Fact]
    public void Pairing_narrows_the_interval()
    {
        RunObservations a = Run(1, 60, 1), b = Run(1, 60, 1.2);
        var paired = RunComparison.Compare(a, b, replicates: 300).Margin.Auc;
        var unpaired = RunComparison.Compare(a, b.With(Other), replicates: 300).Margin.Auc;
        Assert.Equal(paired.Value, unpaired.Value);
        Assert.True(paired.High - paired.Low < 0.6 * (unpaired.High - unpaired.Low));
    }

    /// <summary>A sample without a finite draw has no mean margin; what is left must still be paired by sample.</summary>
    [Fact]
    public void Samples_without_a_margin_do_not_shift_the_pairs()
    {
        RunObservations a = Run(1, 60, 1), b = Run(1, 60, 1.2);
        static RunObservations Without(RunObservations run, int position) => new(run.Info,
            [.. run.Samples.Select((s, i) => i != position ? s : s with { Sigmas = [.. s.Sigmas.Select(l => l with { MarginMean = float.NaN })] })]);
        var whole = RunComparison.Compare(a, b, replicates: 300).MeanMargin.Auc;
        var odd = RunComparison.Compare(Without(a, 0), Without(b, 59), replicates: 300).MeanMargin.Auc;
        Assert.InRange((odd.High - odd.Low) / (whole.High - whole.Low), 0.7, 1.4);
    }

    /// <summary>One sample on each side settles nothing: the interval of a bootstrap that can only draw the same again is none.</summary>
    [Fact]
    public void One_sample_of_each_is_no_finding()
    {
        var a = Of([0.1, 0.2, 0.4], 2, 2, Flips(0, 2, 2, 0));
        var b = Of([0.1, 0.2, 0.4], 2, 2, Flips(1, 2, 0, 0)).With(Other);
        var comparison = RunComparison.Compare(a, b, replicates: 50);
        Assert.Equal(1, comparison.Escape.MannWhitneyPValue);
        Assert.StartsWith("No difference", comparison.Finding, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_caution_is_a_sentence_that_names_what_differs()
    {
        var run = Run(1, 10, 1);
        RunObservations With(Func<PlanInfo, PlanInfo> plan) => run.With(i => i with { Plan = plan(i.Plan) });
        string Only(RunObservations other) => Assert.Single(RunComparison.Compare(run, other, replicates: 20).Cautions);
        RunObservations relative = With(p => p with { Scale = NoiseScale.Relative }), sites = With(p => p with { Sites = [2] });
        Assert.Equal("noise is absolute in A and relative in B: their sigmas are not in the same units", Only(relative));
        Assert.Equal("noise is relative in A and absolute in B: their sigmas are not in the same units",
            Assert.Single(RunComparison.Compare(relative, run, replicates: 20).Cautions));
        Assert.Equal("the runs perturb different sites", Only(sites));
        Assert.Equal("A has 32 draws a level, B 8", Only(With(p => p with { Draws = 8 })));
        var coarse = new RunObservations(run.Info with { Plan = run.Info.Plan with { Sigmas = Sigmas[..12] } },
            [.. run.Samples.Select(s => s with { Sigmas = s.Sigmas[..12] })]);
        Assert.Equal(
            "the grids differ; what lies outside their common range counts as censored, and the mode reading is only as fine as each grid", Only(coarse));
        RunObservations Sized(int elements) => run.With(i => i with { Model = i.Model with { Sites = [new Site(1, "relu", "Relu", [elements], elements)] } });
        Assert.Equal("the models have sites of different sizes, so equal sigmas are not equal amounts of noise",
            Assert.Single(RunComparison.Compare(Sized(8), Sized(16), replicates: 20).Cautions));
        Assert.Equal(3, RunComparison.Compare(run, With(p => p with { Scale = NoiseScale.Relative, Sites = [2], Draws = 8 }), replicates: 20).Cautions.Count);
    }

    [Fact]
    public void The_flip_level_is_the_one_asked_for()
    {
        RunObservations a = Run(1, 30, 1), b = Run(2, 30, 1).With(Other);
        var quarter = RunComparison.Compare(a, b, 0.25, replicates: 20);
        Assert.Equal(0.25, quarter.FlipLevel);
        Assert.True(quarter.Escape.MedianA.Value < RunComparison.Compare(a, b, 0.45, replicates: 20).Escape.MedianA.Value);
    }

    private static RunInfo Other(RunInfo info) => info with { Data = info.Data with { Hash = "other data" } };

    /// <summary>Two-class samples to first order; the margins scale, the noise does not.</summary>
    private static RunObservations Run(int seed, int samples, double margin)
    {
        var random = new Random(seed);
        return Of(Sigmas, Draws, 2,
            [.. Enumerable.Range(0, samples).Select(i => FirstOrder(i, i % 2, margin * (0.1 + random.NextDouble()), 1, Sigmas, Draws, random))]);
    }

    /// <summary>Two draws, of which so many hold at each level.</summary>
    private static SampleObservation Flips(long id, params int[] held) => Sample(id, null, [1, 0], [.. held.Select(h => Level([h, 2 - h], h))]);
}
