using Apex.Tests.Probing;
using Xunit;

namespace Apex.Tests.Sites;

/// <summary>What bends and gets no noise is named; what only scales or shifts is not.</summary>
public class UnperturbedOperatorTests
{
    private const int Width = 6;

    private static readonly Dictionary<string, Func<OnnxGraphBuilder, string, string>> Bending = new()
    {
        ["Abs"] = (g, x) => g.Node("Abs", [x]),
        ["Sin"] = (g, x) => g.Node("Sin", [x]),
        ["Erf"] = (g, x) => g.Node("Erf", [x]),
        ["Exp"] = (g, x) => g.Node("Exp", [x]),
        ["Round"] = (g, x) => g.Node("Round", [x]),
        ["Pow"] = (g, x) => g.Node("Pow", [x, g.Constant("two", 2f)]),
        ["Mul"] = (g, x) => g.Mul(x, x),
        ["Max"] = (g, x) => g.Node("Max", [x, g.Mul(x, 0.1f)]),
        ["Min"] = (g, x) => g.Node("Min", [x, g.Constant("one", 1f)]),
        ["Where"] = (g, x) => g.Node("Where", [g.Node("Greater", [x, g.Constant("zero", 0f)]), x, g.Mul(x, 0.1f)]),
        ["Mul (gate)"] = (g, x) => g.Mul(x, g.Node("Cast", [g.Node("Greater", [x, g.Constant("zero", 0f)])], ("to", (int)OnnxElementType.Float))),
    };

    private static readonly Dictionary<string, Func<OnnxGraphBuilder, string, string>> Scaling = new()
    {
        ["layer norm, spelled out"] = (g, x) =>
        {
            string d = g.Node("Sub", [x, Mean(g, x)]);
            return g.Node("Div", [d, g.Node("Sqrt", [g.Add(Mean(g, g.Node("Pow", [d, g.Constant("two", 2f)])), 1e-5f)])]);
        },
        ["RMS norm, spelled out"] = (g, x) => g.Mul(x, g.Node("Reciprocal", [g.Node("Sqrt", [g.Add(Mean(g, g.Mul(x, x)), 1e-5f)])])),
        ["length one"] = (g, x) =>
            g.Node("Div", [x, g.Node("Clip", [g.Node("ReduceL2", [x], ("axes", (long[])[1]), ("keepdims", 1)), g.Constant("tiny", 1e-12f), ""])]),
        ["softmax, spelled out"] = (g, x) =>
        {
            string e = g.Node("Exp", [g.Node("Sub", [x, g.Node("ReduceMax", [x], ("axes", (long[])[1]), ("keepdims", 1))])]);
            return g.Node("Div", [e, g.Node("ReduceSum", [e, g.Constant("axis", [1L], 1)], ("keepdims", 1))]);
        },
        ["a wave of positions"] = (g, x) =>
        {
            string length = g.Node("Gather", [g.Node("Shape", [x]), g.Constant("one", [1L], 1)]);
            return g.Add(x, g.Node("Sin", [g.Node("Cast", [g.Node("Expand", [g.Constant("position", [3L], 1), length])], ("to", (int)OnnxElementType.Float))]));
        },
        ["a guard"] = (g, x) => g.Node("Div", [g.Constant("one", 1f), g.Node("Max", [x, g.Constant("tiny", 1e-6f)])]),
        ["scale and shift"] = (g, x) => g.Add(g.Mul(x, -2f), 1f),
    };

    public static TheoryData<string> BendingNames => [.. Bending.Keys];

    public static TheoryData<string> ScalingNames => [.. Scaling.Keys];

    [Theory]
    [MemberData(nameof(BendingNames))]
    public void An_operator_that_bends_is_named_beside_other_sites(string op)
    {
        using var model = new Loaded(Network(Bending[op], relu: true));
        Assert.Equal(["Relu"], model.Classifier.Sites.Where(s => !s.IsInput).Select(s => s.Op));
        string note = Assert.Single(model.Classifier.Model.Notes);
        Assert.Contains($"no noise behind {Title(op)}: non-linear", note, StringComparison.Ordinal);
        Assert.Null(model.Classifier.WithoutSites);
    }

