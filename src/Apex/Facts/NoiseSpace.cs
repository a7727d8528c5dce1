

namespace Apex.Facts;

/// <summary>What noise is added to (docs/method.md, section 4).</summary>
public enum NoiseSpace
{
    /// <summary>Activations, by default all hidden ones: the method itself.</summary>
    Activation,

    /// <summary>The input alone, which is site 0.</summary>
    Input,

    /// <summary>The trained parameters: W + sigma * rms(W) * Xi, one Xi for all samples.</summary>
    Parameter,
}
