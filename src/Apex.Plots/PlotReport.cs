using Apex.Facts;
using Apex.Reporting;

namespace Apex.Plots;

/// <summary>What <c>apex plot</c> says.</summary>
/// <param name="Plot">Name of the plot.</param>
/// <param name="Runs">Its runs, as given.</param>
/// <param name="File">The file that was written.</param>
/// <param name="Format">What it was written as.</param>
/// <param name="Warnings">What looks wrong about the runs; empty where nothing does.</param>
public sealed record PlotReport(string Plot, IReadOnlyList<string> Runs, string File, PlotFormat Format, IReadOnlyList<RunWarning> Warnings)
{
    /// <summary>For programs.</summary>
    public string ToJson() => JsonText.Of(this);

    /// <summary>For people: the file.</summary>
    public string ToText() => File + "\n";
}
