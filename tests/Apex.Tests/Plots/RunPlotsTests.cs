using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Apex.Analysis;
using Apex.Analysis.LargeNoise;
using Apex.Analysis.Regularity;
using Apex.Analysis.Statistics;
using Apex.Facts;
using Apex.Plots;
using Apex.Tests.Analysis;
using Xunit;

namespace Apex.Tests.Plots;

/// <summary>Figures show the numbers of the analyses, and say in one line where they cannot.</summary>
public class RunPlotsTests
{
    private const string Blue = "#0B5CAD", Grey = "#8C959F";

    private static readonly PlottedRun _run = PlottedRuns.BySite();

    private static readonly PlotOptions _options = new() { Sample = 107 };

    public static TheoryData<string, PlotFormat> Everything =>
        [.. from plot in RunPlots.Known from format in Enum.GetValues<PlotFormat>() select (plot.Name, format)];

    [Theory]
    [MemberData(nameof(Everything))]
    public void Every_plot_is_a_file_of_its_kind_and_size_the_same_each_time(string name, PlotFormat format)
    {
        using var folder = new TempFolder();
        string file = folder[$"{name}.{format.ToString().ToLowerInvariant()}"];
        var options = _options with { Size = new PlotSize(100, 90), Dpi = 150 };
        RunPlots.Save(_run, name, file, options);
        byte[] bytes = File.ReadAllBytes(file);
        Assert.Equal([file], Directory.GetFiles(folder.Path));
        switch (format)
        {
            case PlotFormat.Svg:
                var svg = new SvgFigure(bytes);
                Assert.Equal(("100mm", "90mm"), (svg.Width, svg.Height));
                Assert.Contains("n = ", svg.Words, StringComparison.Ordinal);
                Assert.DoesNotContain("NaN", Encoding.UTF8.GetString(bytes), StringComparison.Ordinal);
                break;
            case PlotFormat.Png:
                Assert.Equal([0x89, .. "PNG\r\n"u8, 0x1a, 0x0a], bytes[..8]);
                Assert.Equal((591, 531), (BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(16)), BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(20))));
                Assert.Equal("pHYs"u8.ToArray(), bytes[37..41]);
                Assert.Equal(5906, BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(41)));
                using (var bitmap = SkiaSharp.SKBitmap.Decode(bytes))
                    Assert.True(bitmap.Pixels.Distinct().Count() > 20 && bitmap.Pixels.All(p => p.Alpha == 255));
                break;
            default:
                string text = Encoding.Latin1.GetString(bytes);
                Assert.StartsWith("%PDF-", text, StringComparison.Ordinal);
                Assert.Contains("LiberationSans", text, StringComparison.Ordinal);
                Assert.DoesNotContain("CreationDate", text, StringComparison.Ordinal);
                Assert.DoesNotContain("/Image /", text, StringComparison.Ordinal);
                // In whole pt.
                Assert.Contains("/MediaBox [0 0 283 255]", text, StringComparison.Ordinal);
                break;
        }

        Assert.Equal(bytes, RunPlots.Draw([PlottedRuns.BySite()], name, format, options));
    }

    [Fact]
    public void Flips_are_the_flip_rate_with_its_interval()
    {
        var svg = Svg("flips");
        Follows(_run.Summary.Sigmas, _run.Summary.FlipRate, Assert.Single(svg.Lines(Blue)), Assert.Single(svg.Bands(Blue)));
        Assert.Contains("95 % intervals; n = 40 samples, 32 draws", svg.Words, StringComparison.Ordinal);
        Assert.Contains("noise σ (absolute, at each site)", svg.Texts);
        Assert.Contains("flip rate q", svg.Texts);
    }

    [Fact]
    public void Dependence_is_that_of_the_transition_with_its_half()
    {
        var svg = Svg("dependence");
        var transition = _run.Transition;
        Assert.All(transition.Levels, l => Assert.Equal(DependenceStatus.Reliable, l.Status));
        Follows(transition.Sigmas, [.. transition.Levels.Select(l => new Interval(l.Value, l.Low, l.High, l.Samples))],
            Assert.Single(svg.Lines(Blue)), Assert.Single(svg.Bands(Blue)));
        Assert.Contains($"half of it is gone at σ = {transition.HalfDependence.Value.ToString("g3", CultureInfo.InvariantCulture)}",
            svg.Words, StringComparison.Ordinal);
    }

    [Fact]
    public void Escape_is_the_survival_curve()
    {
        var svg = Svg("escape");
        var steps = _run.Escapes(0.5).Curves[0].Curve;
        var line = Assert.Single(svg.Lines(Blue));
        Assert.Equal((PlottedRuns.Sigmas[0], 1), (line[0].Sigma, line[0].Share),
            (a, b) => Math.Abs(a.Item1 - b.Item1) < 1e-4 && Math.Abs(a.Item2 - b.Item2) < 1e-4);
        foreach (var step in steps.Steps.Where(s => s.Events > 0))
            Assert.Contains(line, p => Math.Abs(p.Sigma / step.Time - 1) < 1e-4 && Math.Abs(p.Share - step.Survival) < 1e-4);
        Assert.Equal(steps.SurvivalAt(PlottedRuns.Sigmas[^1]), line[^1].Share, 1e-4);
    }

    [Fact]
    public void A_sample_shows_its_counts_and_its_escape()
    {
        // Two classes to first order never lose half of their draws.
        Assert.Contains($"has not escaped by σ = {PlottedRuns.Sigmas[^1].ToString("g3", CultureInfo.InvariantCulture)}",
            Svg("sample").Words, StringComparison.Ordinal);
        var svg = new SvgFigure(RunPlots.Draw([_run], "sample", PlotFormat.Svg, _options with { FlipLevel = 0.25 }));
        var sample = _run.Observations.Samples.Single(s => s.SampleId == 107);
        Interval[] shares = [.. sample.Sigmas.Select(s => Interval.Wilson(s.Counts[0], s.Counts.Sum(), s.Counts.Sum()))];
        Follows(PlottedRuns.Sigmas, shares, Assert.Single(svg.Lines(Blue)), Assert.Single(svg.Bands(Blue)));
        var escape = EscapeNoise.FlipLevel(sample, PlottedRuns.Sigmas, 0.25);
        Assert.Contains($"escapes at σ = {escape.Value.ToString("g3", CultureInfo.InvariantCulture)}", svg.Words, StringComparison.Ordinal);
        Assert.Contains("escape noise, 95 % interval", svg.Texts);
    }

    [Fact]
    public void Transitions_are_the_matrix_in_percent()
    {
        var run = PlottedRuns.Wide(12);
        var svg = new SvgFigure(RunPlots.Draw([run], "transitions", PlotFormat.Svg));
        string Cell(double share, bool isDiagonal) =>
            isDiagonal ? "–" : double.IsNaN(share) ? "" : (100 * share).ToString("f0", CultureInfo.InvariantCulture);
        string[] cells = [.. run.Transitions.Matrix.SelectMany((row, i) => row.Select((share, j) => Cell(share, i == j))).Where(t => t.Length > 0)];
        string words = string.Join('|', svg.Texts);
        Assert.Contains(string.Join('|', cells), words, StringComparison.Ordinal);
        foreach (string name in run.Info.Model.Classes)
            Assert.Equal(2, svg.Texts.Count(t => t == name));
        foreach (var row in run.Transitions.Counts)
            Assert.Contains(row.Sum().ToString(CultureInfo.InvariantCulture), svg.Texts);
    }

    [Fact]
    public void Regularity_counts_every_sample_once()
    {
        var otherwise = PlottedRuns.Of(change: s => s.SampleId < 106 ? s with { Label = 1 - s.Label } : s);
        var svg = new SvgFigure(RunPlots.Draw([otherwise], "regularity", PlotFormat.Svg));
        Assert.Contains("predicted as labelled (34)", svg.Texts);
        Assert.Contains("predicted otherwise (6)", svg.Texts);
        Assert.DoesNotContain("predicted",
            new SvgFigure(RunPlots.Draw([PlottedRuns.Of(labelled: false)], "regularity", PlotFormat.Svg)).Words, StringComparison.Ordinal);
    }

    [Fact]
    public void Sensitivity_is_the_half_flip_sigma_of_each_site_and_an_arrow_beyond_the_grid()
    {
        var svg = Svg("sensitivity");
        var sites = _run.Sensitivity!.Sites;
        Assert.Equal([Censoring.None, Censoring.Right, Censoring.Left], sites.Select(s => s.Censoring));
        // Only what is bounded is a point.
        var (at, sigma) = Assert.Single(svg.Marks(Blue));
        var half = sites[0].HalfFlip;
        Assert.Equal((0, 1), (at, sigma / half.Value), Near);
        var range = svg.Ranges(Blue).Single(r => Math.Abs(r.Site) < 1e-3);
        Assert.Equal((1, 1), (range.Low / half.Low, range.High / half.High), Near);
        Assert.Equal([true, false], svg.Arrows(Blue).Select(a => a.Up));
        Assert.Equal([(1, 4), (2, 0.5)], svg.Arrows(Blue).Select(a => (a.Site, a.Sigma)), Near);
        // Their intervals begin at the grid's end and leave the figure.
        Assert.True(svg.Ranges(Blue).Single(r => Math.Abs(r.Site - 1) < 1e-3) is { Low: > 3.99 and < 4.01, High: > 4.1 });
        Assert.True(svg.Ranges(Blue).Single(r => Math.Abs(r.Site - 2) < 1e-3) is { Low: < 0.49, High: > 0.499 and < 0.501 });
        Assert.Contains(
            "open arrow up: above σ = 4, where the grid ends (1 site); open arrow down: below σ = 0.5, where the grid begins (1 site); "
                + "n = 2 samples, 10 draws",
            svg.Words, StringComparison.Ordinal);
        Assert.Contains("half-flip σ (rms of the site)", svg.Texts);
        Assert.All(sites, s => Assert.Contains(s.Site.Name, svg.Texts));
    }

    [Fact]
    public void Ends_that_the_grid_does_not_bound_and_sites_that_tell_nothing_are_said()
    {
        int[][] open = [.. Enumerable.Range(0, 8).Select(i => i < 5 ? (int[])[0, 0, 2, 9] : [0, 0, 0, 0])],
            dark = [.. Enumerable.Range(0, 8).Select(_ => (int[])[-1, -1, -1, -1])];
        var run = PlottedRuns.BySite("run", ("a", open), ("b", dark), ("c", [.. open.Select(_ => (int[])[0, 1, 2, -1])]));
        var svg = new SvgFigure(RunPlots.Draw([run], "sensitivity", PlotFormat.Svg));
        Assert.Equal(1, Assert.Single(svg.Marks(Blue)).Sigma / run.Sensitivity!.Sites[0].HalfFlip.Value, 1e-4);
        Assert.Equal([0, 2], svg.Ranges(Blue).Select(r => r.Site), (a, b) => Math.Abs(a - b) < 1e-3);
        Assert.True(svg.Ranges(Blue)[0].High > 4.1);
        Assert.Equal((2, 2), (Assert.Single(svg.Arrows(Blue)).Site, svg.Arrows(Blue)[0].Sigma), Near);
        foreach (string words in (string[])["above σ = 2, the last with finite draws (1 site)",
            "intervals without a cap go on beyond the grid", "1 site without a finite draw left out", "400 draws that are not finite"])
            Assert.Contains(words, svg.Words, StringComparison.Ordinal);
        Assert.Contains("no noisy draw at a single site is finite",
            Refused(() => RunPlots.Draw([PlottedRuns.BySite("run", ("b", dark))], "sensitivity", PlotFormat.Svg)), StringComparison.Ordinal);
    }

    [Fact]
    public void One_site_is_a_point()
    {
        var run = PlottedRuns.BySite("run", ("a", [[0, 1, 8, 10], [0, 1, 8, 10]]));
        var (at, sigma) = Assert.Single(new SvgFigure(RunPlots.Draw([run], "sensitivity", PlotFormat.Svg)).Marks(Blue));
        Assert.Equal((0, 1), (at, sigma / run.Sensitivity!.Sites[0].HalfFlip.Value), Near);
    }

    [Fact]
    public void Sites_have_their_names_where_these_fit_and_else_their_indices()
    {
        static PlottedRun Sites(int count, string name) =>
            PlottedRuns.BySite("run", [.. Enumerable.Range(1, count).Select(l => ($"{name}{l}", (int[][])[[0, 2, 8, 10], [0, 3, 8, 10]]))]);
        string[] Texts(PlottedRun run, PlotSize? size = null) =>
            [.. new SvgFigure(RunPlots.Draw([run], "sensitivity", PlotFormat.Svg, new PlotOptions { Size = size })).Texts];
        Assert.Contains("/layer20", Texts(Sites(20, "/layer")));
        string[] many = Texts(Sites(60, "/layer"));
        Assert.DoesNotContain("/layer20", many);
        Assert.Contains("index of the site, by depth", many);
        // Every fourth.
        Assert.Equal(Enumerable.Range(0, 15).Select(i => $"{1 + 4 * i}"), many.SkipWhile(t => t != "1").Take(15));
        Assert.DoesNotContain("58", many);
        Assert.Contains("/layer60", Texts(Sites(60, "/layer"), new PlotSize(178, 80)));
        string longest = new('a', 60);
        Assert.Contains("index of the site, by depth", Texts(Sites(3, longest)));
        Assert.Contains(longest + "3", Texts(Sites(3, longest), new PlotSize(85, 200)));
        Assert.Contains("index of the site, by depth", Texts(Sites(20, "/layer1/layer1.0/a2/Relu"), new PlotSize(85, 60)));
    }

    [Fact]
    public void Sites_of_two_runs_stand_beside_each_other_if_they_are_the_same()
    {
        int[][] flips = [[0, 2, 8, 10], [0, 3, 8, 10]], fewer = [[0, 1, 7, 10], [0, 2, 6, 10]];
        PlottedRun a = PlottedRuns.BySite("first", ("x", flips), ("y", fewer)), b = PlottedRuns.BySite("second", ("x", fewer), ("y", flips));
        var svg = new SvgFigure(RunPlots.Draw([a, b], "sensitivity", PlotFormat.Svg));
        foreach (var (colour, run, beside) in new[] { (Blue, a, -0.15), ("#B3430A", b, 0.15) })
            Assert.Equal(run.Sensitivity!.Sites.Select((s, i) => (i + beside, s.HalfFlip.Value)), svg.Marks(colour), Near);
        foreach (string words in (string[])["A: first", "B: second", "A: n = 2 samples, 10 draws; B: n = 2 samples, 10 draws"])
            Assert.Contains(words, svg.Words, StringComparison.Ordinal);
        Assert.Contains("first and other do not have the same sites, y is a site of first only",
            Refused(() => RunPlots.Draw([a, PlottedRuns.BySite("other", ("x", flips), ("z", flips))], "sensitivity", PlotFormat.Svg)),
            StringComparison.Ordinal);
        Assert.Contains("z is a site of other only",
            Refused(() => RunPlots.Draw([a, PlottedRuns.BySite("other", ("x", flips), ("y", flips), ("z", flips))], "sensitivity", PlotFormat.Svg)),
            StringComparison.Ordinal);
        Assert.Contains("they come in another order",
            Refused(() => RunPlots.Draw([a, PlottedRuns.BySite("other", ("y", flips), ("x", flips))], "sensitivity", PlotFormat.Svg)),
            StringComparison.Ordinal);
        Assert.Contains("plot sensitivity of without: its sites were not probed one by one; `ProbeJob.SingleSites` does that; it has flips,",
            Refused(() => RunPlots.Draw([a, PlottedRuns.Of("without")], "sensitivity", PlotFormat.Svg)), StringComparison.Ordinal);
    }

    [Fact]
    public void Levels_that_cannot_be_told_are_gaps()
    {
        var run = PlottedRuns.Of(change: s => s with { Sigmas = [.. s.Sigmas.Select((level, i) => i == 3 ? PlottedRuns.Dark(2, 32) : level)] });
        var svg = new SvgFigure(RunPlots.Draw([run], "flips", PlotFormat.Svg));
        Assert.Equal([3, 4], svg.Lines(Blue).Select(l => l.Length));
        Assert.Equal(2, svg.Bands(Blue).Count);
        Assert.Contains("1280 draws that are not finite are left out", svg.Words, StringComparison.Ordinal);
        string why = Refused(() => RunPlots.Draw([run], "dependence", PlotFormat.Svg));
        Assert.Contains("fewer than two samples have a finite draw", why, StringComparison.Ordinal);
        Assert.EndsWith("it has flips, shares, escape, regularity, transitions, sample", why, StringComparison.Ordinal);
    }

    [Fact]
    public void Levels_whose_dependence_cannot_be_believed_are_gaps()
    {
        // Large noise that says class 0 whatever comes in.
        var run = PlottedRuns.Of(change: s => s with { Sigmas = [.. s.Sigmas.Select((level, i) => i >= 6 ? SyntheticRun.Level([32, 0]) : level)] });
        Assert.Equal(DependenceStatus.Undefined, run.Transition.Levels[^1].Status);
        var svg = new SvgFigure(RunPlots.Draw([run], "dependence", PlotFormat.Svg));
        Assert.Equal(6, Assert.Single(svg.Lines(Blue)).Length);
        Assert.Contains("2 of 8 levels that cannot be believed are left out", svg.Words, StringComparison.Ordinal);
    }

    [Fact]
    public void One_level_is_a_point()
    {
        var run = PlottedRuns.Of(sigmas: [0.2]);
        foreach (string name in (string[])["flips", "dependence", "shares", "escape", "sample"])
            Assert.Equal(1, new SvgFigure(RunPlots.Draw([run], name, PlotFormat.Svg, _options)).Points(Blue));
        Assert.Contains("regularity, in noise σ (absolute, at each site)", new SvgFigure(RunPlots.Draw([run], "regularity", PlotFormat.Svg)).Texts);
    }

    [Fact]
    public void Of_many_classes_the_largest_are_drawn_and_the_others_together()
    {
        var run = PlottedRuns.Wide(200, samples: 400);
        var svg = new SvgFigure(RunPlots.Draw([run], "shares", PlotFormat.Svg));
        Assert.Contains("the 10 largest of 200 classes", svg.Words, StringComparison.Ordinal);
        Assert.Contains("190 others", svg.Texts);
        var largest = LargestClasses.Choose(run.Summary.ClassShares, run.All, run.Info.Plan.Draws, 10);
        Follows(PlottedRuns.Sigmas, largest.Others!, Assert.Single(svg.Lines(Grey)), Assert.Single(svg.Bands(Grey)));
        Assert.Contains("the 10 most frequent of 200 predicted classes",
            new SvgFigure(RunPlots.Draw([run], "escape", PlotFormat.Svg, new PlotOptions { ByClass = true })).Words, StringComparison.Ordinal);
        string why = Refused(() => RunPlots.Draw([run], "transitions", PlotFormat.Svg));
        Assert.Contains("a matrix of 200 classes cannot be read", why, StringComparison.Ordinal);
        // All of the 40 that can be are there.
        Assert.Equal(2 * 40, new SvgFigure(RunPlots.Draw([PlottedRuns.Wide(40)], "transitions", PlotFormat.Svg)).Texts
            .Count(t => t.StartsWith("class ", StringComparison.Ordinal)));
    }

    [Fact]
    public void Two_runs_lie_over_each_other_where_that_makes_sense()
    {
        var other = PlottedRuns.Of("parameters", sigmas: [.. PlottedRuns.Sigmas.Select(s => 2 * s)],
            samples: 20, header: i => i with { Plan = i.Plan with { Space = NoiseSpace.Parameter } });
        foreach (string name in (string[])["flips", "dependence", "escape"])
        {
            var svg = new SvgFigure(RunPlots.Draw([_run, other], name, PlotFormat.Svg));
            Assert.Single(svg.Lines(Blue));
            Assert.Contains("noise σ", svg.Texts);
            foreach (string words in (string[])["A: n = 40 samples", "B: n = 20 samples",
                "σ of A absolute, at each site, of B relative to the rms of each parameter tensor",
                "A: run", "B: parameters", "B: all samples share the draws"])
                Assert.Contains(words, svg.Words, StringComparison.Ordinal);
        }

        foreach (string name in (string[])["shares", "regularity", "transitions", "sample"])
            Assert.EndsWith("two are laid over each other in flips, dependence, escape, sensitivity",
                Refused(() => RunPlots.Draw([_run, other], name, PlotFormat.Svg, _options)), StringComparison.Ordinal);
        Assert.Contains(
            "`ByClass`", Refused(() => RunPlots.Draw([_run, other], "escape", PlotFormat.Svg, new PlotOptions { ByClass = true })), StringComparison.Ordinal);
    }

    [Fact]
    public void Long_labels_stay_within_the_figure()
    {
        var run = PlottedRuns.Of(header: i => i with { Plan = i.Plan with { Space = NoiseSpace.Parameter } });
        foreach (var (name, label) in ((string, string)[])[("flips", "noise σ (relative to the rms of each parameter tensor)"),
            ("regularity", "regularity, in noise σ (relative to the rms of each parameter tensor)")])
        {
            var (first, last) = new SvgFigure(RunPlots.Draw([run], name, PlotFormat.Svg)).Extent(label);
            // 85 mm are 241 pt.
            Assert.True(first > 20 && last < 237 && last - first > 150, $"{first} to {last}");
        }
    }

    [Fact]
    public void A_run_that_is_not_whole_says_so()
    {
        var run = PlottedRuns.Of(header: i => i with { Status = RunStatus.Interrupted, Data = i.Data with { Selected = 90 } });
        Assert.Contains("interrupted, 40 of 90 samples", new SvgFigure(RunPlots.Draw([run], "shares", PlotFormat.Svg)).Words, StringComparison.Ordinal);
    }

    [Fact]
    public void What_makes_no_sense_is_refused_with_what_would_work()
    {
        var calm = PlottedRuns.Of(change: s =>
            s with { FirstEscapeClass = [.. s.FirstEscapeClass.Select(_ => -1)], FirstEscapeSigma = [.. s.FirstEscapeSigma.Select(_ => -1)] });
        string why = Refused(() => RunPlots.Draw([calm], "transitions", PlotFormat.Svg));
        Assert.Contains("no draw left its clean prediction", why, StringComparison.Ordinal);
        Assert.EndsWith("it has flips, dependence, shares, escape, regularity, sample", why, StringComparison.Ordinal);
        var dark = PlottedRuns.Of(change: s =>
            s with { Sigmas = [.. s.Sigmas.Select(_ => PlottedRuns.Dark(2, 32))], FirstEscapeClass = [], FirstEscapeSigma = [] });
        foreach (var (name, _) in RunPlots.Known)
            Assert.EndsWith("no other plot does either", Refused(() => RunPlots.Draw([dark], name, PlotFormat.Svg, _options)), StringComparison.Ordinal);
        Assert.Contains("`Sample` 100", Refused(() => RunPlots.Draw([_run], "sample", PlotFormat.Svg)), StringComparison.Ordinal);
        Assert.Contains("no such sample",
            Refused(() => RunPlots.Draw([_run], "sample", PlotFormat.Svg, new PlotOptions { Sample = 7 })), StringComparison.Ordinal);
        Assert.Contains("flips, dependence, shares", Refused(() => RunPlots.Draw([_run], "flip", PlotFormat.Svg)), StringComparison.Ordinal);
        Assert.Contains("`Size` 20x60",
            Refused(() => RunPlots.Draw([_run], "flips", PlotFormat.Svg, new PlotOptions { Size = new PlotSize(20, 60) })), StringComparison.Ordinal);
        Assert.Contains("too little room",
            Refused(() => RunPlots.Draw([PlottedRuns.Wide(10)], "shares", PlotFormat.Svg, new PlotOptions { Size = new PlotSize(85, 40) })),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Names_that_the_font_cannot_set_ask_for_another()
    {
        var run = PlottedRuns.Of(header: i => i with { Model = i.Model with { Classes = ["猫", "собака"] } });
        Assert.Contains("U+732B", Refused(() => RunPlots.Draw([run], "shares", PlotFormat.Svg)), StringComparison.Ordinal);
        RunPlots.Draw([run], "flips", PlotFormat.Svg);
        using var folder = new TempFolder();
        Assert.Contains("no such file",
            Refused(() => RunPlots.Draw([run], "flips", PlotFormat.Svg, new PlotOptions { Font = folder["none.ttf"] })), StringComparison.Ordinal);
        Assert.Contains("is no TrueType",
            Refused(() => RunPlots.Draw([run], "flips", PlotFormat.Svg, new PlotOptions { Font = folder.Write("text.ttf", "no font") })),
            StringComparison.Ordinal);
        using var stream = typeof(RunPlots).Assembly.GetManifestResourceStream("Apex.Plots.LiberationSans-Regular.ttf")!;
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        Assert.Equal(RunPlots.Draw([_run], "flips", PlotFormat.Png),
            RunPlots.Draw([_run], "flips", PlotFormat.Png, new PlotOptions { Font = folder.Write("own.ttf", copy.ToArray()) }));
    }

    [Fact]
    public void Names_that_look_like_markup_stay_names()
    {
        string[] classes = ["<b>&\"cat\"", "a very long name of a class that no legend of a column could ever hold as a whole, whatever it does"];
        var run = PlottedRuns.Of(header: i => i with { Model = i.Model with { Classes = classes } });
        foreach (string name in (string[])["shares", "transitions"])
        {
            var svg = new SvgFigure(RunPlots.Draw([run], name, PlotFormat.Svg));
            Assert.Contains("<b>&\"cat\"", svg.Texts);
            Assert.Contains(svg.Texts, t => t.StartsWith("a very long name", StringComparison.Ordinal) && t.EndsWith('…'));
        }
    }

    [Fact]
    public void What_cannot_be_written_leaves_nothing()
    {
        using var folder = new TempFolder();
        Assert.Contains(".svg, .png or .pdf", Refused(() => RunPlots.Save(_run, "flips", folder["flips.jpg"])), StringComparison.Ordinal);
        Assert.Contains("does not exist", Refused(() => RunPlots.Save(_run, "flips", folder["nowhere/flips.svg"])), StringComparison.Ordinal);
        Assert.Contains("is a folder", Refused(() => RunPlots.Save(_run, "flips", folder.Path)), StringComparison.Ordinal);
        Assert.Contains("no such plot", Refused(() => RunPlots.Save(_run, "nothing", folder["flips.svg"])), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    private static bool Near((double, double) a, (double, double) b) => Math.Abs(a.Item1 - b.Item1) < 1e-4 && Math.Abs(a.Item2 - b.Item2) < 1e-4;

    private static SvgFigure Svg(string name) => new(RunPlots.Draw([_run], name, PlotFormat.Svg, _options));

    private static string Refused(Action draw)
    {
        string message = Assert.Throws<InvalidInputException>(draw).Message;
        Assert.DoesNotContain('\n', message);
        return message;
    }

    /// <summary>A line and its band are values with their intervals.</summary>
    private static void Follows(IReadOnlyList<double> sigmas, IReadOnlyList<Interval> values,
        (double Sigma, double Share)[] line, (double Sigma, double Share)[] band)
    {
        Assert.Equal(sigmas.Count, line.Length);
        for (int s = 0; s < sigmas.Count; s++)
        {
            Assert.Equal(1, line[s].Sigma / sigmas[s], 1e-4);
            Assert.Equal(values[s].Value, line[s].Share, 1e-4);
            Assert.Equal(values[s].High, band[s].Share, 1e-4);
            Assert.Equal(values[s].Low, band[2 * sigmas.Count - 1 - s].Share, 1e-4);
        }
    }
}
