using Apex.Analysis.Comparison;
using Apex.Analysis.Statistics;
using Apex.Facts;

namespace Apex.Answers;

/// <summary>Whether the samples of one run escape at larger noise than those of another: <c>apex compare RUN_A RUN_B</c>.</summary>
/// <param name="Finding">What was found, and how sure it is, in one sentence.</param>
/// <param name="A">One run.</param>
/// <param name="B">The other.</param>
/// <param name="FlipLevel">tau of the escape noise.</param>
/// <param name="Paired">Whether both runs probed the same samples, which are then resampled together.</param>
/// <param name="Cautions">What differs between the runs besides the model and may explain a difference.</param>
/// <param name="Escape">Escape noise by the flip-level reading.</param>
/// <param name="EscapeMode">Escape noise by the mode reading.</param>
/// <param name="MeanMargin">Mean margin under small noise.</param>
/// <param name="Margin">Clean margin.</param>
/// <param name="MeanMarginSigmaA">The level at which the mean margins of A are read.</param>
/// <param name="MeanMarginSigmaB">The level at which those of B are read.</param>
public sealed record CompareAnswer(
    string Finding, CompareAnswer.Compared A, CompareAnswer.Compared B, double FlipLevel, bool Paired, IReadOnlyList<string> Cautions,
    CompareAnswer.Difference Escape, CompareAnswer.Difference EscapeMode, CompareAnswer.Difference MeanMargin, CompareAnswer.Difference Margin,
    double MeanMarginSigmaA, double MeanMarginSigmaB) : Answer
{
    private (PlanInfo A, PlanInfo B) Plans { get; init; }

    /// <summary>A comparison as an answer.</summary>
    /// <param name="a">One run.</param>
    /// <param name="b">The other.</param>
    /// <param name="comparison">Both, compared.</param>
    internal static CompareAnswer Create(RunInfo a, RunInfo b, RunComparison comparison) => new(
        comparison.Finding, Compared.Of(a), Compared.Of(b), comparison.FlipLevel, comparison.IsPaired, comparison.Cautions,
        Difference.Of(comparison.Escape), Difference.Of(comparison.EscapeMode), Difference.Of(comparison.MeanMargin), Difference.Of(comparison.Margin),
        comparison.MeanMarginSigmas.A, comparison.MeanMarginSigmas.B)
    {
        Warnings =
        [
            .. (a.Warnings ?? []).Select(w => w with { Message = $"first run: {w.Message}" }),
            .. (b.Warnings ?? []).Select(w => w with { Message = $"second run: {w.Message}" }),
        ],
        Plans = (a.Plan, b.Plan),
    };

    /// <inheritdoc/>
    public override AnswerText ToText()
    {
        var text = new AnswerText().Warn(Warnings, "this comparison").Line($"{Finding}").Line();
        foreach (var (letter, run, plan) in (ReadOnlySpan<(string, Compared, PlanInfo)>)[("A", A, Plans.A), ("B", B, Plans.B)])
        {
            string labels = run.Labels is { } given ? $" with {given}" : "";
            text.Line($"  {letter}  {run.Model} on {run.Data}{labels}, {run.Samples} samples, noise on {Words.Perturbed(plan)}");
        }

        foreach (string caution in Cautions)
            text.Line($"  Note: {caution}");
        string other = MeanMarginSigmaA == MeanMarginSigmaB ? "" : $" / {Words.Sigma(MeanMarginSigmaB)}";
        (string Title, Difference Of)[] rows =
        [
            (FormattableString.Invariant($"escape, flip level {FlipLevel}"), Escape),
            ("escape, mode", EscapeMode),
            ($"mean margin, sigma {Words.Sigma(MeanMarginSigmaA)}{other}", MeanMargin),
            ("clean margin", Margin),
        ];
        static FormattableString Median(KaplanMeierMedian m) => $"{Words.Sigmas(m.Value, m.Low, m.High)}";
        text.Line().Table(
            AnswerColumn.Left("", rows, r => $"{r.Title}"),
            AnswerColumn.Left("P(A > B)", rows, r => $"{Words.Estimate(r.Of.Auc, new(r.Of.Low, r.Of.High))}"),
            AnswerColumn.Left("median of A", rows, r => Median(r.Of.MedianA)),
            AnswerColumn.Left("median of B", rows, r => Median(r.Of.MedianB)),
            AnswerColumn.Left("Mann-Whitney", rows, r => $"{Words.PValue(r.Of.MannWhitneyPValue ?? double.NaN)}"),
            AnswerColumn.Left("Kolmogorov-Smirnov", rows, r =>
                $"{r.Of.KolmogorovSmirnov ?? double.NaN:f3}, {Words.PValue(r.Of.KolmogorovSmirnovPValue ?? double.NaN)}"),
            AnswerColumn.Left("beyond the grid (A, B)", rows, r => $"{r.Of.CensoredA}, {r.Of.CensoredB}"));
        string together = Paired ? ", the same samples of both runs resampled together" : "";
        return text.Line().Line($"95 % bootstrap intervals over samples{together}; medians by Kaplan-Meier, censored at the end of the common grid.");
    }

    /// <summary>One of the runs.</summary>
    /// <param name="Model">Path of its model.</param>
    /// <param name="Data">Where its samples came from.</param>
    /// <param name="Labels">Where its labels came from, where that is elsewhere.</param>
    /// <param name="Samples">Its samples.</param>
    /// <param name="Space">What got noise.</param>
    public sealed record Compared(string Model, string Data, string? Labels, long Samples, NoiseSpace Space)
    {
        internal static Compared Of(RunInfo run) => new(run.Model.Path, run.Data.Spec, run.Data.Labels, run.Samples, run.Plan.Space);
    }

    /// <summary>One quantity of the samples of both runs.</summary>
    /// <param name="Auc">P(A > B) + P(A = B) / 2; null where a run has no sample with it.</param>
    /// <param name="Low">Lower end of its 95 % bootstrap interval.</param>
    /// <param name="High">Upper end.</param>
    /// <param name="N">Samples of both.</param>
    /// <param name="MannWhitneyPValue">Two-sided.</param>
    /// <param name="KolmogorovSmirnov">Largest distance of the two distribution functions.</param>
    /// <param name="KolmogorovSmirnovPValue">Of that distance.</param>
    /// <param name="MedianA">Median of A.</param>
    /// <param name="MedianB">Median of B.</param>
    /// <param name="CensoredA">Samples of A beyond the upper end of the common grid.</param>
    /// <param name="CensoredB">Samples of B beyond it.</param>
    /// <param name="BelowA">Samples of A below the lower end.</param>
    /// <param name="BelowB">Samples of B below it.</param>
    public sealed record Difference(
        double? Auc, double Low, double High, long N, double? MannWhitneyPValue, double? KolmogorovSmirnov, double? KolmogorovSmirnovPValue,
        KaplanMeierMedian MedianA, KaplanMeierMedian MedianB, int CensoredA, int CensoredB, int BelowA, int BelowB)
    {
        internal static Difference Of(DistributionComparison c) => new(
            c.Auc.Value.OrNull(), c.Auc.Low, c.Auc.High, c.Auc.N, c.MannWhitneyPValue.OrNull(), c.KolmogorovSmirnov.OrNull(),
            c.KolmogorovSmirnovPValue.OrNull(),
            c.MedianA, c.MedianB, c.CensoredA, c.CensoredB, c.BelowA, c.BelowB);
    }
}
