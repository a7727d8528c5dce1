using Apex.Analysis.Statistics;
using Apex.Answers;
using Apex.Plots.Drawing;
using ScottPlot;

namespace Apex.Plots.Kinds;

/// <summary>How the default score of <c>apex regularity</c> is spread over the samples, those that are not predicted as labelled apart.</summary>
internal sealed class RegularityPlot : IRunPlot
{
    /// <summary>Between bars, in pt.</summary>
    private const float Gap = 0.4f;

    public string Name => "regularity";

    public string What => "distribution of the samples' regularity";

    public bool Overlays => false;

    public PlotSize AxesOf(PlottedRun run) => Layout.Column;

    public string? Refusal(PlottedRun run, PlotOptions options) => Scored(run).Length > 0 ? null : "no sample has a score, for no margin under noise is finite";

    public void Draw(Figure figure, IReadOnlyList<PlottedRun> runs, PlotOptions options)
    {
        var (run, ranking) = (runs[0], runs[0].Regularity);
        var leading = ranking.Readouts[0];
        SeriesStyle asLabelled = new(Colors.White.MixedWith(SeriesStyle.Of(0).Colour, 0.5), LinePattern.Solid), notSo = SeriesStyle.Of(1);
        bool labelled = ranking.Samples.All(s => s.Label is not null);
        int[] scored = Scored(run);
        bool Agrees(int i) => !labelled || ranking.Samples[i].Label == ranking.Samples[i].CleanPrediction;
        double[] Scores(bool agreed) => [.. scored.Where(i => Agrees(i) == agreed).Select(i => leading.Scores[i])];
        var (agreed, otherwise) = (Scores(true), Scores(false));
        var histogram = Histogram.Of(agreed, otherwise);
        int unscored = ranking.Samples.Count - scored.Length;
        figure.Caption = Layout.Caption(
            runs,
            $"{leading.Readout.Name}: {leading.Readout.What}; {leading.Draws} draws a sample",
            unscored == 0 ? "" : $"{unscored} samples without a score are left out");
        for (int b = 0; b < histogram.Counts[0].Count; b++)
        {
            double left = histogram.Edges[b], right = histogram.Edges[b + 1];
            int below = histogram.Counts[1][b];
            figure.Box(left, right, below, below + histogram.Counts[0][b], asLabelled.Colour, Gap, Colors.White);
            figure.Box(left, right, 0, below, notSo.Colour, Gap, Colors.White);
        }

        if (labelled)
        {
            figure.Entry($"predicted as labelled ({agreed.Length})", asLabelled, MarkerShape.FilledSquare);
            figure.Entry($"predicted otherwise ({otherwise.Length})", notSo, MarkerShape.FilledSquare);
        }

        double room = (histogram.Edges[^1] - histogram.Edges[0]) / 50;
        int most = Enumerable.Range(0, histogram.Counts[0].Count).Max(b => histogram.Counts.Sum(group => group[b]));
        figure.Plot.Axes.SetLimits(histogram.Edges[0] - room, histogram.Edges[^1] + room, 0, most * 1.05);
        figure.Plot.Axes.Left.TickGenerator = new ScottPlot.TickGenerators.NumericAutomatic { IntegerTicksOnly = true };
        figure.XLabel($"regularity, in noise σ ({Words.Unit(run.Info.Plan)})");
        figure.YLabel("samples");
    }

    private static int[] Scored(PlottedRun run) => [.. run.Regularity.FromLeastRegular.Where(i => double.IsFinite(run.Regularity.Readouts[0].Scores[i]))];
}
