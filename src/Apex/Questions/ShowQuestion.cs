using System.Globalization;
using Apex.Answers;
using Apex.Facts;

namespace Apex.Questions;

/// <summary>What does a run show at first sight?</summary>
internal sealed class ShowQuestion : Question<ShowAnswer>
{
    /// <summary>Samples that are listed where nobody says how many.</summary>
    internal const int DefaultTop = 5;

    /// <inheritdoc/>
    public override string Name => "show";

    /// <inheritdoc/>
    public override string Asks => "what a run shows at first sight";

    /// <inheritdoc/>
    public override string Explains =>
        "Summarise a run: accuracy, flip rate by sigma, the most and least regular samples, the class shares at the largest sigma.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Reads => [nameof(AskOptions.Top)];

    /// <inheritdoc/>
    public override int Top => DefaultTop;

    /// <inheritdoc/>
    public override IEnumerable<string> InShort(AskedRun run, Answer answer)
    {
        var (show, info) = ((ShowAnswer)answer, run.Info);
        string data = Path.GetFileName(Path.TrimEndingDirectorySeparator(info.Data.Spec));
        string noise = $"noise on {(info.Plan.Space == NoiseSpace.Activation ? "the activations of " : "")}{Words.Perturbed(info.Plan)}";
        yield return $"{Path.GetFileName(show.Model)} on {show.Samples} samples of {data}, "
            + $"{show.Draws} draws at each of {show.Sigmas.Count} noise levels, {noise}.";
        yield return show.Accuracy is { } accuracy
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"Without noise it gets {accuracy.Value:p1} right (95 % interval {accuracy.Low:p1} to {accuracy.High:p1}, n = {accuracy.N}).")
            : "The data has no labels, so how often it is right is not known.";
    }

    /// <inheritdoc/>
    protected override async Task<ShowAnswer> AnswerAsync(AskedRun run, AskOptions options, CancellationToken cancellationToken)
    {
        var summary = await run.SummariseAsync(options.Top ?? DefaultTop, cancellationToken);
        return ShowAnswer.Create(run.Info, summary, run.Path);
    }
}
