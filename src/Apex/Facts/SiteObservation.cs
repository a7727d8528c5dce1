
namespace Apex.Facts;

/// <summary>What noise on one site alone did to one sample.</summary>
public sealed record SiteObservation
{
    /// <summary>Index of the site.</summary>
    public required int Site { get; init; }

    /// <summary>The sample's index in its source.</summary>
    public required long SampleId { get; init; }

    /// <summary>ŷ0; null where a clean logit is not finite.</summary>
    public int? CleanPrediction { get; init; }

    /// <summary>n_y at each level, draws that predicted each class, shape <c>[sigmas][classes]</c>; they sum to draws - <see cref="NonFinite"/>.</summary>
    public required int[][] Counts { get; init; }

    /// <summary>Draws with a logit that is not finite, shape <c>[sigmas]</c>.</summary>
    public required int[] NonFinite { get; init; }
}
