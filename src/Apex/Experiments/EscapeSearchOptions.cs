using Apex.Analysis.Regularity;

namespace Apex.Experiments;

/// <summary>What an adaptive search finds.</summary>
public readonly record struct EscapeSearchOptions
{
    /// <summary>Flip level 0.5, as narrow as the plan's draws allow.</summary>
    public EscapeSearchOptions() { }

    /// <summary>tau, in (0, 1): the escape noise is the smallest sigma at which the flip probability reaches it. Default: 0.5.</summary>
    public double FlipLevel { get; init; } = EscapeNoise.DefaultFlipLevel;

    /// <summary>
    /// Draws are added until the upper end of the interval is at most this many times the lower end, above 1; null takes all draws of the
    /// plan. Default: null.
    /// </summary>
    public double? Width { get; init; }

    /// <summary>Checks ranges.</summary>
    /// <exception cref="InvalidInputException">A value is out of range.</exception>
    public EscapeSearchOptions Checked()
    {
        EscapeNoise.CheckedFlipLevel(FlipLevel);
        if (Width is { } width && !(width > 1 && double.IsFinite(width)))
            throw new InvalidInputException($"`Width` {width}: give the ratio of upper to lower end of the interval, above 1, e.g. 1.5");
        return this;
    }
}
