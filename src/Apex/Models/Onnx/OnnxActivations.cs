using MathNet.Numerics;

namespace Apex.Models.Onnx;

/// <summary>
/// Tells which nodes are non-linearities. A single operator is known by its name. A composed one (SiLU as x * Sigmoid(x), the
/// two GELUs, HardSwish as exporters before opset 14 spell it, ...) is known by what it computes: the piece of graph between a
/// tensor x and a node, made of elementwise operators and scalar constants only, is evaluated at a few points and compared with
/// the function itself. So it does not matter in which order an exporter writes the factors.
/// </summary>
internal sealed class OnnxActivations(OnnxGraph graph)
{
    private const int DeepestComposition = 12;

    private static readonly double[] Points = [-7.5, -4.25, -3, -2.5, -1.75, -1, -0.6, -0.1, 0, 0.2, 0.75, 1.3, 2.1, 3, 3.6, 5.5, 6.5, 8];

    private static readonly (string Op, Func<double, double> Function)[] Composed =
    [
        ("SiLU", x => x / (1 + Math.Exp(-x))),
        ("QuickGELU", x => x / (1 + Math.Exp(-1.702 * x))),
        ("GELU", x => 0.5 * x * (1 + SpecialFunctions.Erf(x / Math.Sqrt(2)))),
        ("GELU(tanh)", x => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)))),
        ("HardSwish", x => x * Math.Clamp(x + 3, 0, 6) / 6),
        ("HardSigmoid", x => Math.Clamp(x + 3, 0, 6) / 6),
        ("HardSigmoid", x => Math.Clamp(0.2 * x + 0.5, 0, 1)),
        ("Mish", x => x * Math.Tanh(Math.Log(1 + Math.Exp(x)))),
        ("Softplus", x => Math.Log(1 + Math.Exp(x))),
        ("Softsign", x => x / (1 + Math.Abs(x))),
        ("ReLU6", x => Math.Clamp(x, 0, 6)),
        ("Relu", x => Math.Max(x, 0)),
        ("Sigmoid", x => 1 / (1 + Math.Exp(-x))),
    ];

    /// <summary>The non-linearity's name where the node is one by itself, or null.</summary>
    public string? Simple(NodeProto node)
    {
        switch (node.OpType)
        {
            case "Relu" or "LeakyRelu" or "PRelu" or "ThresholdedRelu" or "Sigmoid" or "HardSigmoid" or "HardSwish" or "Tanh"
                or "Elu" or "Selu" or "Celu" or "Softplus" or "Softsign" or "Mish" or "Swish" or "QuickGelu":
                return node.OpType;
            case "Gelu" or "BiasGelu":
                return node.Attribute.Any(a => a.Name == "approximate" && a.S.ToStringUtf8() == "tanh") ? "GELU(tanh)" : "GELU";
            case "FastGelu":
                return "GELU(tanh)";
            case "FusedConv" or "FusedGemm" or "FusedMatMulActivation":
                return node.Attribute.FirstOrDefault(a => a.Name == "activation")?.S.ToStringUtf8();
            case "Clip":
                var (min, max) = ClipBounds(node);
                if (min == 0 && max == 6)
                    return "ReLU6";
                // A lower bound close above zero guards a division or a logarithm; it is not an activation.
                return max is null && min is null or (> 0 and < 1e-3) ? null : "Clip";
            default:
                return null;
        }
    }

    /// <summary>
    /// The composed non-linearities that end at some of these nodes, each with the tensor it is a function of, and the nodes that are inside one
    /// and used nowhere else. Where a part that is an activation by itself is used elsewhere too, both get noise, and the whole is no function of its source.
    /// </summary>
    /// <param name="nodes">The nodes to look at, in the order of the graph.</param>
    public (Dictionary<NodeProto, (string Op, string Source, bool IsWhole)> Ending, HashSet<NodeProto> Inside) Compositions(IReadOnlyList<NodeProto> nodes)
    {
        var ending = new Dictionary<NodeProto, (string Op, string Source, bool IsWhole)>(ReferenceEqualityComparer.Instance);
        var inside = new HashSet<NodeProto>(ReferenceEqualityComparer.Instance);
        foreach (var node in nodes)
        {
            if (EndingAt(node) is not { } found)
                continue;
            // A part whose result is used elsewhere too is an activation in its own right.
            var parts = found.Inside.Where(part => part != node && part.Output.All(o => graph.Consumers(o).All(found.Inside.Contains))).ToList();
            ending[node] = (found.Op, found.Source, found.Inside.All(part => part == node || parts.Contains(part) || (Simple(part) is null && !ending.ContainsKey(part))));
            inside.UnionWith(parts);
            foreach (var part in parts)
                ending.Remove(part);
        }

        return (ending, inside);
    }

    /// <summary>
    /// The composed non-linearity that ends at this node, with the tensor it is a function of and the nodes inside it, or null.
    /// </summary>
    private (string Op, string Source, HashSet<NodeProto> Inside)? EndingAt(NodeProto node)
    {
        if (node.OpType is not ("Mul" or "Div" or "Add" or "Sub" or "Max" or "Min" or "Log" or "Reciprocal"))
            return null;
        foreach (string source in SourcesOf(node))
        {
            var inside = new HashSet<NodeProto>(ReferenceEqualityComparer.Instance);
            var values = new double[Points.Length];
            bool defined = true;
            for (int i = 0; i < Points.Length && defined; i++)
            {
                double? value = Evaluate(node.Output[0], source, Points[i], inside, 0, new Dictionary<string, double>(StringComparer.Ordinal));
                defined = value is not null;
                values[i] = value ?? double.NaN;
            }

            // A scalar times x is no non-linearity, and needs at least two nodes to be composed.
            if (!defined || inside.Count < 2)
                continue;
            foreach (var (op, function) in Composed)
            {
                if (Enumerable.Range(0, Points.Length).All(i => Math.Abs(function(Points[i]) - values[i]) <= 2e-5 * (1 + Math.Abs(values[i]))))
                    return (op, source, inside);
            }
        }

        return null;
    }

    /// <summary>Candidate inputs of a composition that ends here, nearest first.</summary>
    private IEnumerable<string> SourcesOf(NodeProto end)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var queue = new Queue<(string Tensor, int Depth)>(end.Input.Select(t => (t, 1)));
        while (queue.TryDequeue(out var next))
        {
            if (next.Tensor.Length == 0 || graph.Scalar(next.Tensor) is not null || !seen.Add(next.Tensor))
                continue;
            yield return next.Tensor;
            if (next.Depth < DeepestComposition && graph.Producer(next.Tensor) is { } node && IsElementwise(node.OpType))
            {
                foreach (string input in node.Input)
                    queue.Enqueue((input, next.Depth + 1));
            }
        }
    }

    private double? Evaluate(string tensor, string source, double x, HashSet<NodeProto> inside, int depth, Dictionary<string, double> memo)
    {
        if (tensor == source)
            return x;
        if (memo.TryGetValue(tensor, out double known))
            return known;
        if (graph.Scalar(tensor) is { } constant)
            return constant;
        if (depth > DeepestComposition || graph.Producer(tensor) is not { } node || !IsElementwise(node.OpType))
            return null;
        double? At(int i) => i < node.Input.Count && node.Input[i].Length > 0 ? Evaluate(node.Input[i], source, x, inside, depth + 1, memo) : null;
        if (At(0) is not { } a)
            return null;
        double? result = node.OpType switch
        {
            "Add" => a + At(1),
            "Sub" => a - At(1),
            "Mul" => a * At(1),
            "Div" => a / At(1),
            "Pow" => At(1) is { } p ? Math.Pow(a, p) : null,
            "Max" => node.Input.Count == 2 && At(1) is { } m ? Math.Max(a, m) : null,
            "Min" => node.Input.Count == 2 && At(1) is { } m ? Math.Min(a, m) : null,
            "Neg" => -a,
            "Abs" => Math.Abs(a),
            "Sqrt" => Math.Sqrt(a),
            "Exp" => Math.Exp(a),
            "Log" => Math.Log(a),
            "Reciprocal" => 1 / a,
            "Erf" => SpecialFunctions.Erf(a),
            "Tanh" => Math.Tanh(a),
            "Sigmoid" => 1 / (1 + Math.Exp(-a)),
            "Softplus" => Math.Log(1 + Math.Exp(a)),
            "Relu" => Math.Max(a, 0),
            "HardSigmoid" => Math.Clamp(Attribute(node, "alpha", 0.2f) * a + Attribute(node, "beta", 0.5f), 0, 1),
            "Clip" => ClipBounds(node) is var (min, max) ? Math.Min(Math.Max(a, min ?? double.NegativeInfinity), max ?? double.PositiveInfinity) : null,
            "Identity" or "Dropout" => a,
            _ => null,
        };
        if (result is { } value)
        {
            inside.Add(node);
            memo[tensor] = value;
        }

        return result;
    }

    private static bool IsElementwise(string op) => op is "Add" or "Sub" or "Mul" or "Div" or "Pow" or "Max" or "Min" or "Neg" or "Abs"
        or "Sqrt" or "Exp" or "Log" or "Reciprocal" or "Erf" or "Tanh" or "Sigmoid" or "Softplus" or "Relu" or "HardSigmoid" or "Clip"
        or "Identity" or "Dropout";

    public (double? Min, double? Max) ClipBounds(NodeProto node)
    {
        // Bounds are attributes before opset 11 and inputs since.
        double? Bound(string name, int input) =>
            node.Attribute.FirstOrDefault(a => a.Name == name) is { } attribute ? attribute.F
            : input < node.Input.Count && node.Input[input].Length > 0 ? graph.Scalar(node.Input[input])
            : null;
        double? min = Bound("min", 1), max = Bound("max", 2);
        return (min < -1e30 ? null : min, max > 1e30 ? null : max);
    }

    private static double Attribute(NodeProto node, string name, float otherwise) =>
        node.Attribute.FirstOrDefault(a => a.Name == name)?.F ?? otherwise;
}
