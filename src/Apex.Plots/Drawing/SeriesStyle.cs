using ScottPlot;

namespace Apex.Plots.Drawing;

/// <summary>How a curve looks. Colours are those of the page; those that eyes may take for each other come with different dashes.</summary>
/// <param name="Colour">Of the line and, thinned, of its band.</param>
/// <param name="Pattern">Of the line.</param>
internal readonly record struct SeriesStyle(Color Colour, LinePattern Pattern)
{
    /// <summary>Series in all that look different.</summary>
    public const int Count = 10;

    private static readonly string[] _colours = ["#0b5cad", "#b3430a", "#1a7f37", "#8250df", "#a40e5a", "#0b7285", "#7d4e00", "#57606a", "#5c7f00", "#c2255c"];

    /// <summary>Chosen so that colours of one pattern lie far apart for the colour-blind too, see <c>SeriesStyleTests</c>.</summary>
    private static readonly int[] _dashes = [0, 1, 2, 1, 0, 1, 0, 2, 3, 3];

    private static readonly LinePattern[] _patterns =
    [
        LinePattern.Solid,
        new([4.5f, 1.8f], 0, "dashes"),
        new([1.2f, 1.4f], 0, "dots"),
        new([5.5f, 1.4f, 1.2f, 1.4f], 0, "dashes and dots"),
    ];

    /// <summary>What is not one of the series: what is left over, or marked.</summary>
    public static SeriesStyle Rest { get; } = new(new Color("#8c959f"), LinePattern.Solid);

    /// <summary>The look of a series.</summary>
    /// <param name="index">From 0; the colour is that of the page's series.</param>
    public static SeriesStyle Of(int index) => new(new Color(_colours[index % Count]), _patterns[_dashes[index % Count]]);

    /// <summary>
    /// The look of a class: its own wherever it is drawn, as in the page; where there are more classes than looks,
    /// that of its place among those that are drawn.
    /// </summary>
    public static SeriesStyle OfClass(int y, int place, int classes) => Of(classes <= Count ? y : place);
}
