using Apex.Models;
using Apex.Models.Onnx;
using Google.Protobuf;
using Xunit;

namespace Apex.Tests.Models;

/// <summary>The gradient graph against the tangent graph, noise on sites and closed forms.</summary>
public class OnnxGradientTests
{
    private const int Rows = OnnxTangentTests.Rows;

    public static TheoryData<string> Names => [.. OnnxTangentTests.Operators.Keys, .. More.Keys];

    /// <summary>What the tangents apply as it is and the gradients have to turn round.</summary>
    private static readonly Dictionary<string, (int Opset, int[] Shape, Func<OnnxGraphBuilder, string, string> Build)> More = new()
    {
        ["Conv of stride 1"] = (17, [4, 5, 5], (g, x) => Nets.Conv(g, new Random(1), x, 4, 6, group: 2)),
        ["Conv dilated"] = (17, [2, 7, 6], (g, x) => g.Node("Conv", [x, g.Constant("w", Nets.Weights(new Random(2), 3 * 2 * 6, 6), 3, 2, 2, 3)],
            ("dilations", (long[])[2, 1]), ("strides", (long[])[1, 2]), ("pads", (long[])[0, 1, 1, 0]))),
        ["Conv of a large border"] = (17, [1, 4, 4], (g, x) => g.Node("Conv", [x, g.Constant("w", Nets.Weights(new Random(2), 2 * 4, 4), 2, 1, 2, 2)],
            ("pads", (long[])[3, 3, 3, 3]))),
        ["Conv of one axis"] = (17, [2, 9], (g, x) => g.Node("Conv", [x, g.Constant("w", Nets.Weights(new Random(2), 3 * 2 * 3, 6), 3, 2, 3)],
            ("strides", (long[])[3]), ("auto_pad", "SAME_LOWER"))),
        ["ConvTranspose padded"] = (17, [2, 3, 3], (g, x) => g.Node("ConvTranspose",
            [x, g.Constant("w", Nets.Weights(new Random(2), 2 * 3 * 9, 9), 2, 3, 3, 3)],
            ("strides", (long[])[2, 2]), ("pads", (long[])[1, 0, 0, 1]), ("output_padding", (long[])[1, 0]))),
        ["MaxPool without overlap"] = (17, [2, 6, 6], (g, x) => g.Node("MaxPool", [x], ("kernel_shape", (long[])[2, 2]), ("strides", (long[])[2, 2]))),
        ["MaxPool 9"] = (9, [2, 6, 6], (g, x) => g.Node("MaxPool", [x], ("kernel_shape", (long[])[3, 2]), ("strides", (long[])[1, 2]))),
        ["AveragePool counting its border"] = (17, [2, 5, 4], (g, x) => g.Node("AveragePool", [x],
            ("kernel_shape", (long[])[3, 2]), ("strides", (long[])[2, 2]), ("pads", (long[])[1, 1, 1, 0]), ("count_include_pad", 1))),
        ["AveragePool rounding up"] = (17, [2, 6, 6],
            (g, x) => g.Node("AveragePool", [x], ("kernel_shape", (long[])[3, 3]), ("strides", (long[])[2, 2]), ("ceil_mode", 1))),
        ["Slice backwards"] = (17, [3, 6], (g, x) => g.Node("Slice",
            [x, g.Constant("b", [-1L, 1], 2), g.Constant("e", [-100L, 3], 2), g.Constant("a", [2L, 1], 2), g.Constant("t", [-2L, 1], 2)])),
        ["Slice by steps"] = (17, [7, 6], (g, x) => g.Node("Slice",
            [x, g.Constant("b", [1L, 1], 2), g.Constant("e", [7L, 6], 2), g.Constant("a", [1L, 2], 2), g.Constant("t", [3L, 2], 2)])),
        ["Slice by a step beyond the end"] = (17, [8], (g, x) => g.Node("Slice",
            [x, g.Constant("b", [1L], 1), g.Constant("e", [3L], 1), g.Constant("a", [1L], 1), g.Constant("t", [2L], 1)])),
        ["Pad edge"] = (17, [2, 3, 3], (g, x) => g.Node("Pad", [x, g.Constant("p", [0L, 0, 1, 1, 0, 0, 1, 2], 8)], ("mode", "edge"))),
        ["Pad cut"] = (17, [2, 3, 4], (g, x) => g.Node("Pad", [x, g.Constant("p", [0L, 0, -1, 1, 0, 0, 1, -2], 8)])),
        ["Resize by sizes"] = (18, [1, 4, 5],
            (g, x) => g.Node("Resize", [x, "", "", g.Constant("s", [6L, 3], 2)], ("mode", "linear"), ("axes", (long[])[2, 3]))),
        ["DepthToSpace by columns"] = (17, [8, 2, 2], (g, x) => g.Node("DepthToSpace", [x], ("blocksize", 2), ("mode", "CRD"))),
        ["Gather from the end"] = (17, [4, 3], (g, x) => g.Node("Gather", [x, g.Constant("i", [-1L, 0, -1, 2], 2, 2)], ("axis", 1))),
        ["CumSum reverse"] = (17, [6], (g, x) => g.Node("CumSum", [x, g.Constant("a", [1L])], ("reverse", 1), ("exclusive", 1))),
        ["ReduceMean of all"] = (17, [3, 4], (g, x) => g.Mul(x, g.Node("ReduceMean", [x], ("axes", (long[])[1, 2])))),
        ["MatMul by a vector"] = (17, [3, 4], (g, x) => g.MatMul(g.Node("Sin", [x]), g.Constant("v", Nets.Weights(new Random(3), 4, 1), 4))),
        ["MatMul broadcast"] = (17, [1, 3, 4], (g, x) => g.MatMul(g.Constant("w", Nets.Weights(new Random(3), 2 * 5 * 3, 3), 2, 5, 3), x)),
        ["Einsum repeating"] = (17, [3, 2], (g, x) => g.Node("Einsum", [x, g.Node("Sin", [x])], ("equation", "bij,bkl->bk"))),
        ["Max broadcast"] = (17, [3, 1], (g, x) => g.Node("Max", [x, g.Constant("c", Nets.Weights(new Random(4), 4, 1), 1, 1, 4)])),
    };

