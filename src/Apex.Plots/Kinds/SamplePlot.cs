using Apex.Analysis.Regularity;
using Apex.Analysis.Statistics;
using Apex.Answers;
using Apex.Facts;
using Apex.Plots.Drawing;

namespace Apex.Plots.Kinds;

/// <summary>The path of one sample: the share of its draws that fall on each class over sigma with Wilson's 95 % intervals, and its escape noise.</summary>
internal sealed class SamplePlot : IRunPlot
{
    /// <summary>As many as the page shows.</summary>
    private const int MostClasses = 6;

    public string Name => "sample";

    public string What => "the path of one sample (`Sample` ID): class shares over sigma, and its escape noise";

    public bool Overlays => false;

    public PlotSize AxesOf(PlottedRun run) => Layout.Column;

    public void Check(IReadOnlyList<PlottedRun> runs, PlotOptions options) => Find(runs[0], options);

    public string? Refusal(PlottedRun run, PlotOptions options)
    {
        var sample = Find(run, options);
        return sample.Sigmas.Any(s => s.Counts.Sum() > 0) ? null : $"none of the draws of sample {sample.SampleId} is finite";
    }

    public void Draw(Figure figure, IReadOnlyList<PlottedRun> runs, PlotOptions options)
    {
        var run = runs[0];
        var sample = Find(run, options);
        var (sigmas, classes) = (run.Observations.Sigmas, run.Info.Model.Classes);
        int clean = sample.CleanPrediction!.Value;
        Interval[][] shares =
        [
            .. Enumerable.Range(0, classes.Count)
                .Select(y => (Interval[])[.. sample.Sigmas.Select(s => Interval.Wilson(s.Counts[y], s.Counts.Sum(), s.Counts.Sum()))]),
        ];
        double[] ever = [.. shares.Select(row => row.Where(s => double.IsFinite(s.Value)).Select(s => s.Value).DefaultIfEmpty(0).Max())];
        int[] seen =
        [
            .. Enumerable.Range(0, classes.Count)
                .Where(y => ever[y] > 0 || y == clean)
                .OrderByDescending(y => y == clean)
                .ThenByDescending(y => ever[y]),
        ];
        int[] shown = [.. seen.Take(MostClasses)];
        var escape = EscapeNoise.FlipLevel(sample, sigmas, options.FlipLevel);
        string label = sample.Label is not { } given ? "" : given == clean ? ", as labelled" : $", labelled {Words.Class(classes, given)}";
        Layout.OverSigma(figure, runs);
        int others = seen.Length - shown.Length;
        figure.Caption = Layout.Joined(
            $"sample {sample.SampleId}, predicted {classes[clean]}{label}",
            FormattableString.Invariant($"{Told(escape, sigmas)} (flip level {options.FlipLevel})"),
            $"95 % intervals, n = {run.Info.Plan.Draws} draws",
            others == 0 ? "" : FormattableString.Invariant(
                $"not drawn: {others} {(others == 1 ? "class" : "classes")} with at most {100 * ever[seen[MostClasses]]:f0} % of the draws"));
        figure.Shares("share of draws");
        figure.Mark("", new Interval(escape.Value, escape.Low, escape.High, escape.Draws), SeriesStyle.Rest);
        foreach (var (place, y) in shown.Index())
            figure.Curve(classes[y], sigmas, shares[y], SeriesStyle.OfClass(y, place, classes.Count));
        figure.Entry("escape noise, 95 % interval", SeriesStyle.Rest);
    }

    private static SampleObservation Find(PlottedRun run, PlotOptions options)
    {
        if (options.Sample is not { } id)
            throw new InvalidInputException(
                $"plot sample: `Sample` says which, e.g. `Sample` {run.Observations.Samples[0].SampleId}; apex regularity lists odd ones");
        return run.Observations.Samples.FirstOrDefault(s => s.SampleId == id) ?? throw new InvalidInputException(run.All.Any(s => s.SampleId == id)
            ? $"`Sample` {id}: its clean logits are not finite; there is nothing to plot"
            : $"`Sample` {id}: {run.Name} has no such sample; it has {run.Observations.Samples.Count}, "
                + $"from {run.Observations.Samples[0].SampleId} to {run.Observations.Samples[^1].SampleId}");
    }

    private static string Told(EscapeNoise escape, IReadOnlyList<double> sigmas)
    {
        string high = double.IsPositiveInfinity(escape.High) ? "beyond the grid" : Words.Sigma(escape.High);
        return escape.Censoring switch
        {
            Censoring.Right => $"has not escaped by σ = {Words.Sigma(Math.Min(escape.HeldTo, sigmas[^1]))}, interval from {Words.Sigma(escape.Low)}",
            Censoring.Left => $"escapes below σ = {Words.Sigma(sigmas[0])}, interval up to {high}",
            _ => $"escapes at σ = {Words.Sigma(escape.Value)}, interval {Words.Sigma(escape.Low)} to {high}",
        };
    }
}
