using Apex.Models.Onnx;
using Google.Protobuf;
using Xunit;

namespace Apex.Tests.Models;

/// <summary>Which constants of a graph are trained parameters, and that only their trained readers see noise.</summary>
public class ParameterDiscoveryTests
{
    [Fact]
    public void Weights_biases_scales_and_shifts_but_no_running_statistics()
    {
        using var net = new Loaded(Nets.ResNet());
        string[] names = Names(net);
        Assert.Equal(7, names.Count(n => n.StartsWith("weight", StringComparison.Ordinal)));
        Assert.Equal(7, names.Count(n => n.StartsWith("bias", StringComparison.Ordinal)));
        Assert.Equal(5, names.Count(n => n.StartsWith("scale", StringComparison.Ordinal)));
        Assert.Equal(5, names.Count(n => n.StartsWith("shift", StringComparison.Ordinal)));
        Assert.DoesNotContain(names, n => n.StartsWith("mean", StringComparison.Ordinal) || n.StartsWith("variance", StringComparison.Ordinal));
        var first = net.Classifier.Parameters[0];
        Assert.Equal((0, "weight", 6 * 27), (first.Index, first.Name, first.Elements));
        Assert.Equal([6, 3, 3, 3], first.Shape);
    }

    [Fact]
    public void No_numbers_of_formulas_shapes_or_bounds()
    {
        using var mobile = new Loaded(Nets.MobileNet());
        Assert.All(Names(mobile), n => Assert.True(n.StartsWith("weight", StringComparison.Ordinal) || n.StartsWith("bias", StringComparison.Ordinal), n));
        using var vit = new Loaded(Nets.Vit());
        // The LayerNorm's shift is all zeros: in proportion to nothing there is no noise.
        Assert.Equal(["weight", "ln", "w", "w_1", "w_2", "ln_1", "w_3", "w_4", "weight_1", "bias"],
            Names(vit).Order(StringComparer.Ordinal).OrderBy(n => Array.IndexOf(Names(vit), n)));
        using var tokens = new Loaded(Nets.TokenNet());
        Assert.Equal("embedding", Names(tokens)[0]);
    }

    [Fact]
    public void Rms_is_the_root_of_the_mean_square()
    {
        using var net = Linear(g => g.Constant("w", [3f, 4, 0, 0], 2, 2));
        Assert.Equal(2.5, Assert.Single(net.Classifier.Parameters).Rms, 1e-12);
    }

    [Fact]
    public void Behind_operators_that_move_it()
    {
        using var net = Linear(g => g.Node("Transpose",
            [g.Node("Reshape", [g.Node("Identity", [g.Constant("w", [1f, 2, 3, 4], 4)]), g.Constant("shape", [2L, 2], 2)])], ("perm", (long[])[1, 0])));
        Assert.Equal(["w"], Names(net));
        AssertPerturbs(net);
    }

    [Fact]
    public void In_Constant_nodes_and_other_element_types()
    {
        var floats = new TensorProto { DataType = (int)OnnxElementType.Float, Dims = { 2, 2 }, FloatData = { 1, 2, 3, 4 } };
        using var constant = Linear(g => g.Node("Constant", [], "kept", ("value", floats)));
        Assert.Equal(["kept"], Names(constant));
        AssertPerturbs(constant);
        var doubles = new TensorProto { DataType = (int)OnnxElementType.Double, Dims = { 2, 2 }, DoubleData = { 1, 2, 3, 4 } };
        using var cast = Linear(g => g.Node("Cast", [g.Node("Constant", [], ("value", doubles))], ("to", (int)OnnxElementType.Float)));
        Assert.Equal(Math.Sqrt(7.5), Assert.Single(cast.Classifier.Parameters).Rms, 1e-12);
        AssertPerturbs(cast);
        var numbers = ByteString.CopyFrom([0, 0x3c, 0, 0x40, 0, 0x42, 0, 0x44]);
        var halves = new TensorProto { DataType = (int)OnnxElementType.Float16, Dims = { 2, 2 }, RawData = numbers };
        using var half = Linear(g => g.Node("Cast", [g.Node("Constant", [], ("value", halves))], ("to", (int)OnnxElementType.Float)));
        Assert.Equal(Math.Sqrt(7.5), Assert.Single(half.Classifier.Parameters).Rms, 1e-12);
        AssertPerturbs(half);
    }

