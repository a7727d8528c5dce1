namespace Apex.Models.Onnx;

/// <summary>The registry: for each operator, what its output's tangent is.</summary>
internal sealed partial class OnnxTangent
{
    private const string Contrib = "com.microsoft:";
    private const double InverseRootTwoPi = 0.3989422804014327, RootHalf = 0.7071067811865476, TwoOverRootPi = 1.1283791670955126;
    private const double GeluSlope = 0.7978845608028654, GeluCubic = 0.044715;

    private delegate void Rule(OnnxTangent g, NodeProto node);

    /// <summary>dy / dx of a function of one number, from tensors x and y.</summary>
    private delegate string Factor(OnnxTangent g, NodeProto node, string x, string y);

    private static readonly Dictionary<string, Rule> Rules = new(StringComparer.Ordinal)
    {
        // Linear in the first input: the node itself, applied to the tangent.
        ["Neg"] = Linear,
        ["Reshape"] = Linear,
        ["Flatten"] = Linear,
        ["Squeeze"] = Linear,
        ["Unsqueeze"] = Linear,
        ["Transpose"] = Linear,
        ["Expand"] = Linear,
        ["Tile"] = Linear,
        ["Slice"] = Linear,
        ["Split"] = Linear,
        ["Gather"] = Linear,
        ["GatherElements"] = Linear,
        ["GatherND"] = Linear,
        ["DepthToSpace"] = Linear,
        ["SpaceToDepth"] = Linear,
        ["ReduceMean"] = Linear,
        ["ReduceSum"] = Linear,
        ["CumSum"] = Linear,
        ["AveragePool"] = Linear,
        ["GlobalAveragePool"] = Linear,
        ["Resize"] = Resize,
        ["Upsample"] = Linear,
        ["Pad"] = Pad,
        ["Cast"] = Cast,
        ["Identity"] = Same,
        ["Dropout"] = Same,
        ["Conv"] = Filter,
        ["ConvTranspose"] = Filter,
        ["BatchNormalization"] = BatchNorm,

        // Linear in each input, or in each with the others fixed.
        ["Add"] = (g, node) => g.Linearly(node, (_, d) => d),
        ["Sub"] = (g, node) => g.Linearly(node, (i, d) => i == 0 ? d : g.Emit("Neg", [d])),
        ["Sum"] = (g, node) => g.Linearly(node, (_, d) => d),
        ["Mean"] = (g, node) => g.Linearly(node, (_, d) => g.Times(d, 1.0 / node.Input.Count)),
        ["Mul"] = Multilinear,
        ["MatMul"] = Multilinear,
        ["Einsum"] = Multilinear,
        ["Gemm"] = Gemm,
        ["Div"] = Div,
        ["Concat"] = Concat,

        // Piecewise linear. At a kink the derivative is that of the side named.
        ["Relu"] = Elementwise((g, _, _, y) => g.Emit("Sign", [y])),                               // left at 0
        ["LeakyRelu"] = (g, node) => g.Choose(node, g.Above(node.Input[0], 0), d => d, d => g.Times(d, Number(node, "alpha", 0.01f))), // left at 0
        ["PRelu"] = (g, node) => g.Choose(g.Only(node, 0), g.Above(node.Input[0], 0), d => d, d => g.Emit("Mul", [d, node.Input[1]])),   // left at 0
        ["ThresholdedRelu"] = (g, node) => g.Choose(node, g.Above(node.Input[0], Number(node, "alpha", 1)), d => d, null),            // left
        ["Clip"] = Clip,                                                                           // outside at both ends
        ["HardSigmoid"] = HardSigmoid,                                                             // outside at both ends
        ["HardSwish"] = HardSwish,                                                                 // outside at both ends
        ["Abs"] = Elementwise((g, _, x, _) => g.Emit("Sign", [x])),                                // 0 at 0
        ["Max"] = (g, node) => g.Extreme(node, "Max"),                                             // the later input's on ties
        ["Min"] = (g, node) => g.Extreme(node, "Min"),
        ["Where"] = Where,
        ["MaxPool"] = MaxPool,                                                                     // the first of equal elements
        ["GlobalMaxPool"] = GlobalMaxPool,

        // Smooth functions of one number.
        ["Sigmoid"] = Elementwise((g, _, _, y) => g.LogisticSlope(y)),
        ["Tanh"] = Elementwise((g, _, _, y) => g.Emit("Sub", [g.Scalar(1), g.Square(y)])),
        ["Erf"] = Elementwise((g, _, x, _) => g.Times(g.Emit("Exp", [g.Emit("Neg", [g.Square(x)])]), TwoOverRootPi)),
        ["Exp"] = Elementwise((_, _, _, y) => y),
        ["Log"] = Elementwise((g, _, x, _) => g.Emit("Reciprocal", [x])),
        ["Sqrt"] = Elementwise((g, _, _, y) => g.Emit("Div", [g.Scalar(0.5), y])),
        ["Reciprocal"] = Elementwise((g, _, _, y) => g.Emit("Neg", [g.Square(y)])),
        ["Sin"] = Elementwise((g, _, x, _) => g.Emit("Cos", [x])),
        ["Cos"] = Elementwise((g, _, x, _) => g.Emit("Neg", [g.Emit("Sin", [x])])),
        ["Softplus"] = Elementwise((g, _, x, _) => g.Emit("Sigmoid", [x])),
        ["Softsign"] = Elementwise((g, _, x, _) => g.Square(g.Emit("Reciprocal", [g.Plus(g.Emit("Abs", [x]), 1)]))),
        ["Elu"] = (g, node) => g.Exponential(node, 1, Number(node, "alpha", 1), 1),
        ["Selu"] = (g, node) => g.Exponential(node, Number(node, "gamma", 1.0507010221481323f), Number(node, "alpha", 1.6732631921768188f), 1),
        ["Celu"] = (g, node) => g.Exponential(node, 1, 1, 1 / Number(node, "alpha", 1)),
        ["Mish"] = Elementwise(MishSlope),
        ["Gelu"] = Elementwise((g, node, x, _) => Text(node, "approximate") == "tanh" ? g.GeluTanhSlope(x) : g.GeluSlopeOf(x)),
        [Contrib + "Gelu"] = Elementwise((g, _, x, _) => g.GeluSlopeOf(x)),
        [Contrib + "FastGelu"] = FastGelu,
        [Contrib + "QuickGelu"] = Elementwise((g, node, x, _) => g.SwishSlope(x, Number(node, "alpha", 1.702f))),
        ["Swish"] = Elementwise((g, node, x, _) => g.SwishSlope(x, Number(node, "alpha", 1))),
        ["Pow"] = Pow,

        // Normalisations by the data itself.
        ["Softmax"] = (g, node) => g.Softmax(node, logarithm: false),
        ["LogSoftmax"] = (g, node) => g.Softmax(node, logarithm: true),
        ["LayerNormalization"] = LayerNorm,
        ["InstanceNormalization"] = InstanceNorm,
    };

