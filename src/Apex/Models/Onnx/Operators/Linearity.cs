namespace Apex.Models.Onnx.Operators;

/// <summary>In which of the inputs that depend on the network's input an operator is linear, whatever else it reads.</summary>
internal enum Linearity
{
    /// <summary>In none.</summary>
    None,

    /// <summary>In all together.</summary>
    Together,

    /// <summary>In each while the others stay: a product.</summary>
    Each,

    /// <summary>In the first while the others stay: a quotient.</summary>
    First,
}
