namespace Apex.Models.Onnx;

/// <summary>
/// Rewrites a graph into its limit of infinite noise (docs/method.md, section 3): divide by sigma and let it grow, and every activation function
/// keeps its recession function lim phi(t z) / t, while biases, batch-norm shifts, additive constants and the input vanish. What is
/// left is positively homogeneous in the noise. Operators for which that limit does not exist are refused by name.
/// </summary>
internal sealed class OnnxLimit
{
    private static readonly HashSet<string> Kept =
    [
        "Relu", "LeakyRelu", "PRelu", "Identity", "Dropout", "Neg", "Abs", "Conv", "ConvTranspose", "MaxPool", "AveragePool", "LpPool", "GlobalMaxPool", "GlobalAveragePool", "GlobalLpPool",
        "ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceL1", "ReduceL2", "CumSum", "Reshape", "Flatten", "Transpose", "Squeeze", "Unsqueeze", "Slice", "Split", "Tile", "Expand",
        "DepthToSpace", "SpaceToDepth", "Upsample", "Einsum",
    ];

    private static readonly HashSet<string> BecomeRelu =
        ["ThresholdedRelu", "Elu", "Celu", "Softplus", "HardSwish", "Swish", "SiLU", "Mish", "Gelu", "GELU", "GELU(tanh)", "FastGelu", "BiasGelu", "QuickGelu", "QuickGELU", "Relu"];

    private static readonly HashSet<string> BecomeZero = ["Sigmoid", "HardSigmoid", "Tanh", "Softsign", "Erf", "ReLU6"];

    private static readonly HashSet<string> ConstantsVanish = ["Add", "Sub", "Sum", "Mean", "Max", "Min", "Concat"];

    private static readonly HashSet<string> Normalisations =
    [
        "Softmax", "LogSoftmax", "Hardmax", "LayerNormalization", "SimplifiedLayerNormalization", "SkipLayerNormalization", "InstanceNormalization", "GroupNormalization", "GroupNorm",
        "RMSNormalization", "MeanVarianceNormalization", "LpNormalization", "LRN",
    ];

    private static readonly HashSet<string> Disproportionate = ["Pow", "Exp", "Log", "Sqrt", "Reciprocal", "ReduceSumSquare", "ReduceProd", "ReduceLogSum", "ReduceLogSumExp", "Round", "Floor", "Ceil", "Sign"];

    private readonly OnnxModel _model;
    private readonly ModelProto _proto;
    private readonly OnnxGraph _graph;
    private readonly HashSet<string> _live;

    /// <summary>Whole numbers that come from the input without having looked anything up.</summary>
    private readonly HashSet<string> _tokens = new(StringComparer.Ordinal);
    private readonly List<NodeProto> _nodes = [];
    private int _zeros;

    private OnnxLimit(OnnxModel model)
    {
        _model = model;
        _proto = model.Proto.Clone();
        _graph = new OnnxGraph(_proto.Graph, model.Path);
        _live = new HashSet<string>(StringComparer.Ordinal) { model.Input.Name };
        if (model.Input.IsTokens)
            _tokens.Add(model.Input.Name);
    }

    /// <summary>The limit of a model's graph. Tensors keep their names.</summary>
    /// <exception cref="InvalidInputException">An operator between input and logits has no such limit.</exception>
    public static ModelProto Of(OnnxModel model)
    {
        var limit = new OnnxLimit(model);
        limit.Rewrite();
        return limit._proto;
    }

