using System.Globalization;
using Apex.Analysis.Regularity;
using Apex.Analysis.Sensitivity;
using Apex.Analysis.Statistics;
using Apex.Facts;

namespace Apex.Reporting;

/// <summary>What <c>apex sensitivity</c> says: which sites matter. It computes nothing.</summary>
/// <param name="info">The run.</param>
/// <param name="sensitivity">Its analysis.</param>
public sealed class SensitivityReport(RunInfo info, SingleSiteSensitivity sensitivity)
{
    private const int BarWidth = 20;

    /// <summary>For programs.</summary>
    public string ToJson() => JsonText.Of(new
    {
        warnings = info.Warnings ?? [],
        model = info.Model.Path,
        data = info.Data.Spec,
        samples = sensitivity.Samples,
        draws = sensitivity.Draws,
        sigmas = sensitivity.Sigmas,
        commonSigma = sensitivity.Sigmas[sensitivity.CommonLevel],
        sites = sensitivity.Sites.Select((s, i) => new
        {
            index = s.Site.Index,
            name = s.Site.Name,
            op = s.Site.Op,
            shape = s.Site.Shape,
            elements = s.Site.Elements,
            depth = s.Depth,
            rms = s.Rms,
            rank = sensitivity.Order.Index().First(o => o.Item == i).Index + 1,
            halfFlipSigma = s.HalfFlip.Value,
            halfLow = s.HalfFlip.Low,
            halfHigh = s.HalfFlip.High,
            censoring = s.Censoring,
            seenTo = s.SeenTo,
            halfFlipAbsolute = s.HalfFlip.Value * s.Rms,
            commonFlipRate = s.FlipRate[sensitivity.CommonLevel].Value,
            commonFlipRateInterval = Ends(s.FlipRate[sensitivity.CommonLevel]),
            flipRate = s.FlipRate.Select(q => q.Value),
            flipRateInterval = s.FlipRate.Select(Ends),
            nonFinite = s.NonFinite,
        }),
    });

    /// <summary>For people.</summary>
    public string ToText()
    {
        var text = new ReportText();
        text.Warn(info.Warnings, "this answer");
        SiteSensitivity[] ranked = [.. sensitivity.Order.Select(i => sensitivity.Sites[i])];
        double common = sensitivity.Sigmas[sensitivity.CommonLevel];
        text.Line($"{info.Model.Path}: noise on one site at a time, {sensitivity.Samples} samples of {info.Data.Spec}, {sensitivity.Draws} draws each, most sensitive site first");
        text.Line($"Half-flip sigma: the noise at which half of the draws flip, in units of the site's rms, with its 95 % bootstrap interval over samples; absolute: the same times the rms");
        int name = Math.Max(4, ranked.Max(s => s.Site.Name.Length)), op = Math.Max(2, ranked.Max(s => s.Site.Op.Length));
        text.Line($"  {"site",4}  {"name".PadRight(name)}  {"op".PadRight(op)}  {"dim",7}  {"rms",8}  {"half-flip sigma",-26}  {"absolute",8}  flips at sigma {Words.Sigma(common)}");
        foreach (var s in ranked)
        {
            var rate = s.FlipRate[sensitivity.CommonLevel];
            string absolute = double.IsNaN(s.HalfFlip.Value) ? "-" : Words.Sigma(s.HalfFlip.Value * s.Rms);
            string flips = double.IsNaN(rate.Value) ? "no finite draw" : string.Create(CultureInfo.InvariantCulture, $"{rate.Value,7:p1}  [{rate.Low,6:p1}, {rate.High,6:p1}]  {new string('█', (int)Math.Round(rate.Value * BarWidth))}");
            text.Line($"  {s.Site.Index,4}  {s.Site.Name.PadRight(name)}  {s.Site.Op.PadRight(op)}  {s.Site.Elements,7}  {s.Rms,8:g4}  {$"{Half(s)} [{Words.Sigma(s.HalfFlip.Low)}, {Words.Sigma(s.HalfFlip.High)}]",-26}  {absolute,8}  {flips}");
        }

        if (ranked.Any(s => s.Censoring == Censoring.Right))
            text.Line($"above: fewer than half of the draws flip at every level of the grid; nothing is extrapolated (--by-site-sigma gives a wider one)");
        if (ranked.Any(s => s.Censoring == Censoring.Left))
            text.Line($"below: half of the draws flip at the first level of the grid already (--by-site-sigma gives one that begins lower)");
        if (ranked.Sum(s => s.NonFinite) is > 0 and var lost)
            text.Line($"Non-finite logits: {lost} noisy draws; they are left out of every rate");
        return text.ToString();
    }

    /// <summary>Every level of every site.</summary>
    public TableFile ToTable()
    {
        var rows = sensitivity.Sites.SelectMany(s => sensitivity.Sigmas.Select((sigma, i) => (Of: s, Sigma: sigma, Rate: s.FlipRate[i]))).ToList();
        return new TableFile()
            .Add("site", rows.Select(r => (long)r.Of.Site.Index))
            .Add("name", rows.Select(r => r.Of.Site.Name))
            .Add("elements", rows.Select(r => (long)r.Of.Site.Elements))
            .Add("depth", rows.Select(r => r.Of.Depth))
            .Add("rms", rows.Select(r => r.Of.Rms))
            .Add("sigma", rows.Select(r => r.Sigma))
            .Add("absolute_sigma", rows.Select(r => r.Sigma * r.Of.Rms))
            .Add("flip_rate", rows.Select(r => r.Rate.Value))
            .Add("low", rows.Select(r => r.Rate.Low))
            .Add("high", rows.Select(r => r.Rate.High))
            .Add("samples", rows.Select(r => r.Rate.N));
    }

    /// <summary>The half-flip sigma in a word: <c>1.27</c>, <c>above 64</c>, <c>below 0.125</c>.</summary>
    internal string Half(SiteSensitivity site) => site.Censoring switch
    {
        Censoring.Right => double.IsNaN(site.SeenTo) ? "unknown" : $"above {Words.Sigma(site.SeenTo)}",
        Censoring.Left => $"below {Words.Sigma(sensitivity.Sigmas[0])}",
        _ => Words.Sigma(site.HalfFlip.Value),
    };

    private static double[] Ends(Interval interval) => [interval.Low, interval.High];
}
