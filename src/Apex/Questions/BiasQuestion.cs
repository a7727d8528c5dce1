using System.Globalization;

using Apex.Analysis.LargeNoise;
using Apex.Answers;
using Apex.Facts;

namespace Apex.Questions;

/// <summary>What does the model say when noise drowns the sample?</summary>
internal sealed class BiasQuestion : Question<BiasAnswer>
{
    /// <inheritdoc/>
    public override string Name => "bias";

    /// <inheritdoc/>
    public override string Asks => "what the model says when noise drowns the sample";

    /// <inheritdoc/>
    public override IEnumerable<string> InShort(AskedRun run, Answer answer)
    {
        var bias = (BiasAnswer)answer;
        string share = string.Create(CultureInfo.InvariantCulture, $"{bias.MaxShare:p1} of predictions fall on {Words.Class(bias.Classes, bias.TopClass)}");
        string ends = string.Create(CultureInfo.InvariantCulture, $"{bias.MaxShareInterval.Low:p1} to {bias.MaxShareInterval.High:p1}");
        yield return $"At sigma {Words.Sigma(bias.Sigma.Value)}, {share} (95 % interval {ends}). "
            + "Clean networks concentrate too, so this alone is no sign of a backdoor; apex scan looks for one.";
    }

    /// <inheritdoc/>
    protected override async Task<BiasAnswer> AnswerAsync(AskedRun run, AskOptions options, CancellationToken cancellationToken)
    {
        var observations = await run.ReadAsync(cancellationToken);
        var (info, plan) = (observations.Info, observations.Info.Plan);
        var curve = BiasCurve.Find(observations, SitesOf(info));
        return BiasAnswer.Create(info.Model.Path, $"{observations.Samples.Count} samples of {info.Data.Spec}", info.Model.Classes, [curve], plan.Scale,
            plan.Seed, info.Warnings);
    }

    /// <summary>What the noise of a run is on: <c>all</c>, <c>chosen</c>, <c>input</c> or <c>parameters</c>.</summary>
    private static string SitesOf(RunInfo info) => info.Plan.Space == NoiseSpace.Parameter ? "parameters"
        : info.Plan.Sites is [0] ? "input"
        : info.Plan.Sites.Order().SequenceEqual(info.Model.Sites.Where(s => !s.IsInput).Select(s => s.Index)) ? "all" : "chosen";
}
