using System.Globalization;
using Apex.Analysis.Transitions;
using Apex.Facts;

namespace Apex.Reporting;

/// <summary>What <c>apex transitions</c> says. It computes nothing.</summary>
/// <param name="info">The run.</param>
/// <param name="transitions">Its transitions.</param>
/// <param name="top">How many to put in words.</param>
public sealed class TransitionsReport(RunInfo info, ClassTransitions transitions, int top)
{
    /// <summary>For programs.</summary>
    public string ToJson() => JsonText.Of(new
    {
        warnings = info.Warnings ?? [],
        classes = transitions.Classes,
        matrix = transitions.Matrix,
        counts = transitions.Counts,
        samples = transitions.Samples,
        escapes = transitions.Escapes,
        taxonomy = transitions.Coherence is { } c ? new { name = c.Taxonomy.Name, groups = c.Taxonomy.Groups, of = c.Taxonomy.Of } : null,
        coherence = transitions.Coherence?.Share.Value,
        coherenceInterval = transitions.Coherence is { } s ? (double[])[s.Share.Low, s.Share.High] : null,
        expected = transitions.Coherence?.Expected,
        excess = transitions.Coherence?.Excess.Value,
        excessInterval = transitions.Coherence is { } e ? (double[])[e.Excess.Low, e.Excess.High] : null,
        pValue = transitions.Coherence?.PValue,
        permutations = transitions.Coherence?.Permutations,
        confusionCorrelation = transitions.ConfusionCorrelation.Value,
        confusionCorrelationInterval = (double[])[transitions.ConfusionCorrelation.Low, transitions.ConfusionCorrelation.High],
        confusionPValue = transitions.ConfusionPValue,
        top = transitions.Top.Take(top),
    });

    /// <summary>For people.</summary>
    public string ToText()
    {
        var text = new ReportText();
        text.Warn(info.Warnings, "this answer");
        text.Line($"{transitions.Escapes:n0} escapes at small noise, of {transitions.Samples} of {info.Samples} samples of {info.Data.Spec}");
        text.Line();
        foreach (var t in transitions.Top.Take(top))
            text.Line($"  {t.From} -> {t.To}: {t.Share,6:p1} [{t.Low:p1}, {t.High:p1}] of {t.Escapes:n0} escapes of {t.Samples} samples");
        text.Line();
        if (transitions.Coherence is { } c)
        {
            text.Line($"Coherence: {c.Share.Value:p1} [{c.Share.Low:p1}, {c.Share.High:p1}] of escapes stay inside their group ({c.Taxonomy.Name}: {string.Join(", ", c.Taxonomy.Groups)});");
            text.Line($"{c.Expected:p1} would if targets were drawn at random ({Words.PValue(c.PValue, 1.0 / (c.Permutations + 1))}, {c.Permutations:n0} permutations of whole samples)");
        }
        else
            text.Line($"No taxonomy is built in for these classes; --taxonomy FILE gives one");

        text.Line($"Rank correlation with the clean confusion structure: {Words.Of(transitions.ConfusionCorrelation, "f2")} over {transitions.ConfusionCorrelation.N} pairs of classes ({Words.PValue(transitions.ConfusionPValue)})");
        text.Line();
        // Wide class lists would wrap; programs read them from --json.
        if (transitions.Classes.Count <= 20)
        {
            int width = Math.Max(7, transitions.Classes.Max(name => name.Length));
            text.Line($"Share of the escapes of a class (rows) that land in another (columns), and their number");
            text.Line($"  {"".PadRight(width)} {string.Join(' ', transitions.Classes.Select(name => name.PadLeft(width)))} {"escapes",9}");
            for (int i = 0; i < transitions.Classes.Count; i++)
            {
                var row = transitions.Matrix[i].Select((share, j) => i == j || double.IsNaN(share) ? "-" : share.ToString("p0", CultureInfo.InvariantCulture));
                text.Line($"  {transitions.Classes[i].PadRight(width)} {string.Join(' ', row.Select(cell => cell.PadLeft(width)))} {transitions.Counts[i].Sum(),9:n0}");
            }
        }

        return text.ToString();
    }
}
