using Apex.Models;
using Apex.Models.Onnx;
using Xunit;

namespace Apex.Tests.Sites;

public class SiteDiscoveryTests
{
    [Fact]
    public void ResNet_has_a_site_for_each_relu_in_order_with_shapes()
    {
        using var net = new Loaded(Nets.ResNet());
        var hidden = net.Classifier.Sites.Where(s => !s.IsInput).ToList();
        Assert.Equal([1, 2, 3, 4, 5], hidden.Select(s => s.Index));
        Assert.All(hidden, s => Assert.Equal("Relu", s.Op));
        Assert.Equal([[6, 8, 8], [6, 8, 8], [6, 8, 8], [10, 4, 4], [10, 4, 4]], hidden.Select(s => s.Shape));
        Assert.Equal(hidden.Select(s => s.Shape.Aggregate((a, b) => a * b)), hidden.Select(s => s.Elements));
        Assert.Equal(hidden.Count, hidden.Select(s => s.Name).Distinct().Count());
        Assert.Equal(4, net.Classifier.Classes);
        Assert.Equal((InputKind.Image, ImageLayout.NCHW), (net.Classifier.Input.Kind, net.Classifier.Input.Layout!.Value));
        Assert.Null(net.Classifier.FixedBatch);
    }

    [Fact]
    public void MobileNet_has_relu6_hardswish_in_both_spellings_and_the_gate()
    {
        using var net = new Loaded(Nets.MobileNet());
        Assert.Equal(["ReLU6", "HardSwish", "Relu", "HardSigmoid", "HardSwish"], Ops(net));
    }

    [Fact]
    public void Vgg_with_dropout_in_training_mode_is_run_in_inference_mode()
    {
        using var net = new Loaded(Nets.Vgg());
        Assert.Equal(["Relu", "Relu", "Relu"], Ops(net));
        Assert.Contains(net.Classifier.Model.Notes, n => n.Contains("dropout", StringComparison.Ordinal));
        using var clean = net.Classifier.OpenClean([]);
        Assert.Equal(clean.Run(net.Sample(1)).Logits, clean.Run(net.Sample(1)).Logits);
    }

    public static TheoryData<string, Func<OnnxGraphBuilder, string, string>, int> Spellings => new()
    {
        { "SiLU", Nets.SiLU, 17 },
        { "SiLU", (g, x) => g.Mul(g.Node("Sigmoid", [x]), x), 13 },
        { "GELU", Nets.GeluExact, 17 },
        { "GELU", (g, x) => g.Mul(g.Mul(x, 0.5f), g.Add(g.Node("Erf", [g.Mul(x, 0.70710678f)]), 1f)), 14 },
        { "GELU(tanh)", Nets.GeluTanh, 17 },
        { "GELU(tanh)", (g, x) =>
            g.Mul(x, g.Mul(g.Add(g.Node("Tanh", [g.Mul(g.Mul(x, g.Add(g.Mul(g.Mul(x, x), 0.044715f), 1f)), 0.7978846f)]), 1f), 0.5f)), 17 },
        { "GELU", (g, x) => g.Node("Gelu", [x]), 20 },
        { "GELU(tanh)", (g, x) => g.Node("Gelu", [x], ("approximate", "tanh")), 20 },
        { "HardSwish", (g, x) =>
            g.Mul(x, g.Node("Div", [g.Node("Clip", [g.Add(x, 3f), g.Constant("a", 0f), g.Constant("b", 6f)]), g.Constant("six", 6f)])), 13 },
        { "HardSwish", (g, x) => g.Mul(x, g.Node("HardSigmoid", [x], ("alpha", 1f / 6), ("beta", 0.5f))), 13 },
        { "HardSwish", (g, x) => g.Node("HardSwish", [x]), 14 },
        { "ReLU6", (g, x) => g.Node("Clip", [x], ("min", 0f), ("max", 6f)), 9 },
        { "ReLU6", (g, x) => g.Node("Min", [g.Node("Max", [x, g.Constant("a", 0f)]), g.Constant("b", 6f)]), 13 },
        { "Clip", (g, x) => g.Node("Clip", [x, g.Constant("a", -1f), g.Constant("b", 1f)]), 13 },
        { "PRelu", (g, x) => g.Node("PRelu", [x, g.Constant("slope", [0.1f, 0.2f, 0.3f, 0.1f, 0.2f, 0.3f, 0.4f], 7)]), 16 },
        { "LeakyRelu", (g, x) => g.Node("LeakyRelu", [x], ("alpha", 0.1f)), 16 },
        { "Elu", (g, x) => g.Node("Elu", [x]), 9 },
        { "Selu", (g, x) => g.Node("Selu", [x]), 9 },
        { "Softplus", (g, x) => g.Node("Softplus", [x]), 9 },
        { "Softplus", (g, x) => g.Node("Log", [g.Add(g.Node("Exp", [x]), 1f)]), 13 },
        { "Mish", (g, x) => g.Mul(x, g.Node("Tanh", [g.Node("Softplus", [x])])), 13 },
        { "Tanh", (g, x) => g.Node("Tanh", [x]), 9 },
        { "Sigmoid", (g, x) => g.Node("Sigmoid", [x]), 9 },
    };

