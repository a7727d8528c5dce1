namespace Apex.Models.Onnx.Operators;

/// <summary>Domains of operators beside the ONNX specification's own, which is empty.</summary>
internal static class Domains
{
    /// <summary>What ONNX Runtime contributes.</summary>
    public const string Microsoft = "com.microsoft";

    /// <summary>Machine learning without networks.</summary>
    public const string Classical = "ai.onnx.ml";

    /// <summary>No domain of ONNX: what graphs compose of other operators.</summary>
    public const string Composed = "composed";
}
