namespace Apex.Models.Onnx.Operators;

/// <summary>What must be told of an operator before anything else.</summary>
internal enum OperatorKind
{
    /// <summary>Nothing.</summary>
    Ordinary,

    /// <summary>It compares two tensors.</summary>
    Comparison,

    /// <summary>It has activations of its own, one time step after another.</summary>
    Recurrent,

    /// <summary>It rounds to few whole numbers, or computes with such.</summary>
    Quantising,

    /// <summary>It runs subgraphs.</summary>
    ControlFlow,

    /// <summary>It draws random numbers.</summary>
    Random,
}
