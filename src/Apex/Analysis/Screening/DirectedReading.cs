using System.Text.Json.Serialization;

namespace Apex.Analysis.Screening;

/// <summary>What the worst noise that all inputs share does for each class (docs/method.md, section 7), in one place and one size.</summary>
/// <param name="Inputs">Whether the inputs were data or noise.</param>
/// <param name="Place">Where the noise is: on the whole input, or in a window of it.</param>
/// <param name="Size">The radius r on the whole input; the edge of the window in pixels.</param>
/// <param name="Classes">The classes that were tried, ascending.</param>
internal sealed record DirectedReading(ScreeningInputs Inputs, DirectedPlace Place, double Size, IReadOnlyList<DirectedClass> Classes)
{
    /// <summary>The mean margin of every class in units of S, shape <c>[classes]</c>; of one that was not tried the least of those that were.</summary>
    /// <param name="classes">C.</param>
    public double[] Margins(int classes)
    {
        double[] margins = new double[classes];
        Array.Fill(margins, Classes.Min(c => c.Margin));
        foreach (var tried in Classes)
            margins[tried.Class] = tried.Margin;
        return margins;
    }
}

/// <summary>Where directed noise is.</summary>
internal enum DirectedPlace
{
    /// <summary>On the whole input, of bounded length.</summary>
    [JsonStringEnumMemberName("input")]
    Input,

    /// <summary>In a square window of an image, whose pixels are free.</summary>
    [JsonStringEnumMemberName("window")]
    Window,
}

/// <summary>The worst noise that all inputs share, for one class.</summary>
/// <param name="Class">t.</param>
/// <param name="Value">D_t, the mean of min(1, margin of t / S) over inputs that the noise was not found on.</param>
/// <param name="Margin">The same of margin / S, without a bound.</param>
/// <param name="Carried">Inputs of other classes that it carries to t.</param>
/// <param name="Others">Inputs of other classes.</param>
/// <param name="Top">First row of the window; null where there is none.</param>
/// <param name="Left">First column of the window.</param>
internal sealed record DirectedClass(int Class, double Value, double Margin, int Carried, int Others, int? Top = null, int? Left = null)
{
    /// <summary>
    /// The noise itself, in the layout of the network's input: in units of the range of pixels, or in a window the pixels, from -1 (black) to 1 (white).
    /// </summary>
    [JsonIgnore]
    public float[] Delta { get; init; } = [];
}