    [Theory]
    [MemberData(nameof(Spellings), DisableDiscoveryEnumeration = true)]
    public void An_activation_is_one_site_however_it_is_spelled(string op, Func<OnnxGraphBuilder, string, string> activation, int opset)
    {
        using var net = new Loaded(Nets.Activation(activation, opset));
        Assert.Equal([op], Ops(net));
        Assert.Equal([7], net.Classifier.Sites[^1].Shape);
    }

    [Fact]
    public void Scaling_by_a_sigmoid_of_something_else_is_no_silu()
    {
        using var net = new Loaded(Nets.Activation((g, x) => g.Mul(x, g.Node("Sigmoid", [g.Add(x, 1f)]))));
        Assert.Equal(["Sigmoid"], Ops(net));
    }

    [Fact]
    public void A_part_of_a_composition_that_is_used_elsewhere_stays_a_site()
    {
        using var net = new Loaded(Nets.Activation((g, x) =>
        {
            string sigmoid = g.Node("Sigmoid", [x]);
            return g.Add(g.Mul(x, sigmoid), sigmoid);
        }));
        Assert.Equal(["Sigmoid", "SiLU"], Ops(net));
    }

    [Fact]
    public void Vit_has_its_gelu_and_no_softmax()
    {
        using var net = new Loaded(Nets.Vit());
        Assert.Equal(["GELU"], Ops(net));
        Assert.Equal([4, 16], net.Classifier.Sites[^1].Shape);
    }

    [Theory]
    [InlineData("Softmax")]
    [InlineData("LogSoftmax")]
    [InlineData("ArgMax")]
    [InlineData("Sigmoid")]
    public void Logits_are_read_before_what_the_graph_ends_in(string end)
    {
        var random = new Random(3);
        var g = new OnnxGraphBuilder();
        string x = g.Relu(Nets.Linear(g, random, g.Input("x", OnnxElementType.Float, "N", 4), 4, 6));
        string logits = Nets.Linear(g, random, x, 6, 3);
        string last = end == "ArgMax" ? g.Node(end, [logits], ("axis", 1), ("keepdims", 0)) : g.Node(end, [logits]);
        g.Output(last);
        using var net = new Loaded(g);
        Assert.Equal(logits, net.Classifier.Model.Logits);
        Assert.Equal(["Relu"], Ops(net));
        Assert.Equal(3, net.Classifier.Classes);
    }

    [Fact]
    public void A_label_and_its_probabilities_lead_to_the_same_logits()
    {
        var random = new Random(3);
        var g = new OnnxGraphBuilder();
        string logits = Nets.Linear(g, random, g.Relu(g.Input("x", OnnxElementType.Float, "N", 4)), 4, 3);
        g.Output(g.Node("ArgMax", [logits], ("axis", 1), ("keepdims", 0)), OnnxElementType.Int64);
        g.Output(g.Node("Softmax", [logits]));
        using var net = new Loaded(g);
        Assert.Equal(logits, net.Classifier.Model.Logits);
    }

    [Fact]
    public void Channels_last_input_is_seen()
    {
        using var net = new Loaded(Nets.ChannelsLast());
        Assert.Equal(ImageLayout.NHWC, net.Classifier.Input.Layout);
        Assert.Equal([8, 6, 3], net.Classifier.Input.Shape);
        Assert.Equal([5, 8, 6], net.Classifier.Sites[^1].Shape);
    }

