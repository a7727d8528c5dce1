using System.Globalization;
using Apex.Analysis.Statistics;
using ScottPlot;
using SkiaSharp;

namespace Apex.Plots.Drawing;

/// <summary>A figure: a caption, axes with what is drawn in them, and a legend under them. Lengths are in pt, so that text has its size on paper.</summary>
internal sealed class Figure : IDisposable
{
    private const float LabelSize = 8, TickSize = 7, LegendSize = 7, CaptionSize = 7, Edge = 3, LineGap = 1.3f;
    private const float Symbol = 17, SymbolGap = 3, EntryGap = 9, LineWidth = 1.1f, Hair = 0.6f, MarkSize = 4.5f;

    /// <summary>Height below which axes with their labels cannot be read.</summary>
    private const float LeastAxes = 70;

    /// <summary>About what ticks and labels take of the width and of the height of the axes.</summary>
    private const float BesideAxes = 55, UnderAxes = 32;

    private const double BandAlpha = 0.16;

    /// <summary>Room beyond a share of 0 and of 1, so that a line there is seen whole.</summary>
    private const double ShareRoom = 0.015, SigmaRoom = 0.02, MarkRoom = 0.06;

    private static readonly Color _ink = new("#1b1f24"), _soft = new("#57606a"), _grid = new("#e3e7eb");

    private readonly FigureFont _font;
    private readonly List<(string Name, SeriesStyle Style, MarkerShape Symbol)> _legend = [];

    public Figure(FigureFont font)
    {
        _font = font;
        Plot.FigureBackground.Color = Plot.DataBackground.Color = Colors.Transparent;
        // The caption and the legend are drawn on the same canvas.
        Plot.RenderManager.ClearCanvasBeforeEachRender = false;
        Plot.Font.Set(font.Key);
        Plot.Axes.Color(_ink);
        Plot.Grid.MajorLineColor = _grid;
        Plot.Grid.MajorLineWidth = Hair;
        Plot.Axes.Right.IsVisible = Plot.Axes.Top.IsVisible = Plot.Axes.Title.IsVisible = false;
        foreach (IAxis axis in (IAxis[])[Plot.Axes.Bottom, Plot.Axes.Left, Plot.Axes.Right])
        {
            axis.FrameLineStyle.Width = Hair;
            (axis.MajorTickStyle.Length, axis.MajorTickStyle.Width, axis.MinorTickStyle.Length, axis.MinorTickStyle.Width) = (2.5f, Hair, 1.5f, Hair * 0.7f);
            axis.TickLabelStyle.FontSize = TickSize;
            axis.Label.FontSize = LabelSize;
            axis.Label.Bold = false;
        }
    }

    /// <summary>The axes.</summary>
    public Plot Plot { get; } = new();

    /// <summary>What stands above: what the bands are, n, and what to keep in mind.</summary>
    public string Caption { get; set; } = "";

    /// <summary>The axis over sigma, logarithmic.</summary>
    /// <param name="low">The smallest level.</param>
    /// <param name="high">The largest level.</param>
    /// <param name="unit">What sigma is measured in; empty where the legend says it.</param>
    public void OverSigma(double low, double high, string unit)
    {
        double from = Math.Log10(low), to = Math.Log10(high), room = from < to ? SigmaRoom * (to - from) : 0.5;
        Plot.Axes.SetLimitsX(from - room, to + room);
        Plot.Axes.Bottom.TickGenerator = new ScottPlot.TickGenerators.NumericManual([.. SigmaTicks.Between(low, high)]);
        XLabel(unit.Length == 0 ? "noise σ" : $"noise σ ({unit})");
    }

    /// <summary>The axis up over sigma, logarithmic, between levels of one digit, with room for marks there.</summary>
    /// <param name="low">The smallest level.</param>
    /// <param name="high">The largest level.</param>
    /// <param name="label">What sigma it is, and its unit.</param>
    public void UpSigma(double low, double high, string label)
    {
        (low, high) = SigmaTicks.Around(low, high);
        double from = Math.Log10(low), to = Math.Log10(high), room = MarkRoom * (to - from);
        Plot.Axes.SetLimitsY(from - room, to + room);
        Plot.Axes.Left.TickGenerator = new ScottPlot.TickGenerators.NumericManual([.. SigmaTicks.Between(low, high)]);
        YLabel(label);
    }

