using Apex.Models.Onnx.Graphs;

namespace Apex.Models.Onnx.Operators;

/// <summary>The bounds of a Clip: attributes before opset 11, and inputs since.</summary>
internal static class ClipBounds
{
    /// <summary>The bounds that are constants; null where there is none, or one that is as good as infinite.</summary>
    public static (double? Min, double? Max) Of(NodeProto node, OnnxGraph graph)
    {
        double? Bound(string name, int input) =>
            node.Attribute.FirstOrDefault(a => a.Name == name) is { } attribute ? attribute.F
            : input < node.Input.Count && node.Input[input].Length > 0 ? graph.Scalar(node.Input[input])
            : null;
        double? min = Bound("min", 1), max = Bound("max", 2);
        return (min < -1e30 ? null : min, max > 1e30 ? null : max);
    }

    /// <summary>Whether a lower bound close above zero only guards a division or a logarithm, or there is none at all: no activation.</summary>
    public static bool AreGuard(NodeProto node, OnnxGraph graph) => Of(node, graph) is { Max: null, Min: null or (> 0 and < 1e-3) };
}
