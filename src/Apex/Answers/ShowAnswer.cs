using Apex.Analysis.Regularity;
using Apex.Analysis.Statistics;
using Apex.Analysis.Summary;
using Apex.Facts;
using Apex.Models;

namespace Apex.Answers;

/// <summary>What a run shows at first sight: <c>apex show RUN</c>.</summary>
/// <param name="Run">The run's folder; null where it has none.</param>
/// <param name="Status">Whether the run is whole.</param>
/// <param name="Model">Path of the model.</param>
/// <param name="Data">Where the samples came from.</param>
/// <param name="Samples">Samples.</param>
/// <param name="Draws">Draws of each sample at each level.</param>
/// <param name="Seed">Keyed the noise.</param>
/// <param name="Space">What got noise.</param>
/// <param name="Sites">Indices of the sites that got noise.</param>
/// <param name="Parameters">The parameter tensors that got noise; null in the other spaces.</param>
/// <param name="CleanAccuracy">Accuracy without noise; null without labels.</param>
/// <param name="CleanAccuracyInterval">Its 95 % interval.</param>
/// <param name="Sigmas">Noise levels, ascending, shape <c>[sigmas]</c>.</param>
/// <param name="FlipRate">Mean over samples of the share of draws whose prediction is no longer the clean one; null where no draw is finite.</param>
/// <param name="FlipRateInterval">Their 95 % intervals.</param>
/// <param name="ClassShares">Marginal response, shape <c>[sigmas][classes]</c>.</param>
/// <param name="ClassShareInterval">Their 95 % intervals, shape <c>[sigmas][classes]</c>.</param>
/// <param name="Classes">Class names, in the order of the logits.</param>
/// <param name="NonFinite">Draws with a logit that is not finite, which enter no rate.</param>
/// <param name="CleanNonFinite">Samples whose clean logits are not finite.</param>
/// <param name="RankedBy">Name of the score that samples are ranked by.</param>
/// <param name="RankingDraws">Noisy draws behind each score.</param>
/// <param name="RankingSigma">The largest level of small noise, at which the mean softmax of the listed samples is read.</param>
/// <param name="MostRegular">Samples with the highest score, best first.</param>
/// <param name="LeastRegular">Samples with the lowest, worst first.</param>
/// <param name="Passes">Noisy forward passes, pilot not counted.</param>
/// <param name="Seconds">What they took.</param>
public sealed record ShowAnswer(
    string? Run, RunStatus Status, string Model, string Data, long Samples, int Draws, ulong Seed, NoiseSpace Space, IReadOnlyList<int> Sites,
    IReadOnlyList<Parameter>? Parameters, double? CleanAccuracy, Ends? CleanAccuracyInterval, IReadOnlyList<double> Sigmas,
    IReadOnlyList<double?> FlipRate, IReadOnlyList<Ends> FlipRateInterval, IReadOnlyList<IReadOnlyList<double?>> ClassShares,
    IReadOnlyList<IReadOnlyList<Ends>> ClassShareInterval, IReadOnlyList<string> Classes, long NonFinite, long CleanNonFinite, string RankedBy,
    int RankingDraws,
    double RankingSigma, IReadOnlyList<RankedSample> MostRegular, IReadOnlyList<RankedSample> LeastRegular, long Passes, double Seconds) : Answer
{
    private const int ListedClasses = 10;

    private RunInfo Info { get; init; } = null!;

    private RunSummary Summary { get; init; } = null!;

    /// <summary>Accuracy without noise with its interval.</summary>
    internal Interval? Accuracy => Summary.CleanAccuracy;

    /// <summary>A summary as an answer.</summary>
    /// <param name="info">The run.</param>
    /// <param name="summary">Its summary.</param>
    /// <param name="path">The run's folder, or null.</param>
    internal static ShowAnswer Create(RunInfo info, RunSummary summary, string? path) => new(
        path, info.Status, info.Model.Path, info.Data.Spec, summary.Samples, info.Plan.Draws, info.Plan.Seed, info.Plan.Space, info.Plan.Sites,
        info.Plan.Parameters, summary.CleanAccuracy?.Value, summary.CleanAccuracy is { } accuracy ? accuracy : null, summary.Sigmas,
        [.. summary.FlipRate.Select(r => r.Value.OrNull())], [.. summary.FlipRate.Select(r => (Ends)r)],
        [.. summary.ClassShares.Select(row => (IReadOnlyList<double?>)[.. row.Select(share => share.Value.OrNull())])],
        [.. summary.ClassShares.Select(row => (IReadOnlyList<Ends>)[.. row.Select(share => (Ends)share)])],
        summary.Classes, summary.NonFinite, summary.CleanNonFinite, ApexScore.Readout.Name, summary.RankingDraws,
        summary.RankingSigma, summary.MostRegular, summary.LeastRegular,
        info.Passes, info.Seconds)
    {
        Warnings = summary.Warnings,
        Info = info,
        Summary = summary,
    };

    /// <inheritdoc/>
    public override AnswerText ToText()
    {
        var text = new AnswerText().Warn(Warnings, "this run");
        if (Status != RunStatus.Complete)
            text.Line($"This run is {Status.ToString().ToLowerInvariant()}: {Info.Samples} of {Info.Wanted} samples.");
        string passes = FormattableString.Invariant($"{Passes:n0} noisy passes in {Seconds:f1} s ({Passes / Math.Max(1e-3, Seconds):n0}/s)");
        string pilot = Info.Plan.Pilot is null ? "" : ", pilot not counted";
        text.Line($"{Samples} samples, {Sigmas.Count} sigmas, {Draws} draws, {Words.Perturbed(Info.Plan)}: {passes}{pilot}");
        if (Space == NoiseSpace.Parameter)
            text.Line($"All samples share each draw of the parameters: intervals hold for these {Draws} networks, and another `Seed` makes others");
        if (Accuracy is { } accuracy)
            text.Line($"Clean accuracy {accuracy.Value:f4} (95 % interval {accuracy.Low:f4} to {accuracy.High:f4}, n = {accuracy.N})");
        else
            text.Line($"Clean accuracy unknown: the data has no labels");
        if (NonFinite > 0 || CleanNonFinite > 0)
            text.Line($"Non-finite logits: {CleanNonFinite} clean samples and {NonFinite} noisy draws; they are left out of every share");

        string n = $"n = {Summary.FlipRate[0].N} samples, {Draws} draws each";
        text.Line().Line($"Flip rate by noise level: share of draws whose prediction is no longer the clean one, with its 95 % interval ({n})").Table(
            AnswerColumn.Left("", Sigmas, s => $"sigma {s,9:g4}"),
            AnswerColumn.Left("", Summary.FlipRate, rate => $"{Words.Share(rate)}"),
            AnswerColumn.Bar(Summary.FlipRate, rate => rate.Value));
        if (MostRegular.Count > 0)
        {
            text.Line().Line($"Regularity at a glance (apex regularity RUN says more): score {RankedBy}, {RankingDraws} draws each");
            Rank("most regular", MostRegular);
            Rank("least regular", LeastRegular);
        }

        text.Line().Line($"Class shares at sigma {Sigmas[^1]:g4}: what the model says when noise drowns the sample");
        (Interval Share, int Class)[] largest = [.. Summary.ClassShares[^1].Select((share, c) => (share, c)).OrderByDescending(p => p.share.Value)
            .Take(ListedClasses)];
        text.Table(
            AnswerColumn.Left("", largest, p => $"{Classes[p.Class]}"),
            AnswerColumn.Left("", largest, p => $"{Words.Share(p.Share)}"),
            AnswerColumn.Bar(largest, p => p.Share.Value));
        if (Classes.Count > largest.Length)
            text.Line($"  ({Classes.Count - largest.Length} more classes)");
        return text;

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

    private string Name(int label) => Words.Class(Classes, label);
}
