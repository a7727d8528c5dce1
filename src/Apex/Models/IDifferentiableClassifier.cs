using Apex.Sites;

namespace Apex.Models;

/// <summary>A classifier whose activations can be differentiated with respect to its input.</summary>
internal interface IDifferentiableClassifier : IClassifier
{
    /// <summary>The gradients of a scalar of the logits with respect to some sites.</summary>
    /// <param name="target">The scalar.</param>
    /// <param name="sites">What it is differentiated by; at least one.</param>
    /// <param name="rows">Samples of one pass; must equal <see cref="IClassifier.FixedBatch"/> where that is set.</param>
    /// <param name="clip">S of <see cref="GradientTarget.ClippedMargin"/>, above 0.</param>
    /// <param name="squared">Read the sum of squares of each gradient, shape <c>[samples]</c>, in place of the gradient.</param>
    /// <exception cref="InvalidInputException">Something behind the sites cannot be differentiated.</exception>
    IGradientPass OpenGradient(GradientTarget target, IReadOnlyList<Site> sites, int rows, double clip = 1, bool squared = false);
}