    /// <summary>What can be differentiated, contributed operators with their domain.</summary>
    public static IEnumerable<string> Operators => Rules.Keys;

    private static void Linear(OnnxTangent g, NodeProto node)
    {
        g.Only(node, 0);
        var outputs = g.Again(node, [g.Tangent(node.Input[0]), .. node.Input.Skip(1)], node.Output.Count);
        for (int i = 0; i < outputs.Count; i++)
        {
            // An output that nobody reads has no name.
            if (node.Output[i].Length > 0)
                g._tangents[node.Output[i]] = outputs[i];
        }
    }

    private static void Same(OnnxTangent g, NodeProto node) => g._tangents[node.Output[0]] = g.Tangent(g.Only(node, 0).Input[0]);

    private static void Filter(OnnxTangent g, NodeProto node)
    {
        g.Only(node, 0);
        g.Set(node, g.Again(node, [g.Tangent(node.Input[0]), node.Input[1]])[0]);
    }

    private static void Resize(OnnxTangent g, NodeProto node)
    {
        if (Text(node, "coordinate_transformation_mode") == "tf_crop_and_resize")
            throw g.Refuse(node, "fills in values from outside");
        Linear(g, node);
    }

    private static void Pad(OnnxTangent g, NodeProto node)
    {
        g.Only(node, 0);
        // Padding with a constant adds nothing to a derivative; the other modes repeat elements and stay as they are.
        List<string> inputs = [g.Tangent(node.Input[0]), .. node.Input.Skip(1)];
        if (inputs.Count > 2)
            inputs[2] = "";
        string padded = g.Again(node, inputs)[0];
        var value = g._nodes[^1].Attribute.FirstOrDefault(a => a.Name == "value");
        if (value is not null)
            g._nodes[^1].Attribute.Remove(value);
        g.Set(node, padded);
    }

