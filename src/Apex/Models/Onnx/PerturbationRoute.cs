namespace Apex.Models.Onnx;

/// <summary>How noise gets into a graph. All ways compute the same, up to the rounding of a float.</summary>
internal enum PerturbationRoute
{
    /// <summary>The fastest that the model and the processor allow.</summary>
    Auto,

    /// <summary>A multiplication and an addition of graph inputs, from the input on: the simplest way, kept as a reference.</summary>
    Plain,
}
