using Apex.Analysis.Regularity;
using Apex.Analysis.Statistics;
using Apex.Sites;

namespace Apex.Analysis.Sensitivity;

/// <summary>What noise on one site alone does to the predictions.</summary>
internal sealed record SiteSensitivity
{
    /// <summary>The site.</summary>
    public required Site Site { get; init; }

    /// <summary>l / L: 1 for the last hidden site of the network, 0 for the input.</summary>
    public required double Depth { get; init; }

    /// <summary>rms(a_l), the unit of sigma.</summary>
    public required double Rms { get; init; }

    /// <summary>Mean over samples of the flip probability at each level, with its interval; shape <c>[sigmas]</c>.</summary>
    public required IReadOnlyList<Interval> FlipRate { get; init; }

    /// <summary>
    /// The sigma, in units of <see cref="Rms"/>, at which half of the draws flip: where <see cref="FlipRate"/> first passes 1/2, interpolated in log sigma.
    /// NaN where it is <see cref="Censoring">censored</see>. An end is 0 or infinite where the grid does not bound it; N is the number of samples.
    /// </summary>
    public required Interval HalfFlip { get; init; }

    /// <summary>Whether half of the draws flip at the first level already, or at none.</summary>
    public required Censoring Censoring { get; init; }

    /// <summary>
    /// The largest level with a finite draw, below which fewer than half flipped where it is censored on the right; NaN where no draw was finite.
    /// </summary>
    public required double SeenTo { get; init; }

    /// <summary>Draws with a logit that was not finite, over all levels; they enter no rate.</summary>
    public required long NonFinite { get; init; }

    /// <summary>For ranking: the half-flip sigma, or infinite in the direction in which it is censored.</summary>
    public double RankKey => Censoring switch { Censoring.Left => double.NegativeInfinity, Censoring.Right => double.PositiveInfinity, _ => HalfFlip.Value };
}
