using System.Globalization;
using Apex.Analysis.Regularity;
using Apex.Analysis.Sensitivity;
using Apex.Answers;
using Apex.Plots.Drawing;
using ScottPlot;

namespace Apex.Plots.Kinds;

/// <summary>
/// Which layers matter: the half-flip sigma of each site alone over depth, with its 95 % interval; an open arrow where it lies beyond the grid.
/// </summary>
internal sealed class SensitivityPlot : IRunPlot
{
    private const float NameSize = 6, IndexSize = 7, LineGap = 1.1f;

    /// <summary>What the axis over sigma takes of the width, in pt.</summary>
    private const float Beside = 45;

    /// <summary>Share of the axes' height that names of sites may take, and letters that find room in it where no size is given.</summary>
    private const float NameShare = 0.45f;
    private const int LongestName = 40;

    /// <summary>About as wide is a letter, in its size.</summary>
    private const float Letter = 0.5f;

    /// <summary>Between two runs at a site, in sites.</summary>
    private const double Apart = 0.3;

    public string Name => "sensitivity";

    public string What => "which layers matter: the noise on each site alone at which half of the draws flip (runs with `SingleSites`)";

    public bool Overlays => true;

    public PlotSize AxesOf(PlottedRun run)
    {
        int longest = NamesOf(run).Max(n => n.Length);
        float width = (float)Layout.Column.Width * FigureFile.PointsOfMillimetre;
        return longest > LongestName || !FitBeside(NamesOf(run).Length, width)
            ? Layout.Column
            : Layout.Column with { Height = Layout.Column.Height + Math.Ceiling(longest * Letter * NameSize / FigureFile.PointsOfMillimetre) };
    }

    public void Check(IReadOnlyList<PlottedRun> runs, PlotOptions options)
    {
        if (runs.Count < 2 || runs.Any(run => run.Info.SingleSites is null))
            return;
        string[] a = NamesOf(runs[0]), b = NamesOf(runs[1]);
        if (a.SequenceEqual(b))
            return;
        string differs = a.Except(b).FirstOrDefault() is { } left ? $"{left} is a site of {runs[0].Name} only"
            : b.Except(a).FirstOrDefault() is { } right ? $"{right} is a site of {runs[1].Name} only"
            : "they come in another order";
        throw new InvalidInputException($"plot {Name}: {runs[0].Name} and {runs[1].Name} do not have the same sites, {differs}; draw each by itself");
    }

    public string? Refusal(PlottedRun run, PlotOptions options) => run.Sensitivity is not { } found
        ? "its sites were not probed one by one; `ProbeJob.SingleSites` does that"
        : found.Sites.Any(Seen) ? null : "no noisy draw at a single site is finite";

    public void Draw(Figure figure, IReadOnlyList<PlottedRun> runs, PlotOptions options)
    {
        SingleSiteSensitivity[] found = [.. runs.Select(run => run.Sensitivity!)];
        figure.Caption = Layout.Joined([
            "σ on each site alone at which half of the draws flip, 95 % bootstrap intervals",
            .. found.Select((f, r) => (runs.Count > 1 ? $"{Layout.Letter(r)}: " : "") + About(runs[r], f))]);
        double[] ends = [.. found.SelectMany(Ends)];
        figure.UpSigma(ends.Min(), ends.Max(), "half-flip σ (rms of the site)");
        figure.Plot.Axes.SetLimitsX(-0.5, found[0].Sites.Count - 0.5);
        foreach (var (r, sensitivity) in found.Index())
        {
            var (style, shape) = (SeriesStyle.Of(r), r == 0 ? MarkerShape.FilledCircle : MarkerShape.FilledDiamond);
            foreach (var (i, site) in sensitivity.Sites.Index().Where(s => Seen(s.Item)))
            {
                var (sigma, mark) = site.Censoring switch
                {
                    Censoring.Right => (site.SeenTo, MarkerShape.FilledTriangleUp),
                    Censoring.Left => (sensitivity.Sigmas[0], MarkerShape.FilledTriangleDown),
                    _ => (site.HalfFlip.Value, shape),
                };
                figure.Level(i + (r - (found.Length - 1) / 2.0) * Apart, sigma, site.HalfFlip, style, mark, open: site.Censoring != Censoring.None);
            }

            figure.Entry(Layout.NameOf(runs, r), style, shape);
        }

        var size = options.Size ?? AxesOf(runs[0]);
        float width = (float)size.Width * FigureFile.PointsOfMillimetre, height = (float)size.Height * FigureFile.PointsOfMillimetre;
        // A size that is given is that of all of the figure.
        Places(figure, found[0], width, options.Size is null ? height : height - figure.HeightWith(width, 0));
    }

