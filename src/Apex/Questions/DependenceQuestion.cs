using Apex.Analysis.LargeNoise;
using Apex.Answers;

namespace Apex.Questions;

/// <summary>At which noise does the model decide rather than the sample?</summary>
internal sealed class DependenceQuestion : Question<DependenceAnswer>
{
    /// <inheritdoc/>
    public override string Name => "dependence";

    /// <inheritdoc/>
    public override string Asks => "from the sample to the model: how much the sample decides at each noise";

    /// <inheritdoc/>
    public override string Explains => """
        From the sample to the model: how much of a prediction still depends on the sample at each noise level, the level at
        which half of that is gone, and where small noise ends and large noise begins.
        """;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Reads => [nameof(AskOptions.Seed)];

    /// <inheritdoc/>
    public override IEnumerable<string> InShort(AskedRun run, Answer answer)
    {
        var dependence = (DependenceAnswer)answer;
        yield return dependence.HalfDependenceSigma is { } half
            ? $"Half of the predictions' dependence on the sample is gone at sigma {Words.Sigma(half)} (95 % interval {dependence.HalfInterval()})."
            : dependence.Unknown() is { } why ? why + "."
            : "Where half of the predictions' dependence on the sample is gone cannot be told from this run.";
    }

    /// <summary>How a run goes from sample to model, found as by default.</summary>
    internal static Task<NoiseTransition> FindAsync(AskedRun run, CancellationToken cancellationToken = default) =>
        run.FindAsync(observations => NoiseTransition.Of(observations), cancellationToken);

    /// <inheritdoc/>
    protected override async Task<DependenceAnswer> AnswerAsync(AskedRun run, AskOptions options, CancellationToken cancellationToken)
    {
        var observations = await run.ReadAsync(cancellationToken);
        var found = options.Seed == 0 ? await FindAsync(run, cancellationToken) : NoiseTransition.Of(observations, options.Seed);
        return DependenceAnswer.Create(observations.Info, found);
    }
}
