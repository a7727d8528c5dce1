using Apex.Facts;
using Apex.Models.Onnx;
using Apex.Probing;
using Apex.Tests.Probing;
using Xunit;

namespace Apex.Tests.Models;

/// <summary>Where the rows of a batch reach each other, one row a pass is run, and nothing that is asked beside changes a result.</summary>
public class RowIndependenceTests
{
    private const int Width = 6, Hidden = 8, Classes = 3;

    private static readonly Dictionary<string, Func<OnnxGraphBuilder>> Dependent = new()
    {
        ["maximum over the batch"] = () => OverBatch((g, h) => g.Node("Sub", [h, g.Node("ReduceMax", [h], ("axes", (long[])[0]), ("keepdims", 1))])),
        ["mean over the batch"] = () => OverBatch((g, h) => g.Node("Sub", [h, g.Node("ReduceMean", [h], ("axes", (long[])[0]), ("keepdims", 1))])),
        ["softmax over the batch"] = () => OverBatch((g, h) => g.Node("Softmax", [h], ("axis", 0))),
        ["batch norm by the batch's own moments"] = () => OverBatch((g, h) =>
        {
            string centred = g.Node("Sub", [h, g.Node("ReduceMean", [h], ("axes", (long[])[0]), ("keepdims", 1))]);
            string variance = g.Node("ReduceMean", [g.Mul(centred, centred)], ("axes", (long[])[0]), ("keepdims", 1));
            return g.Node("Div", [centred, g.Node("Sqrt", [g.Add(variance, 1e-3f)])]);
        }),
        ["running sum along the batch"] = () => OverBatch((g, h) => g.Node("CumSum", [h, g.Constant("axis", [0L], 1)])),
        ["dynamic quantisation"] = () => OverBatch((g, h) =>
        {
            string[] q = g.NodeMany("DynamicQuantizeLinear", [h], ["q", "scale", "zero"], "quantise");
            return g.Node("DequantizeLinear", [q[0], q[1], q[2]]);
        }),
        ["views concatenated along the batch"] = Views,
        ["time-major sequences"] = TimeMajor,
    };

    public static TheoryData<string> Kinds => [.. Dependent.Keys];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_draw_gives_the_same_whatever_else_is_asked(string kind)
    {
        using var model = new Loaded(Dependent[kind]());
        Assert.Equal(1, model.Classifier.FixedBatch);
        Assert.Contains(model.Classifier.Model.Notes, n => n.Contains("each noisy pass runs one row", StringComparison.Ordinal));
        var alone = await FlipsAsync(model, [0.001]);
        var beside = await FlipsAsync(model, [0.001, 1000]);
        Assert.Equal(alone.Select(o => string.Join(",", o.Sigmas[0].Counts)), beside.Select(o => string.Join(",", o.Sigmas[0].Counts)));
        Assert.Equal(alone.Select(o => o.Sigmas[0].MarginMean), beside.Select(o => o.Sigmas[0].MarginMean));
        Assert.All(beside, o => Assert.Equal(16, o.Sigmas[0].Counts[o.CleanPrediction!.Value]));
    }

    /// <summary>Those whose reshapes take a batch that is fixed.</summary>
    public static TheoryData<string> FixedKinds => [.. Dependent.Keys.Where(k => k is not ("views concatenated along the batch" or "time-major sequences"))];