    [Fact]
    public void Shared_by_two_layers_once()
    {
        var g = new OnnxGraphBuilder();
        string w = g.Constant("w", [1f, 2, 3, 4], 2, 2);
        g.Output(g.MatMul(g.Relu(g.MatMul(g.Input("x", OnnxElementType.Float, "N", 2), w)), w), OnnxElementType.Float, "N", 2);
        using var net = new Loaded(g);
        Assert.Equal(["w"], Names(net));
        // Both layers see the same noise: with w = c * ones, s = 2 c relu(2 c x) for x = [1, 1] / 2.
        float[] logits = Run(net, sigma: 1, noise: [0, -1 / Rms(net), -2 / Rms(net), -3 / Rms(net)], [0.5f, 0.5f]);
        Assert.Equal([2f, 2f], logits.Select(v => MathF.Round(v, 4)));
    }

    [Fact]
    public void Running_statistics_keep_a_tensor_that_an_exporter_merged_with_a_scale()
    {
        var g = new OnnxGraphBuilder();
        string x = g.Input("x", OnnxElementType.Float, "N", 2), ones = g.Constant("ones", [1f, 1], 2), zeros = g.Constant("zeros", [0f, 0], 2);
        string same = g.Node("Identity", [ones]);
        g.Output(g.NodeMany("BatchNormalization", [x, same, zeros, zeros, same], ["y"], "bn", "", ("epsilon", 0f))[0], OnnxElementType.Float, "N", 2);
        using var net = new Loaded(g);
        Assert.Equal(["ones"], Names(net));
        // scale 1 + 2 = 3 over sqrt(1): were the variance perturbed too, sqrt(3).
        Assert.Equal([3f, 6f], Run(net, 1, [2, 2], [1, 2]).Select(v => MathF.Round(v, 4)));
    }

    [Fact]
    public void Preprocessing_and_masks_are_no_parameters_but_biases_and_position_embeddings_are()
    {
        var g = new OnnxGraphBuilder();
        string x = g.Node("Div",
            [g.Node("Sub", [g.Input("x", OnnxElementType.Float, "N", 2), g.Constant("mean", [0.4f, 0.5f], 2)]), g.Constant("std", [0.2f, 0.3f], 2)]);
        x = g.Add(g.MatMul(x, g.Constant("w", [1f, 2, 3, 4], 2, 2)), g.Constant("bias", [0.1f, 0.2f], 2));
        x = g.Add(g.Relu(x), g.Constant("position", [0.3f, -0.2f], 1, 2));
        x = g.Add(x, g.Constant("mask", [0f, -10000], 2));
        g.Output(x, OnnxElementType.Float, "N", 2);
        using var net = new Loaded(g);
        Assert.Equal(["w", "bias", "position"], Names(net));
    }

    [Fact]
    public void A_slope_of_one_number_is_a_parameter_and_a_formula_with_that_number_keeps_it()
    {
        var g = new OnnxGraphBuilder();
        string slope = g.Constant("slope", [0.25f], 1);
        string x = g.Node("PRelu", [g.Input("x", OnnxElementType.Float, "N", 2), slope]);
        g.Output(g.Mul(x, slope), OnnxElementType.Float, "N", 2);
        using var net = new Loaded(g);
        Assert.Equal(["slope"], Names(net));
        // Slope 0.25 (1 + 3) = 1; the factor stays 0.25.
        Assert.Equal([-0.25f, 0.5f], Run(net, 3, [1], [-1, 2]).Select(v => MathF.Round(v, 5)));
    }

