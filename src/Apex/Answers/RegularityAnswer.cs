using Apex.Analysis.Regularity;
using Apex.Facts;
using Apex.Observations;

namespace Apex.Answers;

/// <summary>Which samples are typical and which odd: <c>apex regularity RUN</c>.</summary>
/// <param name="Samples">Samples ranked; against scores from elsewhere those compared.</param>
/// <param name="LeftOut">Samples without finite clean logits, or without a score on one side.</param>
/// <param name="Against">Where the scores from elsewhere came from, as given.</param>
/// <param name="SmallNoise">The level of mean-softmax, mean-margin and flip-stability: the largest with a mean flip rate of at most 10 %.</param>
/// <param name="Caution">Why small noise may mislead on this run.</param>
/// <param name="FlipLevel">tau of escape-flip.</param>
/// <param name="Readouts">Every readout, the default score first.</param>
/// <param name="MostRegular">The most regular samples, best first.</param>
/// <param name="LeastRegular">The least regular samples, worst first.</param>
public sealed record RegularityAnswer(
    int Samples, int LeftOut, string? Against, double SmallNoise, string? Caution, double FlipLevel, IReadOnlyList<RegularityAnswer.ReadoutAgreement> Readouts,
    IReadOnlyList<RegularityAnswer.RegularSample> MostRegular, IReadOnlyList<RegularityAnswer.RegularSample> LeastRegular) : Answer
{
    private RunInfo Info { get; init; } = null!;

    private RegularityRanking Ranking { get; init; } = null!;

    private SampleFiles Files { get; init; } = SampleFiles.None;

    /// <summary>A ranking as an answer.</summary>
    /// <param name="info">The run.</param>
    /// <param name="ranking">Its samples, ranked.</param>
    /// <param name="alignment">The readouts against scores from elsewhere, or null.</param>
    /// <param name="against">Where those came from.</param>
    /// <param name="top">Samples to list at each end.</param>
    /// <param name="files">Their files, where samples have some.</param>
    internal static RegularityAnswer Create(RunInfo info, RegularityRanking ranking, Alignment? alignment, string? against, int top, SampleFiles files)
    {
        IReadOnlyList<RegularSample> Listed(IEnumerable<int> order) =>
            [.. order.Take(top).Select(i => RegularSample.Create(ranking, i, info.Model.Classes, files))];
        return new(
            alignment?.Samples ?? ranking.Samples.Count, ranking.CleanNonFinite + (alignment?.LeftOut ?? 0), against, ranking.SmallNoise, ranking.Caution,
            ranking.FlipLevel, [.. ranking.Readouts.Select((r, i) => ReadoutAgreement.Create(r, alignment?.Readouts[i]))],
            Listed(ranking.FromMostRegular), Listed(ranking.FromLeastRegular))
        {
            Warnings = info.Warnings ?? [],
            Note = files.Note,
            Info = info,
            Ranking = ranking,
            Files = files,
        };
    }

    /// <inheritdoc/>
    public override AnswerText ToText()
    {
        var text = new AnswerText().Warn(Warnings, "this ranking");
        string drawn = $"{Info.Plan.Draws} draws at each of {Info.Plan.Sigmas.Count} levels";
        text.Line($"{Ranking.Samples.Count} samples of {Info.Data.Spec} by how {Info.Model.Path} holds them under noise; {drawn}");
        if (Ranking.CleanNonFinite > 0)
            text.Line($"{Ranking.CleanNonFinite} samples left out: their clean logits are not finite");
        if (Caution is { } caution)
            text.Line($"Note: {caution}");
        foreach (var (title, chosen) in (ReadOnlySpan<(string, IReadOnlyList<RegularSample>)>)[("Most regular", MostRegular), ("Least regular", LeastRegular)])
        {
            string score = $"score {Readouts[0].Name}, {Readouts[0].Draws} draws each";
            text.Line().Line($"{title} ({score}; escape noise at flip level {FlipLevel} with its 95 % interval)");
            text.Table(
                AnswerColumn.Left("", chosen, s => $"#{s.Sample}"),
                AnswerColumn.Right("", chosen, s => $"{s.Score:f3}"),
                AnswerColumn.Left("", chosen, s => $"escapes at {Words.Escape(s.EscapeFlip, Info.Plan.Sigmas[0], Info.Plan.Sigmas[^1])}"),
                AnswerColumn.Left("", chosen,
                    s => $"{(s.File is { } file ? $"{file}  " : "")}predicted {s.PredictedName}{(s.LabelName is { } label ? $", labelled {label}" : "")}"));
        }

        text.Line();
        if (Against is null)
        {
            return text.Line($"Readouts (`Out` writes them for every sample; `Against` compares them with a metric of yours)").Table(
                AnswerColumn.Left("", Readouts, r => $"{r.Name}"),
                AnswerColumn.Right("", Readouts, r => $"{r.Draws} draws"),
                AnswerColumn.Left("", Readouts, r => $"{(r.Tied == 0 ? "" : $"{r.Tied} samples tied")}"),
                AnswerColumn.Left("", Readouts, r => $"{r.What}"));
        }

        int unscored = LeftOut - Ranking.CleanNonFinite;
        string left = unscored > 0 ? $" ({unscored} without a score on one side left out)" : "";
        text.Line($"Agreement with {Against}, {Samples} samples{left}; 95 % bootstrap intervals over samples").Table(
            AnswerColumn.Left("readout", Readouts, r => $"{r.Name}"),
            AnswerColumn.Right("draws", Readouts, r => $"{r.Draws}"),
            AnswerColumn.Left("Spearman", Readouts, r => $"{Words.Estimate(r.Spearman, r.Low, r.High)}"),
            AnswerColumn.Left("less that of clean-margin", Readouts, r => $"{Difference(r)}"),
            AnswerColumn.Left("Kendall tau-b", Readouts, r => $"{Words.Estimate(r.Kendall, r.KendallLow, r.KendallHigh)}"));
        var bins = Readouts[0].Bins!;
        return text.Line().Line($"Mean of {Against} from the least to the most regular samples by {Readouts[0].Name}:").Table(
            AnswerColumn.Right("", bins, b => $"{b.Quantile:p0}"),
            AnswerColumn.Left("", bins, b => $"{Words.Estimate(b.Reference, b.Low, b.High)}"),
            AnswerColumn.Left("", bins, b => $"n = {b.N}"));

        static string Difference(ReadoutAgreement r) => r.Name == Analysis.Regularity.Readouts.Baseline
            ? "(baseline)" : Words.Estimate(r.DifferenceFromMargin, r.DifferenceLow, r.DifferenceHigh, Words.Signed);
    }

    /// <summary>Every sample with every readout.</summary>
    public override TableFile ToTable()
    {
        var table = new TableFile()
            .Add("sample_id", Ranking.Samples.Select(s => s.SampleId))
            .AddFiles(Files, Ranking.Samples.Select(s => s.SampleId))
            .Add("label", Ranking.Samples.Select(s => (long)(s.Label ?? -1)))
            .Add("label_name", Ranking.Samples.Select(s => s.Label is { } label ? Name(label) : ""))
            .Add("clean_prediction", Ranking.Samples.Select(s => (long)s.CleanPrediction!.Value))
            .Add("clean_prediction_name", Ranking.Samples.Select(s => Name(s.CleanPrediction!.Value)));
        foreach (var r in Ranking.Readouts)
            table.Add(r.Readout.Name.Replace('-', '_'), r.Shown);
        (string, IReadOnlyList<EscapeNoise>)[] readings = [("escape_mode", Ranking.EscapeMode), ("escape_flip", Ranking.EscapeFlip)];
        foreach (var (name, escapes) in readings)
        {
            table.Add($"{name}_low", escapes.Select(e => e.Low))
                .Add($"{name}_high", escapes.Select(e => e.High))
                .Add($"{name}_censored", escapes.Select(e => e.Censoring.ToString().ToLowerInvariant()));
        }

        return table;
    }

    private string Name(int label) => Words.Class(Info.Model.Classes, label);

    /// <summary>A readout, and how well it agrees with scores from elsewhere; those numbers are null where there are none.</summary>
    /// <param name="Name">
    /// apex, escape-mode, escape-flip, mean-softmax, mean-margin, flip-stability, clean-margin, confidence, entropy, loss, input-stability.
    /// </param>
    /// <param name="What">What it is, in a phrase.</param>
    /// <param name="Draws">Noisy draws behind one sample's score; 0 for what needs no noise.</param>
    /// <param name="Tied">Samples that share their score with another, which it cannot order.</param>
    /// <param name="Spearman">Spearman's rank correlation.</param>
    /// <param name="Low">Lower end of its 95 % bootstrap interval over samples.</param>
    /// <param name="High">Upper end.</param>
    /// <param name="DifferenceFromMargin">Its difference from that of the clean margin, on the same resamples.</param>
    /// <param name="DifferenceLow">Lower end.</param>
    /// <param name="DifferenceHigh">Upper end.</param>
    /// <param name="Kendall">Kendall's tau-b.</param>
    /// <param name="KendallLow">Lower end.</param>
    /// <param name="KendallHigh">Upper end.</param>
    /// <param name="Bins">Mean reference score, from the least to the most regular samples.</param>
    public sealed record ReadoutAgreement(
        string Name, string What, int Draws, int Tied, double? Spearman, double? Low, double? High, double? DifferenceFromMargin, double? DifferenceLow,
        double? DifferenceHigh, double? Kendall, double? KendallLow, double? KendallHigh, IReadOnlyList<ReferenceMean>? Bins)
    {
        internal static ReadoutAgreement Create(RankedReadout r, ReadoutAlignment? a) => new(
            r.Readout.Name, r.Readout.What, r.Draws, r.Tied, a?.Spearman.Value.OrNull(), a?.Spearman.Low.OrNull(), a?.Spearman.High.OrNull(),
            a?.DifferenceFromMargin.Value.OrNull(), a?.DifferenceFromMargin.Low.OrNull(), a?.DifferenceFromMargin.High.OrNull(),
            a?.Kendall.Value.OrNull(), a?.Kendall.Low.OrNull(), a?.Kendall.High.OrNull(),
            a is null ? null : [.. a.Bins.Select(
                b => new ReferenceMean(b.Quantile, b.Reference.Value.OrNull(), b.Reference.Low.OrNull(), b.Reference.High.OrNull(), b.Reference.N))]);
    }

    /// <summary>Mean reference score of samples of neighbouring rank.</summary>
    /// <param name="Quantile">Middle of the bin, from least (0) to most regular (1).</param>
    /// <param name="Reference">The mean.</param>
    /// <param name="Low">Lower end of its 95 % interval.</param>
    /// <param name="High">Upper end.</param>
    /// <param name="N">Samples.</param>
    public sealed record ReferenceMean(double Quantile, double? Reference, double? Low, double? High, long N);

    /// <summary>A sample with its regularity.</summary>
    /// <param name="Sample">Index in its source.</param>
    /// <param name="File">Below the data's folder, e.g. cat/0001.png; null where the data is no image folder, or is not there any more as it was.</param>
    /// <param name="Label">Given class.</param>
    /// <param name="LabelName">Its name.</param>
    /// <param name="Predicted">ŷ0.</param>
    /// <param name="PredictedName">Its name.</param>
    /// <param name="Score">The default score, apex.</param>
    /// <param name="EscapeMode">Escape noise, mode reading.</param>
    /// <param name="EscapeFlip">Escape noise, flip-level reading.</param>
    public sealed record RegularSample(
        long Sample, string? File, int? Label, string? LabelName, int Predicted, string PredictedName, double Score, EscapeNoise EscapeMode,
        EscapeNoise EscapeFlip)
    {
        internal static RegularSample Create(RegularityRanking ranking, int i, IReadOnlyList<string> classes, SampleFiles files)
        {
            var s = ranking.Samples[i];
            int predicted = s.CleanPrediction!.Value;
            return new(
                s.SampleId, files.Of(s.SampleId), s.Label, s.Label is { } label ? Words.Class(classes, label) : null, predicted,
                Words.Class(classes, predicted),
                ranking.Readouts[0].Scores[i], ranking.EscapeMode[i], ranking.EscapeFlip[i]);
        }
    }
}
