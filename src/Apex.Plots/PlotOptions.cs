using Apex.Analysis.Regularity;

namespace Apex.Plots;

/// <summary>What a figure shows and how large. The defaults make what the page of a run shows, one column wide.</summary>
public sealed record PlotOptions
{
    private const int FewestDots = 50, MostDots = 1200;

    /// <summary>Size on paper; null for the plot's own, 85 mm wide (one column of a paper) where names of classes find room in that.</summary>
    public PlotSize? Size { get; init; }

    /// <summary>Pixels an inch of a PNG, 50 to 1200.</summary>
    public int Dpi { get; init; } = 300;

    /// <summary>The sample that <c>sample</c> shows, by its index in the source.</summary>
    public long? Sample { get; init; }

    /// <summary>Draw <c>escape</c> for each predicted class rather than for all samples.</summary>
    public bool ByClass { get; init; }

    /// <summary>tau of escape noise in <c>escape</c> and <c>sample</c>, in (0, 1).</summary>
    public double FlipLevel { get; init; } = EscapeNoise.DefaultFlipLevel;

    /// <summary>A TrueType or OpenType font to set the text in; null for Liberation Sans, which is part of the library.</summary>
    public string? Font { get; init; }

    /// <summary>Itself.</summary>
    /// <exception cref="InvalidInputException">Something is out of range.</exception>
    internal PlotOptions Checked()
    {
        Size?.Checked();
        EscapeNoise.CheckedFlipLevel(FlipLevel);
        return Dpi is >= FewestDots and <= MostDots ? this : throw new InvalidInputException($"`Dpi` {Dpi}: give {FewestDots} to {MostDots}");
    }
}