    /// <summary>d logit / d x, a row of J, times a direction is that row of J times the direction: for every row and every operator.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Every_operator_sends_back_the_transpose_of_its_tangent(string name)
    {
        var (loaded, _, at, tangents) = OnnxTangentTests.Case(name, More.TryGetValue(name, out var own) ? own : OnnxTangentTests.Operators[name]);
        using var model = loaded;
        var sample = new ModelSample(at, []);
        int count = at.Length;
        float[] reached = [];
        using var forward = model.Classifier.OpenTangent([model.Classifier.Sites[^1]], Rows);
        forward.Run(sample, tangents, (_, found) => reached = found.ToArray());
        using var backward = model.Classifier.OpenGradient(GradientTarget.Logit, [model.Classifier.Sites[0]], Rows);
        int outputs = model.Classifier.Classes / 2;
        double scale = 1 + reached.Max(v => Math.Abs((double)v));
        for (int c = 0; c < outputs; c += Rows)
        {
            int[] classes = [.. Enumerable.Range(c, Math.Min(Rows, outputs - c))];
            float[] gradients = [];
            backward.Run([.. classes.Select(_ => sample)], classes, (_, found) => gradients = found.ToArray());
            for (int k = 0; k < classes.Length; k++)
            {
                for (int row = 0; row < Rows; row++)
                {
                    double along = 0;
                    for (int i = 0; i < count; i++)
                        along += (double)gradients[k * count + i] * tangents[row * count + i];
                    Assert.True(Math.Abs(along - reached[row * outputs + classes[k]]) < 1e-4 * scale,
                        $"{name}, output {classes[k]}, direction {row}: {along} for {reached[row * outputs + classes[k]]}");
                }
            }
        }
    }

