using Apex.Models;
using Apex.Models.Onnx;
using Xunit;

namespace Apex.Tests.Models;

/// <summary>The tangent graph against derivatives of the graph itself, for every operator of the registry and for whole networks.</summary>
public class OnnxTangentTests
{
    internal const int Rows = 3;

    /// <summary>Opset, shape of a sample, and the operator on it.</summary>
    internal static readonly Dictionary<string, (int Opset, int[] Shape, Func<OnnxGraphBuilder, string, string> Build)> Operators = new()
    {
        ["Neg"] = (17, [12], (g, x) => g.Node("Neg", [x])),
        ["Identity"] = (17, [12], (g, x) => g.Node("Identity", [x])),
        ["Dropout"] = (17, [12], (g, x) => g.Node("Dropout", [x])),
        ["Cast"] = (17, [12], (g, x) => g.Node("Cast", [g.Mul(x, 2f)], ("to", (int)OnnxElementType.Float))),
        ["Reshape"] = (17, [3, 4], (g, x) => g.Node("Reshape", [x, g.Constant("s", [0L, 2, 6], 3)])),
        ["Flatten"] = (17, [3, 4], (g, x) => g.Flatten(x)),
        ["Squeeze"] = (17, [3, 1, 4], (g, x) => g.Node("Squeeze", [x, g.Constant("a", [2L], 1)])),
        ["Squeeze 11"] = (11, [3, 1, 4], (g, x) => g.Node("Squeeze", [x], ("axes", (long[])[2]))),
        ["Unsqueeze"] = (17, [3, 4], (g, x) => g.Node("Unsqueeze", [x, g.Constant("a", [1L], 1)])),
        ["Transpose"] = (17, [3, 4], (g, x) => g.Node("Transpose", [x], ("perm", (long[])[0, 2, 1]))),
        ["Expand"] = (17, [1, 4], (g, x) => g.Node("Expand", [x, g.Constant("s", [1L, 3, 4], 3)])),
        ["Tile"] = (17, [2, 3], (g, x) => g.Node("Tile", [x, g.Constant("r", [1L, 2, 2], 3)])),
        ["Slice"] = (17, [6],
            (g, x) => g.Node("Slice", [x, g.Constant("b", [1L], 1), g.Constant("e", [5L], 1), g.Constant("a", [1L], 1), g.Constant("t", [2L], 1)])),
        ["Split"] = (17, [6], (g, x) => g.Mul(g.NodeMany("Split", [x], ["left", "right"], "split", "", ("axis", 1))[0], g.Node("Tanh", ["right"]))),
        ["Gather"] = (17, [4, 3], (g, x) => g.Node("Gather", [x, g.Constant("i", [2L, 0, 2], 3)], ("axis", 1))),
        ["GatherElements"] = (17, [4],
            (g, x) => g.Node("GatherElements", [x, g.Node("Expand", [g.Constant("i", [2L, 0], 1, 2), Batch(g, x, 1)])], ("axis", 1))),
        ["GatherND"] = (17, [4], (g, x) => g.Node("GatherND", [x, g.Node("Expand", [g.Constant("i", [1L, 3], 1, 2, 1), Batch(g, x, 2)])], ("batch_dims", 1))),
        ["DepthToSpace"] = (17, [4, 2, 2], (g, x) => g.Node("DepthToSpace", [x], ("blocksize", 2))),
        ["SpaceToDepth"] = (17, [1, 4, 4], (g, x) => g.Node("SpaceToDepth", [x], ("blocksize", 2))),
        ["ReduceMean"] = (17, [3, 4], (g, x) => g.Node("ReduceMean", [x], ("axes", (long[])[2]))),
        ["ReduceMean 18"] = (18, [3, 4], (g, x) => g.Node("ReduceMean", [x, g.Constant("a", [2L], 1)])),
        ["ReduceSum"] = (17, [3, 4], (g, x) => g.Node("ReduceSum", [x, g.Constant("a", [1L], 1)], ("keepdims", 0))),
        ["CumSum"] = (17, [6], (g, x) => g.Node("CumSum", [x, g.Constant("a", [1L])])),
        ["AveragePool"] = (17, [2, 4, 4],
            (g, x) => g.Node("AveragePool", [x], ("kernel_shape", (long[])[3, 3]), ("strides", (long[])[2, 2]), ("pads", (long[])[1, 1, 1, 1]))),
        ["GlobalAveragePool"] = (17, [2, 3, 3], (g, x) => g.GlobalAveragePool(x)),
        ["Resize"] = (17, [2, 3, 3], (g, x) => g.Node("Resize", [x, "", g.Constant("s", [1f, 1, 2, 2], 4)], ("mode", "linear"))),
        ["Resize cubic"] = (17, [2, 4, 4], (g, x) => g.Node("Resize", [x, "", g.Constant("s", [1f, 1, 1.5f, 1.5f], 4)], ("mode", "cubic"))),
        ["Upsample"] = (9, [2, 3, 3], (g, x) => g.Node("Upsample", [x, g.Constant("s", [1f, 1, 2, 2], 4)], ("mode", "nearest"))),
        ["Pad"] = (17, [2, 3, 3], (g, x) => g.Node("Pad", [x, g.Constant("p", [0L, 0, 1, 1, 0, 0, 1, 2], 8), g.Constant("v", 0.7f)])),
        ["Pad reflect"] = (17, [2, 3, 3], (g, x) => g.Node("Pad", [x, g.Constant("p", [0L, 0, 1, 1, 0, 0, 1, 2], 8)], ("mode", "reflect"))),
        ["Pad 10"] = (10, [2, 3, 3], (g, x) => g.Node("Pad", [x], ("pads", (long[])[0, 0, 1, 1, 0, 0, 1, 2]), ("value", 0.7f))),
        ["Conv"] = (17, [4, 5, 5], (g, x) => Nets.Conv(g, new Random(1), x, 4, 6, stride: 2, group: 2)),
        ["ConvTranspose"] = (17, [2, 3, 3],
            (g, x) =>
                g.Node("ConvTranspose", [x, g.Constant("w", Nets.Weights(new Random(2), 2 * 3 * 9, 9), 2, 3, 3, 3), g.Constant("b", [0.1f, 0.2f, 0.3f], 3)],
                    ("strides", (long[])[2, 2]))),
        ["BatchNormalization"] = (17, [3, 2, 2], (g, x) => Nets.Norm(g, new Random(3), x, 3)),
        ["Add"] = (17, [1, 4], (g, x) => g.Add(x, g.Constant("c", Nets.Weights(new Random(4), 12, 1), 3, 4))),
        ["Add both"] = (17, [6], (g, x) => g.Add(g.Mul(x, 2f), x)),
        ["Sub"] = (17, [1, 4], (g, x) => g.Node("Sub", [g.Constant("c", Nets.Weights(new Random(4), 12, 1), 3, 4), x])),
        ["Sum"] = (17, [6], (g, x) => g.Node("Sum", [x, g.Constant("c", Nets.Weights(new Random(4), 6, 1), 1, 6), g.Mul(x, x)])),
        ["Mean"] = (17, [6], (g, x) => g.Node("Mean", [x, g.Constant("c", Nets.Weights(new Random(4), 6, 1), 1, 6), g.Mul(x, x)])),
        ["Mul"] = (17, [6], (g, x) => g.Mul(g.Node("Sin", [x]), x)),
        ["Mul itself"] = (17, [6], (g, x) => g.Mul(x, x)),
        ["MatMul"] = (17, [3, 3], (g, x) => g.MatMul(x, g.Node("Transpose", [g.Node("Tanh", [x])], ("perm", (long[])[0, 2, 1])))),
        ["MatMul constant left"] = (17, [3, 3], (g, x) => g.MatMul(g.Constant("w", Nets.Weights(new Random(4), 6, 1), 2, 3), x)),
        ["Einsum"] = (17, [3, 3], (g, x) => g.Node("Einsum", [x, g.Node("Sin", [x])], ("equation", "bij,bkj->bik"))),
        ["Gemm"] = (17, [6],
            (g, x) => g.Node("Gemm", [x, g.Constant("w", Nets.Weights(new Random(5), 30, 6), 5, 6), g.Constant("b", Nets.Weights(new Random(6), 5, 1), 5)],
                ("transB", 1), ("alpha", 0.7f), ("beta", 0.3f))),
        ["Gemm 9"] = (9, [6],
            (g, x) => g.Node("Gemm", [x, g.Constant("w", Nets.Weights(new Random(5), 30, 6), 6, 5), g.Constant("b", Nets.Weights(new Random(6), 5, 1), 5)])),
        ["Gemm live bias"] = (17, [6],
            (g, x) => g.Node("Gemm", [x, g.Constant("w", Nets.Weights(new Random(5), 36, 6), 6, 6), g.Node("Sin", [x])], ("beta", 0.3f))),
        ["Div"] = (17, [6], (g, x) => g.Node("Div", [g.Node("Sin", [x]), g.Add(g.Mul(x, x), 1f)])),
        ["Div by live"] = (17, [6], (g, x) => g.Node("Div", [g.Constant("c", 2f), g.Add(g.Mul(x, x), 1f)])),
        ["Concat"] = (17, [2, 3],
            (g, x) => g.Node("Concat",
                [x, g.Node("Expand", [g.Constant("c", Nets.Weights(new Random(4), 6, 1), 1, 2, 3), g.Node("Shape", [x])]), g.Node("Sin", [x])], ("axis", 2))),
        ["Relu"] = (17, [16], (g, x) => g.Relu(x)),
        ["LeakyRelu"] = (17, [16], (g, x) => g.Node("LeakyRelu", [x], ("alpha", 0.2f))),
        ["PRelu"] = (17, [16], (g, x) => g.Node("PRelu", [x, g.Constant("s", Nets.Weights(new Random(4), 16, 1), 16)])),
        ["Sign"] = (17, [16], (g, x) => g.Node("Sign", [x])),
        ["Shrink"] = (17, [16], (g, x) => g.Node("Shrink", [x], ("lambd", 1.1f), ("bias", 0.3f))),
        ["Shrink without bias"] = (9, [16], (g, x) => g.Node("Shrink", [x])),
        ["ThresholdedRelu"] = (17, [16], (g, x) => g.Node("ThresholdedRelu", [x], ("alpha", 0.4f))),
        ["Clip"] = (17, [16], (g, x) => g.Node("Clip", [x, g.Constant("l", -1.1f), g.Constant("h", 2.1f)])),
        ["Clip below"] = (17, [16], (g, x) => g.Node("Clip", [x, g.Constant("l", -1.1f)])),
        ["Clip 9"] = (9, [16], (g, x) => g.Node("Clip", [x], ("min", 0f), ("max", 3f))),
        ["HardSigmoid"] = (17, [16], (g, x) => g.Node("HardSigmoid", [x], ("alpha", 0.3f), ("beta", 0.4f))),
        ["HardSwish"] = (17, [16], (g, x) => g.Node("HardSwish", [x])),
        ["Abs"] = (17, [16], (g, x) => g.Node("Abs", [x])),
        ["Max"] = (17, [16], (g, x) => g.Node("Max", [x, g.Constant("c", 0.6f), g.Mul(x, -0.5f)])),
        ["Min"] = (17, [1, 4], (g, x) => g.Node("Min", [x, g.Constant("c", Nets.Weights(new Random(4), 12, 1), 3, 4)])),
        ["Where"] = (17, [1, 4],
            (g, x) => g.Node("Where",
                [g.Node("Cast", [g.Constant("m", [1f, 0, 1, 0, 0, 1, 1, 1], 2, 4)], ("to", (int)OnnxElementType.Bool)), g.Mul(x, x), g.Constant("c", -5f)])),
        ["MaxPool"] = (17, [2, 6, 6],
            (g, x) => g.Node("MaxPool", [x], ("kernel_shape", (long[])[3, 3]), ("strides", (long[])[2, 2]), ("pads", (long[])[1, 1, 1, 1]))),
        ["GlobalMaxPool"] = (17, [3, 3, 3], (g, x) => g.Node("GlobalMaxPool", [x])),
        ["Sigmoid"] = (17, [16], (g, x) => g.Node("Sigmoid", [x])),
        ["Tanh"] = (17, [16], (g, x) => g.Node("Tanh", [x])),
        ["Erf"] = (17, [16], (g, x) => g.Node("Erf", [x])),
        ["Exp"] = (17, [16], (g, x) => g.Node("Exp", [x])),
        ["Log"] = (17, [16], (g, x) => g.Node("Log", [g.Add(x, 5f)])),
        ["Sqrt"] = (17, [16], (g, x) => g.Node("Sqrt", [g.Add(x, 5f)])),
        ["Reciprocal"] = (17, [16], (g, x) => g.Node("Reciprocal", [g.Add(x, 5f)])),
        ["Sin"] = (17, [16], (g, x) => g.Node("Sin", [x])),
        ["Cos"] = (17, [16], (g, x) => g.Node("Cos", [x])),
        ["Softplus"] = (17, [16], (g, x) => g.Node("Softplus", [x])),
        ["Softsign"] = (17, [16], (g, x) => g.Node("Softsign", [x])),
        ["Elu"] = (17, [16], (g, x) => g.Node("Elu", [x], ("alpha", 1.3f))),
        ["Selu"] = (17, [16], (g, x) => g.Node("Selu", [x])),
        ["Celu"] = (17, [16], (g, x) => g.Node("Celu", [x], ("alpha", 0.7f))),
        ["Mish"] = (18, [16], (g, x) => g.Node("Mish", [x])),
        ["Gelu"] = (20, [16], (g, x) => g.Node("Gelu", [x])),
        ["Gelu tanh"] = (20, [16], (g, x) => g.Node("Gelu", [x], ("approximate", "tanh"))),
        ["com.microsoft:Gelu"] = (17, [16], (g, x) => Contrib(g, "Gelu", x)),
        ["com.microsoft:FastGelu"] = (17, [16], (g, x) => Contrib(g, "FastGelu", x)),
        ["com.microsoft:QuickGelu"] = (17, [16], (g, x) => Contrib(g, "QuickGelu", x, ("alpha", 1.2f))),
        ["Swish"] = (24, [16], (g, x) => g.Node("Swish", [x], ("alpha", 1.3f))),
        ["GELU spelled out"] = (17, [16], Nets.GeluExact),
        ["GELU by tanh spelled out"] = (17, [16], Nets.GeluTanh),
        ["SiLU spelled out"] = (17, [16], Nets.SiLU),
        ["Pow"] = (17, [16], (g, x) => g.Node("Pow", [g.Add(x, 5f), g.Constant("p", 2.5f)])),
        ["Pow 2"] = (17, [16], (g, x) => g.Node("Pow", [x, g.Constant("p", 2f)])),
        ["Pow 3"] = (17, [16], (g, x) => g.Node("Pow", [x, g.Constant("p", 3f)])),
        ["Pow -1"] = (17, [16], (g, x) => g.Node("Pow", [g.Add(x, 5f), g.Constant("p", -1f)])),
        ["Softmax"] = (17, [3, 4], (g, x) => g.Node("Softmax", [x], ("axis", 1))),
        ["Softmax 11"] = (11, [3, 4], (g, x) => g.Node("Softmax", [x], ("axis", 1))),
        ["Softmax 11, last"] = (11, [3, 4], (g, x) => g.Node("Softmax", [x], ("axis", 2))),
        ["LogSoftmax"] = (17, [3, 4], (g, x) => g.Node("LogSoftmax", [x])),
        ["LayerNormalization"] = (17, [3, 6], (g, x) =>
            g.Node("LayerNormalization", [x, g.Constant("w", Nets.Weights(new Random(4), 6, 1), 6), g.Constant("b", Nets.Weights(new Random(5), 6, 1), 6)])),
        ["LayerNormalization of two axes"] = (18, [3, 6],
            (g, x) => g.Node("LayerNormalization", [x, g.Constant("w", Nets.Weights(new Random(4), 18, 1), 3, 6)], ("axis", 1), ("epsilon", 0.1f))),
        ["InstanceNormalization"] = (17, [3, 2, 3],
            (g, x) => g.Node("InstanceNormalization", [x, g.Constant("w", [0.5f, 1, 2], 3), g.Constant("b", [0.1f, 0.2f, 0.3f], 3)])),
    };