    /// <summary>A level of sigma up, with its interval. An end that is 0 or infinite has no cap and goes to the edge.</summary>
    /// <param name="x">Where it stands.</param>
    /// <param name="sigma">The level.</param>
    /// <param name="range">Its interval; one without width is not drawn.</param>
    /// <param name="style">How it looks.</param>
    /// <param name="shape">Its mark, filled.</param>
    /// <param name="open">Whether the mark is white within.</param>
    public void Level(double x, double sigma, Interval range, SeriesStyle style, MarkerShape shape, bool open)
    {
        var limits = Plot.Axes.GetLimits();
        if (range.Low < range.High)
        {
            double low = range.Low > 0 ? Math.Log10(range.Low) : limits.Bottom, high = double.IsFinite(range.High) ? Math.Log10(range.High) : limits.Top;
            Line([x, x], [low, high], style with { Pattern = LinePattern.Solid }, Hair * 1.4f);
            foreach (double end in (double[])[.. range.Low > 0 ? (double[])[low] : [], .. double.IsFinite(range.High) ? (double[])[high] : []])
                Plot.Add.Marker(x, end, MarkerShape.HorizontalBar, MarkSize * 0.8f, style.Colour).MarkerStyle.LineWidth = Hair * 1.4f;
        }

        var mark = Plot.Add.Marker(x, Math.Log10(sigma), shape, MarkSize, style.Colour);
        if (open)
            (mark.MarkerStyle.FillColor, mark.MarkerStyle.OutlineColor, mark.MarkerStyle.OutlineWidth, mark.MarkerStyle.Size) =
                (Colors.White, style.Colour, Hair * 1.4f, MarkSize * 1.3f);
    }

    /// <summary>The axis of a share, from 0 to 100 %.</summary>
    public void Shares(string label)
    {
        Plot.Axes.SetLimitsY(-ShareRoom, 1 + ShareRoom);
        var ticks = new ScottPlot.TickGenerators.NumericManual();
        for (int percent = 0; percent <= 100; percent += 25)
            ticks.AddMajor(percent / 100.0, $"{percent} %");
        Plot.Axes.Left.TickGenerator = ticks;
        YLabel(label);
    }

    public void XLabel(string label) => Plot.Axes.Bottom.Label.Text = Checked(label);

    public void YLabel(string label) => Plot.Axes.Left.Label.Text = Checked(label);

    /// <summary>A curve over sigma with its band. Where a value is NaN there is a gap; a value between two gaps is a point.</summary>
    /// <param name="name">For the legend; empty for none.</param>
    /// <param name="sigmas">Shape <c>[sigmas]</c>.</param>
    /// <param name="values">Shape <c>[sigmas]</c>.</param>
    /// <param name="style">How it looks.</param>
    public void Curve(string name, IReadOnlyList<double> sigmas, IReadOnlyList<Interval> values, SeriesStyle style)
    {
        foreach (var piece in Pieces(values.Count, i => double.IsFinite(values[i].Value)))
        {
            double[] x = [.. piece.Select(i => Math.Log10(sigmas[i]))];
            Band(x, [.. piece.Select(i => values[i].Low)], [.. piece.Select(i => values[i].High)], style);
            // A point alone has no width to fill.
            if (x.Length == 1 && double.IsFinite(values[piece[0]].Low))
                Line([x[0], x[0]], [values[piece[0]].Low, values[piece[0]].High], style with { Pattern = LinePattern.Solid }, Hair);
            Line(x, [.. piece.Select(i => values[i].Value)], style, LineWidth, points: x.Length == 1 || values.Count < 3);
        }

        Entry(name, style);
    }