    [Fact]
    public void A_fixed_batch_of_one_works()
    {
        using var net = new Loaded(Nets.ResNet(batch: 1));
        Assert.Equal(1, net.Classifier.FixedBatch);
        Assert.Equal([6, 8, 8], net.Classifier.Sites[1].Shape);
    }

    [Fact]
    public void A_free_batch_with_a_reshape_to_one_inside_is_run_one_by_one()
    {
        var random = new Random(3);
        var g = new OnnxGraphBuilder();
        string x = g.Relu(Nets.Linear(g, random, g.Input("x", OnnxElementType.Float, "N", 4), 4, 6));
        x = g.Node("Reshape", [x, g.Constant("one", [1L, 6L], 2)]);
        g.Output(Nets.Linear(g, random, x, 6, 3));
        using var net = new Loaded(g);
        Assert.Equal(1, net.Classifier.FixedBatch);
    }

    [Fact]
    public void Tokens_have_hidden_sites_and_no_input_site()
    {
        using var net = new Loaded(Nets.TokenNet());
        Assert.Equal(InputKind.Tokens, net.Classifier.Input.Kind);
        Assert.DoesNotContain(net.Classifier.Sites, s => s.IsInput);
        Assert.Equal(["Tanh"], Ops(net));
    }

    [Fact]
    public void The_batch_axis_may_lie_inside()
    {
        using var net = new Loaded(Nets.SequenceFirst());
        Assert.Equal([8, 6], net.Classifier.Sites[^1].Shape);
        // Also where a fixed batch divides another axis.
        using var four = new Loaded(Nets.SequenceFirst(batch: 4));
        Assert.Equal([8, 6], four.Classifier.Sites[^1].Shape);
    }

    [Fact]
    public void What_does_not_lead_to_the_logits_is_no_site()
    {
        var random = new Random(3);
        var g = new OnnxGraphBuilder();
        string x = g.Input("x", OnnxElementType.Float, "N", 4);
        string a = g.Relu(Nets.Linear(g, random, x, 4, 6));
        g.Node("Tanh", [a]);
        g.Output(Nets.Linear(g, random, a, 6, 3));
        using var net = new Loaded(g);
        Assert.Equal(["Relu"], Ops(net));
    }

    [Fact]
    public void Names_clash_free()
    {
        var random = new Random(3);
        var g = new OnnxGraphBuilder();
        string x = g.Input("x", OnnxElementType.Float, "N", 4);
        x = g.NodeMany("Relu", [x], ["a"], "act")[0];
        x = g.NodeMany("Tanh", [x], ["act"], "")[0];
        x = g.NodeMany("Elu", [x], ["c"], "act#2")[0];
        g.Output(Nets.Linear(g, random, x, 4, 3));
        using var net = new Loaded(g);
        Assert.Equal(3, net.Classifier.Sites.Skip(1).Select(s => s.Name).Distinct().Count());
        Assert.Equal("act", net.Classifier.Sites[1].Name);
    }

    [Fact]
    public void Half_precision_activations_take_noise_too()
    {
        var random = new Random(3);
        var g = new OnnxGraphBuilder();
        string x = Nets.Linear(g, random, g.Input("x", OnnxElementType.Float, "N", 4), 4, 6);
        x = g.Relu(g.Node("Cast", [x], ("to", (int)OnnxElementType.Float16)));
        x = g.Node("Cast", [x], ("to", (int)OnnxElementType.Float));
        g.Output(Nets.Linear(g, random, x, 6, 3));
        using var net = new Loaded(g);
        using var perturbed = net.Classifier.OpenPerturbed([net.Classifier.Sites[1]], 1);
        using var pass = perturbed.CreatePass();
        pass.SetInput(net.Sample(1));
        pass.Noise(0, 0).Fill(1);
        float[] still = pass.Run([0f]).ToArray(), moved = pass.Run([1f]).ToArray();
        Assert.NotEqual(still, moved);
    }

    [Fact]
    public void The_public_cifar_resnet_has_19_sites()
    {
        string path = SharedData.Need("cifar10/resnet20.onnx");
        using var classifier = OnnxClassifier.Load(path);
        Assert.Equal(19, classifier.Sites.Count(s => !s.IsInput));
        Assert.Equal(188_416, classifier.Sites.Where(s => !s.IsInput).Sum(s => s.Elements));
    }

    private static IEnumerable<string> Ops(Loaded net) => net.Classifier.Sites.Where(s => !s.IsInput).Select(s => s.Op);
}
