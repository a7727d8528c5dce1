using Apex.Analysis.Regularity;
using Apex.Facts;
using Apex.Observations;

namespace Apex.Reporting;

/// <summary>What <c>apex regularity</c> says. It computes nothing.</summary>
/// <param name="info">The run.</param>
/// <param name="ranking">Its samples, ranked.</param>
/// <param name="alignment">The readouts against scores from elsewhere, or null.</param>
/// <param name="against">Where those came from.</param>
/// <param name="top">Samples to list at each end.</param>
/// <param name="files">Their files, where samples have some.</param>
public sealed class RegularityReport(RunInfo info, RegularityRanking ranking, Alignment? alignment, string? against, int top, SampleFiles? files = null)
{
    private readonly SampleFiles _files = files ?? SampleFiles.None;

    /// <summary>For programs.</summary>
    public string ToJson() => JsonText.Of(new
    {
        warnings = info.Warnings ?? [],
        samples = alignment?.Samples ?? ranking.Samples.Count,
        leftOut = ranking.CleanNonFinite + (alignment?.LeftOut ?? 0),
        against,
        smallNoise = ranking.SmallNoise,
        caution = ranking.Caution,
        flipLevel = ranking.FlipLevel,
        readouts = ranking.Readouts.Select((r, i) => new
        {
            name = r.Readout.Name,
            what = r.Readout.What,
            draws = r.Draws,
            tied = r.Tied,
            spearman = alignment?.Readouts[i].Spearman.Value,
            low = alignment?.Readouts[i].Spearman.Low,
            high = alignment?.Readouts[i].Spearman.High,
            differenceFromMargin = alignment?.Readouts[i].DifferenceFromMargin.Value,
            differenceLow = alignment?.Readouts[i].DifferenceFromMargin.Low,
            differenceHigh = alignment?.Readouts[i].DifferenceFromMargin.High,
            kendall = alignment?.Readouts[i].Kendall.Value,
            kendallLow = alignment?.Readouts[i].Kendall.Low,
            kendallHigh = alignment?.Readouts[i].Kendall.High,
            bins = alignment?.Readouts[i].Bins.Select(b => new { quantile = b.Quantile, reference = b.Reference.Value, low = b.Reference.Low, high = b.Reference.High, n = b.Reference.N }),
        }),
        mostRegular = ranking.FromMostRegular.Take(top).Select(Sample),
        leastRegular = ranking.FromLeastRegular.Take(top).Select(Sample),
    });

    /// <summary>For people.</summary>
    public string ToText()
    {
        var text = new ReportText();
        text.Warn(info.Warnings, "this ranking");
        text.Line($"{ranking.Samples.Count} samples of {info.Data.Spec} by how {info.Model.Path} holds them under noise; {info.Plan.Draws} draws at each of {info.Plan.Sigmas.Count} levels");
        if (ranking.CleanNonFinite > 0)
            text.Line($"{ranking.CleanNonFinite} samples left out: their clean logits are not finite");
        if (ranking.Caution is { } caution)
            text.Line($"Note: {caution}");
        foreach (var (title, chosen) in (ReadOnlySpan<(string, IEnumerable<int>)>)[("Most regular", ranking.FromMostRegular.Take(top)), ("Least regular", ranking.FromLeastRegular.Take(top))])
        {
            text.Line();
            text.Line($"{title} (score {ranking.Readouts[0].Readout.Name}, {ranking.Readouts[0].Draws} draws each; escape noise at flip level {ranking.FlipLevel} with its 95 % interval)");
            foreach (int i in chosen)
            {
                var sample = ranking.Samples[i];
                string label = sample.Label is { } given ? $", labelled {Name(given)}" : "";
                text.Line($"  #{sample.SampleId,-7} {ranking.Readouts[0].Scores[i],8:f3}   escapes at {Escape(ranking.EscapeFlip[i], info.Plan.Sigmas[0], info.Plan.Sigmas[^1]),-24}  {(_files.Of(sample.SampleId) is { } file ? $"{file}  " : "")}predicted {Name(sample.CleanPrediction!.Value)}{label}");
            }
        }

        text.Line();
        int width = ranking.Readouts.Max(r => r.Readout.Name.Length);
        if (alignment is null)
        {
            text.Line($"Readouts (--out FILE writes them for every sample; --against FILE compares them with a metric of yours)");
            foreach (var r in ranking.Readouts)
                text.Line($"  {r.Readout.Name.PadRight(width)}  {r.Draws,6} draws  {(r.Tied == 0 ? "" : $"{r.Tied} samples tied"),-18}  {r.Readout.What}");
            return text.ToString();
        }

        text.Line($"Agreement with {against}, {alignment.Samples} samples{(alignment.LeftOut > 0 ? $" ({alignment.LeftOut} without a score on one side left out)" : "")}; 95 % bootstrap intervals over samples");
        text.Line($"  {"readout".PadRight(width)}  {"draws",6}  {"Spearman",-22}  {"less that of clean-margin",-25}  {"Kendall tau-b",-22}");
        foreach (var (ranked, a) in ranking.Readouts.Zip(alignment.Readouts))
        {
            string difference = ranked.Readout.Name == Readouts.Baseline ? "(baseline)" : Words.Of(a.DifferenceFromMargin, Words.Signed);
            text.Line($"  {ranked.Readout.Name.PadRight(width)}  {ranked.Draws,6}  {Words.Of(a.Spearman),-22}  {difference,-25}  {Words.Of(a.Kendall),-22}");
        }

        text.Line();
        text.Line($"Mean of {against} from the least to the most regular samples by {ranking.Readouts[0].Readout.Name}:");
        foreach (var bin in alignment.Readouts[0].Bins)
            text.Line($"  {bin.Quantile,4:p0}  {Words.Of(bin.Reference),-22}  n = {bin.Reference.N}");
        return text.ToString();
    }

