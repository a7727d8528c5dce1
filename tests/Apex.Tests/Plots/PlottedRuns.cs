using Apex.Facts;
using Apex.Plots;
using Apex.Sites;
using Apex.Tests.Analysis;

namespace Apex.Tests.Plots;

/// <summary>Runs made up by hand, to be plotted.</summary>
internal static class PlottedRuns
{
    public static readonly double[] Sigmas = [.. Enumerable.Range(0, 8).Select(s => 0.05 * Math.Pow(1.6, s))];

    /// <summary>Levels at single sites.</summary>
    public static readonly double[] SiteSigmas = [0.5, 1, 2, 4];

    /// <summary>Two classes to first order: margins from 0.1 to 0.9, so that some samples escape and some hold.</summary>
    public static PlottedRun Of(string name = "run", double[]? sigmas = null, int samples = 40, int draws = 32, bool labelled = true,
        Func<SampleObservation, SampleObservation>? change = null, Func<RunInfo, RunInfo>? header = null, IReadOnlyList<SiteObservation>? sites = null)
    {
        var random = new Random(3);
        double[] levels = sigmas ?? Sigmas;
        SampleObservation[] made = [.. Enumerable.Range(0, samples)
            .Select(i => SyntheticRun.FirstOrder(100 + i, i % 2, 0.1 + 0.8 * i / samples, 1, levels, draws, random))];
        if (!labelled)
            made = [.. made.Select(s => s with { Label = null })];
        return Of(name, levels, draws, SyntheticRun.Names(2), change is null ? made : [.. made.Select(change)], header, sites);
    }

    /// <summary>
    /// A run whose sites were probed alone: of each its name and, for each sample, the draws of ten that flip at each level; -1 where none is finite.
    /// </summary>
    public static PlottedRun BySite(string name, params (string Name, int[][] Flips)[] sites)
    {
        const int Draws = 10;
        int[] indices = [.. Enumerable.Range(1, sites.Length)];
        var observations = sites.SelectMany((site, l) => site.Flips.Select((own, i) => new SiteObservation
        {
            Site = l + 1,
            SampleId = 100 + i,
            CleanPrediction = 0,
            Counts = [.. own.Select(f => f < 0 ? (int[])[0, 0] : [Draws - f, f])],
            NonFinite = [.. own.Select(f => f < 0 ? Draws : 0)],
        }));
        return Of(name, header: info => info with
        {
            Model = info.Model with { Sites = [.. indices.Select(l => new Site(l, sites[l - 1].Name, "Relu", [l], l))] },
            SingleSites = new SingleSiteInfo(indices, [.. indices.Select(l => 2f * l)],
                [.. indices.Select(_ => Draws)], SiteSigmas, Draws, sites[0].Flips.Length, 0, 0),
        }, sites: [.. observations]);
    }

    /// <summary>Three sites: one that is bounded, one above the grid, one below it.</summary>
    public static PlottedRun BySite() => BySite("run", ("/stem/relu", [[0, 1, 8, 10], [0, 3, 8, 10]]),
        ("/block/relu1", [[0, 1, 4, 5], [0, 1, 4, 4]]), ("/block/relu2", [[6, 7, 8, 9], [7, 8, 9, 9]]));

    /// <summary>Many classes: sample i is predicted as class i mod C, and loses draws to the next and to class 0.</summary>
    public static PlottedRun Wide(int classes, int samples = 120, int draws = 20)
    {
        SampleObservation Sample(int i)
        {
            int own = i % classes;
            float[] logits = new float[classes];
            logits[own] = 1;
            int[] escapeClass = [.. Enumerable.Range(0, draws).Select(k => k < 12 ? (own + 1 + k % 2) % classes : -1)],
                escapeSigma = [.. Enumerable.Range(0, draws).Select(k => k < 12 ? k / 2 : -1)];
            var levels = Sigmas.Select((_, s) =>
            {
                int[] counts = new int[classes];
                counts[own] += draws - 2 * s;
                counts[(own + 1) % classes] += s;
                counts[0] += s;
                return SyntheticRun.Level(counts, 1f - 0.1f * s + own * 0.01f);
            });
            return SyntheticRun.Sample(i, own, logits, [.. levels], escapeClass, escapeSigma);
        }

        return Of("wide", Sigmas, draws, SyntheticRun.Names(classes), [.. Enumerable.Range(0, samples).Select(Sample)]);
    }

    public static PlottedRun Of(string name, double[] sigmas, int draws, IReadOnlyList<string> classes,
        IReadOnlyList<SampleObservation> samples, Func<RunInfo, RunInfo>? header = null, IReadOnlyList<SiteObservation>? sites = null)
    {
        var info = SyntheticRun.Info(sigmas, draws, classes, samples.Count) with { Status = RunStatus.Complete };
        return PlottedRun.OfAsync(name, header is null ? info : header(info), samples, () => (sites ?? []).ToAsyncEnumerable()).GetAwaiter().GetResult();
    }

    /// <summary>A level at which no draw is finite.</summary>
    public static SigmaObservation Dark(int classes, int draws) => new()
    {
        Counts = new int[classes],
        MeanSoftmax = [.. Enumerable.Repeat(float.NaN, classes)],
        MarginMean = float.NaN,
        MarginVariance = float.NaN,
        NonFinite = draws,
    };
}
