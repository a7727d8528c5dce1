using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Xunit;

namespace Apex.Tests.Plots;

/// <summary>Reads a figure back from its SVG: the places of its ticks say which numbers its curves stand for.</summary>
internal sealed partial class SvgFigure
{
    /// <summary>Of the lines behind the curves, which are drawn first down, then across.</summary>
    private const string Grid = "#E3E7EB";

    private readonly XElement _root;

    public SvgFigure(byte[] svg) => _root = XDocument.Parse(Encoding.UTF8.GetString(svg)).Root!;

    public string Width => _root.Attribute("width")!.Value;

    public string Height => _root.Attribute("height")!.Value;

    /// <summary>All text, in the order in which it is drawn.</summary>
    public IReadOnlyList<string> Texts => [.. _root.Descendants().Where(e => e.Name.LocalName == "text").Select(e => Space().Replace(e.Value, " ").Trim())];

    /// <summary>Caption and whatever else it says, as one.</summary>
    public string Words => string.Join(' ', Texts);

    /// <summary>Where words that stand level begin and where their last letter does, in units of the figure.</summary>
    public (double First, double Last) Extent(string words)
    {
        var text = _root.Descendants().First(e => e.Name.LocalName == "text" && Space().Replace(e.Value, " ").Trim() == words);
        double[] letters = [.. text.Attribute("x")!.Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(v => double.Parse(v, CultureInfo.InvariantCulture))];
        double moved = Moved().Match(text.Attribute("transform")?.Value ?? "") is { Success: true } found
            ? double.Parse(found.Groups[1].Value, CultureInfo.InvariantCulture) : 0;
        return (moved + letters[0], moved + letters[^1]);
    }

    /// <summary>Lines of a colour that are not dashed, each as its points in numbers of the axes; sigma is not its logarithm.</summary>
    public List<(double Sigma, double Share)[]> Lines(string colour)
    {
        var (x, y) = (Scale(0, vertical: true), Scale(1, vertical: false));
        bool IsLine(XElement path) => Inside(path) && path.Attribute("stroke")?.Value == colour
            && path.Attribute("stroke-width")?.Value.StartsWith("1.1", StringComparison.Ordinal) == true;
        return [.. Paths(IsLine)
            .Where(points => points.Count > 1).Select(points => points.Select(p => (Math.Pow(10, x(p.X)), y(p.Y))).ToArray())];
    }

    /// <summary>Bands of a colour, as the points around them.</summary>
    public List<(double Sigma, double Share)[]> Bands(string colour)
    {
        var (x, y) = (Scale(0, vertical: true), Scale(1, vertical: false));
        return [.. Paths(p => p.Attribute("fill")?.Value == colour && p.Attribute("fill-opacity") is not null)
            .Where(points => points.Count > 4).Select(points => points.Select(p => (Math.Pow(10, x(p.X)), y(p.Y))).ToArray())];
    }

    /// <summary>Points that stand alone.</summary>
    public int Points(string colour) => _root.Descendants().Count(e => e.Name.LocalName is "ellipse" or "circle" && e.Attribute("fill")?.Value == colour);

    /// <summary>Points and diamonds of a colour that stand over places: place and sigma.</summary>
    public List<(double Site, double Sigma)> Marks(string colour)
    {
        var round = _root.Descendants().Where(e => e.Name.LocalName is "ellipse" or "circle" && Inside(e) && e.Attribute("fill")?.Value == colour)
            .Select(e =>
                (X: double.Parse(e.Attribute("cx")!.Value, CultureInfo.InvariantCulture),
                    Y: double.Parse(e.Attribute("cy")!.Value, CultureInfo.InvariantCulture)));
        var angled = Paths(p => Inside(p) && p.Attribute("fill")?.Value == colour).Select(Middle);
        return [.. round.Concat(angled).Select(Placed)];
    }

    /// <summary>Lines that stand upright over places, from one sigma to another.</summary>
    public List<(double Site, double Low, double High)> Ranges(string colour) =>
        [.. Paths(p => Inside(p) && p.Attribute("fill")?.Value == "none" && p.Attribute("stroke")?.Value == colour)
            .Where(p => p.Count == 2 && p[0].X == p[1].X).Select(p => (Placed(p[0]), Placed(p[1])))
            .Select(p => (p.Item1.Site, Math.Min(p.Item1.Sigma, p.Item2.Sigma), Math.Max(p.Item1.Sigma, p.Item2.Sigma)))];

