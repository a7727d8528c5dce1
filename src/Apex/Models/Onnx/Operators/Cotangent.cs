using Apex.Models.Onnx.Graphs;

namespace Apex.Models.Onnx.Operators;

/// <summary>What an operator sends back to its inputs: the transposed derivative times the cotangent of its output (reverse-mode differentiation).</summary>
/// <param name="SendBack">Sends to the live inputs of a node what follows from the cotangents of its outputs.</param>
internal sealed record Cotangent(Action<CotangentBuilder, NodeProto> SendBack)
{
    /// <summary>An operator that only gives its first input another shape.</summary>
    public static Cotangent Reshaped { get; } = new((g, node) =>
        g.Send(g.Only(node, 0).Input[0], g.Shaped(g.Cotangent(node), g.Shape(node.Input[0]))));

    /// <summary>An operator that hands its first input on.</summary>
    public static Cotangent Same { get; } = new((g, node) => g.Send(g.Only(node, 0).Input[0], g.Cotangent(node)));

    /// <summary>A sum: each input gets the cotangent, changed as told.</summary>
    /// <param name="change">What an input is sent, by the builder, the node, the input's index and the cotangent.</param>
    public static Cotangent Sum(Func<CotangentBuilder, NodeProto, int, string, string> change) => new((g, node) =>
    {
        for (int i = 0; i < node.Input.Count; i++)
        {
            if (g.IsLive(node.Input[i]))
                g.SendBroadcast(node.Input[i], change(g, node, i, g.Cotangent(node)), g.Shape(node.Output[0]));
        }
    });

    /// <summary>That of a symmetric derivative.</summary>
    /// <param name="tangent">The derivative.</param>
    public static Cotangent Of(Tangent tangent) => new((g, node) =>
    {
        g.Only(node, 0);
        g.SendBroadcast(node.Input[0], g.BySymmetry(tangent, node), g.Shape(node.Output[0]));
    });
}
