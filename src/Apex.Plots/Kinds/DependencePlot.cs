using Apex.Analysis.LargeNoise;
using Apex.Analysis.Statistics;
using Apex.Answers;
using Apex.Plots.Drawing;

namespace Apex.Plots.Kinds;

/// <summary>Sample dependence S over sigma where it can be believed, with its 95 % interval, and where half of it is gone.</summary>
internal sealed class DependencePlot : IRunPlot
{
    public string Name => "dependence";

    public string What => "sample dependence over sigma, and where half of it is gone";

    public bool Overlays => true;

    public PlotSize AxesOf(PlottedRun run) => Layout.Column;

    public string? Refusal(PlottedRun run, PlotOptions options) => run.Transition.Levels.Any(Believed)
        ? null
        : "at no level can the sample dependence be believed: more draws are needed, or nearly all predictions fall on one class (apex dependence says which)";

    public void Draw(Figure figure, IReadOnlyList<PlottedRun> runs, PlotOptions options)
    {
        int dark = runs.Sum(run => run.Transition.Levels.Count(l => !Believed(l)));
        Layout.OverSigma(figure, runs);
        figure.Caption = Layout.Caption(runs, [
            "95 % bootstrap intervals",
            .. runs.Select((run, r) => (runs.Count > 1 ? $"{Layout.Letter(r)}: " : "") + Half(run.Transition.HalfDependence)),
            dark == 0 ? "" : $"{dark} of {runs.Sum(run => run.Transition.Levels.Count)} levels that cannot be believed are left out"]);
        figure.Shares("sample dependence S");
        foreach (var (r, run) in runs.Index())
        {
            figure.Mark("", run.Transition.HalfDependence, SeriesStyle.Of(r));
            figure.Curve(
                Layout.NameOf(runs, r),
                run.Transition.Sigmas,
                [.. run.Transition.Levels.Select(l => Believed(l) ? new Interval(l.Value, l.Low, l.High, l.Samples) : Layout.Unknown)],
                SeriesStyle.Of(r));
        }
    }

    private static string Half(Interval sigma) => double.IsNaN(sigma.Value)
        ? "where half of it is gone cannot be told"
        : $"half of it is gone at σ = {Words.Sigma(sigma.Value)} [{Words.Sigma(sigma.Low)}, {Words.Sigma(sigma.High)}]";

    private static bool Believed(SampleDependence level) => level.Status == DependenceStatus.Reliable;
}
