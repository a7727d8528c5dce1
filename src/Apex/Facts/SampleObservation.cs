
namespace Apex.Facts;

/// <summary>
/// Everything that is kept of one sample: the clean pass, and for each sigma the readouts over all draws (docs/method.md, section 1).
/// </summary>
public sealed record SampleObservation
{
    /// <summary>The sample's index in its source.</summary>
    public required long SampleId { get; init; }

    /// <summary>Given class, or null where the data has no labels.</summary>
    public int? Label { get; init; }

    /// <summary>s(x), shape <c>[classes]</c>.</summary>
    public required float[] CleanLogits { get; init; }

    /// <summary>ŷ0 = argmax s(x), the lowest index on ties; null where a clean logit is not finite.</summary>
    public int? CleanPrediction { get; init; }

    /// <summary>s_ŷ0 - max of the other logits; NaN where there is no clean prediction.</summary>
    public float CleanMargin { get; init; } = float.NaN;

    /// <summary>
    /// ||dm / da_l||^2 of the clean margin m for each of the sites whose gradients the run keeps, shape <c>[RunInfo.FirstOrderSites]</c>; null where it keeps
    /// none. The derivative is total, through everything behind the site (docs/method.md, section 2).
    /// </summary>
    public float[]? SquaredGradients { get; init; }

    /// <summary>One entry for each sigma of the plan, ascending, shape <c>[sigmas]</c>.</summary>
    public required SigmaObservation[] Sigmas { get; init; }

    /// <summary>For each draw the class it first left ŷ0 for on the grid, or -1 where it never did; shape <c>[draws]</c>.</summary>
    public required int[] FirstEscapeClass { get; init; }

    /// <summary>For each draw the index of the sigma of that first escape, or -1; shape <c>[draws]</c>.</summary>
    public required int[] FirstEscapeSigma { get; init; }
}

/// <summary>Readouts of one sample at one sigma. Draws with a logit that is not finite are counted apart and enter nothing else.</summary>
public sealed record SigmaObservation
{
    /// <summary>n_y, draws that predicted each class, shape <c>[classes]</c>; they sum to draws - <see cref="NonFinite"/>.</summary>
    public required int[] Counts { get; init; }

    /// <summary>Mean softmax vector over draws, shape <c>[classes]</c>; NaN where no draw was finite.</summary>
    public required float[] MeanSoftmax { get; init; }

    /// <summary>Mean over draws of the margin m = s_ŷ0 - max of the other logits; NaN where it is undefined.</summary>
    public float MarginMean { get; init; }

    /// <summary>Unbiased variance over draws of the margin; NaN for fewer than two finite draws.</summary>
    public float MarginVariance { get; init; }

    /// <summary>Draws with a logit that is not finite.</summary>
    public int NonFinite { get; init; }
}
