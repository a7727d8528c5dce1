using Apex.Models.Onnx.Graphs;

namespace Apex.Models.Onnx.Operators;

/// <summary>Under which name a node is a site.</summary>
/// <param name="Words">The name for a reader; null for the operator's own.</param>
/// <param name="Of">The name of a node, from the graph around it; null where that node is no site.</param>
internal sealed record SiteName(string? Words, Func<NodeProto, OnnxGraph, string?> Of)
{
    /// <summary>Its operator's name.</summary>
    public static SiteName Own { get; } = new(null, (node, _) => node.OpType);
}
