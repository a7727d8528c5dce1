namespace Apex.Models.Onnx.Operators;

/// <summary>Where an operator stands for nothing but what it reads.</summary>
[Flags]
internal enum Passage
{
    /// <summary>Nowhere.</summary>
    None = 0,

    /// <summary>Between the input and what scales it.</summary>
    AtInput = 1,

    /// <summary>Between the logits and the output.</summary>
    AtOutput = 2,
}
