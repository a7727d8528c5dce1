using System.Globalization;
using Apex.Analysis.Labels;
using Apex.Facts;
using Apex.Observations;

namespace Apex.Answers;

/// <summary>Which labels look wrong: <c>apex audit RUN</c>.</summary>
/// <param name="Samples">Labels that were audited.</param>
/// <param name="LeftOut">Samples without a label or a finite clean prediction.</param>
/// <param name="PredictedOtherwise">Samples whose clean prediction is not their label.</param>
/// <param name="Irregular">
/// Samples that are predicted as labelled and among the 5 % least regular: a list to look at, not an estimate of errors.
/// </param>
/// <param name="Draws">Noisy draws behind each score.</param>
/// <param name="Caution">Why small noise may mislead on this run.</param>
/// <param name="Classes">Class names, in the order of the logits.</param>
/// <param name="Detection">How well rankings find labels known to be wrong; null where none are known.</param>
/// <param name="Suspects">The most suspect first; all, or as many as were asked for.</param>
public sealed record AuditAnswer(
    int Samples, int LeftOut, int PredictedOtherwise, int Irregular, int Draws, string? Caution, IReadOnlyList<string> Classes,
    IReadOnlyList<AuditAnswer.DetectedBy>? Detection, IReadOnlyList<AuditAnswer.SuspectLabel> Suspects) : Answer
{
    private const int TopInText = 10;

    private RunInfo Info { get; init; } = null!;

    private LabelAudit Audit { get; init; } = null!;

    private SampleFiles Files { get; init; } = SampleFiles.None;

    private int? Top { get; init; }

    /// <summary>An audit as an answer.</summary>
    /// <param name="info">The run.</param>
    /// <param name="audit">Its labels, audited.</param>
    /// <param name="detection">How well the rankings find labels known to be wrong, or null.</param>
    /// <param name="top">Suspects to list; null for all of them, of which the text lists 10.</param>
    /// <param name="files">Their files, where samples have some.</param>
    internal static AuditAnswer Create(RunInfo info, LabelAudit audit, IReadOnlyList<LabelDetection>? detection, int? top, SampleFiles files)
    {
        var classes = info.Model.Classes;
        return new(
            audit.Suspects.Count, audit.LeftOut, audit.PredictedOtherwise, audit.Irregular, audit.Draws, audit.Caution, classes,
            detection is null ? null : [.. detection.Select(DetectedBy.Of)],
            [.. audit.Suspects.Take(top ?? int.MaxValue).Select(s => SuspectLabel.Create(s, classes, files.Of(s.SampleId)))])
        {
            Warnings = info.Warnings ?? [],
            Note = files.Note,
            Info = info,
            Audit = audit,
            Files = files,
            Top = top,
        };
    }

    /// <inheritdoc/>
    public override AnswerText ToText()
    {
        var text = new AnswerText().Warn(Warnings, "this audit");
        string found = $"{PredictedOtherwise} are predicted as another class; {Irregular} more are predicted as labelled but among the 5 % least regular";
        text.Line($"{Samples} labels of {Info.Data.Labels ?? Info.Data.Spec}: {found}. {Draws} draws a sample");
        if (LeftOut > 0)
            text.Line($"{LeftOut} samples without a label or a finite clean prediction were left out");
        if (Caution is { } caution)
            text.Line($"Note: {caution}");
        text.Line().Line($"Most suspect first (score: 1 - mean softmax that the label keeps under small noise)");
        foreach (var s in Audit.Suspects.Take(Top ?? TopInText))
        {
            string file = Files.Of(s.SampleId) is { } known ? $"{known}  " : "";
            string evidence = string.Concat(Evidence(s, Classes).Where(e => e.Text.Length > 0).Select(e => $"; {e.Text}"));
            text.Line($"  #{s.SampleId,-7} {s.Score:f3}  {file}labelled {Name(s.Label)}, predicted {Name(s.Predicted)}{evidence}");
        }

        if (Detection is null)
            return text;
        text.Line().Line($"Against {Detection[0].Wrong} labels known to be wrong, of {Samples}; 95 % bootstrap intervals over samples");
        static bool IsBaseline(DetectedBy d) => d.Name == "self-confidence";
        return text.Table(
            AnswerColumn.Left("ranking", Detection, d => $"{d.Name}"),
            AnswerColumn.Left("average precision", Detection, d => $"{Words.Estimate(d.AveragePrecision, d.AveragePrecisionInterval)}"),
            AnswerColumn.Left("AUROC", Detection, d => $"{Words.Estimate(d.Auroc, d.AurocInterval)}"),
            AnswerColumn.Left("precision less self-confidence's", Detection,
                d => $"{(IsBaseline(d) ? "(baseline)" : Words.Estimate(d.PrecisionDifference, d.PrecisionDifferenceInterval, Words.Signed))}"),
            AnswerColumn.Left("AUROC less self-confidence's", Detection,
                d => $"{(IsBaseline(d) ? "" : Words.Estimate(d.AurocDifference, d.AurocDifferenceInterval, Words.Signed))}"));
    }

    /// <summary>Every labelled sample, the most suspect first.</summary>
    public override TableFile ToTable()
    {
        var suspects = Audit.Suspects;
        return new TableFile()
            .Add("sample_id", suspects.Select(s => s.SampleId))
            .AddFiles(Files, suspects.Select(s => s.SampleId))
            .Add("label", suspects.Select(s => (long)s.Label))
            .Add("label_name", suspects.Select(s => Name(s.Label)))
            .Add("clean_prediction", suspects.Select(s => (long)s.Predicted))
            .Add("clean_prediction_name", suspects.Select(s => Name(s.Predicted)))
            .Add("score", suspects.Select(s => s.Score))
            .Add("self_confidence", suspects.Select(s => s.SelfConfidence))
            .Add("label_margin", suspects.Select(s => s.LabelMargin))
            .Add("regularity", suspects.Select(s => s.Regularity))
            .Add("escapes_to", suspects.Select(s => (long)(s.EscapesTo ?? -1)))
            .Add("escapes_to_name", suspects.Select(s => s.EscapesTo is { } to ? Name(to) : ""))
            .Add("escape_share", suspects.Select(s => s.EscapeShare))
            .Add("evidence", suspects.Select(s => string.Join(' ', Evidence(s, Classes).Select(e => e.Key))));
    }

    private static IEnumerable<(string Key, string Text)> Evidence(Suspect s, IReadOnlyList<string> classes)
    {
        string To() => Words.Class(classes, s.EscapesTo!.Value);
        if (s.Evidence.HasFlag(LabelEvidence.PredictedOtherwise))
            yield return ("predictedOtherwise", "");
        if (s.Evidence.HasFlag(LabelEvidence.Irregular))
        {
            string leads = s.EscapesTo is null ? "" : string.Create(CultureInfo.InvariantCulture, $", {s.EscapeShare:p0} of escapes to {To()}");
            yield return ("irregular", $"as labelled, but among the 5 % least regular{leads}");
        }

        if (s.Evidence.HasFlag(LabelEvidence.EscapesElsewhere))
            yield return ("escapesElsewhere", string.Create(CultureInfo.InvariantCulture, $"noise leads to {To()} ({s.EscapeShare:p0}), not to the label"));
    }

    private string Name(int label) => Words.Class(Classes, label);

    /// <summary>A labelled sample and what speaks against its label.</summary>
    /// <param name="Sample">Index in its source.</param>
    /// <param name="File">Below the data's folder; null where the data is no image folder, or is not there any more as it was.</param>
    /// <param name="Label">Given class.</param>
    /// <param name="LabelName">Its name.</param>
    /// <param name="Predicted">ŷ0.</param>
    /// <param name="PredictedName">Its name.</param>
    /// <param name="Score">1 - the mean softmax that the label keeps under small noise.</param>
    /// <param name="SelfConfidence">Clean softmax of the label.</param>
    /// <param name="LabelMargin">Clean logit of the label over the largest other.</param>
    /// <param name="Regularity">The default score; null where no draw was finite.</param>
    /// <param name="RegularityQuantile">Rank of that among the samples, 0 for the least regular.</param>
    /// <param name="EscapesTo">The class that most draws escape to first at small noise; null where none escapes.</param>
    /// <param name="EscapesToName">Its name.</param>
    /// <param name="EscapeShare">Share of the escaping draws that go there.</param>
    /// <param name="Evidence">What speaks against the label: predictedOtherwise, irregular, escapesElsewhere.</param>
    public sealed record SuspectLabel(
        long Sample, string? File, int Label, string LabelName, int Predicted, string PredictedName, double Score, double SelfConfidence, double LabelMargin,
        double? Regularity, double RegularityQuantile, int? EscapesTo, string? EscapesToName, double? EscapeShare, IReadOnlyList<string> Evidence)
    {
        internal static SuspectLabel Create(Suspect s, IReadOnlyList<string> classes, string? file) => new(
            s.SampleId, file, s.Label, Words.Class(classes, s.Label), s.Predicted, Words.Class(classes, s.Predicted), s.Score, s.SelfConfidence, s.LabelMargin,
            s.Regularity.OrNull(), s.RegularityQuantile, s.EscapesTo, s.EscapesTo is { } to ? Words.Class(classes, to) : null, s.EscapeShare.OrNull(),
            [.. AuditAnswer.Evidence(s, classes).Select(e => e.Key)]);
    }

    /// <summary>How well a ranking finds labels that are known to be wrong; intervals are 95 % bootstrap intervals over samples.</summary>
    /// <param name="Name">The ranking: apex, self-confidence, clean-margin, irregularity.</param>
    /// <param name="Wrong">Wrong labels among the samples.</param>
    /// <param name="AveragePrecision">Average precision.</param>
    /// <param name="AveragePrecisionInterval">Its interval.</param>
    /// <param name="Auroc">P(a wrong label is ranked above a right one).</param>
    /// <param name="AurocInterval">Its interval.</param>
    /// <param name="PrecisionDifference">Average precision less that of self-confidence, on the same resamples.</param>
    /// <param name="PrecisionDifferenceInterval">Its interval.</param>
    /// <param name="AurocDifference">AUROC less that of self-confidence.</param>
    /// <param name="AurocDifferenceInterval">Its interval.</param>
    public sealed record DetectedBy(
        string Name, int Wrong, double AveragePrecision, Ends AveragePrecisionInterval, double Auroc, Ends AurocInterval,
        double PrecisionDifference, Ends PrecisionDifferenceInterval, double AurocDifference, Ends AurocDifferenceInterval)
    {
        internal static DetectedBy Of(LabelDetection d) => new(
            d.Name, d.Wrong, d.AveragePrecision.Value, d.AveragePrecision, d.Auroc.Value, d.Auroc,
            d.PrecisionDifference.Value, d.PrecisionDifference, d.AurocDifference.Value, d.AurocDifference);
    }
}
