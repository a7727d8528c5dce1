using System.Globalization;
using Apex.Answers;
using Apex.Facts;
using Xunit;

namespace Apex.Tests.Answers;

/// <summary>The text of answers is made to be pasted: padded, without blanks at the end, the same in every country.</summary>
public class AnswerTextTests
{
    private static readonly (string Name, double Value)[] Rows = [("first", 1.5), ("b", 10.25), ("the third", 0)];

    [Fact]
    public void Columns_begin_or_end_below_each_other()
    {
        string text = new AnswerText().Table(
            AnswerColumn.Right("n", Rows, r => $"{r.Value}"),
            AnswerColumn.Left("name", Rows, r => $"{r.Name}"),
            AnswerColumn.Left("", Rows, r => $"{r.Value:f1}")).ToString();
        Assert.Equal(
            """
                  n  name
                1.5  first      1.5
              10.25  b          10.2
                  0  the third  0.0

            """.ReplaceLineEndings(), text);
    }

    [Fact]
    public void No_line_ends_in_blanks()
    {
        string text = new AnswerText().Line($"told   ").Line().Table(
            AnswerColumn.Left("name", Rows, r => $"{r.Name}"), AnswerColumn.Left("said of one only", Rows, r => $"{(r.Value > 9 ? "much" : "")}")).ToString();
        Assert.Equal(["told", "", "  name       said of one only", "  first", "  b          much", "  the third", ""], text.Split(Environment.NewLine));
    }

    [Fact]
    public void A_table_without_heads_has_no_line_for_them_and_one_without_rows_is_none()
    {
        Assert.Equal($"  1{Environment.NewLine}", new AnswerText().Table(AnswerColumn.Left("", [1], r => $"{r}")).ToString());
        Assert.Equal("", new AnswerText().Table(AnswerColumn.Left("name", Array.Empty<int>(), r => $"{r}")).ToString());
        Assert.Empty(new AnswerText().Table([]).Blocks);
    }

    [Fact]
    public void Columns_of_different_length_are_refused()
    {
        var told = Assert.Throws<ArgumentException>(() => new AnswerText().Table(
            AnswerColumn.Left("name", Rows, r => $"{r.Name}"), AnswerColumn.Left("number", Rows.Take(2), r => $"{r.Value}")));
        Assert.Contains("3, 2", told.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bars_are_as_long_as_their_shares()
    {
        var bar = AnswerColumn.Bar([0, 0.5, 1, 2, -1, double.NaN], v => v, width: 4);
        Assert.Equal(["", "██", "████", "████", "", ""], bar.Cells);
        Assert.Equal([0, 0.5, 1, 2, -1, double.NaN], bar.Shares!);
    }

    [Fact]
    public void Warnings_come_first_and_say_what_follows()
    {
        Assert.Equal("", new AnswerText().Warn([]).ToString());
        string text = new AnswerText().Warn([new RunWarning("w", "labels look shuffled")], "this audit").ToString();
        Assert.Equal(["Warning: labels look shuffled", "Unless that is meant, this audit cannot be trusted.", "", ""], text.Split(Environment.NewLine));
    }

    [Fact]
    public void Text_is_the_same_where_numbers_have_a_comma()
    {
        var before = CultureInfo.CurrentCulture;
        // The tests run without the data of cultures: this is what matters of de-DE.
        var german = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        (german.NumberFormat.NumberDecimalSeparator, german.NumberFormat.PercentDecimalSeparator, german.NumberFormat.NumberGroupSeparator) = (",", ",", ".");
        string invariant = Told();
        try
        {
            CultureInfo.CurrentCulture = german;
            Assert.Equal("1,5", $"{1.5}");
            Assert.Equal(invariant, Told());
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }

        Assert.Contains("1.5 of 1,000.0 and 12.5 %", invariant, StringComparison.Ordinal);

        static string Told()
        {
            Ends ends = new(0.125, 0.25);
            return new AnswerText().Line($"{1.5} of {1000:n1} and {0.125:p1}").Table(
                AnswerColumn.Right("value", Rows, r => $"{r.Value:g3}"),
                AnswerColumn.Left("share", Rows,
                    r => $"{Words.Share(0.2, ends)} {Words.Estimate(r.Value, ends)} {Words.Sigma(r.Value)} {Words.PValue(0.25)}")).ToString();
        }
    }
}