    private void Rewrite()
    {
        var needed = _graph.Upstream(_model.Logits);
        var (composed, inside) = new OnnxActivations(_graph).Compositions([.. _proto.Graph.Node.Where(n => n.Output.Any(needed.Contains))]);
        foreach (var node in _proto.Graph.Node)
        {
            if (!node.Output.Any(needed.Contains))
                continue;
            if (!node.Input.Any(_live.Contains) || node.OpType is "Shape" or "Size")
            {
                _nodes.Add(node);
                continue;
            }

            // A composed activation is replaced as a whole where it ends; what is inside it goes.
            if (inside.Contains(node))
            {
                _live.UnionWith(node.Output.Where(o => o.Length > 0));
                continue;
            }

            if (!node.OpType.StartsWith("Gather", StringComparison.Ordinal) && node.Input.Where(_live.Contains).All(_tokens.Contains))
                _tokens.UnionWith(node.Output.Where(o => o.Length > 0));
            if (composed.TryGetValue(node, out var activation))
            {
                if (!activation.IsWhole)
                    throw Refuse(node, "multiplies two activations that both get noise");
                Activation(node, activation.Op, activation.Source);
            }
            else
                Single(node);
            _live.UnionWith(node.Output.Where(o => o.Length > 0));
            _nodes.Add(node);
        }

        _proto.Graph.Node.Clear();
        _proto.Graph.Node.AddRange(_nodes);
        // Other outputs may hang on nodes that are gone.
        foreach (var output in _proto.Graph.Output.Where(o => !needed.Contains(o.Name)).ToList())
            _proto.Graph.Output.Remove(output);
    }

    private void Single(NodeProto node)
    {
        int live = node.Input.Count(_live.Contains);
        switch (node.OpType)
        {
            case "Conv" or "ConvTranspose":
                Only(node, 0, "convolves with an activation");
                Keep(node, 2);
                break;
            case "Gemm":
                if (_live.Contains(node.Input[0]) && _live.Contains(node.Input[1]))
                    throw Refuse(node, "multiplies two activations");
                // Up to opset 10 the third input must be there.
                ZeroConstants(node, 2);
                break;
            case "MatMul" or "Mul" or "Einsum" when live > 1:
                throw Refuse(node, "multiplies two activations (attention, squeeze-and-excitation or another gate)");
            case "MatMul" or "Mul":
                break;
            case "Div":
                if (_live.Contains(node.Input[1]))
                    throw Refuse(node, "divides by an activation (a normalisation)");
                break;
            case "BatchNormalization":
                Only(node, 0, "takes a scale or shift from an activation");
                node.Input[2] = Zero(node.Input[2]);
                node.Input[3] = Zero(node.Input[3]);
                break;
            case "Pad":
                Only(node, 0, "pads by an activation");
                Pad(node);
                break;
            case "Resize":
                // What lies outside the image is a constant.
                Drop(node, "extrapolation_value");
                break;
            case "Where":
                if (_live.Contains(node.Input[0]))
                    throw Refuse(node, "chooses by an activation");
                ZeroConstants(node, 1);
                break;
            case "Gather" or "GatherND" or "GatherElements":
                // Tokens look up rows of a table; whatever they are, the input vanishes.
                if (_live.Contains(node.Input[1]) && !_live.Contains(node.Input[0]))
                    node.Input[0] = Zero(node.Input[0]);
                break;
            case "Cast":
                // Only what comes straight from tokens may be whole numbers.
                if ((OnnxElementType)(node.Attribute.FirstOrDefault(a => a.Name == "to")?.I ?? 0) is not (OnnxElementType.Float or OnnxElementType.Float16 or OnnxElementType.BFloat16 or OnnxElementType.Double)
                    && !(_model.Input.IsTokens && _tokens.Contains(node.Input[0])))
                    throw Refuse(node, "rounds an activation to whole numbers");
                break;
            case "Clip":
                Clip(node);
                break;
            case "Selu":
                // gamma * x above 0 and gamma * alpha * (e^x - 1) below: without alpha the exponential is gone.
                Drop(node, "alpha");
                node.Attribute.Add(OnnxGraphBuilder.Attribute("alpha", 0f));
                break;
            default:
                if (ConstantsVanish.Contains(node.OpType))
                    ZeroConstants(node, 0);
                else if (BecomeRelu.Contains(node.OpType) || BecomeZero.Contains(node.OpType))
                    Activation(node, node.OpType, node.Input[0]);
                else if (!Kept.Contains(node.OpType) || node.Domain is not ("" or "ai.onnx"))
                    throw Refuse(node, Normalisations.Contains(node.OpType) ? "normalises activations by themselves"
                        : Disproportionate.Contains(node.OpType) ? "does not grow in proportion to its input"
                        : "has no known limit");
                break;
        }
    }

