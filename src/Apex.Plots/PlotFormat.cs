namespace Apex.Plots;

/// <summary>What a figure is written as.</summary>
public enum PlotFormat
{
    /// <summary>Scalable, with its text as text.</summary>
    Svg,

    /// <summary>Pixels, see <see cref="PlotOptions.Dpi"/>.</summary>
    Png,

    /// <summary>One scalable page of the size of the figure, with its font embedded.</summary>
    Pdf,
}
