using Apex.Analysis.Labels;
using Apex.Answers;
using Apex.Data;
using Apex.Experiments;
using Apex.Observations;

namespace Apex.Questions;

/// <summary>Which labels look wrong?</summary>
internal sealed class AuditQuestion : Question<AuditAnswer>
{
    /// <inheritdoc/>
    public override string Name => "audit";

    /// <inheritdoc/>
    public override string Asks => "labels that look wrong";

    /// <inheritdoc/>
    public override string Explains => """
        Rank labelled samples by how wrong their label looks: the model predicts something else, or it predicts the label and
        lets go of it as soon as noise sets in, as it does of what it memorised.
        """;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Examples => ["run", "run `Top` 100 `Out` suspects.csv", "run `Truth` flipped.csv:flipped"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Reads => [nameof(AskOptions.Truth), nameof(AskOptions.Top), nameof(AskOptions.Seed)];

    /// <summary>The labels of a run, audited.</summary>
    internal static Task<LabelAudit> FindAsync(AskedRun run, CancellationToken cancellationToken) => run.FindAsync(LabelAudit.Of, cancellationToken);

    /// <inheritdoc/>
    public override bool IsFor(AskedRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return run.ReadAsync().GetAwaiter().GetResult().Samples.Any(s => s.Label is not null);
    }

    /// <inheritdoc/>
    public override IEnumerable<string> InShort(AskedRun run, Answer answer)
    {
        var audit = (AuditAnswer)answer;
        string irregular = $"{audit.Irregular} more are predicted as labelled, but are among the 5 % least regular";
        yield return $"{audit.PredictedOtherwise} of {audit.Samples} labels are predicted as another class; {irregular}. "
            + "These are the suspect ones, a list to look at.";
    }

    /// <inheritdoc/>
    protected override async Task<AuditAnswer> AnswerAsync(AskedRun run, AskOptions options, CancellationToken cancellationToken)
    {
        var known = options.Truth is { } file ? ScoreFile.Open(file) : null;
        var observations = await run.ReadAsync(cancellationToken);
        var audit = await FindAsync(run, cancellationToken);
        IReadOnlyList<LabelDetection>? detection = null;
        if (known is not null)
        {
            var wrong = observations.Samples.Zip(observations.Match(known)).ToDictionary(p => p.First.SampleId, p => p.Second);
            if (wrong.Values.Any(w => w is not (0 or 1)))
                throw new InvalidInputException($"{known.Spec}: '{known.Name}' holds other numbers than 0 and 1; give 1 for a wrong label, 0 for a right one");
            detection = audit.Against([.. audit.Suspects.Select(s => wrong[s.SampleId] == 1)], options.Seed);
        }

        return AuditAnswer.Create(observations.Info, audit, detection, options.Top, run.Once(() => SampleFiles.Of(run.Info, cancellationToken)));
    }
}
