using Apex.Models.Onnx.Graphs;

namespace Apex.Models.Onnx.Rewriting;

/// <summary>Where a site lives in the graph.</summary>
/// <param name="Tensor">Tensor name.</param>
/// <param name="Type">Element type.</param>
/// <param name="BatchAxis">Which axis is the batch.</param>
/// <param name="Rest">The other axes.</param>
internal sealed record Placement(string Tensor, OnnxElementType Type, int BatchAxis, int[] Rest)
{
    /// <summary>Entries of the batch axis that belong to one sample (windows of a window attention).</summary>
    public int RowsPerSample { get; init; } = 1;
}
