using Apex.Answers;

namespace Apex.Plots;

/// <summary>The figure that was drawn: <c>apex plot RUN NAME</c>.</summary>
/// <param name="Plot">Name of the plot.</param>
/// <param name="Runs">Its runs, as given.</param>
/// <param name="File">The file that was written.</param>
/// <param name="Format">What it was written as.</param>
public sealed record PlotAnswer(string Plot, IReadOnlyList<string> Runs, string File, PlotFormat Format) : Answer
{
    /// <inheritdoc/>
    public override AnswerText ToText() => new AnswerText().Line($"{File}");
}