    /// <summary>A curve that falls in steps, with its band where that is known.</summary>
    /// <param name="name">For the legend; empty for none.</param>
    /// <param name="start">Sigma from which it is 1.</param>
    /// <param name="end">Sigma up to which it goes.</param>
    /// <param name="steps">Sigma of each step and the value from there on.</param>
    /// <param name="style">How it looks.</param>
    public void Steps(string name, double start, double end, IEnumerable<(double Sigma, Interval Value)> steps, SeriesStyle style)
    {
        List<(double X, Interval Y)> corners = [(Math.Log10(start), new Interval(1, 1, 1, 0))];
        foreach (var (sigma, value) in steps)
        {
            double x = Math.Log10(Math.Max(sigma, start));
            corners.Add((x, corners[^1].Y));
            corners.Add((x, value));
        }

        if (start == end)
        {
            Curve(name, [end], [corners[^1].Y], style);
            return;
        }

        corners.Add((Math.Log10(end), corners[^1].Y));
        foreach (var piece in Pieces(corners.Count, i => double.IsFinite(corners[i].Y.Low) && double.IsFinite(corners[i].Y.High)))
            Band([.. piece.Select(i => corners[i].X)], [.. piece.Select(i => corners[i].Y.Low)], [.. piece.Select(i => corners[i].Y.High)], style);
        Line([.. corners.Select(c => c.X)], [.. corners.Select(c => c.Y.Value)], style, LineWidth);
        Entry(name, style);
    }

    /// <summary>Marks a level of sigma with its interval; infinite ends go to the edge.</summary>
    /// <param name="name">For the legend; empty for none.</param>
    /// <param name="at">The level; where its value is NaN only the interval is drawn.</param>
    /// <param name="style">How it looks.</param>
    public void Mark(string name, Interval at, SeriesStyle style)
    {
        var limits = Plot.Axes.GetLimits();
        double Within(double sigma) => sigma <= 0 ? limits.Left
            : double.IsPositiveInfinity(sigma) ? limits.Right
            : Math.Clamp(Math.Log10(sigma), limits.Left, limits.Right);
        if (!double.IsNaN(at.Low) && !double.IsNaN(at.High))
        {
            var area = Plot.Add.Rectangle(Within(at.Low), Within(at.High), limits.Bottom, limits.Top);
            area.FillColor = style.Colour.WithAlpha(BandAlpha);
            area.LineWidth = 0;
        }

        if (!double.IsNaN(at.Value))
            Line([Within(at.Value), Within(at.Value)], [limits.Bottom, limits.Top], style, Hair * 1.5f);
        Entry(name, style);
    }

    /// <summary>A filled box in coordinates of the axes, with an outline of a width in pt, in the colour of the text where none is given.</summary>
    public void Box(double left, double right, double bottom, double top, Color fill, float outline = 0, Color? around = null)
    {
        var box = Plot.Add.Rectangle(left, right, bottom, top);
        box.FillColor = fill;
        box.LineColor = around ?? _ink;
        box.LineWidth = outline;
    }

    /// <summary>Words in the middle of a place.</summary>
    public void Words(string text, double x, double y, float points, Color? colour = null)
    {
        var words = Plot.Add.Text(Checked(text), x, y);
        (words.LabelFontName, words.LabelFontSize, words.LabelFontColor, words.LabelAlignment) = (_font.Key, points, colour ?? _ink, Alignment.MiddleCenter);
    }

    /// <summary>Names of places on an axis.</summary>
    public void Names(IAxis axis, IReadOnlyList<(double At, string Name)> names, float points, bool turned = false)
    {
        var ticks = new ScottPlot.TickGenerators.NumericManual();
        foreach (var (at, name) in names)
            ticks.AddMajor(at, Checked(name));
        axis.TickGenerator = ticks;
        (axis.MajorTickStyle.Length, axis.TickLabelStyle.FontSize) = (0, points);
        if (!turned)
            return;
        (axis.TickLabelStyle.Rotation, axis.TickLabelStyle.Alignment) = (-90, Alignment.MiddleRight);
        // What stands upright is as high as it is wide.
        axis.MinimumSize = names.Max(n => WidthOf(n.Name, points)) + 2 * LabelSize;
    }

    /// <summary>What an axis is called.</summary>
    public void Label(IAxis axis, string label) => axis.Label.Text = Checked(label);

    /// <summary>A line in the legend.</summary>
    /// <param name="name">What it says; nothing is added where it is empty.</param>
    /// <param name="style">Look of its symbol.</param>
    /// <param name="symbol">A filled shape; a line where there is none.</param>
    public void Entry(string name, SeriesStyle style, MarkerShape symbol = MarkerShape.None)
    {
        if (name.Length > 0)
            _legend.Add((Checked(name), style, symbol));
    }

