using Apex.Analysis.Comparison;
using Apex.Analysis.Statistics;
using Apex.Facts;

namespace Apex.Reporting;

/// <summary>What <c>apex compare</c> says. It computes nothing.</summary>
/// <param name="a">One run.</param>
/// <param name="b">The other.</param>
/// <param name="comparison">Both, compared.</param>
public sealed class ComparisonReport(RunInfo a, RunInfo b, RunComparison comparison)
{
    private IReadOnlyList<RunWarning> Warnings =>
        [.. (a.Warnings ?? []).Select(w => w with { Message = $"first run: {w.Message}" }), .. (b.Warnings ?? []).Select(w => w with { Message = $"second run: {w.Message}" })];

    /// <summary>For programs.</summary>
    public string ToJson() => JsonText.Of(new
    {
        warnings = Warnings,
        finding = comparison.Finding,
        a = new { model = a.Model.Path, data = a.Data.Spec, labels = a.Data.Labels, samples = a.Samples, space = a.Plan.Space },
        b = new { model = b.Model.Path, data = b.Data.Spec, labels = b.Data.Labels, samples = b.Samples, space = b.Plan.Space },
        flipLevel = comparison.FlipLevel,
        paired = comparison.IsPaired,
        cautions = comparison.Cautions,
        escape = Of(comparison.Escape),
        escapeMode = Of(comparison.EscapeMode),
        meanMargin = Of(comparison.MeanMargin),
        margin = Of(comparison.Margin),
        meanMarginSigmaA = comparison.MeanMarginSigmas.A,
        meanMarginSigmaB = comparison.MeanMarginSigmas.B,
    });

    /// <summary>For people.</summary>
    public string ToText()
    {
        var text = new ReportText();
        text.Warn(Warnings, "this comparison");
        text.Line($"{comparison.Finding}");
        text.Line();
        text.Line($"  A  {a.Model.Path} on {a.Data.Spec}{(a.Data.Labels is { } la ? $" with {la}" : "")}, {a.Samples} samples, noise on {Words.Perturbed(a.Plan)}");
        text.Line($"  B  {b.Model.Path} on {b.Data.Spec}{(b.Data.Labels is { } lb ? $" with {lb}" : "")}, {b.Samples} samples, noise on {Words.Perturbed(b.Plan)}");
        foreach (string caution in comparison.Cautions)
            text.Line($"  Note: {caution}");
        text.Line();
        text.Line($"  {"",-30}  {"P(A > B)",-22}  {"median of A",-24}  {"median of B",-24}  {"Mann-Whitney",-12}  Kolmogorov-Smirnov  {"beyond the grid (A, B)"}");
        foreach (var (title, c) in (ReadOnlySpan<(string, DistributionComparison)>)
        [
            ($"escape, flip level {comparison.FlipLevel}", comparison.Escape), ("escape, mode", comparison.EscapeMode),
            ($"mean margin, sigma {Words.Sigma(comparison.MeanMarginSigmas.A)}{(comparison.MeanMarginSigmas.A == comparison.MeanMarginSigmas.B ? "" : $" / {Words.Sigma(comparison.MeanMarginSigmas.B)}")}", comparison.MeanMargin), ("clean margin", comparison.Margin),
        ])
            text.Line($"  {title,-30}  {Words.Of(c.Auc),-22}  {Median(c.MedianA),-24}  {Median(c.MedianB),-24}  {Words.PValue(c.MannWhitneyPValue),-12}  {c.KolmogorovSmirnov:f3}, {Words.PValue(c.KolmogorovSmirnovPValue),-11}  {c.CensoredA}, {c.CensoredB}");
        text.Line();
        text.Line($"95 % bootstrap intervals over samples{(comparison.IsPaired ? ", the same samples of both runs resampled together" : "")}; medians by Kaplan-Meier, censored at the end of the common grid.");
        return text.ToString();
    }

    private static string Median(KaplanMeierMedian m) => $"{Words.Sigma(m.Value)} [{Words.Sigma(m.Low)}, {Words.Sigma(m.High)}]";

    private static object Of(DistributionComparison c) => new
    {
        auc = c.Auc.Value,
        low = c.Auc.Low,
        high = c.Auc.High,
        n = c.Auc.N,
        mannWhitneyPValue = c.MannWhitneyPValue,
        kolmogorovSmirnov = c.KolmogorovSmirnov,
        kolmogorovSmirnovPValue = c.KolmogorovSmirnovPValue,
        medianA = c.MedianA,
        medianB = c.MedianB,
        censoredA = c.CensoredA,
        censoredB = c.CensoredB,
        belowA = c.BelowA,
        belowB = c.BelowB,
    };
}