    /// <summary>The gradient along a direction is the central difference of the graph in double precision.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Every_operator_has_the_gradient_of_central_differences(string name)
    {
        var (loaded, y, at, tangents) = OnnxTangentTests.Case(name, More.TryGetValue(name, out var own) ? own : OnnxTangentTests.Operators[name]);
        using var model = loaded;
        using var numerical = NumericalTangent.Of(ModelProto.Parser.ParseFrom(File.ReadAllBytes(model.Path)), y);
        using var backward = model.Classifier.OpenGradient(GradientTarget.Logit, [model.Classifier.Sites[0]], 1);
        var sample = new ModelSample(at, []);
        double[] along = numerical.Along(at, tangents[..at.Length]);
        double scale = 1 + along.Max(Math.Abs), tolerance = numerical.IsDouble ? 1e-5 : 1e-3;
        for (int c = 0; c < along.Length; c++)
        {
            backward.Run([sample], [c], (_, gradient) =>
            {
                double found = 0;
                for (int i = 0; i < gradient.Length; i++)
                    found += (double)gradient[i] * tangents[i];
                Assert.True(Math.Abs(found - along[c]) <= tolerance * scale, $"{name}, output {c}: {found} for {along[c]}");
            });
        }
    }

    /// <summary>The network is cut behind each of its sites, whose elements become the logits.</summary>
    [Theory]
    [MemberData(nameof(OnnxTangentTests.Networks), MemberType = typeof(OnnxTangentTests))]
    public void The_way_to_every_site_is_sent_back_as_the_transpose_of_its_tangent(string name)
    {
        const int Elements = 12;
        using var whole = new Loaded(OnnxTangentTests.Network(name));
        var proto = ModelProto.Parser.ParseFrom(File.ReadAllBytes(whole.Path));
        var sample = whole.Sample(5);
        int rows = whole.Classifier.FixedBatch ?? 2, count = sample.Values.Length;
        float[] directions = Nets.Weights(new Random(9), rows * count, 1, 1);
        foreach (var site in whole.Classifier.Sites.Where(s => !s.IsInput))
        {
            string tensor = proto.Graph.Node.First(n => n.Name == site.Name || n.Output.Contains(site.Name)).Output[0];
            var cut = NumericalTangent.Cut(proto.Clone(), tensor);
            bool isSecond = name.StartsWith("sequence first", StringComparison.Ordinal) && site.Shape.Length > 1;
            NodeProto first = new() { OpType = isSecond ? "Transpose" : "Identity", Input = { tensor }, Output = { "batch first" } };
            if (isSecond)
                first.Attribute.Add(new AttributeProto { Name = "perm", Type = 7, Ints = { 1, 0, 2 } });
            NodeProto concat = new() { OpType = "Concat", Input = { "flat", "flat" }, Output = { "logits" } };
            concat.Attribute.Add(new AttributeProto { Name = "axis", Type = 2, I = 1 });
            cut.Graph.Node.Add([first, new() { OpType = "Flatten", Input = { "batch first" }, Output = { "flat" } }, concat]);
            cut.Graph.Output[0] = new ValueInfoProto(proto.Graph.Output[0]) { Name = "logits" };
            cut.Graph.Output[0].Type.TensorType.Shape = null;
            using var folder = new TempFolder();
            File.WriteAllBytes(folder["cut.onnx"], cut.ToByteArray());
            using var model = OnnxClassifier.Load(folder["cut.onnx"], new OnnxOptions { ExtraSites = [tensor] });
            using var forward = model.OpenTangent([model.Sites.Single(s => s.Name == site.Name || s.Name == tensor)], rows);
            float[] reached = [];
            forward.Run(sample, directions, (_, found) => reached = found.ToArray());
            double scale = Math.Sqrt(reached.Average(v => (double)v * v));
            using var backward = model.OpenGradient(GradientTarget.Logit, [model.Sites[0]], rows);
            var random = new Random(site.Index);
            for (int k = 0; k < Elements; k++)
            {
                int element = random.Next(site.Elements);
                backward.Run([.. Enumerable.Repeat(sample, rows)], [.. Enumerable.Repeat(element, rows)], (_, gradients) =>
                {
                    for (int row = 0; row < rows; row++)
                    {
                        double along = 0, size = scale;
                        for (int i = 0; i < count; i++)
                        {
                            double term = (double)gradients[i] * directions[row * count + i];
                            (along, size) = (along + term, Math.Max(size, Math.Abs(term)));
                        }

                        Assert.True(Math.Abs(along - reached[row * site.Elements + element]) < 1e-4 * size,
                            $"{name}, {site}, element {element}: {along} for {reached[row * site.Elements + element]}");
                    }
                });
            }
        }
    }

