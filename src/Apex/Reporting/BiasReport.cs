using System.Globalization;
using Apex.Analysis.LargeNoise;
using Apex.Analysis.Statistics;
using Apex.Facts;

namespace Apex.Reporting;

/// <summary>What <c>apex bias</c> says: which classes a model falls to when noise drowns the sample, and where in the network that lives.</summary>
/// <param name="model">Path of the model.</param>
/// <param name="inputs">What was fed, for people.</param>
/// <param name="classes">Class names.</param>
/// <param name="curves">One for each group of sites; the first is the answer, the others say where it lives.</param>
/// <param name="scale">Units of the noise.</param>
/// <param name="seed">Keyed the noise.</param>
/// <param name="warnings">What looks wrong about the run or the data, or null.</param>
public sealed class BiasReport(
    string model, string inputs, IReadOnlyList<string> classes, IReadOnlyList<BiasCurve> curves, NoiseScale scale, ulong seed, IReadOnlyList<RunWarning>? warnings = null)
{
    private const int BarWidth = 40, Listed = 10;

    /// <summary>Of a run.</summary>
    /// <param name="info">The run.</param>
    /// <param name="samples">Samples in it.</param>
    /// <param name="curve">Its marginal response.</param>
    public static BiasReport Of(RunInfo info, int samples, BiasCurve curve) =>
        new(info.Model.Path, $"{samples} samples of {info.Data.Spec}", info.Model.Classes, [curve], info.Plan.Scale, info.Plan.Seed, info.Warnings);

    /// <summary>For programs: the first curve at its largest level at the top, all curves under <c>groups</c>.</summary>
    public string ToJson() => JsonText.Of(new
    {
        warnings = warnings ?? [],
        model,
        inputs,
        classes,
        sigma = Sigma(curves[0].Sigmas[^1]),
        scale,
        classShares = curves[0].Levels[^1].Shares.Select(s => s.Value),
        low = curves[0].Levels[^1].Shares.Select(s => s.Low),
        high = curves[0].Levels[^1].Shares.Select(s => s.High),
        draws = curves[0].Levels[^1].NormalisedEntropy.N,
        topClass = curves[0].TopClass,
        maxShare = curves[0].Levels[^1].MaxShare.Value,
        maxShareInterval = (double[])[curves[0].Levels[^1].MaxShare.Low, curves[0].Levels[^1].MaxShare.High],
        normalisedEntropy = curves[0].Levels[^1].NormalisedEntropy.Value,
        normalisedEntropyInterval = (double[])[curves[0].Levels[^1].NormalisedEntropy.Low, curves[0].Levels[^1].NormalisedEntropy.High],
        seed,
        groups = curves.Select(c => new
        {
            sites = c.Sites,
            siteIndices = c.SiteIndices,
            sigmas = c.Sigmas.Select(Sigma),
            classShares = c.Levels.Select(l => l.Shares.Select(s => s.Value)),
            classShareInterval = c.Levels.Select(l => l.Shares.Select(s => (double[])[s.Low, s.High])),
            maxShare = c.Levels.Select(l => l.MaxShare.Value),
            topClass = c.Levels.Select(l => l.TopClass),
            normalisedEntropy = c.Levels.Select(l => l.NormalisedEntropy.Value),
            normalisedEntropyInterval = c.Levels.Select(l => (double[])[l.NormalisedEntropy.Low, l.NormalisedEntropy.High]),
            takeOverClass = c.TopClass,
            takeOverSigma = Sigma(c.TakeOver),
        }),
    });

    /// <summary>For people.</summary>
    public string ToText()
    {
        var text = new ReportText();
        text.Warn(warnings, "this answer");
        var last = curves[0].Levels[^1];
        bool limit = double.IsPositiveInfinity(curves[0].Sigmas[^1]);
        text.Line($"{model}: {(limit ? "predictions in the limit of infinite noise, which depend on the weights alone" : $"predictions at sigma {Words.Sigma(curves[0].Sigmas[^1])}{(scale == NoiseScale.Relative ? $" times each {(curves[0].Sites == "parameters" ? "tensor" : "site")}'s rms" : "")}, {inputs}")}");
        text.Line($"Noise on {On(curves[0].Sites)}: {Name(last.TopClass)} has {Share(last.MaxShare)}; normalised entropy {Words.Of(last.NormalisedEntropy)} (n = {last.NormalisedEntropy.N} {(limit ? "draws" : "samples")})");
        int width = classes.Max(c => c.Length);
        foreach (var (share, c) in last.Shares.Select((share, c) => (share, c)).OrderByDescending(p => p.share.Value).Take(Listed))
            text.Line($"  {classes[c].PadRight(width)}  {share.Value,7:p1}  [{share.Low,6:p1}, {share.High,6:p1}]  {new string('█', (int)Math.Round(share.Value * BarWidth))}");
        if (classes.Count > Listed)
            text.Line($"  ({classes.Count - Listed} more classes)");
        foreach (var curve in curves.Where(c => c.Levels.Count > 1))
        {
            text.Line();
            text.Line($"Noise on {On(curve.Sites)}: {Name(curve.TopClass)} takes over at sigma {Words.Sigma(curve.TakeOver)}{(curve.TakeOver == curve.Sigmas[0] ? " or before" : "")}");
            text.Line($"  {"sigma",9}  {"top class".PadRight(width)}  {"share",7}  {"interval",-18}  normalised entropy");
            for (int s = 0; s < curve.Sigmas.Count; s++)
            {
                var level = curve.Levels[s];
                text.Line($"  {curve.Sigmas[s],9:g4}  {Name(level.TopClass).PadRight(width)}  {level.MaxShare.Value,7:p1}  [{level.MaxShare.Low,6:p1}, {level.MaxShare.High,6:p1}]  {Words.Of(level.NormalisedEntropy)}");
            }
        }

        if (curves[0].Sites == "parameters")
            text.Line($"All samples share each draw of the parameters: intervals hold for the networks that were drawn, not for others");
        if (curves.Count > 1 && curves[0].Levels.Count == 1)
        {
            text.Line();
            text.Line($"Where it lives: noise on a part of the sites only");
            foreach (var curve in curves)
                text.Line($"  {curve.Sites,-7} {curve.SiteIndices.Count,4} sites  {Name(curve.TopClass).PadRight(width)}  {Share(curve.Levels[^1].MaxShare)}  normalised entropy {Words.Of(curve.Levels[^1].NormalisedEntropy)}");
        }

        return text.ToString();
    }

    private static string On(string sites) => sites == "all" ? "all hidden sites" : sites is "input" or "parameters" ? $"the {sites}" : $"the {sites} sites";

    private string Name(int c) => Words.Class(classes, c);

    private static string Share(Interval share) =>
        string.Create(CultureInfo.InvariantCulture, $"{share.Value:p1} [{share.Low:p1}, {share.High:p1}]");

    /// <summary>JSON has no infinity.</summary>
    private static object? Sigma(double sigma) => double.IsPositiveInfinity(sigma) ? "inf" : double.IsNaN(sigma) ? null : sigma;
}
