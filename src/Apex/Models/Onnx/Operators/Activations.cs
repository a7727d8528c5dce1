using Apex.Models.Onnx.Graphs;

namespace Apex.Models.Onnx.Operators;

/// <summary>Activation functions. Where one has a kink, its derivative there is the one from the side that is named.</summary>
internal static class Activations
{
    private const double InverseRootTwoPi = 0.3989422804014327, RootHalf = 0.7071067811865476;
    private const double GeluSlope = 0.7978845608028654, GeluCubic = 0.044715;

    /// <summary>Bounds are what is tested of a Clip; one between 0 and 6 has a name of its own.</summary>
    private static readonly SiteName ClipName = new("Clip, or ReLU6", (node, graph) =>
        ClipBounds.Of(node, graph) is (0, 6) ? "ReLU6" : ClipBounds.AreGuard(node, graph) ? null : "Clip");

    private static readonly SiteName GeluName = new("GELU, or GELU(tanh)", (node, _) => node.Text("approximate") == "tanh" ? "GELU(tanh)" : "GELU");
    private static readonly SiteName GeluTanhName = new("GELU(tanh)", (_, _) => "GELU(tanh)");

    public static Operator[] Rows { get; } =
    [
        // Some graphs compose these of other operators. They are looked for in this order.
        new("SiLU") { Domain = Domains.Composed, Composed = [x => x / (1 + Math.Exp(-x))], Limit = Recession.Relu },
        new("QuickGELU") { Domain = Domains.Composed, Composed = [x => x / (1 + Math.Exp(-1.702 * x))], Limit = Recession.Relu },
        new("GELU") { Domain = Domains.Composed, Composed = [Numbers.Gelu], Limit = Recession.Relu },
        new("GELU(tanh)") { Domain = Domains.Composed, Composed = [Numbers.GeluByTanh], Limit = Recession.Relu },
        new("HardSwish")
        {
            Site = SiteName.Own, Composed = [x => x * Math.Clamp(x + 3, 0, 6) / 6],
            Limit = Recession.Relu, Tangent = Tangent.Symmetric("outside at both kinks", HardSwish),
        },
        new("HardSigmoid")
        {
            Site = SiteName.Own, Composed = [x => Math.Clamp(x + 3, 0, 6) / 6, x => Math.Clamp(0.2 * x + 0.5, 0, 1)],
            Numbers = (node, _, a, _) => Math.Clamp(node.Number("alpha", 0.2f) * a + node.Number("beta", 0.5f), 0, 1),
            Limit = Recession.Zero, Tangent = Tangent.Symmetric("0 at both kinks", HardSigmoid),
        },
        new("Mish")
        {
            Site = SiteName.Own, Composed = [x => x * Math.Tanh(Math.Log(1 + Math.Exp(x)))],
            Limit = Recession.Relu, Tangent = Tangent.Smooth((g, _, x, _) => MishSlope(g, x)),
        },
        new("Softplus")
        {
            Site = SiteName.Own, Numbers = Numbers.Of(Numbers.Softplus), Composed = [Numbers.Softplus],
            Limit = Recession.Relu, Tangent = Tangent.Smooth((g, _, x, _) => g.Emit("Sigmoid", [x])),
        },
        new("Softsign")
        {
            Site = SiteName.Own, Composed = [x => x / (1 + Math.Abs(x))], Limit = Recession.Zero,
            Tangent = Tangent.Smooth((g, _, x, _) => g.Square(g.Emit("Reciprocal", [g.Plus(g.Emit("Abs", [x]), 1)]))),
        },
        new("ReLU6") { Domain = Domains.Composed, Composed = [x => Math.Clamp(x, 0, 6)], Limit = Recession.Zero },
        new("Relu")
        {
            Site = SiteName.Own, Numbers = Numbers.Of(Numbers.Rectified), Composed = [Numbers.Rectified],
            Limit = Recession.Relu, Tangent = Tangent.Function("left at 0", (g, _, _, y) => g.Emit("Sign", [y])), Cotangent = new(SendRelu),
        },
        new("Sigmoid")
        {
            Site = SiteName.Own, Numbers = Numbers.Of(Numbers.Logistic), Composed = [Numbers.Logistic],
            Limit = Recession.Zero, Tangent = Tangent.Smooth((g, _, _, y) => LogisticSlope(g, y)), ReadsLogits = true,
        },

        // These are always operators.
        new("LeakyRelu") { Site = SiteName.Own, Limit = Recession.Itself, Tangent = Tangent.Symmetric("left at 0", LeakyRelu) },
        new("PRelu") { Site = SiteName.Own, Limit = Recession.Itself, Tangent = Tangent.Symmetric("left at 0", PRelu), Trained = [1] },
        new("ThresholdedRelu") { Site = SiteName.Own, Limit = Recession.Relu, Tangent = Tangent.Symmetric("left at the threshold", ThresholdedRelu) },
        new("Clip")
        {
            Site = ClipName, Numbers = Clipped, Limit = Recession.Create("by its bounds: identity, ReLU, -ReLU(-x) or 0", ClipLimit),
            Tangent = Tangent.Symmetric("0 at both bounds", Clip), Values = 1, Bends = Bending.Bounds, MakesNorm = true,
        },
        new("Tanh")
        {
            Site = SiteName.Own, Numbers = Numbers.Of(Math.Tanh), Limit = Recession.Zero,
            Tangent = Tangent.Smooth((g, _, _, y) => g.Emit("Sub", [g.Scalar(1), g.Square(y)])),
        },
        new("Elu") { Site = SiteName.Own, Limit = Recession.Relu, Tangent = Tangent.Symmetric("smooth, left at 0", Elu) },
        new("Selu") { Site = SiteName.Own, Limit = Recession.Create("ReLU times gamma", SeluLimit), Tangent = Tangent.Symmetric("left at 0", Selu) },
        new("Celu") { Site = SiteName.Own, Limit = Recession.Relu, Tangent = Tangent.Symmetric("smooth, left at 0", Celu) },
        new("Swish")
        {
            Site = SiteName.Own, Limit = Recession.ReluIfRising, Tangent = Tangent.Smooth((g, node, x, _) => SwishSlope(g, x, node.Number("alpha", 1))),
        },
        new("QuickGelu")
        {
            Domain = Domains.Microsoft, Site = SiteName.Own, Limit = Recession.ReluIfRising,
            Tangent = Tangent.Smooth((g, node, x, _) => SwishSlope(g, x, node.Number("alpha", 1.702f))),
        },
        new("Gelu")
        {
            Site = GeluName, Limit = Recession.Relu,
            Tangent = Tangent.Smooth((g, node, x, _) => node.Text("approximate") == "tanh" ? GeluTanhSlope(g, x) : GeluSlopeOf(g, x)),
        },
        new("Gelu") { Domain = Domains.Microsoft, Site = GeluName, Limit = Recession.Relu, Tangent = Tangent.Smooth((g, _, x, _) => GeluSlopeOf(g, x)) },
        new("FastGelu")
        {
            Domain = Domains.Microsoft, Site = GeluTanhName, Limit = Recession.Relu, Tangent = Tangent.Symmetric("smooth", FastGelu), Trained = [1],
        },
        new("BiasGelu") { Domain = Domains.Microsoft, Site = GeluName, Limit = Recession.Relu, Trained = [1] },
        new("Sign")
        {
            Site = SiteName.Own, Limit = Recession.Zero, Tangent = Tangent.Function("0", (g, _, _, _) => g.Scalar(0)), Bends = Bending.Function,
        },
        new("Shrink")
        {
            Site = SiteName.Own, Limit = Recession.Identity, Bends = Bending.Function,
            Tangent = Tangent.Symmetric("0 from -lambd to lambd, 1 outside", (g, node) =>
                g.Choose(node, g.Above(g.Emit("Abs", [node.Input[0]]), node.Number("lambd", 0.5f)), d => d, null)),
        },

        // Functions of one number that are no sites.
        new("Binarizer") { Domain = Domains.Classical, Bends = Bending.Function },
    ];