    /// <summary>How wide words are, in pt.</summary>
    public float WidthOf(string text, float points)
    {
        using var font = _font.At(points);
        return font.MeasureText(text);
    }

    /// <summary>Words that end in … where they are wider than their room in pt.</summary>
    public string Shortened(string text, float points, float room)
    {
        using var font = _font.At(points);
        return Shortened(text, font, room);
    }

    /// <summary>How high the figure is with axes of a height, in pt.</summary>
    /// <param name="width">Of the figure, in pt.</param>
    /// <param name="axes">Height of the axes with their labels, in pt.</param>
    public float HeightWith(float width, float axes)
    {
        using var caption = _font.At(CaptionSize);
        using var font = _font.At(LegendSize);
        return Above(Lines(Checked(Caption), caption, width - 2 * Edge).Count()) + axes + Below(Rows(font, width - 2 * Edge).Count);
    }

    /// <summary>Draws all of it.</summary>
    /// <param name="canvas">Where to, one unit a pt.</param>
    /// <param name="width">In pt.</param>
    /// <param name="height">In pt.</param>
    public void Render(SKCanvas canvas, float width, float height)
    {
        using var caption = _font.At(CaptionSize);
        using var font = _font.At(LegendSize);
        string[] lines = [.. Lines(Checked(Caption), caption, width - 2 * Edge)];
        var rows = Rows(font, width - 2 * Edge);
        float top = Above(lines.Length), bottom = height - Below(rows.Count);
        if (bottom - top < LeastAxes)
        {
            const float Millimetre = FigureFile.PointsOfMillimetre;
            throw new InvalidInputException(string.Create(
                CultureInfo.InvariantCulture,
                $"`Size`: {width / Millimetre:f0} x {height / Millimetre:f0} mm leaves too little room beside the caption and the legend; "
                    + $"give at least {Math.Ceiling((height - bottom + top + LeastAxes) / Millimetre)} mm of height, or more width"));
        }

        using var paint = new SKPaint { Color = SKColors.White, IsAntialias = true };
        canvas.DrawRect(0, 0, width, height, paint);
        Fit(Plot.Axes.Bottom, width - BesideAxes);
        Fit(Plot.Axes.Left, bottom - top - Math.Max(UnderAxes, Plot.Axes.Bottom.MinimumSize));
        var axes = new PixelRect(Edge, width - 2 * Edge, bottom, top);
        // ScottPlot draws twice where the layout is not that of the time before, and nothing is cleared in between.
        using (var nowhere = new SKNoDrawCanvas((int)width, (int)height))
            Plot.Render(nowhere, axes);
        Plot.Render(canvas, axes);

        paint.Color = _soft.ToSKColor();
        foreach (var (i, line) in lines.Index())
            canvas.DrawText(line, Edge, Edge + (i * LineGap + 1) * CaptionSize, SKTextAlign.Left, caption, paint);
        paint.Color = _ink.ToSKColor();
        foreach (var (i, row) in rows.Index())
        {
            float y = height - Edge - (rows.Count - i - 1) * LegendSize * LineGap - LegendSize * (LineGap - 1);
            foreach (var (x, name, style, symbol) in row)
            {
                Draw(canvas, x, y - LegendSize * 0.35f, style, symbol);
                canvas.DrawText(name, x + Symbol + SymbolGap, y, SKTextAlign.Left, font, paint);
            }
        }
    }

    public void Dispose() => Plot.Dispose();

    /// <summary>Sets a label of an axis smaller where it would be longer than the axis.</summary>
    private void Fit(IAxis axis, float room) => axis.Label.FontSize = LabelSize * Math.Min(1, room / Math.Max(1, WidthOf(axis.Label.Text, LabelSize)));

    /// <summary>Room of the caption; a label of the axis reaches half its height beyond it.</summary>
    private static float Above(int lines) => Edge + lines * CaptionSize * LineGap + TickSize;

    /// <summary>Room of the legend.</summary>
    private static float Below(int rows) => Edge + (rows > 0 ? rows * LegendSize * LineGap + Edge : 0);

