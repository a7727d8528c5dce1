using Apex.Analysis.Statistics;
using Apex.Facts;

namespace Apex.Analysis.Sensitivity;

/// <summary>Which sites matter: what noise on each site alone does to the predictions, in units of the site's own rms.</summary>
internal sealed record SingleSiteSensitivity
{
    private const double Half = 0.5;

    /// <summary>Noise levels in units of each site's rms, shape <c>[sigmas]</c>.</summary>
    public required IReadOnlyList<double> Sigmas { get; init; }

    /// <summary>The sites, ascending by index.</summary>
    public required IReadOnlyList<SiteSensitivity> Sites { get; init; }

    /// <summary>Positions in <see cref="Sites"/>, most sensitive first: by half-flip sigma, then by flip rate at <see cref="CommonLevel"/>.</summary>
    public required IReadOnlyList<int> Order { get; init; }

    /// <summary>Index of the level at which sites are compared: where the mean over sites of the flip rate is nearest to 1/2.</summary>
    public required int CommonLevel { get; init; }

    /// <summary>Samples with a clean prediction.</summary>
    public required int Samples { get; init; }

    /// <summary>Draws for each (site, sample, sigma).</summary>
    public required int Draws { get; init; }

    /// <summary>Analyses the single-site part of a run in one pass over its observations.</summary>
    /// <param name="info">The run.</param>
    /// <param name="single">How its sites were probed alone.</param>
    /// <param name="observations">For each site, ascending, its samples.</param>
    /// <param name="seed">Keys the bootstrap.</param>
    /// <param name="replicates">Bootstrap replicates over samples; each resamples the same samples for all sites.</param>
    /// <param name="cancellationToken">Stops the pass.</param>
    /// <exception cref="InvalidInputException">Fewer than two samples have a clean prediction, or a site is none of the model's.</exception>
    public static async Task<SingleSiteSensitivity> FromAsync(
        RunInfo info, SingleSiteInfo single, IAsyncEnumerable<SiteObservation> observations, ulong seed = 0, int replicates = 1000,
        CancellationToken cancellationToken = default)
    {
        var flips = single.Sites.ToDictionary(s => s, _ => new List<double[]>());
        var nonFinite = single.Sites.ToDictionary(s => s, _ => 0L);
        await foreach (var o in observations.WithCancellation(cancellationToken))
        {
            nonFinite[o.Site] += o.NonFinite.Sum();
            if (o.CleanPrediction is { } clean)
                flips[o.Site].Add([.. o.Counts.Select(counts => 1 - (double)counts[clean] / counts.Sum())]);
        }

        int samples = flips.Values.Min(f => f.Count), last = info.Model.Sites.Select(s => s.Index).DefaultIfEmpty().Max();
        if (samples < 2)
            throw new InvalidInputException(
                $"the run of {info.Model.Path}: {samples} samples with finite clean logits; how sensitive a site is needs at least two, and better a hundred");
        double[][][] table = [.. single.Sites.Select(s => flips[s].ToArray())];
        int[] all = [.. Enumerable.Range(0, samples)];
        bool[][] seen = [.. table.Select(site => Enumerable.Range(0, single.Sigmas.Count).Select(s => site.Any(q => double.IsFinite(q[s]))).ToArray())];
        double[] Halves(int[] chosen) => [.. table.Select((site, i) => HalfFlips.Crossing(single.Sigmas, site, chosen, seen[i]))];
        // The same samples for all sites, whose common ups and downs then do not blur what sets them apart.
        var halves = Bootstrap.Percentile(samples, Halves, Halves(all), seed, replicates);
        SiteSensitivity[] sites = [.. single.Sites.Select((index, i) =>
        {
            double seenTo = single.Sigmas.Where((_, s) => seen[i][s]).DefaultIfEmpty(double.NaN).Last();
            var (half, censoring) = HalfFlips.Told(halves[i], single.Sigmas[0], seenTo);
            return new SiteSensitivity
            {
                Site = info.Model.Sites.FirstOrDefault(s => s.Index == index)
                    ?? throw new InvalidInputException($"the run of {info.Model.Path}: site {index} is none of the model's"),
                Depth = (double)index / last,
                Rms = single.Rms[i],
                FlipRate = Rates(table[i], single.Sigmas.Count, single.Draws),
                HalfFlip = half,
                Censoring = censoring,
                SeenTo = seenTo,
                NonFinite = nonFinite[index],
            };
        })];
        double[] means =
        [
            .. Enumerable.Range(0, single.Sigmas.Count)
                .Select(s => sites.Select(site => site.FlipRate[s].Value).Where(double.IsFinite).DefaultIfEmpty(0).Average()),
        ];
        int common = Enumerable.Range(0, means.Length).MinBy(s => Math.Abs(means[s] - Half));
        return new SingleSiteSensitivity
        {
            Sigmas = single.Sigmas,
            Sites = sites,
            Order = [.. Enumerable.Range(0, sites.Length).OrderBy(i => sites[i].RankKey).ThenByDescending(i => sites[i].FlipRate[common].Value)],
            CommonLevel = common,
            Samples = samples,
            Draws = single.Draws,
        };
    }

    private static Interval[] Rates(double[][] flips, int levels, int draws) => [.. Enumerable.Range(0, levels).Select(s =>
    {
        double[] own = [.. flips.Select(q => q[s]).Where(double.IsFinite)];
        return Interval.Clustered(own.Sum(), own.Sum(q => q * q), own.Length, draws);
    })];
}
