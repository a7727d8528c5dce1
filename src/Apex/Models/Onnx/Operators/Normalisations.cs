using Apex.Models.Onnx.Graphs;

namespace Apex.Models.Onnx.Operators;

/// <summary>Normalisations by what training measured, and by the data itself.</summary>
internal static class Normalisations
{
    public static Operator[] Rows { get; } =
    [
        new("BatchNormalization")
        {
            Limit = Recession.Create("itself without its shifts", BatchNormLimit), Tangent = Tangent.Symmetric("linear", BatchNorm),
            Trained = [1, 2], Values = 3, Linear = Linearity.Together, IsLayer = true,
        },
        new("Softmax")
        {
            Limit = Recession.Normalising, Tangent = Tangent.Symmetric("smooth", (g, node) => Softmax(g, node, logarithm: false)), ReadsLogits = true,
        },
        new("LogSoftmax")
        {
            Limit = Recession.Normalising, Tangent = new("smooth", (g, node) => Softmax(g, node, logarithm: true)), Cotangent = new(SendLogSoftmax),
            ReadsLogits = true,
        },
        new("Hardmax") { Limit = Recession.Normalising, ReadsLogits = true },
        new("LayerNormalization") { Limit = Recession.Normalising, Tangent = new("smooth", LayerNorm), Cotangent = new(SendLayerNorm), Trained = [1, 2] },
        new("InstanceNormalization") { Limit = Recession.Normalising, Tangent = Tangent.Symmetric("smooth", InstanceNorm), Trained = [1, 2] },
        new("GroupNormalization") { Limit = Recession.Normalising, Trained = [1, 2] },
        new("RMSNormalization") { Limit = Recession.Normalising, Trained = [1] },
        new("MeanVarianceNormalization") { Limit = Recession.Normalising },
        new("LpNormalization") { Limit = Recession.Normalising },
        new("LRN") { Limit = Recession.Normalising },
        new("GroupNorm") { Domain = Domains.Microsoft, Limit = Recession.Normalising, Trained = [1, 2] },
        // ONNX Runtime keeps it in the specification's domain, where the specification has never had it.
        new("SimplifiedLayerNormalization") { Limit = Recession.Normalising, Trained = [1] },
        new("SkipLayerNormalization") { Domain = Domains.Microsoft, Limit = Recession.Normalising, Trained = [2, 3, 4] },
        new("SkipSimplifiedLayerNormalization") { Domain = Domains.Microsoft, Trained = [2, 3] },
        new("EmbedLayerNormalization") { Domain = Domains.Microsoft, Trained = [2, 3, 4, 5, 6] },
    ];

    private static void BatchNormLimit(LimitBuilder g, NodeProto node)
    {
        g.Only(node, 0, "takes a scale or shift from an activation");
        node.Input[2] = g.Zero(node.Input[2]);
        node.Input[3] = g.Zero(node.Input[3]);
    }

    private static void BatchNorm(TangentBuilder g, NodeProto node)
    {
        g.Only(node, 0);
        string Zero(string constant) => g.Emit("Sub", [constant, constant]);
        g.Set(node, g.Again(node, [g.Tangent(node.Input[0]), node.Input[1], Zero(node.Input[2]), Zero(node.Input[3]), node.Input[4]]).Output[0]);
    }

    private static void Softmax(TangentBuilder g, NodeProto node, bool logarithm)
    {
        string x = node.Input[0], y = node.Output[0], d = g.Tangent(x);
        bool flattens = g.Opset < 13;
        long axis = node.Integer("axis", flattens ? 1L : -1L);
        // Before opset 13 everything from the axis on is one distribution.
        string Rows(string tensor) => flattens && axis != -1 ? g.Emit("Flatten", [tensor], ("axis", axis)) : tensor;
        string p = Rows(y), rows = Rows(d);
        if (logarithm)
            p = g.Emit("Exp", [p]);
        string mean = g.Reduce("ReduceSum", g.Emit("Mul", [p, rows]), [flattens ? -1 : axis]);
        string centred = g.Emit("Sub", [rows, mean]);
        g.Set(node, g.Like(logarithm ? centred : g.Emit("Mul", [p, centred]), y));
    }

    private static void SendLogSoftmax(CotangentBuilder g, NodeProto node)
    {
        string y = node.Output[0], d = g.Cotangent(node);
        bool flattens = g.Opset < 13;
        long axis = node.Integer("axis", flattens ? 1L : -1L);
        string Rows(string tensor) => flattens && axis != -1 ? g.Emit("Flatten", [tensor], ("axis", axis)) : tensor;
        string rows = Rows(d), sum = g.Reduce("ReduceSum", rows, [flattens ? -1 : axis]);
        g.Send(node.Input[0], g.Shaped(g.Emit("Sub", [rows, g.Emit("Mul", [g.Emit("Exp", [Rows(y)]), sum])]), g.Shape(y)));
    }

    private static void LayerNorm(TangentBuilder g, NodeProto node)
    {
        g.Only(node, 0);
        string normalised = Normalised(g, node.Input[0], g.Tangent(node.Input[0]), Normalises(g, node), node.Number("epsilon", 1e-5f));
        g.Set(node, g.Emit("Mul", [normalised, node.Input[1]]));
    }

    private static void SendLayerNorm(CotangentBuilder g, NodeProto node)
    {
        g.Only(node, 0);
        string scaled = g.Emit("Mul", [g.Cotangent(node), node.Input[1]]);
        g.Send(node.Input[0], Normalised(g, node.Input[0], scaled, Normalises(g, node), node.Number("epsilon", 1e-5f)));
    }

    /// <summary>The axes over which a layer normalises, counted from the last.</summary>
    private static long[] Normalises(DerivativeBuilder g, NodeProto node)
    {
        long axis = node.Integer("axis", -1L);
        long count = axis < 0 ? -axis : g.Graph.Graph.Initializer.FirstOrDefault(i => i.Name == node.Input[1])?.Dims.Count
            ?? throw g.Refuse(node, "normalises axes that cannot be counted");
        return [.. Enumerable.Range(1, (int)count).Select(a => -(long)a)];
    }

    private static void InstanceNorm(TangentBuilder g, NodeProto node)
    {
        g.Only(node, 0);
        string Rows(string tensor) => g.Emit("Reshape", [tensor, g.Integers([0, 0, -1])]);
        string normalised = Normalised(g, Rows(node.Input[0]), Rows(g.Tangent(node.Input[0])), [2], node.Number("epsilon", 1e-5f));
        string scale = g.Emit("Reshape", [node.Input[1], g.Integers([-1, 1])]);
        g.Set(node, g.Like(g.Emit("Mul", [normalised, scale]), node.Output[0]));
    }

    /// <summary>The tangent of (x - mean) / sqrt(variance + epsilon), whose derivative is symmetric.</summary>
    private static string Normalised(DerivativeBuilder g, string x, string d, long[] axes, float epsilon)
    {
        string Mean(string tensor) => g.Reduce("ReduceMean", tensor, axes);
        string c = g.Emit("Sub", [x, Mean(x)]), dc = g.Emit("Sub", [d, Mean(d)]);
        string inverse = g.Emit("Reciprocal", [g.Emit("Sqrt", [g.Plus(Mean(g.Square(c)), epsilon)])]);
        string z = g.Emit("Mul", [c, inverse]), dz = g.Emit("Mul", [dc, inverse]);
        return g.Emit("Sub", [dz, g.Emit("Mul", [z, Mean(g.Emit("Mul", [z, dz]))])]);
    }
}