    private static double? Clipped(NodeProto node, OnnxGraph graph, double a, Func<int, double?> input)
    {
        var (min, max) = ClipBounds.Of(node, graph);
        return Math.Min(Math.Max(a, min ?? double.NegativeInfinity), max ?? double.PositiveInfinity);
    }

    private static void ClipLimit(LimitBuilder g, NodeProto node)
    {
        if (node.Input.Skip(1).Any(i => i.Length > 0 && g.Graph.Scalar(i) is null))
            throw g.Refuse(node, "has bounds that are no constants");
        string x = node.Input[0];
        switch (ClipBounds.Of(node, g.Graph))
        {
            case (null, null): LimitBuilder.Become(node, "Identity", x); break;
            case (not null, null): LimitBuilder.Become(node, "Relu", x); break;
            case (null, not null): LimitBuilder.Become(node, "Neg", g.Emit("Relu", "rectified", g.Emit("Neg", "minus", x))); break;
            default: LimitBuilder.Become(node, "Sub", x, x); break;
        }
    }

    /// <summary>gamma * x above 0 and gamma * alpha * (e^x - 1) below: without alpha the exponential is gone.</summary>
    private static void SeluLimit(LimitBuilder g, NodeProto node)
    {
        node.Drop("alpha");
        node.Attribute.Add(OnnxGraphBuilder.Attribute("alpha", 0f));
    }

