using System.Globalization;
using Apex.Analysis.Labels;
using Apex.Facts;
using Apex.Observations;

namespace Apex.Reporting;

/// <summary>What <c>apex audit</c> says. It computes nothing.</summary>
/// <param name="info">The run.</param>
/// <param name="audit">Its labels, audited.</param>
/// <param name="detection">How well the rankings find labels known to be wrong, or null.</param>
/// <param name="top">Suspects to list; null for all of them in JSON and for 10 in text.</param>
/// <param name="files">Their files, where samples have some.</param>
public sealed class AuditReport(RunInfo info, LabelAudit audit, IReadOnlyList<LabelDetection>? detection, int? top, SampleFiles? files = null)
{
    private const int TopInText = 10;
    private readonly SampleFiles _files = files ?? SampleFiles.None;

    /// <summary>For programs.</summary>
    public string ToJson() => JsonText.Of(new
    {
        warnings = info.Warnings ?? [],
        samples = audit.Suspects.Count,
        leftOut = audit.LeftOut,
        predictedOtherwise = audit.PredictedOtherwise,
        irregular = audit.Irregular,
        draws = audit.Draws,
        caution = audit.Caution,
        classes = info.Model.Classes,
        detection = detection?.Select(d => new
        {
            name = d.Name,
            wrong = d.Wrong,
            averagePrecision = d.AveragePrecision.Value,
            averagePrecisionInterval = (double[])[d.AveragePrecision.Low, d.AveragePrecision.High],
            auroc = d.Auroc.Value,
            aurocInterval = (double[])[d.Auroc.Low, d.Auroc.High],
            precisionDifference = d.PrecisionDifference.Value,
            precisionDifferenceInterval = (double[])[d.PrecisionDifference.Low, d.PrecisionDifference.High],
            aurocDifference = d.AurocDifference.Value,
            aurocDifferenceInterval = (double[])[d.AurocDifference.Low, d.AurocDifference.High],
        }),
        suspects = audit.Suspects.Take(top ?? int.MaxValue).Select(s => new
        {
            sample = s.SampleId,
            file = _files.Of(s.SampleId),
            label = s.Label,
            labelName = Name(s.Label),
            predicted = s.Predicted,
            predictedName = Name(s.Predicted),
            score = s.Score,
            selfConfidence = s.SelfConfidence,
            labelMargin = s.LabelMargin,
            regularity = s.Regularity,
            regularityQuantile = s.RegularityQuantile,
            escapesTo = s.EscapesTo,
            escapesToName = s.EscapesTo is { } to ? Name(to) : null,
            escapeShare = s.EscapeShare,
            evidence = Evidence(s).Select(e => e.Key),
        }),
    });

    /// <summary>For people.</summary>
    public string ToText()
    {
        var text = new ReportText();
        text.Warn(info.Warnings, "this audit");
        text.Line($"{audit.Suspects.Count} labels of {info.Data.Labels ?? info.Data.Spec}: {audit.PredictedOtherwise} are predicted as another class; {audit.Irregular} more are predicted as labelled but among the 5 % least regular. {audit.Draws} draws a sample");
        if (audit.LeftOut > 0)
            text.Line($"{audit.LeftOut} samples without a label or a finite clean prediction were left out");
        if (audit.Caution is { } caution)
            text.Line($"Note: {caution}");
        text.Line();
        text.Line($"Most suspect first (score: 1 - mean softmax that the label keeps under small noise)");
        foreach (var s in audit.Suspects.Take(top ?? TopInText))
            text.Line($"  #{s.SampleId,-7} {s.Score:f3}  {(_files.Of(s.SampleId) is { } file ? $"{file}  " : "")}labelled {Name(s.Label)}, predicted {Name(s.Predicted)}{string.Concat(Evidence(s).Where(e => e.Text.Length > 0).Select(e => $"; {e.Text}"))}");
        if (detection is null)
            return text.ToString();

        text.Line();
        text.Line($"Against {detection[0].Wrong} labels known to be wrong, of {audit.Suspects.Count}; 95 % bootstrap intervals over samples");
        text.Line($"  {"ranking",-16}  {"average precision",-22}  {"AUROC",-22}  {"precision less self-confidence's",-33}  {"AUROC less self-confidence's"}");
        foreach (var d in detection)
        {
            bool baseline = d.Name == "self-confidence";
            text.Line($"  {d.Name,-16}  {Words.Of(d.AveragePrecision),-22}  {Words.Of(d.Auroc),-22}  {(baseline ? "(baseline)" : Words.Of(d.PrecisionDifference, Words.Signed)),-33}  {(baseline ? "" : Words.Of(d.AurocDifference, Words.Signed))}");
        }

        return text.ToString();
    }

    /// <summary>Every labelled sample, the most suspect first.</summary>
    public TableFile ToTable() => new TableFile()
        .Add("sample_id", audit.Suspects.Select(s => s.SampleId))
        .AddFiles(_files, audit.Suspects.Select(s => s.SampleId))
        .Add("label", audit.Suspects.Select(s => (long)s.Label))
        .Add("label_name", audit.Suspects.Select(s => Name(s.Label)))
        .Add("clean_prediction", audit.Suspects.Select(s => (long)s.Predicted))
        .Add("clean_prediction_name", audit.Suspects.Select(s => Name(s.Predicted)))
        .Add("score", audit.Suspects.Select(s => s.Score))
        .Add("self_confidence", audit.Suspects.Select(s => s.SelfConfidence))
        .Add("label_margin", audit.Suspects.Select(s => s.LabelMargin))
        .Add("regularity", audit.Suspects.Select(s => s.Regularity))
        .Add("escapes_to", audit.Suspects.Select(s => (long)(s.EscapesTo ?? -1)))
        .Add("escapes_to_name", audit.Suspects.Select(s => s.EscapesTo is { } to ? Name(to) : ""))
        .Add("escape_share", audit.Suspects.Select(s => s.EscapeShare))
        .Add("evidence", audit.Suspects.Select(s => string.Join(' ', Evidence(s).Select(e => e.Key))));

    private IEnumerable<(string Key, string Text)> Evidence(Suspect s)
    {
        if (s.Evidence.HasFlag(LabelEvidence.PredictedOtherwise))
            yield return ("predictedOtherwise", "");
        if (s.Evidence.HasFlag(LabelEvidence.Irregular))
            yield return ("irregular", string.Create(CultureInfo.InvariantCulture, $"as labelled, but among the 5 % least regular{(s.EscapesTo is { } to ? $", {s.EscapeShare:p0} of escapes to {Name(to)}" : "")}"));
        if (s.Evidence.HasFlag(LabelEvidence.EscapesElsewhere))
            yield return ("escapesElsewhere", string.Create(CultureInfo.InvariantCulture, $"noise leads to {Name(s.EscapesTo!.Value)} ({s.EscapeShare:p0}), not to the label"));
    }

    private string Name(int label) => Words.Class(info.Model.Classes, label);
}
