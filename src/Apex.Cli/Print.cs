using Apex.Answers;
using Spectre.Console;

namespace Apex.Cli;

/// <summary>Prints answers: JSON; text, plain where it is redirected, with rules and colours on a terminal.</summary>
internal static class Print
{
    /// <summary>Characters below which a bar says nothing.</summary>
    private const int ShortestBar = 5;

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
            else if (Fitting(block.Columns, console.Profile.Width) is { } columns)
                console.Write(Table(columns));
            else
                console.Profile.Out.Writer.Write(new AnswerText().Table([.. block.Columns.Where(c => c.Shares is null)]).ToString());
        }
    }

    /// <summary>
    /// The columns of a table that fit: bars, which repeat a number, become shorter or are left out. Null where the numbers alone are too wide: the table is
    /// then printed as it is where it is redirected, for no column may be lost and no number broken.
    /// </summary>
    private static IReadOnlyList<AnswerColumn>? Fitting(IReadOnlyList<AnswerColumn> columns, int width)
    {
        // A blank on each side of a cell, and what stands between two.
        int Needs(IEnumerable<AnswerColumn> own) => own.Sum(c => c.Width + 3) + 1;
        if (Needs(columns) <= width)
            return columns;
        int left = width - Needs(columns.Where(c => c.Shares is null));
        if (left < 0)
            return null;
        int bars = columns.Count(c => c.Shares is not null);
        return [.. columns.Where(c => c.Shares is null || left / bars - 3 >= ShortestBar).Select(c => c.Shares is null ? c : Shortened(c, left / bars - 3))];
    }

    private static AnswerColumn Shortened(AnswerColumn bar, int width) => bar.Width <= width ? bar
        : AnswerColumn.Bar(bar.Shares!, share => share, (int)(width / bar.Shares!.Where(double.IsFinite).DefaultIfEmpty(1).Max()));

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
