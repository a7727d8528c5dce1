using Apex.Models.Onnx.Graphs;

namespace Apex.Models.Onnx.Operators;

/// <summary>What the tangent of an operator's output is, by the chain rule.</summary>
/// <param name="Words">The derivative for a reader.</param>
/// <param name="Differentiate">Adds the tangent of a node's output.</param>
internal sealed record Tangent(string Words, Action<TangentBuilder, NodeProto> Differentiate)
{
    /// <summary>Whether the derivative is a symmetric matrix, as that of a function of single entries: its transpose is then the same rule.</summary>
    public bool IsSymmetric { get; init; }

    /// <summary>A symmetric derivative.</summary>
    /// <param name="words">The derivative for a reader.</param>
    /// <param name="differentiate">Adds the tangent of a node's output.</param>
    public static Tangent Symmetric(string words, Action<TangentBuilder, NodeProto> differentiate) => new(words, differentiate) { IsSymmetric = true };

    /// <summary>Linear in the first input: the node itself, applied to the tangent.</summary>
    public static Tangent Linear { get; } = new("linear", (g, node) =>
    {
        g.Only(node, 0);
        var outputs = g.Again(node, [g.Tangent(node.Input[0]), .. node.Input.Skip(1)], node.Output.Count).Output;
        for (int i = 0; i < outputs.Count; i++)
        {
            // An output that nobody reads has no name.
            if (node.Output[i].Length > 0)
                g.Set(node.Output[i], outputs[i]);
        }
    });

    /// <summary>Its first input as it is.</summary>
    public static Tangent Same { get; } = new("linear", (g, node) => g.Set(node, g.Tangent(g.Only(node, 0).Input[0])));

    /// <summary>A layer that is linear in its first input: the node without its bias.</summary>
    public static Tangent Filter { get; } = new("linear", (g, node) =>
    {
        g.Only(node, 0);
        g.Set(node, g.Again(node, [g.Tangent(node.Input[0]), node.Input[1]]).Output[0]);
    });

    /// <summary>The product rule: each live input in turn is replaced by its tangent, and what comes out is added up.</summary>
    public static Tangent Product { get; } = new("product rule", (g, node) =>
    {
        string? sum = null;
        for (int i = 0; i < node.Input.Count; i++)
        {
            if (!g.IsLive(node.Input[i]))
                continue;
            int live = i;
            string term = g.Again(node, [.. node.Input.Select((name, j) => j == live ? g.Tangent(name) : name)]).Output[0];
            sum = sum is null ? term : g.Emit("Add", [sum, term]);
        }

        g.Set(node, sum!);
    });

    /// <summary>The sum of the live inputs' tangents, each changed as told.</summary>
    /// <param name="change">What a tangent contributes, by the builder, the node, the input's index and the tangent.</param>
    public static Tangent Sum(Func<TangentBuilder, NodeProto, int, string, string> change) => new("linear", (g, node) =>
    {
        string? sum = null;
        for (int i = 0; i < node.Input.Count; i++)
        {
            if (!g.IsLive(node.Input[i]))
                continue;
            string term = change(g, node, i, g.Tangent(node.Input[i]));
            sum = sum is null ? term : g.Emit("Add", [sum, term]);
        }

        g.Set(node, g.Filled(node, sum!));
    });

    /// <summary>A smooth function of one number.</summary>
    /// <param name="slope">dy / dx, from the tensors x and y.</param>
    public static Tangent Smooth(Func<TangentBuilder, NodeProto, string, string, string> slope) => Function("smooth", slope);

    /// <summary>A function of one number with kinks.</summary>
    /// <param name="words">The derivative for a reader.</param>
    /// <param name="slope">dy / dx, from the tensors x and y.</param>
    public static Tangent Function(string words, Func<TangentBuilder, NodeProto, string, string, string> slope) => Symmetric(words, (g, node) =>
    {
        g.Only(node, 0);
        g.Set(node, g.Emit("Mul", [g.Tangent(node.Input[0]), slope(g, node, node.Input[0], node.Output[0])]));
    });
}