    /// <summary>Names of the sites where they fit, else as many of their indices as do.</summary>
    /// <param name="figure">Where to.</param>
    /// <param name="found">The sites.</param>
    /// <param name="width">Of the figure, in pt.</param>
    /// <param name="height">Of the axes with their labels, in pt.</param>
    private static void Places(Figure figure, SingleSiteSensitivity found, float width, float height)
    {
        (double At, string Name)[] names = [.. found.Sites.Select((s, i) => ((double)i, s.Site.Name))];
        if (FitBeside(names.Length, width) && names.Max(n => figure.WidthOf(n.Name, NameSize)) <= NameShare * height)
        {
            figure.Names(figure.Plot.Axes.Bottom, names, NameSize, turned: true);
            figure.Plot.Axes.Bottom.MinimumSize += NameSize / 2;
            figure.XLabel("site, by depth");
            return;
        }

        (double At, string Name)[] indices = [.. found.Sites.Select((s, i) => ((double)i, s.Site.Index.ToString(CultureInfo.InvariantCulture)))];
        int every = Math.Max(1, (int)Math.Ceiling(indices.Length * (figure.WidthOf(indices[^1].Name, IndexSize) + IndexSize / 2) / (width - Beside)));
        figure.Names(figure.Plot.Axes.Bottom, [.. indices.Where((_, i) => i % every == 0)], IndexSize);
        figure.XLabel("index of the site, by depth");
    }

    private static bool FitBeside(int names, float width) => names * NameSize * LineGap <= width - Beside;

    /// <summary>What the axis over sigma has to hold: intervals, and the ends of the grid where one is open.</summary>
    private static IEnumerable<double> Ends(SingleSiteSensitivity found) => found.Sites.Where(Seen).SelectMany(s => (double[])
    [
        s.HalfFlip.Low > 0 ? s.HalfFlip.Low : found.Sigmas[0],
        double.IsFinite(s.HalfFlip.High) ? s.HalfFlip.High : found.Sigmas[^1],
        .. s.Censoring == Censoring.Left ? (double[])[found.Sigmas[0]] : [],
    ]);

    private static string About(PlottedRun run, SingleSiteSensitivity found)
    {
        SiteSensitivity[] right = [.. found.Sites.Where(s => s.Censoring == Censoring.Right && Seen(s))];
        int left = found.Sites.Count(s => s.Censoring == Censoring.Left), unseen = found.Sites.Count(s => !Seen(s));
        bool open = found.Sites.Any(s => s.Censoring == Censoring.None && (s.HalfFlip.Low == 0 || double.IsInfinity(s.HalfFlip.High)));
        long lost = found.Sites.Sum(s => s.NonFinite), dark = run.Info.SingleSites!.Samples - found.Samples;
        return Layout.Joined([
            .. right.GroupBy(s => s.SeenTo).OrderBy(g => g.Key).Select(g => $"open arrow up: above σ = {Words.Sigma(g.Key)}, "
                + $"{(g.Key == found.Sigmas[^1] ? "where the grid ends" : "the last with finite draws")} ({Sites(g.Count())})"),
            left == 0 ? "" : $"open arrow down: below σ = {Words.Sigma(found.Sigmas[0])}, where the grid begins ({Sites(left)})",
            open ? "intervals without a cap go on beyond the grid" : "",
            $"n = {found.Samples} samples, {found.Draws} draws",
            unseen == 0 ? "" : $"{Sites(unseen)} without a finite draw left out",
            dark == 0 ? "" : $"{dark} samples without finite clean logits",
            lost == 0 ? "" : $"{lost} draws that are not finite are left out"]);
    }

    private static string Sites(int count) => count == 1 ? "1 site" : $"{count} sites";

    /// <summary>Whether any draw tells of it.</summary>
    private static bool Seen(SiteSensitivity site) => double.IsFinite(site.SeenTo);

    private static string[] NamesOf(PlottedRun run) =>
        [.. run.Info.SingleSites!.Sites.Select(index => run.Info.Model.Sites.FirstOrDefault(s => s.Index == index)?.Name ?? $"{index}")];
}
