using Apex.Analysis.Sensitivity;
using Apex.Answers;

namespace Apex.Questions;

/// <summary>Which classes give way to noise first, and to which others?</summary>
internal sealed class ClassesQuestion : Question<ClassesAnswer>
{
    /// <inheritdoc/>
    public override string Name => "classes";

    /// <inheritdoc/>
    public override string Asks => "which classes give way first, and to which others";

    /// <inheritdoc/>
    public override string Explains => """
        What noise does to each class, the class that gives way first, first. A class has the samples that are labelled so, or,
        where the run has no labels, that are predicted so. Its columns: n, its samples; accuracy, the share of them that is
        predicted as labelled without noise; half-flip sigma, the noise at which half of their draws flip; leaks to, the class
        that most draws escape to first; share of escapes, how many of how many draws; flips, the share of draws that flip at the
        largest level of small noise. In brackets: 95 % intervals.
        """;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Examples => ["run", "run `Out` classes.csv"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Reads => [nameof(AskOptions.Top), nameof(AskOptions.Seed)];

    /// <inheritdoc/>
    public override int Top => 20;

    /// <inheritdoc/>
    public override string Panel => "Which classes give way first";

    /// <inheritdoc/>
    public override IEnumerable<string> InShort(AskedRun run, Answer answer)
    {
        var classes = (ClassesAnswer)answer;
        ClassesAnswer.ClassFlips[] ranked = [.. classes.Ranked];
        if (ranked.Length < 2)
            yield break;
        string Interval(ClassesAnswer.ClassFlips c) => $"{Words.Sigma(c.HalfLow ?? double.NaN)} to {Words.Sigma(c.HalfHigh ?? double.PositiveInfinity)}";
        var (first, last) = (ranked[0], ranked[^1]);
        string leak = first.LeaksToName is { } to ? FormattableString.Invariant(
            $", which at small noise escape most often to {to} ({first.LeakShare:p1} of {first.Escapes})") : "";
        yield return $"Of the classes {first.Name} gives way first: half of its draws flip at sigma {classes.Half(first)} "
            + $"(95 % interval {Interval(first)}, n = {first.N}){leak}; "
            + $"last {last.Name}: {classes.Half(last)} ({Interval(last)}, n = {last.N}).";
    }

    /// <inheritdoc/>
    protected override async Task<ClassesAnswer> AnswerAsync(AskedRun run, AskOptions options, CancellationToken cancellationToken)
    {
        var observations = await run.ReadAsync(cancellationToken);
        var found = ClassSensitivity.Of(observations, options.Seed);
        return ClassesAnswer.Create(observations.Info, found, observations.Sigmas[observations.SmallNoise], options.Top ?? Top);
    }
}
