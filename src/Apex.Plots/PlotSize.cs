using System.Globalization;

namespace Apex.Plots;

/// <summary>How large a figure is on paper.</summary>
/// <param name="Width">In mm, 30 to 1000.</param>
/// <param name="Height">In mm, 30 to 1000.</param>
public readonly record struct PlotSize(double Width, double Height)
{
    private const double Least = 30, Most = 1000;

    /// <summary>Reads <c>85x60</c>.</summary>
    /// <exception cref="InvalidInputException">It is no size, or no sensible one.</exception>
    public static PlotSize Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Split('x') is [var width, var height] && TryMillimetres(width, out double w) && TryMillimetres(height, out double h)
            ? new PlotSize(w, h).Checked()
            : throw new InvalidInputException($"`Size` {text}: give WIDTHxHEIGHT in mm, e.g. 85x60");
    }

    /// <summary>Itself.</summary>
    /// <exception cref="InvalidInputException">It is out of range.</exception>
    internal PlotSize Checked() => Width is >= Least and <= Most && Height is >= Least and <= Most
        ? this
        : throw new InvalidInputException(FormattableString.Invariant($"`Size` {Width}x{Height}: give {Least} to {Most} mm each way, e.g. 85x60"));

    private static bool TryMillimetres(string text, out double value) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out value);
}
