
namespace Apex.Facts;

/// <summary>Something about a run that looks wrong and may be meant. Figures that build on it should not be trusted before it was looked at.</summary>
/// <param name="Kind">Which: one of <see cref="RunWarning"/>'s constants.</param>
/// <param name="Message">One sentence for a person, with what to change.</param>
public sealed record RunWarning(string Kind, string Message)
{
    /// <summary>Numbers that are no pixels are scaled as if they were.</summary>
    public const string PixelScale = "pixel-scale";

    /// <summary>Mean or standard deviation of the preprocessing are far from the data's own.</summary>
    public const string Normalisation = "normalisation";

    /// <summary>The network's first normalisation was trained on inputs of another scale.</summary>
    public const string FirstLayer = "first-layer";

    /// <summary>There are fewer class folders than classes, and no names by which to number them.</summary>
    public const string ClassFolders = "class-folders";

    /// <summary>Labels are predicted one for another, all by the same rule.</summary>
    public const string ClassOrder = "class-order";

    /// <summary>Nearly all clean predictions fall on one class.</summary>
    public const string OneClass = "one-class";

    /// <summary>Clean accuracy at or near chance.</summary>
    public const string Chance = "chance";

    /// <summary>Most labels are predicted otherwise.</summary>
    public const string MostlyOtherwise = "mostly-otherwise";
}
