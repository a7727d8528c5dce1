using System.Globalization;
using System.Text;
using Apex.Facts;

namespace Apex.Reporting;

/// <summary>The text of a report, line by line. No line ends in blanks: the text is made to be pasted.</summary>
internal sealed class ReportText
{
    private readonly StringBuilder _text = new();

    /// <summary>A line, its numbers in the invariant culture.</summary>
    public void Line(FormattableString line) => _text.AppendLine(line.ToString(CultureInfo.InvariantCulture).TrimEnd());

    /// <summary>An empty line.</summary>
    public void Line() => _text.AppendLine();

    /// <summary>What looks wrong about a run, and what follows for a report on it; nothing where nothing does.</summary>
    /// <param name="warnings">The warnings.</param>
    /// <param name="what">What the report is: <c>this audit</c>.</param>
    public void Warn(IReadOnlyList<RunWarning>? warnings, string what)
    {
        if (warnings is not { Count: > 0 })
            return;
        foreach (var warning in warnings)
            Line($"Warning: {warning.Message}");
        Line($"Unless that is meant, {what} cannot be trusted.");
        Line();
    }

    /// <inheritdoc/>
    public override string ToString() => _text.ToString();
}
