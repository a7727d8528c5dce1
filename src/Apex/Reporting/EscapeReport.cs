using System.Globalization;
using Apex.Analysis.Regularity;
using Apex.Facts;

namespace Apex.Reporting;

/// <summary>What <c>apex escape</c> says. It computes nothing.</summary>
/// <param name="summary">Escape noises of the samples.</param>
/// <param name="classes">Class names.</param>
/// <param name="top">Samples to list at each end.</param>
/// <param name="warnings">What looks wrong about the run, or null.</param>
public sealed class EscapeReport(EscapeSummary summary, IReadOnlyList<string> classes, int top, IReadOnlyList<RunWarning>? warnings = null)
{
    /// <summary>For programs.</summary>
    public string ToJson() => JsonText.Of(new
    {
        warnings = warnings ?? [],
        reading = summary.Reading,
        flipLevel = summary.FlipLevel,
        samples = summary.Samples.Count,
        smallestSigma = summary.Smallest,
        largestSigma = summary.Largest,
        passes = summary.Passes,
        gridPasses = summary.GridPasses,
        curves = summary.Curves.Select(c => new { @class = c.Class is { } y ? Name(y) : null, samples = c.Samples, censored = c.Censored, below = c.Below, median = c.Curve.Median, steps = c.Curve.Steps }),
        escapes = summary.Samples.Select(s => new { sample = s.SampleId, label = s.Label, predicted = s.Prediction, value = s.Escape.Value, low = s.Escape.Low, high = s.Escape.High, censoring = s.Escape.Censoring, draws = s.Escape.Draws }),
    });

    /// <summary>For people.</summary>
    public string ToText()
    {
        var text = new ReportText();
        text.Warn(warnings, "this answer");
        string reading = summary.FlipLevel is { } tau ? FormattableString.Invariant($"flip level {tau}") : "mode reading";
        text.Line($"Escape noise of {summary.Samples.Count} samples, {reading}, on {Words.Sigma(summary.Smallest)} to {Words.Sigma(summary.Largest)}");
        if (summary.Passes is { } passes)
            text.Line($"Found with {passes:n0} noisy passes; the whole grid with as many draws takes {summary.GridPasses:n0} ({(double)summary.GridPasses / passes:f1} times as many)");
        text.Line();
        int width = Math.Max(5, classes.Max(c => c.Length));
        text.Line($"  {"class".PadRight(width)}  {"samples",7}  {"above",6}  {"below",6}  median [95 % interval]        share that still holds at sigma (Kaplan-Meier); above and below: censored, outside the grid");
        double[] levels = [.. Enumerable.Range(1, 5).Select(i => summary.Smallest * Math.Pow(summary.Largest / summary.Smallest, i / 6.0)).Distinct()];
        text.Line($"  {"".PadRight(width)}  {"",7}  {"",6}  {"",6}  {"",-26}  {string.Join("  ", levels.Select(l => Words.Sigma(l).PadLeft(6)))}");
        foreach (var c in summary.Curves)
        {
            var m = c.Curve.Median;
            text.Line($"  {(c.Class is { } y ? Name(y) : "all").PadRight(width)}  {c.Samples,7}  {c.Censored,6}  {c.Below,6}  {$"{Words.Sigma(m.Value)} [{Words.Sigma(m.Low)}, {Words.Sigma(m.High)}]",-26}  {string.Join("  ", levels.Select(l => c.Curve.SurvivalAt(l).ToString("p0", CultureInfo.InvariantCulture).PadLeft(6)))}");
        }

        foreach (var (title, chosen) in (ReadOnlySpan<(string, IEnumerable<SampleEscapeNoise>)>)[("First to escape", summary.Ordered.Take(top)), ("Last to escape", summary.Ordered.Reverse().Take(top))])
        {
            text.Line();
            text.Line($"{title}");
            foreach (var s in chosen)
                text.Line($"  #{s.SampleId,-7} {RegularityReport.Escape(s.Escape, summary.Smallest, summary.Largest),-28}  {s.Escape.Draws} draws  predicted {Name(s.Prediction)}{(s.Label is { } label ? $", labelled {Name(label)}" : "")}");
        }

        return text.ToString();
    }

    /// <summary>Every sample.</summary>
    public TableFile ToTable() => new TableFile()
        .Add("sample_id", summary.Samples.Select(s => s.SampleId))
        .Add("label", summary.Samples.Select(s => (long)(s.Label ?? -1)))
        .Add("clean_prediction", summary.Samples.Select(s => (long)s.Prediction))
        .Add("escape", summary.Samples.Select(s => s.Escape.Value))
        .Add("rank_key", summary.Samples.Select(s => s.Escape.RankKey))
        .Add("low", summary.Samples.Select(s => s.Escape.Low))
        .Add("high", summary.Samples.Select(s => s.Escape.High))
        .Add("censored", summary.Samples.Select(s => s.Escape.Censoring.ToString().ToLowerInvariant()))
        .Add("draws", summary.Samples.Select(s => (long)s.Escape.Draws));

    private string Name(int label) => Words.Class(classes, label);
}
