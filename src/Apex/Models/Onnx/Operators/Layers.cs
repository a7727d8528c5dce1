using Apex.Models.Onnx.Graphs;

namespace Apex.Models.Onnx.Operators;

/// <summary>Layers with weights, and recurrent ones.</summary>
internal static class Layers
{
    private static readonly SiteName Fused = new("the activation it ends with", (node, _) =>
        node.Attribute.FirstOrDefault(a => a.Name == "activation")?.S.ToStringUtf8());

    private static readonly Recession Filter = Recession.Create("itself without its bias, if its weights are constant", FilterLimit);

    public static Operator[] Rows { get; } =
    [
        new("Conv") { Limit = Filter, Tangent = Tangent.Filter, Trained = [1, 2], Linear = Linearity.Each, IsLayer = true },
        new("ConvTranspose") { Limit = Filter, Tangent = Tangent.Filter, Trained = [1, 2], Linear = Linearity.Together, IsLayer = true },
        new("DeformConv") { Trained = [1, 3] },
        new("Gemm")
        {
            Limit = Recession.Create("itself without its bias, if one factor is constant", GemmLimit), Tangent = new("product rule", Gemm),
            Trained = [0, 1, 2], Linear = Linearity.Each, IsLayer = true,
        },
        new("MatMul")
        {
            Limit = Recession.Create("itself, if one factor is constant", Arithmetic.Factor), Tangent = Tangent.Product,
            Trained = [0, 1], Linear = Linearity.Each, IsLayer = true,
        },
        new("Einsum")
        {
            Limit = Recession.Create("itself, if one factor is constant", EinsumLimit), Tangent = Tangent.Product,
            Trained = [0, 1, 2], Linear = Linearity.Each,
        },
        new("Gather")
        {
            Limit = LookUp, Tangent = Tangent.Linear, Trained = [0], Values = 1, LooksUp = true, Linear = Linearity.Together,
        },
        new("GatherElements") { Limit = LookUp, Tangent = Tangent.Linear, Values = 1, LooksUp = true, Linear = Linearity.Together },
        new("GatherND") { Limit = LookUp, Tangent = Tangent.Linear, Values = 1, LooksUp = true, Linear = Linearity.Together },
        new("GatherBlockQuantized") { Domain = Domains.Microsoft, LooksUp = true },

        new("FusedConv") { Domain = Domains.Microsoft, Site = Fused, Trained = [1, 2] },
        new("FusedGemm") { Domain = Domains.Microsoft, Site = Fused, Trained = [0, 1, 2] },
        new("FusedMatMul") { Domain = Domains.Microsoft, Trained = [0, 1] },
        new("FusedMatMulActivation") { Domain = Domains.Microsoft, Site = Fused },

        new("RNN") { Kind = OperatorKind.Recurrent, Trained = [1, 2, 3, 5] },
        new("GRU") { Kind = OperatorKind.Recurrent, Trained = [1, 2, 3, 5] },
        new("LSTM") { Kind = OperatorKind.Recurrent, Trained = [1, 2, 3, 5, 6, 7] },
    ];

    /// <summary>Tokens look up rows of a table; whatever they are, the input vanishes.</summary>
    private static Recession LookUp => Recession.Create("itself; 0 where tokens look rows up", (g, node) =>
    {
        if (g.IsLive(node.Input[1]) && !g.IsLive(node.Input[0]))
            node.Input[0] = g.Zero(node.Input[0]);
    });

    private static void FilterLimit(LimitBuilder g, NodeProto node)
    {
        g.Only(node, 0, "convolves with an activation");
        LimitBuilder.KeepInputs(node, 2);
    }

    private static void GemmLimit(LimitBuilder g, NodeProto node)
    {
        if (g.IsLive(node.Input[0]) && g.IsLive(node.Input[1]))
            throw g.Refuse(node, "multiplies two activations");
        // Up to opset 10 the third input must be there.
        g.ZeroConstants(node, 2);
    }

    private static void EinsumLimit(LimitBuilder g, NodeProto node)
    {
        Arithmetic.Factor(g, node);
        Recession.Itself.Rewrite(g, node, "");
    }

    private static void Gemm(TangentBuilder g, NodeProto node)
    {
        string? sum = null;
        void Add(string term) => sum = sum is null ? term : g.Emit("Add", [sum, term]);
        // Up to opset 10 the third input must be there.
        string[] third = g.Opset < 11 ? [g.Scalar(0)] : [];
        if (g.IsLive(node.Input[0]))
            Add(g.Again(node, [g.Tangent(node.Input[0]), node.Input[1], .. third]).Output[0]);
        if (g.IsLive(node.Input[1]))
            Add(g.Again(node, [node.Input[0], g.Tangent(node.Input[1]), .. third]).Output[0]);
        if (node.Input.Count > 2 && g.IsLive(node.Input[2]))
            Add(g.Times(g.Tangent(node.Input[2]), node.Number("beta", 1)));
        g.Set(node, g.Filled(node, sum!));
    }
}
