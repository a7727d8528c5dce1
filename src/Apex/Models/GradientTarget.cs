namespace Apex.Models;

/// <summary>The scalar of the logits that is differentiated, for each sample.</summary>
internal enum GradientTarget
{
    /// <summary>The logit of a class.</summary>
    Logit,

    /// <summary>The logit of a class less the largest other: m(x) of docs/method.md, section 6.</summary>
    Margin,

    /// <summary>min(1, margin / S): what directed perturbation ascends (section 7).</summary>
    ClippedMargin,

    /// <summary>-ln of the softmax of a class.</summary>
    CrossEntropy,
}
