using Apex.Analysis.Regularity;
using Apex.Analysis.Sensitivity;
using Apex.Analysis.Summary;
using Apex.Facts;
using Apex.Sites;
using MathNet.Numerics.Distributions;
using Xunit;

namespace Apex.Tests.Analysis.Sensitivity;

public class SingleSiteSensitivityTests
{
    private static readonly double[] Sigmas = [0.5, 1, 2, 4];

    [Fact]
    public async Task Half_flip_is_interpolated_in_log_sigma_and_never_beyond_the_grid()
    {
        var found = await Of(10,
            // Flips of two samples at each level: 1: a fifth at 1, four fifths at 2. 2: at most 0.45. 3: more than half from the start.
            (1, [[0, 1, 8, 10], [0, 3, 8, 10]]),
            (2, [[0, 1, 4, 5], [0, 1, 4, 4]]),
            (3, [[6, 7, 8, 9], [7, 8, 9, 9]]));
        Assert.Equal([1, 2, 3], found.Sites.Select(s => s.Site.Index));
        Assert.Equal([Censoring.None, Censoring.Right, Censoring.Left], found.Sites.Select(s => s.Censoring));
        Assert.Equal(Math.Sqrt(2), found.Sites[0].HalfFlip.Value, 1e-12);
        // The ends are where either sample by itself would have it.
        Assert.Equal(Math.Pow(2, 0.2 / 0.5), found.Sites[0].HalfFlip.Low, 1e-12);
        Assert.Equal(Math.Pow(2, 0.4 / 0.7), found.Sites[0].HalfFlip.High, 1e-12);
        Assert.Equal((double.NaN, 4, double.PositiveInfinity), (found.Sites[1].HalfFlip.Value, found.Sites[1].HalfFlip.Low, found.Sites[1].HalfFlip.High));
        Assert.Equal((double.NaN, 0, 0.5), (found.Sites[2].HalfFlip.Value, found.Sites[2].HalfFlip.Low, found.Sites[2].HalfFlip.High));
        Assert.Equal([2, 0, 1], found.Order);
        // Means of the sites: 0.217, 0.35, 0.683, 0.783.
        Assert.Equal(1, found.CommonLevel);
        Assert.Equal([1 / 3.0, 2 / 3.0, 1], found.Sites.Select(s => s.Depth));
        Assert.Equal([2, 4, 6], found.Sites.Select(s => s.Rms));
        Assert.All(found.Sites, s => Assert.Equal((4.0, 0L, 2L), (s.SeenTo, s.NonFinite, s.HalfFlip.N)));
    }

    [Fact]
    public async Task An_end_that_the_grid_does_not_bound_is_open()
    {
        // Of eight samples five pass 1/2 only at the last level and three never do, so many a resample does not cross.
        int[][] flips = [.. Enumerable.Range(0, 8).Select(i => i < 5 ? (int[])[0, 0, 2, 9] : [0, 0, 0, 0])];
        var site = (await Of(10, (1, flips))).Sites[0];
        Assert.Equal(Censoring.None, site.Censoring);
        Assert.InRange(site.HalfFlip.Value, 2, 4);
        Assert.Equal(double.PositiveInfinity, site.HalfFlip.High);
    }

    [Fact]
    public async Task Rates_and_intervals_are_those_of_the_summary()
    {
        var random = new Random(1);
        int[][] flips = [.. Enumerable.Range(0, 30).Select(_ => Sigmas.Select(s => random.Next(17)).ToArray())];
        var rates = (await Of(16, (1, flips))).Sites[0].FlipRate;
        var samples = flips.Select((own, i) => SyntheticRun.Sample(i, null, [1, 0], [.. own.Select(f => SyntheticRun.Level([16 - f, f]))])).ToList();
        var summary = await RunSummary.FromAsync(SyntheticRun.Info(Sigmas, 16, ["a", "b"], 30), samples.ToAsyncEnumerable());
        Assert.Equal(summary.FlipRate, rates);
    }

