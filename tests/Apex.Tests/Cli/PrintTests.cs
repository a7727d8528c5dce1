using Apex.Answers;
using Apex.Cli;
using Spectre.Console;
using Xunit;

namespace Apex.Tests.Cli;

public class PrintTests
{
    private static readonly AnswerText Text = new AnswerText().Line($"what the table is of").Table(
        AnswerColumn.Left("class", Enumerable.Range(0, 3), i => $"T-shirt/top {i}"),
        AnswerColumn.Right("n", Enumerable.Range(0, 3), i => $"{100 * i + 7}"),
        AnswerColumn.Left("half-flip sigma", Enumerable.Range(0, 3), i => $"0.1{i}8 [0.09{i}, 0.2{i}]"),
        AnswerColumn.Left("share", Enumerable.Range(0, 3), i => $"{i + 50}.3 % [41.2 %, 59.{i} %] of 158"),
        AnswerColumn.Bar(Enumerable.Range(0, 3), i => 0.1 + 0.4 * i, 20));

    /// <summary>However narrow the terminal, every number is there, and whole.</summary>
    [Theory]
    [InlineData(20)]
    [InlineData(40)]
    [InlineData(60)]
    [InlineData(80)]
    [InlineData(90)]
    [InlineData(96)]
    [InlineData(100)]
    [InlineData(120)]
    [InlineData(200)]
    public void No_column_is_lost_and_no_number_broken(int width)
    {
        string drawn = Drawn(width);
        foreach (var column in Text.Blocks[1].Columns.Where(c => c.Shares is null))
        {
            Assert.Contains(column.Head, drawn, StringComparison.Ordinal);
            Assert.All(column.Cells, cell => Assert.Contains(cell.Trim(), drawn, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void A_bar_becomes_shorter_before_it_goes_and_keeps_its_proportions()
    {
        int[] Bars(int width) => [.. Drawn(width).Split('\n').Select(l => l.Count(c => c == '█')).Where(n => n > 0)];
        Assert.Equal([2, 10, 18], Bars(200));
        int[] shorter = Bars(96);
        Assert.Equal(3, shorter.Length);
        Assert.InRange(shorter[2], 5, 17);
        Assert.InRange(shorter[1], shorter[2] * 5 / 9.0 - 1, shorter[2] * 5 / 9.0 + 1);
        Assert.All(Drawn(96).Split('\n'), line => Assert.True(line.TrimEnd().Length <= 96, line));
    }

    private static string Drawn(int width)
    {
        using var output = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(output),
        });
        console.Profile.Width = width;
        Print.Draw(console, Text);
        return output.ToString();
    }
}
