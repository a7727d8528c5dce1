namespace Apex.Answers;

/// <summary>The page that was written: <c>apex report RUN</c>.</summary>
/// <param name="File">The file.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Runs">The folders of its runs.</param>
public sealed record ReportAnswer(string File, long Bytes, IReadOnlyList<string> Runs) : Answer
{
    /// <inheritdoc/>
    public override AnswerText ToText() => new AnswerText().Line($"{File}");
}
