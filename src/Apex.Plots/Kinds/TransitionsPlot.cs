using System.Globalization;
using Apex.Analysis.Transitions;
using Apex.Page;
using Apex.Plots.Drawing;
using ScottPlot;

namespace Apex.Plots.Kinds;

/// <summary>The transition matrix T[i -> j] as a heat map: of the escapes of a class (rows), the share that lands in another (columns).</summary>
internal sealed class TransitionsPlot : IRunPlot
{
    /// <summary>Up to so many classes fit a column of a paper.</summary>
    private const int FewClasses = 12;

    private const float NameSize = 6, LeastText = 3.5f, MostText = 6;

    /// <summary>Share of the figure's shorter side that the matrix and that names may take.</summary>
    private const float MatrixShare = 0.75f, NameShare = 0.25f;

    /// <summary>What labels of the axes and numbers of escapes take of the width, in pt.</summary>
    private const float Beside = 45;

    /// <summary>Share of a cell's width that its number may take.</summary>
    private const float CellShare = 0.85f;

    /// <summary>Share of the darkest cell from which white is easier to read than black.</summary>
    private const double WhiteFrom = 0.78;

    public string Name => "transitions";

    public string What => "heat map of where small noise takes predictions";

    public bool Overlays => false;

    public PlotSize AxesOf(PlottedRun run) => run.Observations.Classes <= FewClasses ? new PlotSize(85, 80) : new PlotSize(178, 170);

    public string? Refusal(PlottedRun run, PlotOptions options)
    {
        int classes = run.Observations.Classes;
        if (classes > ReportPage.MostClasses)
            return $"a matrix of {classes} classes cannot be read; up to {ReportPage.MostClasses} are drawn, and apex transitions lists the strongest";
        // Where nothing escapes at small noise the analysis says so.
        return run.Transitions.Escapes > 0 ? null : "nothing escapes at small noise";
    }

    public void Draw(Figure figure, IReadOnlyList<PlottedRun> runs, PlotOptions options)
    {
        var transitions = runs[0].Transitions;
        int classes = transitions.Classes.Count;
        var kin = transitions.Coherence is { } coherence ? coherence.Taxonomy.Of : null;
        figure.Caption = Layout.Caption(runs, $"{transitions.Escapes} escapes of {transitions.Samples} samples; share of the escapes of a row, in %",
            Coherent(transitions), kin is null ? "" : "outlined: within a group");
        double most = transitions.Matrix.SelectMany(row => row).Where(double.IsFinite).DefaultIfEmpty(1).Max();
        string[,] texts = new string[classes, classes];
        for (int i = 0; i < classes; i++)
        {
            for (int j = 0; j < classes; j++)
            {
                double share = transitions.Matrix[i][j];
                texts[i, j] = i == j ? "–" : double.IsNaN(share) ? "" : (100 * share).ToString("f0", CultureInfo.InvariantCulture);
                bool related = kin is not null && i != j && kin[i] == kin[j];
                var colour = i == j || double.IsNaN(share) ? Colors.White : Colors.White.MixedWith(SeriesStyle.Of(0).Colour, share / most);
                // Rows go down as in a table.
                figure.Box(j - 0.5, j + 0.5, -i - 0.5, -i + 0.5, colour, outline: 0);
                if (related)
                    figure.Box(j - 0.46, j + 0.46, -i - 0.46, -i + 0.46, Colors.Transparent, outline: 0.5f);
            }
        }

        var size = options.Size ?? AxesOf(runs[0]);
        float side = (float)Math.Min(size.Width, size.Height) * FigureFile.PointsOfMillimetre;
        float nameSize = Math.Min(NameSize, MatrixShare * side / classes / 1.1f);
        string[] names = [.. transitions.Classes.Select(name => figure.Shortened(name, nameSize, NameShare * side))];
        float cell = ((float)size.Width * FigureFile.PointsOfMillimetre - names.Max(n => figure.WidthOf(n, nameSize)) - Beside) / classes;
        float text = Math.Min(MostText, CellShare * cell / figure.WidthOf("100", 1));
        for (int i = 0; text >= LeastText && i < classes; i++)
        {
            for (int j = 0; j < classes; j++)
            {
                if (texts[i, j].Length > 0)
                    figure.Words(texts[i, j], j, -i, text, i != j && transitions.Matrix[i][j] / most > WhiteFrom ? Colors.White : null);
            }
        }

        var plot = figure.Plot;
        plot.Axes.SetLimits(-0.5, classes - 0.5, 0.5 - classes, 0.5);
        plot.HideGrid();
        figure.Names(plot.Axes.Bottom, [.. names.Index().Select(n => ((double)n.Index, n.Item))], nameSize, turned: true);
        figure.Names(plot.Axes.Left, [.. names.Index().Select(n => (-(double)n.Index, n.Item))], nameSize);
        plot.Axes.Right.IsVisible = true;
        plot.Axes.Right.FrameLineStyle.Width = 0;
        plot.Axes.SetLimitsY(0.5 - classes, 0.5, plot.Axes.Right);
        figure.Names(
            plot.Axes.Right,
            [.. transitions.Counts.Index().Select(row => (-(double)row.Index, row.Item.Sum().ToString(CultureInfo.InvariantCulture)))],
            nameSize);
        figure.XLabel("to");
        figure.YLabel("from");
        figure.Label(plot.Axes.Right, "escapes");
    }

    private static string Coherent(ClassTransitions transitions) => transitions.Coherence is { } c
        ? string.Create(
            CultureInfo.InvariantCulture,
            $"{100 * c.Share.Value:f1} % stay within their group, "
                + $"95 % interval {100 * c.Share.Low:f1} to {100 * c.Share.High:f1} %, by chance {100 * c.Expected:f1} %")
        : "";
}
