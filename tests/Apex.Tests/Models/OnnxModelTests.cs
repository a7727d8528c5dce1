using Apex.Models;
using Apex.Models.Onnx;
using Apex.Noise;
using Google.Protobuf;
using Xunit;

namespace Apex.Tests.Models;

public class OnnxModelTests
{
    [Fact]
    public void External_data_beside_the_model_gives_the_same_logits()
    {
        using var folder = new TempFolder();
        var graph = Nets.ResNet();
        graph.Save(folder["whole.onnx"]);
        var model = graph.Build();
        using (var weights = File.Create(folder["split.weights"]))
        {
            foreach (var tensor in model.Graph.Initializer)
            {
                tensor.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = "split.weights" });
                tensor.ExternalData.Add(new StringStringEntryProto { Key = "offset", Value = weights.Position.ToString() });
                tensor.ExternalData.Add(new StringStringEntryProto { Key = "length", Value = tensor.RawData.Length.ToString() });
                weights.Write(tensor.RawData.Span);
                tensor.ClearRawData();
                tensor.DataLocation = 1;
            }
        }

        File.WriteAllBytes(folder["split.onnx"], model.ToByteArray());
        using var whole = OnnxClassifier.Load(folder["whole.onnx"]);
        using var split = OnnxClassifier.Load(folder["split.onnx"]);
        var x = new ModelSample(Nets.Weights(new Random(4), whole.Input.Elements, 1), []);
        using var a = whole.OpenClean([]);
        using var b = split.OpenClean([]);
        Assert.Equal(a.Run(x).Logits, b.Run(x).Logits);
        Assert.NotEqual(whole.Model.Hash(), split.Model.Hash());
        string before = split.Model.Hash();
        File.AppendAllText(folder["split.weights"], "x");
        Assert.NotEqual(before, split.Model.Hash());
    }

    [Fact]
    public void Unknown_fields_survive_a_rewrite()
    {
        // Field 6 of a model (doc_string) is not in the schema; it must come through parsing and writing.
        byte[] model = [.. Nets.ResNet().ToBytes(), 0x32, 3, (byte)'a', (byte)'b', (byte)'c'];
        Assert.Contains("abc", System.Text.Encoding.Latin1.GetString(ModelProto.Parser.ParseFrom(model).Clone().ToByteArray()), StringComparison.Ordinal);
    }

    [Fact]
    public void A_mask_beside_the_tokens_is_filled_in()
    {
        var g = new OnnxGraphBuilder();
        string ids = g.Input("input_ids", OnnxElementType.Int64, "N", 5);
        string mask = g.Node("Cast", [g.Input("attention_mask", OnnxElementType.Int64, "N", 5)], ("to", (int)OnnxElementType.Float));
        string x = g.Node("Gather", [g.Constant("embedding", Nets.Weights(new Random(1), 20 * 4, 1), 20, 4), ids]);
        x = g.Mul(x, g.Node("Unsqueeze", [mask, g.Constant("axis", [2L], 1)]));
        x = g.Node("Tanh", [g.Node("ReduceMean", [x], ("axes", (long[])[1]), ("keepdims", 0))]);
        g.Output(Nets.Linear(g, new Random(2), x, 4, 3));
        using var net = new Loaded(g);
        Assert.Equal("input_ids", net.Classifier.Input.Name);
        Assert.Contains(net.Classifier.Model.Notes, n => n.Contains("attention_mask", StringComparison.Ordinal));
        using var clean = net.Classifier.OpenClean([]);
        Assert.NotEqual(clean.Run(net.Sample(1)).Logits, clean.Run(net.Sample(2)).Logits);
    }

    [Theory]
    [InlineData("resnet")]
    [InlineData("sequence first")]
    public void A_fixed_batch_of_four_is_filled_with_draws(string network)
    {
        OnnxGraphBuilder Build(object? batch) => network == "resnet" ? Nets.ResNet(batch) : Nets.SequenceFirst(batch);
        using var one = new Loaded(Build(null));
        using var four = new Loaded(Build(4));
        Assert.Equal(4, four.Classifier.FixedBatch);
        Assert.Equal(one.Classifier.Sites.Select(s => s.ToString()), four.Classifier.Sites.Select(s => s.ToString()));
        var options = new Apex.Probing.ProbeOptions { Sigmas = [0.1, 1], Draws = 6, Rows = 3 };
        var a = Probing.Runs.Run(one.Classifier, options, Probing.Runs.Samples(one, Enumerable.Range(0, 20)));
        var b = Probing.Runs.Run(four.Classifier, options, Probing.Runs.Samples(four, Enumerable.Range(0, 20)));
        for (int i = 0; i < a.Count; i++)
            Assert.Equal(a[i].Sigmas.Select(s => s.Counts), b[i].Sigmas.Select(s => s.Counts));
    }

    [Fact]
    public void Several_readers_of_a_site_all_see_its_noise()
    {
        // logits = [r + r, -r]: both readers of r must move by the same noise.
        var g = new OnnxGraphBuilder();
        string r = g.Relu(g.Input("x", OnnxElementType.Float, "N", 1));
        g.Output(g.Node("Concat", [g.Add(r, r), g.Node("Neg", [r])], ("axis", 1)), OnnxElementType.Float, "N", 2);
        using var net = new Loaded(g);
        using var perturbed = net.Classifier.OpenPerturbed([net.Classifier.Sites[1]], 1);
        using var pass = perturbed.CreatePass();
        pass.SetInput(new ModelSample([2], []));
        pass.Noise(0, 0)[0] = 10;
        Assert.Equal([2f * (2 + 3), -(2 + 3)], pass.Run([0.3f]).ToArray());
    }

    [Fact]
    public void A_site_that_is_a_graph_output_too_is_perturbed()
    {
        var g = new OnnxGraphBuilder();
        string r = g.Relu(g.Input("x", OnnxElementType.Float, "N", 2));
        g.Output(r, OnnxElementType.Float, "N", 2);
        string logits = Nets.Linear(g, new Random(1), r, 2, 3);
        g.Output(logits, OnnxElementType.Float, "N", 3);
        using var net = new Loaded(g, new OnnxOptions { Output = logits });
        using var perturbed = net.Classifier.OpenPerturbed([net.Classifier.Sites[1]], 1);
        using var pass = perturbed.CreatePass();
        pass.SetInput(new ModelSample([1, 2], []));
        new GaussianPerturbation().Fill(new NoiseKey(0, 0, 0, 1), pass.Noise(0, 0));
        Assert.NotEqual(pass.Run([0f]).ToArray(), pass.Run([1f]).ToArray());
    }

    [Theory]
    [InlineData("x", 3, new[] { 3, 8, 6 })]
    public void A_free_shape_is_given_by_the_option(string name, int channels, int[] shape)
    {
        var random = new Random(5);
        var g = new OnnxGraphBuilder();
        string x = g.Relu(Nets.Conv(g, random, g.Input(name, OnnxElementType.Float, "N", channels, "H", "W"), channels, 4));
        g.Output(Nets.Head(g, random, x, 4, 3));
        using var folder = new TempFolder();
        g.Save(folder["m.onnx"]);
        Assert.Contains("`InputShape`", Assert.Throws<InvalidInputException>(() => OnnxClassifier.Load(folder["m.onnx"])).Message, StringComparison.Ordinal);
        using var classifier = OnnxClassifier.Load(folder["m.onnx"], new OnnxOptions { InputShape = shape });
        Assert.Equal([4, 8, 6], classifier.Sites[1].Shape);
    }
}