    /// <summary>An activation function of one tensor becomes its recession function.</summary>
    private void Activation(NodeProto node, string op, string source)
    {
        if (node.Attribute.FirstOrDefault(a => a.Name == "alpha" && node.OpType is "Swish" or "QuickGelu")?.F <= 0)
            throw Refuse(node, "falls as its input grows");
        if (BecomeZero.Contains(op))
            Become(node, "Sub", source, source);
        else if (BecomeRelu.Contains(op))
            Become(node, "Relu", source);
        else
            throw Refuse(node, "has no known limit");
    }

    /// <summary>A border of finite numbers vanishes; one that stands for infinity stays below or above everything.</summary>
    private void Pad(NodeProto node)
    {
        const double AsGoodAsInfinite = 1e30;
        bool given = node.Input.Count > 2 && node.Input[2].Length > 0;
        double? border = given ? _graph.Scalar(node.Input[2]) : node.Attribute.FirstOrDefault(a => a.Name == "value")?.F ?? 0;
        if (border is null)
            throw Refuse(node, "pads with a value that is no constant number");
        if (Math.Abs(border.Value) >= AsGoodAsInfinite)
            return;
        Drop(node, "value");
        if (given)
            node.Input[2] = "";
    }

    private static void Drop(NodeProto node, string attribute)
    {
        foreach (var found in node.Attribute.Where(a => a.Name == attribute).ToList())
            node.Attribute.Remove(found);
    }

    private void Clip(NodeProto node)
    {
        if (node.Input.Skip(1).Any(i => i.Length > 0 && _graph.Scalar(i) is null))
            throw Refuse(node, "has bounds that are no constants");
        string x = node.Input[0];
        switch (new OnnxActivations(_graph).ClipBounds(node))
        {
            case (null, null): Become(node, "Identity", x); break;
            case (not null, null): Become(node, "Relu", x); break;
            case (null, not null):
                string minus = Fresh("minus"), rectified = Fresh("rectified");
                _nodes.Add(new NodeProto { OpType = "Neg", Name = minus, Input = { x }, Output = { minus } });
                _nodes.Add(new NodeProto { OpType = "Relu", Name = rectified, Input = { minus }, Output = { rectified } });
                Become(node, "Neg", rectified);
                break;
            default: Become(node, "Sub", x, x); break;
        }
    }

    private static void Become(NodeProto node, string op, params string[] inputs)
    {
        node.OpType = op;
        node.Domain = "";
        node.Attribute.Clear();
        node.Input.Clear();
        node.Input.AddRange(inputs);
        Keep(node, inputs.Length, outputs: 1);
    }

    /// <summary>Every constant among the inputs from some on becomes zeros of its own shape and type.</summary>
    private void ZeroConstants(NodeProto node, int from)
    {
        for (int i = from; i < node.Input.Count; i++)
        {
            if (node.Input[i].Length > 0 && !_live.Contains(node.Input[i]))
                node.Input[i] = Zero(node.Input[i]);
        }
    }

    private string Zero(string constant)
    {
        string zero = Fresh("zero");
        // A number less itself is zero for all finite numbers, in any type and shape.
        _nodes.Add(new NodeProto { OpType = "Sub", Name = zero, Input = { constant, constant }, Output = { zero } });
        return zero;
    }

    private string Fresh(string what) => $"apex/limit/{what}/{_zeros++}";

    /// <summary>Only one input may depend on activations.</summary>
    private void Only(NodeProto node, int input, string otherwise)
    {
        if (node.Input.Where((name, i) => i != input && _live.Contains(name)).Any())
            throw Refuse(node, otherwise);
    }

    /// <summary>Drops the inputs, and outputs where asked, behind the first few.</summary>
    private static void Keep(NodeProto node, int inputs, int? outputs = null)
    {
        while (node.Input.Count > inputs)
            node.Input.RemoveAt(node.Input.Count - 1);
        while (node.Output.Count > outputs)
            node.Output.RemoveAt(node.Output.Count - 1);
    }

    private InvalidInputException Refuse(NodeProto node, string why) => new(
        $"{_model.Path}: {OnnxGraph.Title(node)} {why}, so the network has no limit of infinite noise; give large finite levels instead, e.g. --sigma 1,10,100");
}
