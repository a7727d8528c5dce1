using Apex.Models.Onnx.Graphs;

namespace Apex.Models.Onnx.Operators;

/// <summary>The nodes of a tangent graph in the making, and what a <see cref="Tangent"/> may ask and add.</summary>
internal sealed class TangentBuilder : DerivativeBuilder
{
    /// <summary>By tensor. What depends on the input is in here; anything else has derivative zero.</summary>
    private readonly Dictionary<string, string> _tangents = new(StringComparer.Ordinal);

    /// <summary>Nothing yet.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="graph">The graph whose tensors are differentiated; constants are added to it.</param>
    /// <param name="opset">The opset of the standard operators.</param>
    public TangentBuilder(string path, OnnxGraph graph, long opset)
        : base(path, graph, opset)
    {
    }

    /// <summary>A builder that adds to the nodes of another.</summary>
    /// <param name="other">The other.</param>
    public TangentBuilder(DerivativeBuilder other)
        : base(other)
    {
    }

    /// <inheritdoc/>
    protected override string Consequence => "d a / d x cannot be computed behind it; choose `Sites` before it";

    /// <summary>Whether a tensor depends on the network's input.</summary>
    public override bool IsLive(string tensor) => _tangents.ContainsKey(tensor);

    /// <summary>The tangent of a tensor that depends on the network's input.</summary>
    public string Tangent(string tensor) => _tangents[tensor];

    /// <summary>Says what a tensor's tangent is.</summary>
    public void Set(string tensor, string tangent) => _tangents[tensor] = tangent;

    /// <summary>Says what the tangent of a node's first output is.</summary>
    public void Set(NodeProto node, string tangent) => Set(node.Output[0], tangent);

    /// <summary>Where an input without tangent may have had the larger shape, the tangent is stretched to the node's.</summary>
    public string Filled(NodeProto node, string tangent) =>
        node.Input.All(i => i.Length == 0 || IsLive(i)) ? tangent : Emit("Expand", [tangent, Emit("Shape", [node.Output[0]])]);

    /// <summary>The tangent where a condition holds and where it does not; null for zero.</summary>
    public void Choose(NodeProto node, string condition, Func<string, string> then, Func<string, string>? otherwise)
    {
        string d = Tangent(node.Input[0]);
        Set(node, Emit("Where", [condition, then(d), otherwise is null ? Scalar(0) : otherwise(d)]));
    }
}