    /// <summary>Open triangles over places: where, at which sigma, and whether they point up.</summary>
    public List<(double Site, double Sigma, bool Up)> Arrows(string colour) =>
        [.. Paths(p => Inside(p) && p.Attribute("fill")?.Value == "none" && p.Attribute("stroke")?.Value == colour)
            .Select(p => p.Distinct().ToList()).Where(p => p.Count == 3)
            .Select(p => (Placed(Middle(p)), p.Count(corner => corner.Y > Middle(p).Y) == 2)).Select(p => (p.Item1.Site, p.Item1.Sigma, p.Item2))];

    /// <summary>A point of the figure as the place that the names on the axis count, from 0, and the sigma up.</summary>
    private (double Site, double Sigma) Placed((double X, double Y) at)
    {
        double[] sites = [.. Paths(p => p.Attribute("stroke")?.Value == Grid)[0].Where((_, i) => i % 2 == 0).Select(p => p.X)];
        var lines = Paths(p => p.Attribute("stroke")?.Value == Grid)[1].Where((_, i) => i % 2 == 0).Select(p => p.Y).ToArray();
        double[] levels = [.. Texts.Where(t => double.TryParse(t, CultureInfo.InvariantCulture, out _))
            .Select(t => Math.Log10(double.Parse(t, CultureInfo.InvariantCulture)))];
        Assert.Equal(lines.Length, levels.Length);
        double width = sites.Length > 1 ? (sites[^1] - sites[0]) / (sites.Length - 1) : double.PositiveInfinity;
        return ((at.X - sites[0]) / width, Math.Pow(10, levels[0] + (at.Y - lines[0]) * (levels[^1] - levels[0]) / (lines[^1] - lines[0])));
    }

    /// <summary>The middle of a shape; its first corner comes again at its end.</summary>
    private static (double X, double Y) Middle(IEnumerable<(double X, double Y)> around)
    {
        var corners = around.Distinct().ToList();
        return (corners.Average(c => c.X), corners.Average(c => c.Y));
    }

    private List<List<(double X, double Y)>> Paths(Func<XElement, bool> wanted) =>
        [.. _root.Descendants().Where(e => e.Name.LocalName == "path" && wanted(e)).Select(e => Corners(e.Attribute("d")!.Value))];

    private static List<(double X, double Y)> Corners(string path) =>
        [.. Pair().Matches(path)
            .Select(m => (double.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture), double.Parse(m.Groups[2].Value, CultureInfo.InvariantCulture)))];

    /// <summary>Within the axes; the legend is not.</summary>
    private static bool Inside(XElement element) => element.Parent!.Attribute("clip-path") is not null;

    private Func<double, double> Scale(int path, bool vertical)
    {
        var lines = Paths(p => p.Attribute("stroke")?.Value == Grid)[path];
        double[] places = [.. lines.Where((_, i) => i % 2 == 0).Select(p => vertical ? p.X : p.Y)];
        double[] numbers = vertical
            ? [.. Texts.Where(t => double.TryParse(t, CultureInfo.InvariantCulture, out _))
                .Select(t => Math.Log10(double.Parse(t, CultureInfo.InvariantCulture)))]
            : [.. Texts.Where(t => Percent().IsMatch(t)).Select(t => double.Parse(t[..^2], CultureInfo.InvariantCulture) / 100)];
        Assert.Equal(places.Length, numbers.Length);
        double unit = (numbers[^1] - numbers[0]) / (places[^1] - places[0]);
        double Of(double place) => numbers[0] + (place - places[0]) * unit;
        // Every tick says the same.
        for (int i = 0; i < places.Length; i++)
            Assert.Equal(numbers[i], Of(places[i]), 1e-4);
        return Of;
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();

    [GeneratedRegex(@"translate\(([-\d.]+) ")]
    private static partial Regex Moved();

    [GeneratedRegex(@"^\d+ %$")]
    private static partial Regex Percent();

    [GeneratedRegex(@"[ML]([-\d.e]+) ([-\d.e]+)")]
    private static partial Regex Pair();
}