    private static void Draw(SKCanvas canvas, float x, float y, SeriesStyle style, MarkerShape symbol)
    {
        using var paint = new SKPaint { Color = style.Colour.ToSKColor(), IsAntialias = true, IsStroke = symbol == MarkerShape.None, StrokeWidth = LineWidth };
        if (symbol == MarkerShape.FilledSquare)
        {
            canvas.DrawRect(x + Symbol - LegendSize, y - LegendSize * 0.4f, LegendSize, LegendSize * 0.8f, paint);
            return;
        }

        if (symbol != MarkerShape.None)
        {
            using var shape = Paint.NewDisposablePaint();
            new MarkerStyle(symbol, MarkSize, style.Colour).Render(canvas, new Pixel(x + Symbol - LegendSize / 2, y), shape);
            return;
        }

        using var dashes = style.Pattern.Intervals.Length > 0 ? SKPathEffect.CreateDash(style.Pattern.Intervals, 0) : null;
        paint.PathEffect = dashes;
        canvas.DrawLine(x, y, x + Symbol, y, paint);
    }

    /// <summary>The legend in columns as wide as its widest name.</summary>
    private List<List<(float X, string Name, SeriesStyle Style, MarkerShape Symbol)>> Rows(SKFont font, float room)
    {
        if (_legend.Count == 0)
            return [];
        string[] names = [.. _legend.Select(e => Shortened(e.Name, font, room - Symbol - SymbolGap))];
        float entry = Symbol + SymbolGap + names.Max(n => font.MeasureText(n)) + EntryGap;
        int columns = Math.Clamp((int)((room + EntryGap) / entry), 1, names.Length);
        // As many in each row as can be, the columns as even as their number allows.
        columns = (int)Math.Ceiling(names.Length / Math.Ceiling(names.Length / (double)columns));
        float left = Edge + Math.Max(0, (room - (columns * entry - EntryGap)) / 2);
        return
        [
            .. Enumerable.Range(0, names.Length).Chunk(columns)
                .Select(row => row.Select((i, column) => (left + column * entry, names[i], _legend[i].Style, _legend[i].Symbol)).ToList()),
        ];
    }

    private static string Shortened(string name, SKFont font, float room)
    {
        if (font.MeasureText(name) <= room)
            return name;
        while (name.Length > 1 && font.MeasureText(name + "…") > room)
            name = name[..^1];
        return name + "…";
    }

    /// <summary>Text broken between words.</summary>
    private static IEnumerable<string> Lines(string text, SKFont font, float room)
    {
        string line = "";
        foreach (string word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            string longer = line.Length == 0 ? word : $"{line} {word}";
            if (line.Length > 0 && font.MeasureText(longer) > room)
            {
                yield return line;
                longer = word;
            }

            line = longer;
        }

        if (line.Length > 0)
            yield return Shortened(line, font, room);
    }

    private void Band(double[] x, double[] low, double[] high, SeriesStyle style)
    {
        if (x.Length < 2)
            return;
        Coordinates[] around = [.. x.Zip(high, (a, b) => new Coordinates(a, b)), .. x.Zip(low, (a, b) => new Coordinates(a, b)).Reverse()];
        var band = Plot.Add.Polygon(around);
        band.FillColor = style.Colour.WithAlpha(BandAlpha);
        band.LineWidth = 0;
    }

    private void Line(double[] x, double[] y, SeriesStyle style, float width, bool points = false)
    {
        var line = Plot.Add.Scatter(x, y, style.Colour);
        line.LineWidth = width;
        line.LinePattern = style.Pattern;
        line.MarkerSize = points ? 3.5f : 0;
    }

    /// <summary>Indices in a row that are known.</summary>
    private static IEnumerable<int[]> Pieces(int count, Func<int, bool> known)
    {
        var piece = new List<int>();
        for (int i = 0; i <= count; i++)
        {
            if (i < count && known(i))
            {
                piece.Add(i);
                continue;
            }

            if (piece.Count > 0)
                yield return [.. piece];
            piece.Clear();
        }
    }

    private string Checked(string text)
    {
        _font.Check(text);
        return text;
    }
}
