using Apex.Questions;

namespace Apex.Cli.Commands;

/// <summary>What the command line says of a question: its words with the options that they stand for.</summary>
internal static class Help
{
    public static string Of(Question question) =>
        $"{OptionWords.Translate(question.Explains)}\n\nExamples:\n{string.Join('\n', Examples(question).Select(e => $"  apex {question.Name} {e}"))}";

    private static IEnumerable<string> Examples(Question question) => [.. question.Examples.Select(OptionWords.Translate), "run --json"];
}