    /// <summary>A product with the sign, which ONNX Runtime finds faster as a truth value: measured by <c>bench/compare</c>.</summary>
    private static void SendRelu(CotangentBuilder g, NodeProto node)
    {
        string isOpen = g.Emit("Cast", [node.Output[0]], ("to", (int)OnnxElementType.Bool));
        g.Send(node.Input[0], g.Emit("Mul", [g.Cotangent(node), g.Emit("Cast", [isOpen], ("to", (int)OnnxElementType.Float))]));
    }

    private static void LeakyRelu(TangentBuilder g, NodeProto node) =>
        g.Choose(node, g.Above(node.Input[0], 0), d => d, d => g.Times(d, node.Number("alpha", 0.01f)));

    private static void PRelu(TangentBuilder g, NodeProto node) =>
        g.Choose(g.Only(node, 0), g.Above(node.Input[0], 0), d => d, d => g.Emit("Mul", [d, node.Input[1]]));

    private static void ThresholdedRelu(TangentBuilder g, NodeProto node) => g.Choose(node, g.Above(node.Input[0], node.Number("alpha", 1)), d => d, null);

    private static void Clip(TangentBuilder g, NodeProto node)
    {
        g.Only(node, 0);
        string x = node.Input[0];
        string? Bound(string name, int input) => node.Attribute.FirstOrDefault(a => a.Name == name) is { } attribute ? g.Scalar(attribute.F)
            : input < node.Input.Count && node.Input[input].Length > 0 ? node.Input[input] : null;
        string? inside = null;
        if (Bound("min", 1) is { } min)
            inside = g.Emit("Greater", [x, min]);
        if (Bound("max", 2) is { } max)
        {
            string below = g.Emit("Less", [x, max]);
            inside = inside is null ? below : g.Emit("And", [inside, below]);
        }

        if (inside is null)
            Tangent.Same.Differentiate(g, node);
        else
            g.Choose(node, inside, d => d, null);
    }

    private static void HardSigmoid(TangentBuilder g, NodeProto node)
    {
        float alpha = node.Number("alpha", 0.2f);
        string y = node.Output[0];
        g.Choose(node, g.Emit("And", [g.Above(y, 0), g.Emit("Less", [y, g.Scalar(1)])]), d => g.Times(d, alpha), null);
    }

