using Apex.Analysis.Regularity;
using Apex.Answers;

namespace Apex.Questions;

/// <summary>At which noise does each sample lose its prediction?</summary>
internal sealed class EscapeQuestion : Question<EscapeAnswer>
{
    /// <inheritdoc/>
    public override string Name => "escape";

    /// <inheritdoc/>
    public override string Asks => "the noise at which each sample loses its prediction";

    /// <inheritdoc/>
    public override string Explains => """
        The noise at which each sample escapes its clean prediction, with intervals, and how many samples of each class still
        hold at which noise (Kaplan-Meier, because those that never escape on the grid are censored).
        `ProbeJob.FindEscapeAsync` finds the same with a fraction of the passes.
        """;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Examples => ["run", "run `FlipLevel` 0.25 `Out` escape.csv", "run `Mode`"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Reads => [nameof(AskOptions.Mode), nameof(AskOptions.Top), nameof(AskOptions.FlipLevel)];

    /// <inheritdoc/>
    public override bool IsOnPage => false;

    /// <inheritdoc/>
    protected override async Task<EscapeAnswer> AnswerAsync(AskedRun run, AskOptions options, CancellationToken cancellationToken)
    {
        if (options is { Mode: true, FlipLevel: not null })
            throw new InvalidInputException("`Mode` and `FlipLevel` contradict each other: they are two readings; give one of them");
        double tau = options.CheckedFlipLevel;
        var observations = await run.ReadAsync(cancellationToken);
        var summary = EscapeSummary.Summarise(observations, options.Mode ? null : tau);
        return EscapeAnswer.Create(summary, observations.Info.Model.Classes, options.Top ?? Top, observations.Info.Warnings);
    }
}
