using Apex.Analysis.Transitions;
using Apex.Answers;
using Apex.Experiments;

namespace Apex.Questions;

/// <summary>Which classes does the model hold to be close?</summary>
internal sealed class TransitionsQuestion : Question<TransitionsAnswer>
{
    /// <inheritdoc/>
    public override string Name => "transitions";

    /// <inheritdoc/>
    public override string Asks => "classes that the model holds to be close";

    /// <inheritdoc/>
    public override string Explains => """
        Where small noise takes predictions: the matrix of first escapes from class to class, whether they stay among like
        classes, and the strongest transitions in words.
        """;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Examples => ["run", "run `Taxonomy` groups.json"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Reads => [nameof(AskOptions.Taxonomy), nameof(AskOptions.Top), nameof(AskOptions.Seed)];

    /// <inheritdoc/>
    public override string Panel => "Where small noise leads";

    internal override bool IsDrawnByScript => true;

    /// <summary>The transitions of a run, found as by default.</summary>
    internal static Task<ClassTransitions> FindAsync(AskedRun run, CancellationToken cancellationToken = default) =>
        run.FindAsync(observations => ClassTransitions.Find(observations, Taxonomy.For(observations.Info.Model.Classes)), cancellationToken);

    /// <inheritdoc/>
    protected override async Task<TransitionsAnswer> AnswerAsync(AskedRun run, AskOptions options, CancellationToken cancellationToken)
    {
        var observations = await run.ReadAsync(cancellationToken);
        var classes = observations.Info.Model.Classes;
        var found = options is { Taxonomy: null, Seed: 0 }
            ? await FindAsync(run, cancellationToken)
            : ClassTransitions.Find(observations, options.Taxonomy is { } file ? Taxonomy.Read(file, classes) : Taxonomy.For(classes), options.Seed);
        return TransitionsAnswer.Create(observations.Info, found, options.Top ?? Top);
    }
}
