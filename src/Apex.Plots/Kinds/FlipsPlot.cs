using Apex.Plots.Drawing;

namespace Apex.Plots.Kinds;

/// <summary>Flip rate over sigma: the mean over samples of q(x, sigma), with its 95 % interval.</summary>
internal sealed class FlipsPlot : IRunPlot
{
    public string Name => "flips";

    public string What => "flip rate over sigma";

    public bool Overlays => true;

    public PlotSize AxesOf(PlottedRun run) => Layout.Column;

    public string? Refusal(PlottedRun run, PlotOptions options) => run.Summary.FlipRate.All(r => double.IsNaN(r.Value)) ? Layout.NothingFinite : null;

    public void Draw(Figure figure, IReadOnlyList<PlottedRun> runs, PlotOptions options)
    {
        Layout.OverSigma(figure, runs);
        figure.Caption = Layout.Caption(runs, "95 % intervals");
        figure.Shares("flip rate q");
        foreach (var (r, run) in runs.Index())
            figure.Curve(Layout.NameOf(runs, r), run.Summary.Sigmas, run.Summary.FlipRate, SeriesStyle.Of(r));
    }
}
