namespace Apex.Models.Onnx.Operators;

/// <summary>What an operator tells of a shape alone, without values.</summary>
internal enum ShapeUse
{
    /// <summary>It computes with values.</summary>
    None,

    /// <summary>It makes the shape of its input.</summary>
    Made,

    /// <summary>It makes a tensor of a shape that it reads.</summary>
    Filled,
}
