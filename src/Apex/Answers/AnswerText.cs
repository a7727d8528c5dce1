using System.Globalization;
using System.Text;
using Apex.Facts;

namespace Apex.Answers;

/// <summary>
/// The text of an answer: lines and tables, which the command line prints and the page shows. Numbers are in the invariant culture. No line ends in blanks:
/// the text is made to be pasted.
/// </summary>
public sealed class AnswerText
{
    private readonly List<AnswerBlock> _blocks = [];

    /// <summary>Lines and tables, in order.</summary>
    public IReadOnlyList<AnswerBlock> Blocks => _blocks;

    /// <summary>Adds a line.</summary>
    /// <param name="line">The line.</param>
    public AnswerText Line(FormattableString line)
    {
        _blocks.Add(new AnswerBlock(line.ToString(CultureInfo.InvariantCulture).TrimEnd(), []));
        return this;
    }

    /// <summary>Adds an empty line.</summary>
    public AnswerText Line()
    {
        _blocks.Add(new AnswerBlock("", []));
        return this;
    }

    /// <summary>Adds a table; nothing where it has no rows.</summary>
    /// <param name="columns">Its columns, of as many cells each.</param>
    /// <exception cref="ArgumentException">The columns differ in length.</exception>
    public AnswerText Table(params IReadOnlyList<AnswerColumn> columns)
    {
        ArgumentNullException.ThrowIfNull(columns);
        if (columns.Select(c => c.Cells.Count).Distinct().Count() > 1)
            throw new ArgumentException($"columns of {string.Join(", ", columns.Select(c => c.Cells.Count))} cells", nameof(columns));
        if (columns.Count > 0 && columns[0].Cells.Count > 0)
            _blocks.Add(new AnswerBlock("", columns));
        return this;
    }

    /// <summary>Adds what looks wrong, and what follows for an answer; nothing where nothing does.</summary>
    /// <param name="warnings">The warnings.</param>
    /// <param name="what">What cannot be trusted then: <c>this audit</c>.</param>
    public AnswerText Warn(IReadOnlyList<RunWarning> warnings, string what = "this answer")
    {
        ArgumentNullException.ThrowIfNull(warnings);
        if (warnings.Count == 0)
            return this;
        foreach (var warning in warnings)
            Line($"Warning: {warning.Message}");
        return Line($"Unless that is meant, {what} cannot be trusted.").Line();
    }

    /// <summary>Plain text, its tables padded with blanks.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var block in _blocks)
        {
            if (block.Columns.Count == 0)
                text.AppendLine(block.Line);
            else
                Append(text, block.Columns);
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, IReadOnlyList<AnswerColumn> columns)
    {
        int[] widths = [.. columns.Select(c => c.Width)];
        if (columns.Any(c => c.Head.Length > 0))
            Row(c => c.Head);
        for (int row = 0; row < columns[0].Cells.Count; row++)
            Row(c => c.Cells[row]);

        void Row(Func<AnswerColumn, string> cell)
        {
            var padded = columns.Select((c, i) => c.IsRight ? cell(c).PadLeft(widths[i]) : cell(c).PadRight(widths[i]));
            text.AppendLine($"  {string.Join("  ", padded)}".TrimEnd());
        }
    }
}