    private static void HardSwish(TangentBuilder g, NodeProto node)
    {
        string x = node.Input[0];
        // x (x + 3) / 6 between -3 and 3.
        string slope = g.Plus(g.Times(x, 1.0 / 3), 0.5);
        string middle = g.Emit("Where", [g.Emit("Less", [x, g.Scalar(3)]), slope, g.Scalar(1)]);
        g.Choose(node, g.Above(x, -3), d => g.Emit("Mul", [d, middle]), null);
    }

    private static void Elu(TangentBuilder g, NodeProto node) => Exponential(g, node, 1, node.Number("alpha", 1), 1);

    private static void Selu(TangentBuilder g, NodeProto node) =>
        Exponential(g, node, node.Number("gamma", 1.0507010221481323f), node.Number("alpha", 1.6732631921768188f), 1);

    private static void Celu(TangentBuilder g, NodeProto node) => Exponential(g, node, 1, 1, 1 / node.Number("alpha", 1));

    /// <summary>above above 0, and below * e^(rate x) up to there (times above): ELU and its kin. The exponent is kept from overflowing.</summary>
    private static void Exponential(TangentBuilder g, NodeProto node, float above, float below, float rate)
    {
        string x = node.Input[0];
        string falling = g.Times(g.Emit("Exp", [g.Times(g.Emit("Min", [x, g.Scalar(0)]), rate)]), above * below);
        g.Set(node, g.Emit("Mul", [g.Tangent(x), g.Emit("Where", [g.Above(x, 0), g.Scalar(above), falling])]));
    }

    private static void FastGelu(TangentBuilder g, NodeProto node)
    {
        g.Only(node, 0);
        string x = node.Input.Count > 1 && node.Input[1].Length > 0 ? g.Emit("Add", [node.Input[0], node.Input[1]]) : node.Input[0];
        g.Set(node, g.Emit("Mul", [g.Tangent(node.Input[0]), GeluTanhSlope(g, x)]));
    }

    private static string MishSlope(TangentBuilder g, string x)
    {
        string t = g.Emit("Tanh", [g.Emit("Softplus", [x])]);
        string rest = g.Emit("Mul", [g.Emit("Mul", [x, g.Emit("Sigmoid", [x])]), g.Emit("Sub", [g.Scalar(1), g.Square(t)])]);
        return g.Emit("Add", [t, rest]);
    }

    private static string GeluSlopeOf(TangentBuilder g, string x)
    {
        string cumulative = g.Times(g.Plus(g.Emit("Erf", [g.Times(x, RootHalf)]), 1), 0.5);
        string density = g.Times(g.Emit("Exp", [g.Times(g.Square(x), -0.5)]), InverseRootTwoPi);
        return g.Emit("Add", [cumulative, g.Emit("Mul", [x, density])]);
    }

    private static string GeluTanhSlope(TangentBuilder g, string x)
    {
        string square = g.Square(x);
        string t = g.Emit("Tanh", [g.Times(g.Emit("Mul", [x, g.Plus(g.Times(square, GeluCubic), 1)]), GeluSlope)]);
        string inner = g.Times(g.Plus(g.Times(square, 3 * GeluCubic), 1), GeluSlope);
        string bend = g.Emit("Mul", [g.Emit("Mul", [x, g.Emit("Sub", [g.Scalar(1), g.Square(t)])]), inner]);
        return g.Times(g.Emit("Add", [g.Plus(t, 1), bend]), 0.5);
    }

    private static string SwishSlope(TangentBuilder g, string x, float alpha)
    {
        string scaled = g.Times(x, alpha), s = g.Emit("Sigmoid", [scaled]);
        return g.Emit("Add", [s, g.Emit("Mul", [scaled, LogisticSlope(g, s)])]);
    }

    private static string LogisticSlope(TangentBuilder g, string y) => g.Emit("Mul", [y, g.Emit("Sub", [g.Scalar(1), y])]);
}