    [Theory]
    [MemberData(nameof(FixedKinds))]
    public void A_fixed_batch_of_such_rows_is_refused(string kind)
    {
        var graph = Dependent[kind]().Build();
        graph.Graph.Input[0].Type.TensorType.Shape.Dim[0] = new TensorShapeProto.Types.Dimension { DimValue = 4 };
        using var folder = new TempFolder();
        File.WriteAllBytes(folder["m.onnx"], Google.Protobuf.MessageExtensions.ToByteArray(graph));
        var error = Assert.Throws<InvalidInputException>(() => OnnxClassifier.Load(folder["m.onnx"]));
        Assert.Contains("batches of 4, and their rows change each other's logits", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_of_a_fixed_batch_that_meet_before_the_first_site_are_seen()
    {
        var random = new Random(8);
        var g = new OnnxGraphBuilder();
        string[] q = g.NodeMany("DynamicQuantizeLinear", [g.Input("x", OnnxElementType.Float, 4, Width)], ["q", "scale", "zero"], "quantise");
        g.Output(Nets.Linear(g, random, g.Node("DequantizeLinear", q), Width, Classes), OnnxElementType.Float, 4, Classes);
        Assert.Contains("batches of 4, and their rows change", Assert.Throws<InvalidInputException>(() => new Loaded(g)).Message, StringComparison.Ordinal);
    }

    /// <summary>A table of 40 entries is looked up by the input: what is far outside of it cannot be run, and says nothing about rows.</summary>
    [Fact]
    public void An_input_that_is_an_index_leaves_rows_together()
    {
        var random = new Random(9);
        var g = new OnnxGraphBuilder();
        string index = g.Node("Cast", [g.Input("x", OnnxElementType.Float, "N", 2)], ("to", (int)OnnxElementType.Int64));
        string h = g.Flatten(g.Node("Gather", [g.Constant("table", Nets.Weights(random, 40 * 4, 4), 40, 4), index]));
        g.Output(Nets.Linear(g, random, g.Relu(Nets.Linear(g, random, h, 8, Hidden)), Hidden, Classes), OnnxElementType.Float, "N", Classes);
        using var model = new Loaded(g);
        Assert.Null(model.Classifier.FixedBatch);
        Assert.Empty(model.Classifier.Model.Notes);
    }

    /// <summary>A class that is masked in every row hides nothing of the others.</summary>
    [Fact]
    public void A_class_of_minus_infinity_does_not_hide_what_rows_do_to_each_other()
    {
        using var model = new Loaded(OverBatch((g, h) => g.Node("Sub", [h, g.Node("ReduceMax", [h], ("axes", (long[])[0]), ("keepdims", 1))]), masked: true));
        Assert.Equal(1, model.Classifier.FixedBatch);
    }

    [Theory]
    [MemberData(nameof(FastEngineTests.Networks), MemberType = typeof(FastEngineTests))]
    public void Rows_that_are_independent_stay_together(string network)
    {
        using var model = new Loaded(FastEngineTests.Build(network));
        Assert.Equal(network.StartsWith("fixed", StringComparison.Ordinal), model.Classifier.FixedBatch is not null);
        Assert.DoesNotContain(model.Classifier.Model.Notes, n => n.Contains("rows of a batch", StringComparison.Ordinal));
    }

    private static async Task<List<SampleObservation>> FlipsAsync(Loaded model, double[] sigmas)
    {
        var probe = new Probe(model.Classifier, new ProbeOptions { Sigmas = sigmas, Draws = 16, Threads = 1 });
        return await probe.RunAsync(Enumerable.Range(0, 6).Select(i => new ProbeSample(i, null, model.Sample(i)))).ToListAsync();
    }

    /// <summary>x -> ReLU -> something over the batch -> ReLU -> logits.</summary>
    private static OnnxGraphBuilder OverBatch(Func<OnnxGraphBuilder, string, string> over, bool masked = false)
    {
        var random = new Random(5);
        var g = new OnnxGraphBuilder();
        string h = g.Relu(Nets.Linear(g, random, g.Input("x", OnnxElementType.Float, "N", Width), Width, Hidden));
        h = g.Relu(Nets.Linear(g, random, over(g, h), Hidden, Hidden));
        string logits = Nets.Linear(g, random, h, Hidden, Classes);
        g.Output(masked ? g.Add(logits, g.Constant("mask", [0, float.NegativeInfinity, 0], Classes)) : logits, OnnxElementType.Float, "N", Classes);
        return g;
    }

    /// <summary>A sample and its mirror image run as two entries of the batch, the logits being their mean.</summary>
    private static OnnxGraphBuilder Views()
    {
        var random = new Random(6);
        var g = new OnnxGraphBuilder();
        string x = g.Input("x", OnnxElementType.Float, "N", Width);
        string both = g.Node("Concat", [x, g.Mul(x, -1f)], ("axis", 0));
        string h = g.Relu(Nets.Linear(g, random, both, Width, Hidden));
        string[] halves = g.NodeMany("Split", [Nets.Linear(g, random, h, Hidden, Classes)], ["one", "other"], "split", "", ("axis", 0));
        g.Output(g.Add(halves[0], halves[1]), OnnxElementType.Float, "N", Classes);
        return g;
    }

    /// <summary>[N, T, F] turned to [T * N, F] with time first, as recurrent networks were written.</summary>
    private static OnnxGraphBuilder TimeMajor()
    {
        const int steps = 4;
        var random = new Random(7);
        var g = new OnnxGraphBuilder();
        string x = g.Node("Transpose", [g.Input("x", OnnxElementType.Float, "N", steps, Width)], ("perm", (long[])[1, 0, 2]));
        string flat = g.Node("Reshape", [x, g.Constant("flat", [-1L, Width], 2)]);
        string h = g.Relu(Nets.Linear(g, random, flat, Width, Hidden));
        h = g.Node("ReduceMean", [g.Node("Reshape", [h, g.Constant("steps", [steps, -1L, Hidden], 3)])], ("axes", (long[])[0]), ("keepdims", 0));
        g.Output(Nets.Linear(g, random, h, Hidden, Classes), OnnxElementType.Float, "N", Classes);
        return g;
    }
}