    public static TheoryData<string> Names => [.. Operators.Keys];

    /// <summary>A network of one operator whose output is its last site and, flattened and twice, its logits; a point, and directions for each row.</summary>
    internal static (Loaded Model, string Output, float[] At, float[] Tangents) Case(
        string name, (int Opset, int[] Shape, Func<OnnxGraphBuilder, string, string> Build) of)
    {
        var g = new OnnxGraphBuilder(of.Opset);
        if (name.StartsWith("com.microsoft", StringComparison.Ordinal))
            g.Import("com.microsoft", 1);
        string x = g.Input("x", OnnxElementType.Float, ["N", .. of.Shape.Cast<object>()]);
        // One operator before it, so that its input is no graph input.
        string y = of.Build(g, g.Node("Identity", [x]));
        string pooled = g.Flatten(y);
        g.Output(g.Node("Concat", [pooled, pooled], ("axis", 1)));
        int count = of.Shape.Aggregate(1, (a, b) => a * b);
        // Points that keep away from kinks and from each other, so that differences do not cross any.
        var random = new Random(7);
        int[] order = [.. Enumerable.Range(0, count)];
        random.Shuffle(order);
        return (new Loaded(g, new OnnxOptions { ExtraSites = [y] }), y, [.. order.Select(k => -4 + (k + 0.5f) * 8 / count)],
            [.. Enumerable.Range(0, Rows * count).Select(_ => 2 * random.NextSingle() - 1)]);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_operator_has_its_derivative(string name)
    {
        var (loaded, y, at, tangents) = Case(name, Operators[name]);
        using var model = loaded;
        int count = at.Length;
        using var pass = model.Classifier.OpenTangent([model.Classifier.Sites[^1]], Rows);
        using var numerical = NumericalTangent.Of(ModelProto.Parser.ParseFrom(File.ReadAllBytes(model.Path)), y);
        float[] exact = [];
        pass.Run(new ModelSample(at, []), tangents, (_, reached) => exact = reached.ToArray());
        double tolerance = numerical.IsDouble ? 3e-6 : 1e-3;
        for (int row = 0; row < Rows; row++)
        {
            double[] expected = numerical.Along(at, tangents[(row * count)..((row + 1) * count)]);
            double scale = 1 + expected.Max(Math.Abs);
            for (int i = 0; i < expected.Length; i++)
                Assert.True(Math.Abs(expected[i] - exact[row * expected.Length + i]) <= tolerance * scale,
                    $"{name}, row {row}, element {i}: {exact[row * expected.Length + i]} for {expected[i]} ({(numerical.IsDouble ? "double" : "single")})");
        }
    }

    [Fact]
    public void Every_entry_of_the_registry_is_tested() =>
        Assert.Empty(OnnxTangent.Operators.Except(Operators.Keys.Select(k => k.Split(' ', ',')[0])));

    public static TheoryData<string> Networks => ["resnet", "resnet of fixed batch", "wide resnet",
        "densenet", "mobilenet", "vgg", "vit", "channels last", "sequence first", "sequence first of fixed batch"];

    internal static OnnxGraphBuilder Network(string name) => name switch
    {
        "resnet" => Nets.ResNet(),
        "resnet of fixed batch" => Nets.ResNet(1),
        "wide resnet" => Nets.WideResNet(),
        "densenet" => Nets.DenseNet(),
        "mobilenet" => Nets.MobileNet(),
        "vgg" => Nets.Vgg(),
        "vit" => Nets.Vit(),
        "channels last" => Nets.ChannelsLast(),
        "sequence first" => Nets.SequenceFirst(),
        _ => Nets.SequenceFirst(2),
    };

    /// <summary>
    /// In single precision: a long difference may cross a kink, a short one is rounded, so of three an element must agree with one.
    /// </summary>
    [Theory]
    [MemberData(nameof(Networks))]
    public void Networks_have_their_derivatives(string name)
    {
        using var model = new Loaded(Network(name));
        var classifier = model.Classifier;
        var sites = classifier.Sites;
        int rows = classifier.FixedBatch ?? 2, count = classifier.Input.Elements;
        var sample = model.Sample(5);
        using var pass = classifier.OpenTangent(sites, rows);
        using var clean = classifier.OpenClean(sites);
        float[] tangents = Nets.Weights(new Random(9), rows * count, 1, 1);
        var exact = new float[sites.Count][];
        pass.Run(sample, tangents, (slot, reached) => exact[slot] = reached.ToArray());
        Assert.Equal(tangents, exact[0]);
        for (int row = 0; row < rows; row++)
        {
            float[][] Moved(float h) => clean.Run(new ModelSample([.. sample.Values.Select((v, i) => v + h * tangents[row * count + i])], [])).Activations;
            var least = sites.Select(s => Enumerable.Repeat(double.PositiveInfinity, s.Elements).ToArray()).ToArray();
            foreach (float h in (float[])[1f / 64, 1f / 512, 1f / 4096])
            {
                float[][] up = Moved(h), down = Moved(-h);
                for (int l = 1; l < sites.Count; l++)
                {
                    for (int i = 0; i < least[l].Length; i++)
                        least[l][i] = Math.Min(least[l][i], Math.Abs((up[l][i] - down[l][i]) / (2.0 * h) - exact[l][row * least[l].Length + i]));
                }
            }

            for (int l = 1; l < sites.Count; l++)
            {
                double rms = Math.Sqrt(exact[l].Average(v => (double)v * v));
                double[] errors = [.. least[l].Select(e => e / rms).Order()];
                string told = $"{name}, {sites[l]}: "
                    + $"{string.Join(' ', ((double[])[0.5, 0.9, 0.97, 1]).Select(q => $"{errors[(int)(q * (errors.Length - 1))]:g3}"))}";
                Assert.True(errors[(int)(0.97 * (errors.Length - 1))] < 5e-3, told);
                Assert.True(Math.Sqrt(errors.Average(e => e * e)) < 0.05, told);
            }
        }
    }

    [Fact]
    public void Ties_of_pooling_go_to_the_first_and_kinks_to_their_side()
    {
        var g = new OnnxGraphBuilder();
        string x = g.Input("x", OnnxElementType.Float, "N", 1, 2, 2);
        string pooled = g.Node("MaxPool", [x], ("kernel_shape", (long[])[2, 2])), relu = g.Relu(x);
        g.Output(g.Flatten(g.Add(relu, pooled)));
        using var model = new Loaded(g, new OnnxOptions { ExtraSites = [pooled] });
        using var pass = model.Classifier.OpenTangent([.. model.Classifier.Sites.Where(s => !s.IsInput)], 1);
        var found = new Dictionary<int, float[]>();
        pass.Run(new ModelSample([0, 3, 3, 3], []), [1, 2, 4, 8], (slot, reached) => found[slot] = reached.ToArray());
        Assert.Equal([2], found[0]);
        Assert.Equal([0, 2, 4, 8], found[1]);
    }

    public static TheoryData<string, string, Func<OnnxGraphBuilder, string, string>> Refused => new()
    {
        { "ReduceMax", "'reducemax' (ReduceMax) has no derivative", (g, x) => g.Node("ReduceMax", [x], ("axes", (long[])[1])) },
        { "Floor", "'floor' (Floor) has no derivative", (g, x) => g.Node("Floor", [x]) },
        { "live condition", "'greater' (Greater) has no derivative", (g, x) =>
            g.Node("Where", [g.Node("Greater", [x, g.Constant("z", 0f)]), x, g.Mul(x, 2f)]) },
        { "live exponent", "takes a parameter from an activation", (g, x) => g.Node("Pow", [g.Constant("c", 2f), x]) },
        { "rounding", "leaves 32-bit floats", (g, x) =>
            g.Node("Cast", [g.Node("Cast", [x], ("to", (int)OnnxElementType.Float16))], ("to", (int)OnnxElementType.Float)) },
        { "live filter", "takes a parameter from an activation", (g, x) => g.Node("PRelu", [x, g.Node("ReduceMean", [x], ("axes", (long[])[0]))]) },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_has_no_derivative_is_refused_by_name(string name, string says, Func<OnnxGraphBuilder, string, string> build)
    {
        using var model = new Loaded(Nets.Activation((g, x) => g.Relu(g.Add(build(g, g.Relu(x)), g.Relu(x)))));
        var hidden = model.Classifier.Sites.Where(s => !s.IsInput).ToList();
        var error = Assert.Throws<InvalidInputException>(() => model.Classifier.OpenTangent(hidden, 1));
        Assert.True(error.Message.Contains(says, StringComparison.Ordinal), $"{name}: {error.Message}");
        // What lies before it can still be reached.
        model.Classifier.OpenTangent([hidden[0]], 1).Dispose();
    }

    [Fact]
    public void Tokens_have_no_derivative()
    {
        using var model = new Loaded(Nets.TokenNet());
        Assert.Contains("tokens",
            Assert.Throws<InvalidInputException>(() => model.Classifier.OpenTangent(model.Classifier.Sites, 1)).Message, StringComparison.Ordinal);
    }

    private static string Contrib(OnnxGraphBuilder g, string op, string x, params (string, object)[] attributes) =>
        g.NodeMany(op, [x], [$"made_by_{op}"], op, "com.microsoft", attributes)[0];

    /// <summary>The shape that a constant with a batch axis of 1 must be stretched to: the batch of x, and ones.</summary>
    private static string Batch(OnnxGraphBuilder g, string x, int others) =>
        g.Node("Concat", [g.Node("Slice", [g.Node("Shape", [x]), g.Constant("from", [0L], 1), g.Constant("to", [1L], 1)]),
            g.Constant("ones", [.. Enumerable.Repeat(1L, others)], others)], ("axis", 0));
}
