using Apex.Models.Onnx.Graphs;

namespace Apex.Models.Onnx.Operators;

/// <summary>
/// What becomes of an operator phi in the limit of infinite noise: its recession function lim phi(t z) / t as t grows, in which biases, shifts and
/// additive constants vanish.
/// </summary>
/// <param name="Words">The limit for a reader; null where there is none.</param>
/// <param name="Rewrite">Rewrites a node, which is given with the tensor that its non-linearity is a function of, or refuses it.</param>
internal sealed record Recession(string? Words, Action<LimitBuilder, NodeProto, string> Rewrite)
{
    /// <summary>Nobody knows.</summary>
    public static Recession Unknown { get; } = Refused("has no known limit");

    /// <summary>It normalises activations by activations.</summary>
    public static Recession Normalising { get; } = Refused("normalises activations by themselves");

    /// <summary>It grows faster or more slowly than its input.</summary>
    public static Recession Disproportionate { get; } = Refused("does not grow in proportion to its input");

    /// <summary>It is positively homogeneous, and stays. What another domain means by its name is not known to be.</summary>
    public static Recession Itself { get; } = new("itself", (g, node, _) =>
    {
        if (!node.IsStandard())
            throw g.Refuse(node, "has no known limit");
    });

    /// <summary>It stays, with zeros in place of constants.</summary>
    public static Recession WithoutConstants { get; } = new("itself, constants 0", (g, node, _) => g.ZeroConstants(node, 0));

    /// <summary>It grows as its input does, to one side.</summary>
    public static Recession Relu { get; } = new("ReLU", (_, node, source) => LimitBuilder.Become(node, "Relu", source));

    /// <summary>As <see cref="Relu"/>, where the attribute <c>alpha</c> does not turn it round.</summary>
    public static Recession ReluIfRising { get; } = new("ReLU", (g, node, source) =>
    {
        if (node.Attribute.FirstOrDefault(a => a.Name == "alpha")?.F <= 0)
            throw g.Refuse(node, "falls as its input grows");
        Relu.Rewrite(g, node, source);
    });

    /// <summary>It stays bounded.</summary>
    public static Recession Zero { get; } = new("0", (_, node, source) => LimitBuilder.Become(node, "Sub", source, source));

    /// <summary>Its own steps next to 0 vanish.</summary>
    public static Recession Identity { get; } = new("identity", (_, node, source) => LimitBuilder.Become(node, "Identity", source));

    /// <summary>A limit of its own kind.</summary>
    public static Recession Create(string words, Action<LimitBuilder, NodeProto> rewrite) => new(words, (g, node, _) => rewrite(g, node));

    private static Recession Refused(string why) => new(null, (g, node, _) => throw g.Refuse(node, why));
}
