using Apex.Analysis.Regularity;
using Apex.Analysis.Summary;
using Apex.Facts;

namespace Apex.Reporting;

/// <summary>The summary of a run, for people and for programs. It computes nothing.</summary>
/// <param name="info">The run.</param>
/// <param name="summary">Its summary.</param>
/// <param name="path">The run's folder, for programs; null leaves it out.</param>
public sealed class SummaryReport(RunInfo info, RunSummary summary, string? path = null)
{
    private const int BarWidth = 40;

    /// <summary>For programs.</summary>
    public string ToJson() => JsonText.Of(new
    {
        run = path,
        status = info.Status,
        warnings = summary.Warnings,
        model = info.Model.Path,
        data = info.Data.Spec,
        samples = summary.Samples,
        draws = info.Plan.Draws,
        seed = info.Plan.Seed,
        space = info.Plan.Space,
        sites = info.Plan.Sites,
        parameters = info.Plan.Parameters,
        cleanAccuracy = summary.CleanAccuracy?.Value,
        cleanAccuracyInterval = summary.CleanAccuracy is { } a ? (double[])[a.Low, a.High] : null,
        sigmas = summary.Sigmas,
        flipRate = summary.FlipRate.Select(r => r.Value),
        flipRateInterval = summary.FlipRate.Select(r => (double[])[r.Low, r.High]),
        classShares = summary.ClassShares.Select(row => row.Select(share => share.Value)),
        classShareInterval = summary.ClassShares.Select(row => row.Select(share => (double[])[share.Low, share.High])),
        classes = summary.Classes,
        nonFinite = summary.NonFinite,
        cleanNonFinite = summary.CleanNonFinite,
        rankedBy = ApexScore.Readout.Name,
        rankingDraws = summary.RankingDraws,
        mostRegular = summary.MostRegular,
        leastRegular = summary.LeastRegular,
        passes = info.Passes,
        seconds = info.Seconds,
    });

    /// <summary>For people.</summary>
    public string ToText()
    {
        var text = new ReportText();
        text.Warn(summary.Warnings, "this run");
        if (info.Status != RunStatus.Complete)
            text.Line($"This run is {info.Status.ToString().ToLowerInvariant()}: {info.Samples} of {info.Data.Selected} samples.");
        text.Line($"{summary.Samples} samples, {info.Plan.Sigmas.Count} sigmas, {info.Plan.Draws} draws, {Words.Perturbed(info.Plan)}: {info.Passes:n0} noisy passes in {info.Seconds:f1} s ({info.Passes / Math.Max(1e-3, info.Seconds):n0}/s){(info.Plan.Pilot is null ? "" : ", pilot not counted")}");
        if (info.Plan.Space == NoiseSpace.Parameter)
            text.Line($"All samples share each draw of the parameters: intervals over samples hold for these {info.Plan.Draws} networks, and another --seed makes others");
        if (summary.CleanAccuracy is { } accuracy)
            text.Line($"Clean accuracy {accuracy.Value:f4} (95 % interval {accuracy.Low:f4} to {accuracy.High:f4}, n = {accuracy.N})");
        else
            text.Line($"Clean accuracy unknown: the data has no labels");
        if (summary.NonFinite > 0 || summary.CleanNonFinite > 0)
            text.Line($"Non-finite logits: {summary.CleanNonFinite} clean samples and {summary.NonFinite} noisy draws; they are left out of every share");

        text.Line();
        text.Line($"Flip rate by noise level: share of draws whose prediction is no longer the clean one, with its 95 % interval (n = {summary.FlipRate[0].N} samples, {info.Plan.Draws} draws each)");
        for (int s = 0; s < summary.Sigmas.Count; s++)
        {
            var rate = summary.FlipRate[s];
            text.Line($"  sigma {summary.Sigmas[s],9:g4}  {rate.Value,7:p1}  [{rate.Low,6:p1}, {rate.High,6:p1}]  {Bar(rate.Value)}");
        }

        if (summary.MostRegular.Count > 0)
        {
            text.Line();
            text.Line($"Regularity at a glance (apex regularity RUN says more): score {ApexScore.Readout.Name}, {summary.RankingDraws} draws each");
            Rank("most regular", summary.MostRegular);
            Rank("least regular", summary.LeastRegular);
        }

        text.Line();
        text.Line($"Class shares at sigma {summary.Sigmas[^1]:g4}: what the model says when noise drowns the sample");
        var shares = summary.ClassShares[^1].Select((share, c) => (share, c)).OrderByDescending(p => p.share.Value).Take(10).ToList();
        int width = shares.Max(p => summary.Classes[p.c].Length);
        foreach (var (share, c) in shares)
            text.Line($"  {summary.Classes[c].PadRight(width)}  {share.Value,7:p1}  [{share.Low,6:p1}, {share.High,6:p1}]  {Bar(share.Value)}");
        if (summary.Classes.Count > shares.Count)
            text.Line($"  ({summary.Classes.Count - shares.Count} more classes)");
        return text.ToString();

        void Rank(string title, IReadOnlyList<RankedSample> ranked)
        {
            text.Line($"  {title}:");
            foreach (var sample in ranked)
            {
                string label = sample.Label is { } given ? $", labelled {Name(given)}" : "";
                text.Line($"    #{sample.Id,-7} {sample.Score,8:f3}  predicted {Name(sample.Prediction)}{label}");
            }
        }
    }

    private static string Bar(double share) => double.IsNaN(share) ? "" : new string('█', (int)Math.Round(share * BarWidth));

    private string Name(int label) => Words.Class(summary.Classes, label);
}
