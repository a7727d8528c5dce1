using Apex.Analysis.Regularity;
using Apex.Analysis.Statistics;
using Apex.Answers;
using Apex.Plots.Drawing;

namespace Apex.Plots.Kinds;

/// <summary>
/// Share of the samples that still hold their prediction at each sigma: Kaplan-Meier curves of escape noise by flip level, of all samples or by
/// predicted class.
/// </summary>
internal sealed class EscapePlot : IRunPlot
{
    public string Name => "escape";

    public string What => "share of samples that have not escaped by sigma (`ByClass`: of each predicted class)";

    public bool Overlays => true;

    public PlotSize AxesOf(PlottedRun run) => Layout.Column;

    public void Check(IReadOnlyList<PlottedRun> runs, PlotOptions options)
    {
        if (options.ByClass && runs.Count > 1)
            throw new InvalidInputException("`ByClass`: is of one run; two runs are laid over each other without it");
    }

    public string? Refusal(PlottedRun run, PlotOptions options) => run.Escapes(options.FlipLevel).Ordered.Count == 0 ? Layout.NothingFinite : null;

    public void Draw(Figure figure, IReadOnlyList<PlottedRun> runs, PlotOptions options)
    {
        EscapeSummary[] escapes = [.. runs.Select(run => run.Escapes(options.FlipLevel))];
        var classes = runs[0].Info.Model.Classes;
        ClassSurvival[] byClass = [.. escapes[0].Curves.Where(c => c.Class is not null).OrderByDescending(c => c.Samples).ThenBy(c => c.Class)];
        ClassSurvival[] shown = [.. byClass.Take(SeriesStyle.Count)];
        Layout.OverSigma(figure, runs);
        figure.Caption = Layout.Caption(runs, FormattableString.Invariant($"Kaplan-Meier with 95 % intervals, flip level {options.FlipLevel}"),
            options.ByClass && shown.Length < byClass.Length ? $"the {shown.Length} most frequent of {byClass.Length} predicted classes" : "",
            string.Join("; ", escapes.Select((e, r) => (runs.Count > 1 ? $"{Layout.Letter(r)}: " : "")
                + $"{e.Curves[0].Censored} samples have not escaped at σ = {Words.Sigma(e.Largest)}")));
        figure.Shares("share not yet escaped");
        if (options.ByClass)
        {
            foreach (var (place, curve) in shown.Index())
            {
                int y = curve.Class!.Value;
                Draw(figure, $"{classes[y]} ({curve.Samples})", escapes[0], curve, SeriesStyle.OfClass(y, place, classes.Count));
            }

            return;
        }

        foreach (var (r, summary) in escapes.Index())
            Draw(figure, Layout.NameOf(runs, r), summary, summary.Curves[0], SeriesStyle.Of(r));
    }

    private static void Draw(Figure figure, string name, EscapeSummary summary, ClassSurvival survival, SeriesStyle style) =>
        figure.Steps(
            name,
            summary.Smallest,
            summary.Largest,
            survival.Curve.Steps.Where(s => s.Events > 0).Select(s => (s.Time, new Interval(s.Survival, s.Low, s.High, s.AtRisk))),
            style);
}