    /// <summary>Every sample with every readout.</summary>
    public TableFile ToTable()
    {
        var table = new TableFile()
            .Add("sample_id", ranking.Samples.Select(s => s.SampleId))
            .AddFiles(_files, ranking.Samples.Select(s => s.SampleId))
            .Add("label", ranking.Samples.Select(s => (long)(s.Label ?? -1)))
            .Add("label_name", ranking.Samples.Select(s => s.Label is { } label ? Name(label) : ""))
            .Add("clean_prediction", ranking.Samples.Select(s => (long)s.CleanPrediction!.Value))
            .Add("clean_prediction_name", ranking.Samples.Select(s => Name(s.CleanPrediction!.Value)));
        foreach (var r in ranking.Readouts)
            table.Add(r.Readout.Name.Replace('-', '_'), r.Shown);
        foreach (var (name, escapes) in (ReadOnlySpan<(string, IReadOnlyList<EscapeNoise>)>)[("escape_mode", ranking.EscapeMode), ("escape_flip", ranking.EscapeFlip)])
        {
            table.Add($"{name}_low", escapes.Select(e => e.Low))
                .Add($"{name}_high", escapes.Select(e => e.High))
                .Add($"{name}_censored", escapes.Select(e => e.Censoring.ToString().ToLowerInvariant()));
        }

        return table;
    }

    internal static string Escape(EscapeNoise e, double smallest, double largest) => e.Censoring switch
    {
        Censoring.Right => e.Draws == 0 ? "(no finite draw)" : $"> {Words.Sigma(Math.Min(e.HeldTo, largest))} (censored)",
        Censoring.Left => $"< {Words.Sigma(smallest)} (censored)",
        _ => $"{Words.Sigma(e.Value)} [{Words.Sigma(e.Low)}, {Words.Sigma(e.High)}]",
    };

    private object Sample(int i) => new
    {
        sample = ranking.Samples[i].SampleId,
        file = _files.Of(ranking.Samples[i].SampleId),
        label = ranking.Samples[i].Label,
        labelName = ranking.Samples[i].Label is { } label ? Name(label) : null,
        predicted = ranking.Samples[i].CleanPrediction,
        predictedName = Name(ranking.Samples[i].CleanPrediction!.Value),
        score = ranking.Readouts[0].Scores[i],
        escapeMode = ranking.EscapeMode[i],
        escapeFlip = ranking.EscapeFlip[i],
    };

    private string Name(int label) => Words.Class(info.Model.Classes, label);
}
