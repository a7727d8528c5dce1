using Apex.Analysis;
using Apex.Plots.Drawing;

namespace Apex.Plots.Kinds;

/// <summary>
/// Share of each class over sigma, the marginal response P̄(y | sigma), with 95 % intervals; of many classes the largest, and all others together.
/// </summary>
internal sealed class SharesPlot : IRunPlot
{
    public string Name => "shares";

    public string What => "share of each class over sigma";

    public bool Overlays => false;

    public PlotSize AxesOf(PlottedRun run) => Layout.Column;

    public string? Refusal(PlottedRun run, PlotOptions options) =>
        run.Summary.ClassShares.All(row => row.All(s => double.IsNaN(s.Value))) ? Layout.NothingFinite : null;

    public void Draw(Figure figure, IReadOnlyList<PlottedRun> runs, PlotOptions options)
    {
        var (run, summary) = (runs[0], runs[0].Summary);
        var largest = LargestClasses.Choose(summary.ClassShares, run.All, run.Info.Plan.Draws, SeriesStyle.Count);
        Layout.OverSigma(figure, runs);
        figure.Caption = Layout.Caption(
            runs, "95 % intervals", largest.Others is null ? "" : $"the {largest.Classes.Count} largest of {summary.Classes.Count} classes");
        figure.Shares("share of predictions");
        if (largest.Others is { } others)
            figure.Curve($"{summary.Classes.Count - largest.Classes.Count} others", summary.Sigmas, others, SeriesStyle.Rest);
        foreach (var (place, y) in largest.Classes.Index())
            figure.Curve(
                summary.Classes[y], summary.Sigmas, [.. summary.ClassShares.Select(row => row[y])], SeriesStyle.OfClass(y, place, summary.Classes.Count));
    }
}