    private static void Cast(OnnxTangent g, NodeProto node)
    {
        if ((OnnxElementType)node.Attribute.First(a => a.Name == "to").I != OnnxElementType.Float)
            throw g.Refuse(node, "leaves 32-bit floats");
        Same(g, node);
    }

    private static void BatchNorm(OnnxTangent g, NodeProto node)
    {
        g.Only(node, 0);
        string Zero(string constant) => g.Emit("Sub", [constant, constant]);
        g.Set(node, g.Again(node, [g.Tangent(node.Input[0]), node.Input[1], Zero(node.Input[2]), Zero(node.Input[3]), node.Input[4]])[0]);
    }

    /// <summary>Each live input in turn is replaced by its tangent, and what comes out is added up: the product rule.</summary>
    private static void Multilinear(OnnxTangent g, NodeProto node)
    {
        string? sum = null;
        for (int i = 0; i < node.Input.Count; i++)
        {
            if (!g.IsLive(node.Input[i]))
                continue;
            int live = i;
            string term = g.Again(node, [.. node.Input.Select((name, j) => j == live ? g.Tangent(name) : name)])[0];
            sum = sum is null ? term : g.Emit("Add", [sum, term]);
        }

        g.Set(node, sum!);
    }

    private static void Gemm(OnnxTangent g, NodeProto node)
    {
        string? sum = null;
        void Add(string term) => sum = sum is null ? term : g.Emit("Add", [sum, term]);
        // Up to opset 10 the third input must be there.
        string[] third = g._model.Opset < 11 ? [g.Scalar(0)] : [];
        if (g.IsLive(node.Input[0]))
            Add(g.Again(node, [g.Tangent(node.Input[0]), node.Input[1], .. third])[0]);
        if (g.IsLive(node.Input[1]))
            Add(g.Again(node, [node.Input[0], g.Tangent(node.Input[1]), .. third])[0]);
        if (node.Input.Count > 2 && g.IsLive(node.Input[2]))
            Add(g.Times(g.Tangent(node.Input[2]), Number(node, "beta", 1)));
        g.Set(node, g.Filled(node, sum!));
    }

    private static void Div(OnnxTangent g, NodeProto node)
    {
        string a = node.Input[0], b = node.Input[1], y = node.Output[0];
        string? top = g.IsLive(a) ? g.Tangent(a) : null;
        string? bottom = g.IsLive(b) ? g.Emit("Mul", [y, g.Tangent(b)]) : null;
        string difference = top is null ? g.Emit("Neg", [bottom!]) : bottom is null ? top : g.Emit("Sub", [top, bottom]);
        g.Set(node, g.Emit("Div", [difference, b]));
    }

    private static void Concat(OnnxTangent g, NodeProto node) =>
        g.Set(node, g.Again(node, [.. node.Input.Select(i => g.IsLive(i) ? g.Tangent(i) : g.Emit("Sub", [i, i]))])[0]);

