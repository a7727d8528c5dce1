using Apex.Answers;
using Spectre.Console;

namespace Apex.Cli;

/// <summary>Prints answers: JSON; text, plain where it is redirected, with rules and colours on a terminal.</summary>
internal static class Print
{
    public static void Answer(Answer answer, bool json)
    {
        if (json)
            Console.Out.Write(answer.ToJson());
        else if (Console.IsOutputRedirected || AnsiConsole.Profile.Capabilities.ColorSystem == ColorSystem.NoColors)
            Console.Out.Write(answer.ToText().ToString());
        else
            Draw(AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Out) }), answer.ToText());
    }

    /// <summary>Draws a text on a terminal.</summary>
    internal static void Draw(IAnsiConsole console, AnswerText text)
    {
        foreach (var block in text.Blocks)
        {
            if (block.Columns.Count == 0)
                console.WriteLine(block.Line, block.Line.StartsWith("Warning:", StringComparison.Ordinal) ? new Style(Color.Yellow) : Style.Plain);
            else
                console.Write(Table(block.Columns));
        }
    }

    private static Table Table(IReadOnlyList<AnswerColumn> columns)
    {
        var table = new Table { Border = TableBorder.Simple, ShowHeaders = columns.Any(c => c.Head.Length > 0), UseSafeBorder = true };
        if (!table.ShowHeaders)
            table.Border = TableBorder.None;
        foreach (var column in columns)
        {
            var head = new Text(column.Head.Trim(), new Style(decoration: Decoration.Bold));
            table.AddColumn(new TableColumn(head) { NoWrap = true, Alignment = column.IsRight ? Justify.Right : Justify.Left });
        }

        for (int row = 0; row < columns[0].Cells.Count; row++)
            table.AddRow(columns.Select(c => new Text(c.Cells[row], c.Shares is null ? Style.Plain : new Style(Color.Green))));
        return table;
    }
}
