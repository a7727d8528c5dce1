using Apex.Analysis.Regularity;
using Apex.Analysis.Sensitivity;
using Apex.Facts;

namespace Apex.Answers;

/// <summary>What noise does to each class: <c>apex classes RUN</c>.</summary>
/// <param name="By">What samples are grouped by: <c>label</c>, or <c>prediction</c> where the run has no labels.</param>
/// <param name="Draws">Draws of each sample at each level.</param>
/// <param name="SmallNoise">The largest level of small noise, at which flip rates are told.</param>
/// <param name="SmallestSigma">The smallest noise level of the grid.</param>
/// <param name="LargestSigma">The largest.</param>
/// <param name="Classes">One for each class that has samples, in the order of the logits.</param>
public sealed record ClassesAnswer(
    string By, int Draws, double SmallNoise, double SmallestSigma, double LargestSigma, IReadOnlyList<ClassesAnswer.ClassFlips> Classes) : Answer
{
    private const int BarWidth = 20;

    private int Top { get; init; }

    /// <summary>The class that gives way first, first: by half-flip sigma, then by flip rate.</summary>
    internal IEnumerable<ClassFlips> Ranked => Classes.OrderBy(Key).ThenByDescending(c => c.FlipRate ?? double.NaN);

    /// <summary>An analysis as an answer.</summary>
    /// <param name="info">The run.</param>
    /// <param name="found">Its classes.</param>
    /// <param name="smallNoise">The small-noise level.</param>
    /// <param name="top">How many the text lists.</param>
    internal static ClassesAnswer Create(RunInfo info, IReadOnlyList<ClassSensitivity> found, double smallNoise, int top) => new(
        found.Any(c => c.Accuracy is not null) ? "label" : "prediction", info.Plan.Draws, smallNoise, info.Plan.Sigmas[0], info.Plan.Sigmas[^1],
        [.. found.Select(c => ClassFlips.Create(c, info.Model.Classes))])
    {
        Warnings = info.Warnings ?? [],
        Top = top,
    };

    /// <inheritdoc/>
    public override AnswerText ToText()
    {
        ClassFlips[] rows = [.. Ranked.Take(Top)];
        string grouped = By == "label" ? "samples by their label" : "samples by what they are predicted as, because the run has no labels";
        AnswerColumn[] accuracy = By == "label" ? [AnswerColumn.Left("accuracy", rows, c => $"{Words.Share(c.Accuracy, c.AccuracyInterval!.Value)}")] : [];
        var text = new AnswerText().Warn(Warnings)
            .Line($"{Classes.Count} classes, {grouped}, {Draws} draws each; the class that gives way first, first")
            .Line($"Half-flip sigma: the noise at which half of the draws of a class flip, with its 95 % bootstrap interval over samples")
            .Line($"Leaks to: the class that most draws land in first, of those that escape to another class where at most half of their sample's draws do")
            .Table([
                AnswerColumn.Left("class", rows, c => $"{c.Name}"),
                AnswerColumn.Right("n", rows, c => $"{c.N}"),
                .. accuracy,
                AnswerColumn.Left("half-flip sigma", rows, c =>
                    $"{Half(c)} [{Words.Sigma(c.HalfLow ?? double.NaN)}, {Words.Sigma(c.HalfHigh ?? double.PositiveInfinity)}]"),
                AnswerColumn.Left("leaks to", rows, c => $"{c.LeaksToName ?? "-"}"),
                AnswerColumn.Left("share of escapes", rows,
                    c => $"{(c.LeakShare is null ? "" : $"{Words.Share(c.LeakShare, c.LeakShareInterval!.Value)} of {c.Escapes}")}"),
                AnswerColumn.Left($"flips at sigma {Words.Sigma(SmallNoise)}", rows,
                    c => $"{(c.FlipRate is null ? "no finite draw" : Words.Share(c.FlipRate, c.FlipRateInterval))}"),
                AnswerColumn.Bar(rows, c => c.FlipRate ?? double.NaN, BarWidth),
            ]);
        if (Classes.Count > rows.Length)
            text.Line($"  ({Classes.Count - rows.Length} more classes)");
        if (rows.Any(c => c.Censoring != Censoring.None))
        {
            string grid = $"{Words.Sigma(SmallestSigma)} to {Words.Sigma(LargestSigma)}";
            text.Line($"above, below: half of the draws flip outside the grid, {grid}; nothing is extrapolated");
        }

        return text;
    }

    /// <summary>Every class.</summary>
    public override TableFile ToTable() => new TableFile()
        .Add("class", Classes.Select(c => (long)c.Class))
        .Add("name", Classes.Select(c => c.Name))
        .Add("n", Classes.Select(c => (long)c.N))
        .Add("accuracy", Classes.Select(c => c.Accuracy ?? double.NaN))
        .Add("accuracy_low", Classes.Select(c => c.AccuracyInterval?.Low ?? double.NaN))
        .Add("accuracy_high", Classes.Select(c => c.AccuracyInterval?.High ?? double.NaN))
        .Add("flip_rate", Classes.Select(c => c.FlipRate ?? double.NaN))
        .Add("flip_rate_low", Classes.Select(c => c.FlipRateInterval.Low))
        .Add("flip_rate_high", Classes.Select(c => c.FlipRateInterval.High))
        .Add("half_flip_sigma", Classes.Select(c => c.HalfFlipSigma ?? double.NaN))
        .Add("half_flip_low", Classes.Select(c => c.HalfLow ?? double.NaN))
        .Add("half_flip_high", Classes.Select(c => c.HalfHigh ?? double.PositiveInfinity))
        .Add("censored", Classes.Select(c => c.Censoring.ToString().ToLowerInvariant()))
        .Add("leaks_to", Classes.Select(c => (long)(c.LeaksTo ?? -1)))
        .Add("leaks_to_name", Classes.Select(c => c.LeaksToName ?? ""))
        .Add("leak_share", Classes.Select(c => c.LeakShare ?? double.NaN))
        .Add("leak_share_low", Classes.Select(c => c.LeakShareInterval?.Low ?? double.NaN))
        .Add("leak_share_high", Classes.Select(c => c.LeakShareInterval?.High ?? double.NaN))
        .Add("escapes", Classes.Select(c => c.Escapes));

    /// <summary>The half-flip sigma in a word: <c>0.19</c>, <c>above 0.8</c>, <c>below 0.02</c>.</summary>
    /// <param name="c">A class.</param>
    internal string Half(ClassFlips c) => c.Censoring switch
    {
        Censoring.Right => c.SeenTo is { } seen ? $"above {Words.Sigma(seen)}" : "unknown",
        Censoring.Left => $"below {Words.Sigma(SmallestSigma)}",
        _ => Words.Sigma(c.HalfFlipSigma ?? double.NaN),
    };

    private static double Key(ClassFlips c) => c.Censoring switch
    {
        Censoring.Right => double.PositiveInfinity,
        Censoring.Left => double.NegativeInfinity,
        _ => c.HalfFlipSigma ?? double.PositiveInfinity,
    };

    /// <summary>What noise does to the samples of one class.</summary>
    /// <param name="Class">Its index.</param>
    /// <param name="Name">Its name.</param>
    /// <param name="N">Its samples with a clean prediction.</param>
    /// <param name="Accuracy">Share that is predicted as labelled; null without labels.</param>
    /// <param name="AccuracyInterval">Its 95 % interval.</param>
    /// <param name="FlipRate">Mean flip probability at the small-noise level; null where no draw is finite.</param>
    /// <param name="FlipRateInterval">Its 95 % interval.</param>
    /// <param name="HalfFlipSigma">The noise at which half of the draws flip; null where it is censored.</param>
    /// <param name="HalfLow">Lower end of its 95 % bootstrap interval over samples.</param>
    /// <param name="HalfHigh">Upper end; null where the grid does not bound it.</param>
    /// <param name="Censoring">Whether it lies outside the grid.</param>
    /// <param name="SeenTo">The last level with finite draws; null where there is none.</param>
    /// <param name="LeaksTo">The other class that most draws escape to first at small noise; null where none does.</param>
    /// <param name="LeaksToName">Its name.</param>
    /// <param name="LeakShare">Its share of the draws that escape to another class.</param>
    /// <param name="LeakShareInterval">Its 95 % bootstrap interval over samples.</param>
    /// <param name="Escapes">Draws that escape to another class at small noise.</param>
    public sealed record ClassFlips(
        int Class, string Name, int N, double? Accuracy, Ends? AccuracyInterval, double? FlipRate, Ends FlipRateInterval, double? HalfFlipSigma,
        double? HalfLow, double? HalfHigh, Censoring Censoring, double? SeenTo, int? LeaksTo, string? LeaksToName,
        double? LeakShare, Ends? LeakShareInterval, long Escapes)
    {
        internal static ClassFlips Create(ClassSensitivity c, IReadOnlyList<string> classes) => new(
            c.Class, Words.Class(classes, c.Class), c.Samples, c.Accuracy?.Value, c.Accuracy is { } accuracy ? accuracy : null, c.FlipRate.Value.OrNull(),
            c.FlipRate,
            c.HalfFlip.Value.OrNull(), c.HalfFlip.Low.OrNull(), c.HalfFlip.High.OrNull(), c.Censoring, c.SeenTo.OrNull(), c.LeaksTo,
            c.LeaksTo is { } to ? Words.Class(classes, to) : null,
            c.LeakShare.Value.OrNull(), c.LeaksTo is null ? null : c.LeakShare, c.Escapes);
    }
}
