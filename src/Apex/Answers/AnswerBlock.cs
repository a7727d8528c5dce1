namespace Apex.Answers;

/// <summary>A line of an answer's text, or a table in it.</summary>
/// <param name="Line">The line; empty where it is a table.</param>
/// <param name="Columns">The columns of a table; none for a line.</param>
public sealed record AnswerBlock(string Line, IReadOnlyList<AnswerColumn> Columns);
