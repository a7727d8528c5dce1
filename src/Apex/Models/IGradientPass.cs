namespace Apex.Models;

/// <summary>Reads the gradients of one site.</summary>
/// <param name="slot">Position of the site in the list that the pass was opened with.</param>
/// <param name="gradients">d target / d a_l of each sample, shape <c>[samples, elements of the site]</c>, or the sum of its squares, shape
/// <c>[samples]</c>, where that was asked for; valid during the call.</param>
internal delegate void GradientReader(int slot, ReadOnlySpan<float> gradients);

/// <summary>
/// Exact gradients of a scalar of the logits with respect to the input and to activations, by reverse-mode differentiation of the network's graph: one
/// forward and one backward pass for a batch of samples. The derivative with respect to a site is total, through everything behind it. Safe to call from
/// several threads.
/// </summary>
internal interface IGradientPass : IDisposable
{
    /// <summary>Samples of one pass at most.</summary>
    int Rows { get; }

    /// <summary>Gradients at some samples.</summary>
    /// <param name="samples">The preprocessed samples, at least one and at most <see cref="Rows"/>.</param>
    /// <param name="classes">The class of each sample; null for the one that is predicted.</param>
    /// <param name="read">Called once for each site.</param>
    /// <returns>The scalar of each sample.</returns>
    float[] Run(IReadOnlyList<ModelSample> samples, IReadOnlyList<int>? classes, GradientReader read);
}
