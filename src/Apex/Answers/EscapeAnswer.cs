using Apex.Analysis.Regularity;
using Apex.Analysis.Statistics;
using Apex.Facts;

namespace Apex.Answers;

/// <summary>The noise at which each sample escapes its clean prediction: <c>apex escape RUN</c>.</summary>
/// <param name="Reading"><c>flip-level</c> or <c>mode</c>.</param>
/// <param name="FlipLevel">tau; null for the mode reading.</param>
/// <param name="Samples">Samples with a clean prediction.</param>
/// <param name="SmallestSigma">The smallest noise level of the grid.</param>
/// <param name="LargestSigma">The largest.</param>
/// <param name="Passes">Noisy passes that an adaptive search spent; null for a run over the whole grid.</param>
/// <param name="GridPasses">Noisy passes of the whole grid with as many draws.</param>
/// <param name="Curves">Kaplan-Meier curves: of all samples, then of those predicted as each class.</param>
/// <param name="Escapes">Each sample, in the order of the run.</param>
public sealed record EscapeAnswer(
    string Reading, double? FlipLevel, int Samples, double SmallestSigma, double LargestSigma, long? Passes, long GridPasses,
    IReadOnlyList<EscapeAnswer.Survival> Curves, IReadOnlyList<EscapeAnswer.SampleEscape> Escapes) : Answer
{
    private EscapeSummary Summary { get; init; } = null!;

    private IReadOnlyList<string> Classes { get; init; } = [];

    private int Top { get; init; }

    /// <summary>A summary as an answer.</summary>
    /// <param name="summary">Escape noises of the samples.</param>
    /// <param name="classes">Class names.</param>
    /// <param name="top">Samples to list at each end.</param>
    /// <param name="warnings">What looks wrong about the run, or null.</param>
    internal static EscapeAnswer Create(EscapeSummary summary, IReadOnlyList<string> classes, int top, IReadOnlyList<RunWarning>? warnings) => new(
        summary.Reading, summary.FlipLevel, summary.Samples.Count, summary.Smallest, summary.Largest, summary.Passes, summary.GridPasses,
        [
            .. summary.Curves.Select(c => new Survival(
                c.Class is { } y ? Words.Class(classes, y) : null, c.Samples, c.Censored, c.Below, c.Curve.Median, c.Curve.Steps)),
        ],
        [
            .. summary.Samples.Select(s => new SampleEscape(
                s.SampleId, s.Label, s.Prediction, s.Escape.Value.OrNull(), s.Escape.Low, s.Escape.High.OrNull(), s.Escape.Censoring, s.Escape.Draws)),
        ])
    {
        Warnings = warnings ?? [],
        Summary = summary,
        Classes = classes,
        Top = top,
    };

    /// <inheritdoc/>
    public override AnswerText ToText()
    {
        var text = new AnswerText().Warn(Warnings);
        string reading = FlipLevel is { } tau ? FormattableString.Invariant($"flip level {tau}") : "mode reading";
        text.Line($"Escape noise of {Samples} samples, {reading}, on {Words.Sigma(SmallestSigma)} to {Words.Sigma(LargestSigma)}");
        if (Passes is { } passes)
            text.Line($"Found with {passes:n0} noisy passes; the whole grid with as many draws takes {GridPasses:n0} ({(double)GridPasses / passes:f1} times)");
        text.Line();
        double[] levels = [.. Enumerable.Range(1, 5).Select(i => SmallestSigma * Math.Pow(LargestSigma / SmallestSigma, i / 6.0)).Distinct()];
        var curves = Summary.Curves;
        text.Table([
            AnswerColumn.Left("class", curves, c => $"{(c.Class is { } y ? Name(y) : "all")}"),
            AnswerColumn.Right("samples", curves, c => $"{c.Samples}"),
            AnswerColumn.Right("above", curves, c => $"{c.Censored}"),
            AnswerColumn.Right("below", curves, c => $"{c.Below}"),
            AnswerColumn.Left("median [95 % interval]", curves, c => $"{Words.Sigmas(c.Curve.Median.Value, c.Curve.Median.Low, c.Curve.Median.High)}"),
            .. levels.Select(l => AnswerColumn.Right($"at {Words.Sigma(l)}", curves, c => $"{c.Curve.SurvivalAt(l):p0}")),
        ]);
        text.Line($"at: share that still holds at that sigma (Kaplan-Meier); above and below: censored, outside the grid; a class is what is predicted");
        foreach (var (title, chosen) in (ReadOnlySpan<(string, IEnumerable<SampleEscapeNoise>)>)
            [("First to escape", Summary.Ordered.Take(Top)), ("Last to escape", Summary.Ordered.Reverse().Take(Top))])
        {
            SampleEscapeNoise[] rows = [.. chosen];
            text.Line().Line($"{title}").Table(
                AnswerColumn.Left("", rows, s => $"#{s.SampleId}"),
                AnswerColumn.Left("", rows, s => $"{Words.Escape(s.Escape, SmallestSigma, LargestSigma)}"),
                AnswerColumn.Right("", rows, s => $"{s.Escape.Draws} draws"),
                AnswerColumn.Left("", rows, s => $"predicted {Name(s.Prediction)}{(s.Label is { } label ? $", labelled {Name(label)}" : "")}"));
        }

        return text;
    }

    /// <summary>Every sample.</summary>
    public override TableFile ToTable() => new TableFile()
        .Add("sample_id", Summary.Samples.Select(s => s.SampleId))
        .Add("label", Summary.Samples.Select(s => (long)(s.Label ?? -1)))
        .Add("clean_prediction", Summary.Samples.Select(s => (long)s.Prediction))
        .Add("escape", Summary.Samples.Select(s => s.Escape.Value))
        .Add("rank_key", Summary.Samples.Select(s => s.Escape.RankKey))
        .Add("low", Summary.Samples.Select(s => s.Escape.Low))
        .Add("high", Summary.Samples.Select(s => s.Escape.High))
        .Add("censored", Summary.Samples.Select(s => s.Escape.Censoring.ToString().ToLowerInvariant()))
        .Add("draws", Summary.Samples.Select(s => (long)s.Escape.Draws));

    private string Name(int label) => Words.Class(Classes, label);

    /// <summary>How many samples still hold at which noise.</summary>
    /// <param name="Class">The class that they are predicted as; null for all samples.</param>
    /// <param name="Samples">Samples.</param>
    /// <param name="Censored">Samples that never escape on the grid.</param>
    /// <param name="Below">Samples that have escaped at the smallest level.</param>
    /// <param name="Median">Where the curve falls to 1/2.</param>
    /// <param name="Steps">The curve, by the distinct levels in the data.</param>
    public sealed record Survival(string? Class, int Samples, int Censored, int Below, KaplanMeierMedian Median, IReadOnlyList<KaplanMeierStep> Steps);

    /// <summary>Escape noise of one sample.</summary>
    /// <param name="Sample">Index in its source.</param>
    /// <param name="Label">Given class.</param>
    /// <param name="Predicted">ŷ0.</param>
    /// <param name="Value">sigma_esc; null where it is censored.</param>
    /// <param name="Low">Lower end of its 95 % interval.</param>
    /// <param name="High">Upper end; null where the grid does not bound it.</param>
    /// <param name="Censoring">Whether it lies outside the grid.</param>
    /// <param name="Draws">Draws at each level.</param>
    public sealed record SampleEscape(long Sample, int? Label, int Predicted, double? Value, double Low, double? High, Censoring Censoring, int Draws);
}
