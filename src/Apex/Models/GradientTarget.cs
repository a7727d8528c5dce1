namespace Apex.Models;

/// <summary>The scalar of the logits that is differentiated, for each sample.</summary>
public enum GradientTarget
{
    /// <summary>The logit of a class.</summary>
    Logit,

    /// <summary>The logit of a class less the largest other: m(x) of docs/method.md, section 2.</summary>
    Margin,

    /// <summary>min(1, margin / S): what a perturbation that all samples share is led by.</summary>
    ClippedMargin,

    /// <summary>-ln of the softmax of a class.</summary>
    CrossEntropy,
}