    /// <summary>The public door: one pass of 64 and single ones, each site its own shape, and what is refused.</summary>
    [Fact]
    public void Gradients_of_many_samples_are_those_of_each()
    {
        using var model = new Loaded(Nets.ResNet());
        var classifier = model.Classifier;
        ModelSample[] samples = [.. Enumerable.Range(1, 66).Select(model.Sample)];
        int[] labels = [.. samples.Select((_, i) => i % classifier.Classes)];
        using var gradient = classifier.Gradient(GradientTarget.CrossEntropy, classifier.Sites);
        var many = gradient.At(samples, labels);
        Assert.Equal(samples.Length, many.Count);
        foreach (int i in (int[])[0, 63, 64, 65])
        {
            var one = gradient.At(samples[i], labels[i]);
            Assert.Equal(one.Value, many[i].Value, 1e-4f);
            Assert.Equal(classifier.Sites.Select(s => s.Elements), many[i].Sites.Select(g => g.Length));
            for (int l = 0; l < classifier.Sites.Count; l++)
            {
                double scale = one.Sites[l].Max(Math.Abs);
                Assert.All(one.Sites[l].Zip(many[i].Sites[l]), pair => Assert.Equal(pair.First, pair.Second, 1e-4 * scale + 1e-6));
            }
        }

        // Where no site is named, the input; where no label is given, the predicted class.
        using var margin = classifier.Gradient();
        Assert.True(Assert.Single(margin.Sites).IsInput);
        Assert.True(margin.At(samples[0]).Value >= 0);
        Assert.Throws<ArgumentException>(() => margin.At(samples[0], classifier.Classes));
        Assert.Throws<ArgumentException>(() => margin.At(samples, [0]));
        Assert.Throws<ArgumentOutOfRangeException>(() => classifier.Gradient(GradientTarget.ClippedMargin, clip: 0));
        margin.Dispose();
        Assert.Throws<ObjectDisposedException>(() => margin.At(samples[0]));
        using var tokens = new Loaded(Nets.TokenNet());
        Assert.Contains("reads tokens", Assert.Throws<InvalidInputException>(() => tokens.Classifier.Gradient()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_operator_with_a_tangent_has_a_gradient() =>
        Assert.Equal(Apex.Models.Onnx.Rewriting.OnnxTangent.Operators, Apex.Models.Onnx.Rewriting.OnnxGradient.Operators);

    /// <summary>m moved by noise on one site, over twice the step, is g times the noise; kinks in between blur single directions a little.</summary>
    [Theory]
    [MemberData(nameof(OnnxTangentTests.Networks), MemberType = typeof(OnnxTangentTests))]
    public void Gradients_of_sites_are_what_noise_on_them_does(string name)
    {
        using var model = new Loaded(OnnxTangentTests.Network(name));
        var classifier = model.Classifier;
        int rows = classifier.FixedBatch ?? 2;
        var sample = model.Sample(5);
        var sites = classifier.Sites;
        var gradients = new float[sites.Count][];
        float[] margins;
        using (var pass = classifier.OpenGradient(GradientTarget.Margin, sites, rows))
            margins = pass.Run([sample], null, (slot, found) => gradients[slot] = found.ToArray());
        using var clean = classifier.OpenClean(sites);
        var (logits, activations) = clean.Run(sample);
        int predicted = Array.IndexOf(logits, logits.Max());
        float Margin(ReadOnlySpan<float> of)
        {
            float other = float.NegativeInfinity;
            for (int c = 0; c < classifier.Classes; c++)
                other = c == predicted ? other : Math.Max(other, of[c]);
            return of[predicted] - other;
        }

        Assert.Equal(Margin(logits), Assert.Single(margins), 1e-4f);
        for (int l = 0; l < sites.Count; l++)
        {
            Assert.Equal(sites[l].Elements, gradients[l].Length);
            using var noisy = classifier.OpenPlain([sites[l]], rows);
            using var pass = noisy.CreatePass();
            pass.SetInput(sample);
            // Along the gradient itself nothing cancels. Zeros of a ReLU stay zeros: which of them a pooling behind it takes is a kink.
            float[] along = [.. gradients[l].Zip(activations[l], (v, a) => a == 0 ? 0 : v)];
            double norm = Math.Sqrt(along.Sum(v => (double)v * v));
            Assert.True(norm > 0, $"{name}, {sites[l]}");
            along.AsSpan().CopyTo(pass.Noise(0, 0));
            double least = double.PositiveInfinity;
            foreach (double h in (double[])[1e-2, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5])
            {
                float step = (float)(h / norm);
                int[] own = new int[rows];
                float up = Margin(pass.Run(Enumerable.Repeat(step, rows).ToArray(), own));
                float down = Margin(pass.Run(Enumerable.Repeat(-step, rows).ToArray(), own));
                least = Math.Min(least, Math.Abs((up - down) / (2.0 * step) / (norm * norm) - 1));
            }

            Assert.True(least < 0.02, $"{name}, {sites[l]}: off by {least:g3} of {norm:g3}");
        }
    }

    [Fact]
    public void An_affine_network_has_the_gradients_of_its_closed_form()
    {
        // logits = W x + b: d logit_c / d x = W_c, d margin = W_c - W_other, d cross-entropy = W^T (p - e_c).
        float[] w = Nets.Weights(new Random(3), 4 * 5, 5), b = Nets.Weights(new Random(4), 4, 1), x = Nets.Weights(new Random(5), 5, 1);
        var g = new OnnxGraphBuilder();
        string input = g.Input("x", OnnxElementType.Float, "N", 5);
        string affine = g.Node("Gemm", [g.Relu(g.Add(input, 100f)), g.Constant("w", w, 4, 5), g.Constant("b", b, 4)], ("transB", 1));
        g.Output(affine);
        using var model = new Loaded(g);
        var sample = new ModelSample(x, []);
        double[] logits = [.. Enumerable.Range(0, 4).Select(c => b[c] + Enumerable.Range(0, 5).Sum(i => (double)w[c * 5 + i] * (x[i] + 100)))];
        const int Own = 2;
        int other = Enumerable.Range(0, 4).Where(c => c != Own).MaxBy(c => logits[c]);
        double[] Row(int c) => [.. Enumerable.Range(0, 5).Select(i => (double)w[c * 5 + i])];
        double[] margin = [.. Row(Own).Zip(Row(other), (p, q) => p - q)], softmax = [.. logits.Select(s => Math.Exp(s - logits.Max()))];
        double total = softmax.Sum();
        double[] entropy = [.. Enumerable.Range(0, 5).Select(i => Enumerable.Range(0, 4).Sum(c => (softmax[c] / total - (c == Own ? 1 : 0)) * w[c * 5 + i]))];
        double m = logits[Own] - logits[other];
        void Check(GradientTarget target, double clip, double value, double[] expected)
        {
            using var pass = model.Classifier.OpenGradient(target, model.Classifier.Sites, 2, clip);
            float[] values = pass.Run([sample, sample], [Own, Own], (_, found) =>
            {
                for (int i = 0; i < 10; i++)
                    Assert.Equal(expected[i % 5], found[i], 1e-4);
            });
            Assert.All(values, v => Assert.Equal(value, v, 1e-3 * (1 + Math.Abs(value))));
        }

        Check(GradientTarget.Logit, 1, logits[Own], Row(Own));
        Check(GradientTarget.Margin, 1, m, margin);
        Check(GradientTarget.CrossEntropy, 1, Math.Log(total) + logits.Max() - logits[Own], entropy);
        double clip = 2 * Math.Abs(m);
        Check(GradientTarget.ClippedMargin, clip, m / clip, [.. margin.Select(v => v / clip)]);
        // Above S the clipped margin is flat; a margin below zero is never clipped.
        clip = Math.Abs(m) / 2;
        Check(GradientTarget.ClippedMargin, clip, m > 0 ? 1 : m / clip, [.. margin.Select(v => m > 0 ? 0 : v / clip)]);
    }

    [Fact]
    public void Samples_of_a_batch_do_not_mix_and_a_part_of_one_is_enough()
    {
        using var model = new Loaded(Nets.ResNet());
        var sites = model.Classifier.Sites;
        ModelSample[] samples = [.. Enumerable.Range(1, 3).Select(model.Sample)];
        using var one = model.Classifier.OpenGradient(GradientTarget.Margin, sites, 1);
        using var many = model.Classifier.OpenGradient(GradientTarget.Margin, sites, 4);
        var together = new float[sites.Count][];
        float[] values = many.Run(samples, [0, 1, 2], (slot, found) => together[slot] = found.ToArray());
        for (int i = 0; i < samples.Length; i++)
        {
            float[] value = one.Run([samples[i]], [i], (slot, found) =>
            {
                double scale = found.ToArray().Max(Math.Abs);
                for (int e = 0; e < found.Length; e++)
                    Assert.Equal(found[e], together[slot][i * found.Length + e], 1e-5 * scale + 1e-6);
            });
            Assert.Equal(value[0], values[i], 1e-4f);
        }

        using var squared = model.Classifier.OpenGradient(GradientTarget.Margin, sites, 4, squared: true);
        squared.Run(samples, [0, 1, 2], (slot, found) =>
        {
            Assert.Equal(samples.Length, found.Length);
            for (int i = 0; i < samples.Length; i++)
            {
                double sum = together[slot].Skip(i * sites[slot].Elements).Take(sites[slot].Elements).Sum(v => (double)v * v);
                Assert.Equal(sum, found[i], 1e-4 * sum);
            }
        });
        Assert.Throws<ArgumentException>(() => many.Run([], null, (_, _) => { }));
        Assert.Throws<ArgumentException>(() => many.Run(samples, [0], (_, _) => { }));
    }

    [Fact]
    public void Tokens_have_gradients_by_their_sites()
    {
        using var model = new Loaded(Nets.TokenNet());
        var hidden = model.Classifier.Sites.Where(s => !s.IsInput).ToList();
        using var pass = model.Classifier.OpenGradient(GradientTarget.Margin, hidden, model.Classifier.FixedBatch ?? 1);
        pass.Run([.. Enumerable.Repeat(model.Sample(1), pass.Rows)], null, (slot, found) => Assert.Contains(found.ToArray(), v => v != 0));
    }

    [Theory]
    [MemberData(nameof(OnnxTangentTests.Refused), MemberType = typeof(OnnxTangentTests))]
    public void What_has_no_derivative_is_refused_by_name(string name, string says, Func<OnnxGraphBuilder, string, string> build)
    {
        using var model = new Loaded(Nets.Activation((g, x) => g.Relu(g.Add(build(g, g.Relu(x)), g.Relu(x)))));
        var hidden = model.Classifier.Sites.Where(s => !s.IsInput).ToList();
        var error = Assert.Throws<InvalidInputException>(() => model.Classifier.OpenGradient(GradientTarget.Margin, hidden, 1));
        // Backwards the choice comes before its condition.
        string told = name == "live condition" ? "'where' (Where) chooses by an activation" : says;
        Assert.True(error.Message.Contains(told, StringComparison.Ordinal), $"{name}: {error.Message}");
        // What lies behind it has gradients.
        model.Classifier.OpenGradient(GradientTarget.Margin, [hidden[^1]], 1).Dispose();
    }
}
