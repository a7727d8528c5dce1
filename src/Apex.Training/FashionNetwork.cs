using Apex.Training.Networks;

namespace Apex.Training;

/// <summary>What <c>apex-train fashion-mnist</c> can train.</summary>
internal enum FashionNetwork
{
    /// <summary><see cref="ResidualNetwork"/> of 16-32-64 channels, that of the built-in model.</summary>
    Residual,

    /// <summary><see cref="PlainNetwork"/>.</summary>
    Plain,

    /// <summary><see cref="MultilayerPerceptron"/> of two hidden layers.</summary>
    Perceptron,

    /// <summary><see cref="VisionTransformer"/> with a class token.</summary>
    Transformer,
}