    private static void Clip(OnnxTangent g, NodeProto node)
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
            Same(g, node);
        else
            g.Choose(node, inside, d => d, null);
    }

    private static void HardSigmoid(OnnxTangent g, NodeProto node)
    {
        float alpha = Number(node, "alpha", 0.2f);
        string y = node.Output[0];
        g.Choose(node, g.Emit("And", [g.Above(y, 0), g.Emit("Less", [y, g.Scalar(1)])]), d => g.Times(d, alpha), null);
    }

    private static void HardSwish(OnnxTangent g, NodeProto node)
    {
        string x = node.Input[0];
        // x (x + 3) / 6 between -3 and 3.
        string slope = g.Plus(g.Times(x, 1.0 / 3), 0.5);
        string middle = g.Emit("Where", [g.Emit("Less", [x, g.Scalar(3)]), slope, g.Scalar(1)]);
        g.Choose(node, g.Above(x, -3), d => g.Emit("Mul", [d, middle]), null);
    }

    private static void Where(OnnxTangent g, NodeProto node)
    {
        if (g.IsLive(node.Input[0]))
            throw g.Refuse(node, "chooses by an activation");
        string Side(int i) => g.IsLive(node.Input[i]) ? g.Tangent(node.Input[i]) : g.Scalar(0);
        g.Set(node, g.Filled(node, g.Emit("Where", [node.Input[0], Side(1), Side(2)])));
    }

    private static void MaxPool(OnnxTangent g, NodeProto node)
    {
        if (Integer(node, "storage_order", 0L) != 0)
            throw g.Refuse(node, "counts indices by columns");
        if (node.Output.Count < 2)
            node.Output.Add(g.Fresh());
        else if (node.Output[1].Length == 0)
            node.Output[1] = g.Fresh();
        // The indices count through the whole batch, so the taken elements are found in the tangents laid out flat.
        string flat = g.Emit("Reshape", [g.Tangent(node.Input[0]), g.Integers([-1])]);
        g.Set(node, g.Emit("Gather", [flat, node.Output[1]], ("axis", 0)));
    }

    private static void GlobalMaxPool(OnnxTangent g, NodeProto node)
    {
        if (g._model.Opset < 11)
            throw g.Refuse(node, "needs opset 11 to tell which element it took");
        string Rows(string tensor) => g.Emit("Reshape", [tensor, g.Integers([0, 0, -1])]);
        string taken = g.Emit("ArgMax", [Rows(node.Input[0])], ("axis", 2), ("keepdims", 1));
        g.Set(node, g.Like(g.Emit("GatherElements", [Rows(g.Tangent(node.Input[0])), taken], ("axis", 2)), node.Output[0]));
    }

    private static void FastGelu(OnnxTangent g, NodeProto node)
    {
        g.Only(node, 0);
        string x = node.Input.Count > 1 && node.Input[1].Length > 0 ? g.Emit("Add", [node.Input[0], node.Input[1]]) : node.Input[0];
        g.Set(node, g.Emit("Mul", [g.Tangent(node.Input[0]), g.GeluTanhSlope(x)]));
    }

    private static void Pow(OnnxTangent g, NodeProto node)
    {
        g.Only(node, 0);
        string x = node.Input[0], p = node.Input[1];
        if (g._graph.Scalar(p) is not { } exponent)
            throw g.Refuse(node, "has an exponent that is no constant number");
        // Spelled out where a general power would be undefined at 0 or slow.
        string slope = exponent switch
        {
            0 => g.Emit("Sub", [x, x]),
            1 => g.Scalar(1),
            2 => g.Times(x, 2),
            3 => g.Times(g.Square(x), 3),
            _ => g.Times(g.Emit("Pow", [x, g.Scalar(exponent - 1)]), exponent),
        };
        g.Set(node, g.Emit("Mul", [g.Tangent(x), slope]));
    }

    private void Softmax(NodeProto node, bool logarithm)
    {
        string x = node.Input[0], y = node.Output[0], d = Tangent(x);
        bool flattens = _model.Opset < 13;
        long axis = Integer(node, "axis", flattens ? 1L : -1L);
        // Before opset 13 everything from the axis on is one distribution.
        string Rows(string tensor) => flattens && axis != -1 ? Emit("Flatten", [tensor], ("axis", axis)) : tensor;
        string p = Rows(y), rows = Rows(d);
        if (logarithm)
            p = Emit("Exp", [p]);
        string mean = Reduce("ReduceSum", Emit("Mul", [p, rows]), [flattens ? -1 : axis]);
        string centred = Emit("Sub", [rows, mean]);
        Set(node, Like(logarithm ? centred : Emit("Mul", [p, centred]), y));
    }

    private static void LayerNorm(OnnxTangent g, NodeProto node)
    {
        g.Only(node, 0);
        long axis = Integer(node, "axis", -1L);
        long count = axis < 0 ? -axis : g._proto.Graph.Initializer.FirstOrDefault(i => i.Name == node.Input[1])?.Dims.Count
            ?? throw g.Refuse(node, "normalises axes that cannot be counted");
        long[] axes = [.. Enumerable.Range(1, (int)count).Select(a => -(long)a)];
        string normalised = g.NormalisedTangent(node.Input[0], g.Tangent(node.Input[0]), axes, Number(node, "epsilon", 1e-5f));
        g.Set(node, g.Emit("Mul", [normalised, node.Input[1]]));
    }

    private static void InstanceNorm(OnnxTangent g, NodeProto node)
    {
        g.Only(node, 0);
        string Rows(string tensor) => g.Emit("Reshape", [tensor, g.Integers([0, 0, -1])]);
        string normalised = g.NormalisedTangent(Rows(node.Input[0]), Rows(g.Tangent(node.Input[0])), [2], Number(node, "epsilon", 1e-5f));
        string scale = g.Emit("Reshape", [node.Input[1], g.Integers([-1, 1])]);
        g.Set(node, g.Like(g.Emit("Mul", [normalised, scale]), node.Output[0]));
    }

    /// <summary>The tangent of (x - mean) / sqrt(variance + epsilon).</summary>
    private string NormalisedTangent(string x, string d, long[] axes, float epsilon)
    {
        string Mean(string tensor) => Reduce("ReduceMean", tensor, axes);
        string c = Emit("Sub", [x, Mean(x)]), dc = Emit("Sub", [d, Mean(d)]);
        string inverse = Emit("Reciprocal", [Emit("Sqrt", [Plus(Mean(Square(c)), epsilon)])]);
        string z = Emit("Mul", [c, inverse]), dz = Emit("Mul", [dc, inverse]);
        return Emit("Sub", [dz, Emit("Mul", [z, Mean(Emit("Mul", [z, dz]))])]);
    }

    private static Rule Elementwise(Factor slope) => (g, node) =>
    {
        g.Only(node, 0);
        g.Set(node, g.Emit("Mul", [g.Tangent(node.Input[0]), slope(g, node, node.Input[0], node.Output[0])]));
    };

    private static string MishSlope(OnnxTangent g, NodeProto node, string x, string y)
    {
        string t = g.Emit("Tanh", [g.Emit("Softplus", [x])]);
        string rest = g.Emit("Mul", [g.Emit("Mul", [x, g.Emit("Sigmoid", [x])]), g.Emit("Sub", [g.Scalar(1), g.Square(t)])]);
        return g.Emit("Add", [t, rest]);
    }

    private string GeluSlopeOf(string x)
    {
        string cumulative = Times(Plus(Emit("Erf", [Times(x, RootHalf)]), 1), 0.5);
        string density = Times(Emit("Exp", [Times(Square(x), -0.5)]), InverseRootTwoPi);
        return Emit("Add", [cumulative, Emit("Mul", [x, density])]);
    }

    private string GeluTanhSlope(string x)
    {
        string square = Square(x);
        string t = Emit("Tanh", [Times(Emit("Mul", [x, Plus(Times(square, GeluCubic), 1)]), GeluSlope)]);
        string inner = Times(Plus(Times(square, 3 * GeluCubic), 1), GeluSlope);
        string bend = Emit("Mul", [Emit("Mul", [x, Emit("Sub", [Scalar(1), Square(t)])]), inner]);
        return Times(Emit("Add", [Plus(t, 1), bend]), 0.5);
    }

    private string SwishSlope(string x, float alpha)
    {
        string scaled = Times(x, alpha), s = Emit("Sigmoid", [scaled]);
        return Emit("Add", [s, Emit("Mul", [scaled, LogisticSlope(s)])]);
    }

    private string LogisticSlope(string y) => Emit("Mul", [y, Emit("Sub", [Scalar(1), y])]);

    /// <summary>above above 0, and below * e^(rate x) up to there (times above): ELU and its kin. The exponent is kept from overflowing.</summary>
    private void Exponential(NodeProto node, float above, float below, float rate)
    {
        string x = node.Input[0];
        string falling = Times(Emit("Exp", [Times(Emit("Min", [x, Scalar(0)]), rate)]), above * below);
        Set(node, Emit("Mul", [Tangent(x), Emit("Where", [Above(x, 0), Scalar(above), falling])]));
    }

    /// <summary>The tangent where a condition holds and where it does not; null for zero.</summary>
    private void Choose(NodeProto node, string condition, Func<string, string> then, Func<string, string>? otherwise)
    {
        string d = Tangent(node.Input[0]);
        Set(node, Emit("Where", [condition, then(d), otherwise is null ? Scalar(0) : otherwise(d)]));
    }

    private void Extreme(NodeProto node, string op)
    {
        string value = node.Input[0];
        string? tangent = IsLive(value) ? Tangent(value) : null;
        foreach (string next in node.Input.Skip(1))
        {
            string? other = IsLive(next) ? Tangent(next) : null;
            if ((tangent ?? other) is not null)
                tangent = Emit("Where", [Emit(op == "Max" ? "Greater" : "Less", [value, next]), tangent ?? Scalar(0), other ?? Scalar(0)]);
            value = Emit(op, [value, next]);
        }

        Set(node, Filled(node, tangent!));
    }

    /// <summary>The sum of the live inputs' tangents, each changed as told.</summary>
    private void Linearly(NodeProto node, Func<int, string, string> change)
    {
        string? sum = null;
        for (int i = 0; i < node.Input.Count; i++)
        {
            if (!IsLive(node.Input[i]))
                continue;
            string term = change(i, Tangent(node.Input[i]));
            sum = sum is null ? term : Emit("Add", [sum, term]);
        }

        Set(node, Filled(node, sum!));
    }

    /// <summary>Where an input without tangent may have had the larger shape, the tangent is stretched to the node's.</summary>
    private string Filled(NodeProto node, string tangent) =>
        node.Input.All(i => i.Length == 0 || IsLive(i)) ? tangent : Emit("Expand", [tangent, Emit("Shape", [node.Output[0]])]);

    private string Like(string tangent, string tensor) => Emit("Reshape", [tangent, Emit("Shape", [tensor])]);

    private string Reduce(string op, string tensor, long[] axes) =>
        _model.Opset >= (op == "ReduceSum" ? 13 : 18)
            ? Emit(op, [tensor, Integers(axes)], ("keepdims", 1))
            : Emit(op, [tensor], ("axes", axes), ("keepdims", 1));

    private string Above(string tensor, double bound) => Emit("Greater", [tensor, Scalar(bound)]);

    private string Plus(string tensor, double number) => Emit("Add", [tensor, Scalar(number)]);

    private string Times(string tensor, double number) => Emit("Mul", [tensor, Scalar(number)]);

    private string Square(string tensor) => Emit("Mul", [tensor, tensor]);

    private void Set(NodeProto node, string tangent) => _tangents[node.Output[0]] = tangent;

    /// <summary>Only one input may depend on the network's input.</summary>
    private NodeProto Only(NodeProto node, int input)
    {
        if (node.Input.Where((name, i) => i != input && IsLive(name)).Any() || !IsLive(node.Input[input]))
            throw Refuse(node, "takes a parameter from an activation");
        return node;
    }

    private static float Number(NodeProto node, string name, float otherwise) => node.Attribute.FirstOrDefault(a => a.Name == name)?.F ?? otherwise;

    private static long Integer(NodeProto node, string name, long otherwise) => node.Attribute.FirstOrDefault(a => a.Name == name)?.I ?? otherwise;

    private static string Text(NodeProto node, string name) => node.Attribute.FirstOrDefault(a => a.Name == name)?.S.ToStringUtf8() ?? "";
}