    [Fact]
    public async Task What_is_not_finite_enters_no_rate()
    {
        var info = Info(4, 3, 1);
        SiteObservation Observed(long id, int? clean, int[][] counts) =>
            new() { Site = 1, SampleId = id, CleanPrediction = clean, Counts = counts, NonFinite = [.. counts.Select(c => 4 - c.Sum())] };
        var found = await SingleSiteSensitivity.FromAsync(info, info.SingleSites!, new[]
        {
            Observed(0, 0, [[4, 0], [3, 1], [1, 1], [0, 0]]),
            Observed(1, null, [[0, 4], [0, 4], [0, 4], [0, 0]]),
            Observed(2, 1, [[0, 4], [1, 3], [0, 0], [0, 0]]),
        }.ToAsyncEnumerable());
        var site = Assert.Single(found.Sites);
        Assert.Equal((2, 2 + 4 + 4 + 4 + 4L), (found.Samples, site.NonFinite));
        Assert.Equal([0, 0.25, 0.5, double.NaN], site.FlipRate.Select(q => q.Value));
        Assert.Equal([2L, 2, 1, 0], site.FlipRate.Select(q => q.N));
        // Half of the draws is not more than half, and beyond 2 nothing was seen.
        Assert.Equal((Censoring.Right, 2.0), (site.Censoring, site.SeenTo));
        Assert.InRange(site.HalfFlip.Low, 0, 2);
    }

    [Fact]
    public async Task Less_than_two_samples_are_refused()
    {
        var told = await Assert.ThrowsAsync<InvalidInputException>(() => Of(4, (1, [[0, 1, 2, 3]])));
        Assert.Contains("at least two", told.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_interval_covers_the_half_flip_of_the_population()
    {
        // q(x, sigma) = Phi(log sigma - mu) with mu ~ N(1/2, 0.6^2): over the population half of the draws flip at sigma = e^(1/2).
        const int Trials = 200, Samples = 60, Draws = 8;
        double truth = Math.Exp(0.5);
        int covered = 0;
        var random = new Random(2);
        for (int t = 0; t < Trials; t++)
        {
            int[][] flips = [.. Enumerable.Range(0, Samples).Select(_ =>
            {
                double mu = 0.5 + 0.6 * Normal.Sample(random, 0, 1);
                double[] normal = new double[Draws];
                Normal.Samples(random, normal, 0, 1);
                return Sigmas.Select(s => normal.Count(z => z < Math.Log(s) - mu)).ToArray();
            })];
            var half = (await Of(Draws, (1, flips))).Sites[0].HalfFlip;
            covered += half.Low <= truth && truth <= half.High ? 1 : 0;
        }

        // 95 % less three standard errors, 4.6 %, and what a percentile bootstrap of 60 samples lacks.
        Assert.InRange(covered / (double)Trials, 0.89, 1);
    }

    private static Task<SingleSiteSensitivity> Of(int draws, params (int Site, int[][] Flips)[] sites)
    {
        var info = Info(draws, sites[0].Flips.Length, sites.Length);
        var observations = sites.SelectMany(site => site.Flips.Select((own, i) => new SiteObservation
        {
            Site = site.Site,
            SampleId = i,
            CleanPrediction = 0,
            Counts = [.. own.Select(f => (int[])[draws - f, f])],
            NonFinite = new int[own.Length],
        }));
        return SingleSiteSensitivity.FromAsync(info, info.SingleSites!, observations.ToAsyncEnumerable());
    }

    /// <summary>A run of sites 1, 2, ... with rms 2, 4, ...</summary>
    private static RunInfo Info(int draws, int samples, int sites)
    {
        int[] indices = [.. Enumerable.Range(1, sites)];
        var info = SyntheticRun.Info(Sigmas, draws, ["a", "b"], samples);
        return info with
        {
            Model = info.Model with { Sites = [.. indices.Select(i => new Site(i, $"site {i}", "Relu", [i], i))] },
            SingleSites = new SingleSiteInfo(indices, [.. indices.Select(i => 2f * i)], [.. indices.Select(_ => draws)], Sigmas, draws, samples, 0, 0),
        };
    }
}
