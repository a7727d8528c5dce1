using System.Globalization;
using System.Text;

namespace Apex.Reporting;

/// <summary>The text of a report, line by line. No line ends in blanks: the text is made to be pasted.</summary>
internal sealed class ReportText
{
    private readonly StringBuilder _text = new();

    /// <summary>A line, its numbers in the invariant culture.</summary>
    public void Line(FormattableString line) => _text.AppendLine(line.ToString(CultureInfo.InvariantCulture).TrimEnd());

    /// <summary>An empty line.</summary>
    public void Line() => _text.AppendLine();

    /// <inheritdoc/>
    public override string ToString() => _text.ToString();
}