    [Fact]
    public void A_weight_norm_is_of_the_perturbed_direction()
    {
        using var net = Linear(g =>
        {
            string v = g.Constant("v", [3f, 4, 6, 8], 2, 2);
            return g.Node("Div", [v, g.Node("ReduceL2", [v], ("axes", (long[])[1]), ("keepdims", 1))]);
        });
        Assert.Equal(["v"], Names(net));
        // v becomes [[5, 12], [8, 6]], whose rows have norms 13 and 10.
        double rms = Rms(net);
        Assert.Equal([5 / 13f + 0.8f, 12 / 13f + 0.6f],
            Run(net, 1, [.. ((double[])[2, 8, 2, -2]).Select(d => (float)(d / rms))], [1, 1]), (a, b) => Math.Abs(a - b) < 1e-5);
    }

    [Fact]
    public void Initialisers_that_an_old_file_lists_as_inputs()
    {
        using var folder = new TempFolder();
        var model = Nets.ReluMlp(3, 4, [5], 3).Build();
        model.IrVersion = 3;
        model.OpsetImport[0].Version = 9;
        model.Graph.Input.AddRange(model.Graph.Initializer.Select(i => OnnxGraphBuilder.Describe(i.Name, OnnxElementType.Float, [.. i.Dims.Cast<object>()])));
        folder.Write("m.onnx", model.ToByteArray());
        using var old = OnnxClassifier.Load(folder["m.onnx"]);
        using var now = new Loaded(Nets.ReluMlp(3, 4, [5], 3));
        AssertSame(now, old);
    }

    [Fact]
    public void Weights_in_external_data()
    {
        using var folder = new TempFolder();
        var model = Nets.ReluMlp(3, 4, [5], 3).Build();
        using var inside = new Loaded(Nets.ReluMlp(3, 4, [5], 3));
        var tensor = model.Graph.Initializer[0];
        folder.Write("w.bin", [1, 2, 3, 4, .. tensor.RawData.ToByteArray()]);
        tensor.ClearRawData();
        tensor.DataLocation = 1;
        tensor.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = "w.bin" });
        tensor.ExternalData.Add(new StringStringEntryProto { Key = "offset", Value = "4" });
        folder.Write("m.onnx", model.ToByteArray());
        using var outside = OnnxClassifier.Load(folder["m.onnx"]);
        AssertSame(inside, outside);
    }

    private static void AssertSame(Loaded expected, OnnxClassifier actual)
    {
        Assert.Equal(expected.Classifier.Parameters.Select(p => (p.Name, p.Rms)), actual.Parameters.Select(p => (p.Name, p.Rms)));
        using var a = expected.Classifier.OpenParameters(1);
        using var b = actual.OpenParameters(1);
        foreach (var pass in (Apex.Models.IParameterPass[])[a, b])
        {
            for (int p = 0; p < actual.Parameters.Count; p++)
                pass.Noise(p).Fill(0.5f);
            pass.Perturb(0.3);
            pass.SetInput(0, expected.Sample(1));
        }

        Assert.Equal(a.Run().ToArray(), b.Run().ToArray());
    }

    private static string[] Names(Loaded net) => [.. net.Classifier.Parameters.Select(p => p.Name)];

    private static float Rms(Loaded net) => (float)net.Classifier.Parameters[0].Rms;

    /// <summary>x W with relu, W being made of constants.</summary>
    private static Loaded Linear(Func<OnnxGraphBuilder, string> weight)
    {
        var g = new OnnxGraphBuilder();
        g.Output(g.MatMul(g.Relu(g.Input("x", OnnxElementType.Float, "N", 2)), weight(g)), OnnxElementType.Float, "N", 2);
        return new Loaded(g);
    }

    private static void AssertPerturbs(Loaded net)
    {
        float[] clean = Run(net, 0, [1, 1, 1, 1], [1, 0]), noisy = Run(net, 1, [1, 1, 1, 1], [1, 0]);
        for (int c = 0; c < clean.Length; c++)
            Assert.Equal(clean[c] + Rms(net), noisy[c], 2e-3);
    }

    private static float[] Run(Loaded net, double sigma, float[] noise, float[] x)
    {
        using var pass = net.Classifier.OpenParameters(net.Classifier.FixedBatch ?? 1);
        noise.CopyTo(pass.Noise(0));
        pass.Perturb(sigma);
        pass.SetInput(0, new Apex.Models.ModelSample(x, []));
        return pass.Run()[..net.Classifier.Classes].ToArray();
    }
}