    [Theory]
    [MemberData(nameof(BendingNames))]
    public void It_is_the_reason_where_there_is_no_site(string op)
    {
        using var model = new Loaded(Network(Bending[op], relu: false));
        Assert.Contains($"its non-linearities ({Title(op)})", model.Classifier.WithoutSites, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(ScalingNames))]
    public void What_scales_is_not_called_an_activation(string kind)
    {
        using var model = new Loaded(Network(Scaling[kind], relu: true));
        Assert.DoesNotContain(model.Classifier.Model.Notes, n => n.Contains("no noise behind", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(FastEngineTests.Networks), MemberType = typeof(FastEngineTests))]
    public void Networks_whose_activations_are_all_known_get_no_such_note(string network)
    {
        using var model = new Loaded(FastEngineTests.Build(network));
        Assert.DoesNotContain(model.Classifier.Model.Notes, n => n.Contains("no noise", StringComparison.Ordinal));
        Assert.Null(model.Classifier.WithoutSites);
    }

    [Theory]
    [InlineData("linear", "this model is linear between input and logits")]
    [InlineData("pooling", "its only non-linear operators ('pool' (MaxPool)) are no activations")]
    [InlineData("GRU", "the only non-linearities are inside 'cell' (GRU), where noise cannot be added")]
    [InlineData("RNN", "the only non-linearities are inside 'cell' (RNN), where noise cannot be added")]
    [InlineData("quantised", "the graph is quantised ('quantise' (QuantizeLinear))")]
    [InlineData("dynamically quantised", "the graph is quantised ('quantise' (DynamicQuantizeLinear))")]
    public void The_reason_for_no_site_is_the_true_one(string kind, string reason)
    {
        var random = new Random(3);
        var g = new OnnxGraphBuilder();
        string x = g.Input("x", OnnxElementType.Float, kind == "pooling" ? ["N", 1, 4, 4] : kind is "GRU" or "RNN" ? ["N", 3, Width] : ["N", Width]);
        string[] Cell(int gates) => g.NodeMany(
            kind, [g.Node("Transpose", [x], ("perm", (long[])[1, 0, 2])), g.Constant("w", Nets.Weights(random, gates * 4 * Width, Width), 1, gates * 4, Width),
                g.Constant("r", Nets.Weights(random, gates * 16, 4), 1, gates * 4, 4)],
            ["y", "last"], "cell", "", ("hidden_size", 4));
        string h = kind switch
        {
            "pooling" => g.Flatten(g.NodeMany("MaxPool", [x], ["pooled"], "pool", "", ("kernel_shape", (long[])[2, 2]), ("strides", (long[])[2, 2]))[0]),
            "GRU" => g.Node("Squeeze", [Cell(3)[1], g.Constant("front", [0L], 1)]),
            "RNN" => g.Node("Squeeze", [Cell(1)[1], g.Constant("front", [0L], 1)]),
            "quantised" => Dequantised(g,
                g.NodeMany("QuantizeLinear", [Nets.Linear(g, random, x, Width, 4), g.Constant("step", 0.1f)], ["q"], "quantise")[0], "step"),
            "dynamically quantised" => g.NodeMany("DynamicQuantizeLinear", [Nets.Linear(g, random, x, Width, 4)], ["q", "step", "zero"], "quantise") is var q
                ? g.Node("DequantizeLinear", q) : "",
            _ => Nets.Linear(g, random, x, Width, 4),
        };
        g.Output(Nets.Linear(g, random, h, 4, 3), OnnxElementType.Float, "N", 3);
        using var model = new Loaded(g);
        Assert.Contains(reason, model.Classifier.WithoutSites, StringComparison.Ordinal);
        Assert.DoesNotContain(model.Classifier.Sites, s => !s.IsInput);
    }

    [Fact]
    public void A_recurrent_layer_is_named_beside_other_sites()
    {
        var random = new Random(4);
        var g = new OnnxGraphBuilder();
        string x = g.Input("x", OnnxElementType.Float, "N", 3, Width);
        string[] cell = g.NodeMany(
            "LSTM", [g.Node("Transpose", [x], ("perm", (long[])[1, 0, 2])),
                g.Constant("w", Nets.Weights(random, 16 * Width, Width), 1, 16, Width), g.Constant("r", Nets.Weights(random, 64, 4), 1, 16, 4)],
            ["y", "last"], "cell", "", ("hidden_size", 4));
        string h = g.Relu(Nets.Linear(g, random, g.Node("Squeeze", [cell[1], g.Constant("front", [0L], 1)]), 4, 5));
        g.Output(Nets.Linear(g, random, h, 5, 3), OnnxElementType.Float, "N", 3);
        using var model = new Loaded(g);
        Assert.Equal("no noise inside 'cell' (LSTM): a recurrent layer's own activations cannot be perturbed", Assert.Single(model.Classifier.Model.Notes));
    }

    [Fact]
    public void A_relu_that_was_folded_into_a_quantiser_is_named_beside_other_sites()
    {
        var random = new Random(5);
        var g = new OnnxGraphBuilder();
        string x = g.Input("x", OnnxElementType.Float, "N", Width);
        string h = Dequantised(g, g.NodeMany("QuantizeLinear", [Nets.Linear(g, random, x, Width, 5), g.Constant("step", 0.1f)], ["q"], "folded")[0], "step");
        h = g.Relu(Nets.Linear(g, random, h, 5, 5));
        // This one follows a site, and clips nothing that the ReLU has not.
        h = Dequantised(g, g.NodeMany("QuantizeLinear", [h, "step"], ["p"], "after")[0], "step");
        g.Output(Nets.Linear(g, random, h, 5, 3), OnnxElementType.Float, "N", 3);
        using var model = new Loaded(g);
        string note = Assert.Single(model.Classifier.Model.Notes);
        Assert.Contains("no noise behind 'folded' (QuantizeLinear): quantised, with a ReLU folded in", note, StringComparison.Ordinal);
    }

    /// <summary>How a message calls the node that a kind ends with: the builder names nodes after their operators.</summary>
    private static string Title(string kind) => $"'{kind.Split(' ')[0].ToLowerInvariant()}' ({kind.Split(' ')[0]})";

    private static string Dequantised(OnnxGraphBuilder g, string tensor, string step) => g.Node("DequantizeLinear", [tensor, step]);

    private static string Mean(OnnxGraphBuilder g, string x) => g.Node("ReduceMean", [x], ("axes", (long[])[1]), ("keepdims", 1));

    /// <summary>Linear, something, (ReLU,) linear.</summary>
    private static OnnxGraphBuilder Network(Func<OnnxGraphBuilder, string, string> middle, bool relu)
    {
        var random = new Random(1);
        var g = new OnnxGraphBuilder();
        string h = middle(g, Nets.Linear(g, random, g.Input("x", OnnxElementType.Float, "N", Width), Width, Width));
        h = Nets.Linear(g, random, h, Width, Width);
        g.Output(Nets.Linear(g, random, relu ? g.Relu(h) : h, Width, 3), OnnxElementType.Float, "N", 3);
        return g;
    }
}
