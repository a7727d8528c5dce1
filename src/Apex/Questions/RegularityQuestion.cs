using System.Globalization;
using Apex.Analysis.Regularity;
using Apex.Answers;
using Apex.Data;
using Apex.Experiments;
using Apex.Observations;

namespace Apex.Questions;

/// <summary>Which samples are typical, which odd?</summary>
internal sealed class RegularityQuestion : Question<RegularityAnswer>
{
    /// <inheritdoc/>
    public override string Name => "regularity";

    /// <inheritdoc/>
    public override string Asks => "typical and odd samples";

    /// <inheritdoc/>
    public override string Explains => """
        Rank samples by how regular the model finds them: typical samples keep their prediction under noise, odd, ambiguous or
        memorised ones lose it early. Compares every readout with an established metric if one is given.
        """;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Examples => ["run", "run `Out` ranking.csv", "run `Against` cifar10-cscores-orig-order.npz:scores"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Reads =>
        [nameof(AskOptions.Against), nameof(AskOptions.InputRun), nameof(AskOptions.Top), nameof(AskOptions.FlipLevel), nameof(AskOptions.Seed)];

    /// <summary>The samples of a run, ranked as by default.</summary>
    internal static Task<RegularityRanking> FindAsync(AskedRun run, CancellationToken cancellationToken = default) =>
        run.FindAsync(observations => RegularityRanking.Of(observations), cancellationToken);

    /// <inheritdoc/>
    public override IEnumerable<string> InShort(AskedRun run, Answer answer)
    {
        // Read already: the ranking is of it.
        var observations = run.ReadAsync().GetAwaiter().GetResult();
        int last = ApexScore.Levels(observations.FlipRates) - 1;
        double flips = observations.FlipRates[last];
        string noise = $"noise up to sigma {Words.Sigma(observations.Sigmas[last])}";
        string flip = flips.ToString("p1", CultureInfo.InvariantCulture);
        yield return $"Samples are ranked from odd to typical by {noise}, where {flip} of draws flip (the default score of apex regularity).";
    }

    /// <inheritdoc/>
    protected override async Task<RegularityAnswer> AnswerAsync(AskedRun run, AskOptions options, CancellationToken cancellationToken)
    {
        double flipLevel = options.CheckedFlipLevel;
        var scores = options.Against is { } file ? ScoreFile.Open(file) : null;
        var observations = await run.ReadAsync(cancellationToken);
        var inputRun = options.InputRun is { } other ? await AskedRun.Open(other).ReadAsync(cancellationToken) : null;
        var ranking = inputRun is null && options.FlipLevel is null ? await FindAsync(run, cancellationToken)
            : RegularityRanking.Of(observations, flipLevel, inputRun);
        var alignment = scores is null ? null : ranking.Against(observations.Match(scores), options.Seed);
        return RegularityAnswer.Create(observations.Info, ranking, alignment, options.Against, options.Top ?? Top,
            run.Once(() => SampleFiles.Of(run.Info, cancellationToken)));
    }
}
