using Apex.Analysis.LargeNoise;
using Apex.Experiments;
using Apex.Models.Onnx;
using Apex.Noise;
using Apex.Probing;
using Apex.Sites;
using Xunit;

namespace Apex.Tests.Probing;

/// <summary>The limit of infinite noise against the network itself at large noise (docs/method.md, section 3).</summary>
public class NoiseLimitTests
{
    private const int Draws = 20_000;

    /// <summary>The largest excess of a total variation that counts as none, and one that must be seen.</summary>
    private const double Nothing = 0.015, Something = 0.03;

    public static TheoryData<string, bool> Networks =>
    [
        .. from activation in (string[])["relu", "gelu", "silu", "relu6"] from convolutional in (bool[])[false, true] select (activation, convolutional),
    ];

    [Theory]
    [MemberData(nameof(Networks))]
    public async Task Predictions_approach_the_limit_as_noise_grows(string activation, bool convolutional)
    {
        using var model = new Loaded(Build(activation, convolutional, biases: 1));
        var cancel = TestContext.Current.CancellationToken;
        using var limit = NoiseLimit.Of(OnnxClassifier.Load(model.Path));
        long[] atInfinity = await limit.CountAsync(limit.Groups[0], Draws, seed: 5, cancellationToken: cancel);
        Assert.Equal(Draws, atInfinity.Sum());
        var sample = model.Sample(3);
        double rms = RootMeanSquare(model, sample);
        var probe = new Probe(model.Classifier, new ProbeOptions { Sigmas = [rms, 10 * rms, 100 * rms, 1000 * rms], Draws = Draws, Seed = 6 });
        double[] excess = new double[4];
        int[] last = [];
        await foreach (var seen in probe.RunAsync([new ProbeSample(0, null, sample)], cancellationToken: cancel))
        {
            for (int s = 0; s < 4; s++)
                excess[s] = Excess(last = seen.Sigmas[s].Counts, atInfinity);
        }

        string told = $"{activation} {convolutional}: {string.Join(' ', excess.Select(e => $"{e:f4}"))}";
        for (int s = 1; s < 4; s++)
            Assert.True(excess[s] < excess[s - 1] + Nothing, told);
        Assert.True(excess[3] < Nothing, told);
        // The same comparison sees 0.03 where there is 0.03.
        int from = Array.IndexOf(last, last.Max());
        last[from] -= (int)(Something * Draws);
        last[(from + 1) % last.Length] += (int)(Something * Draws);
        Assert.True(Excess(last, atInfinity) > Nothing, told);
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public async Task Sample_dependence_goes_from_one_to_zero(string activation, bool convolutional)
    {
        // Inputs that differ, and a last bias that puts their mean logits at 0, so that every class is predicted for some.
        using var first = new Loaded(Build(activation, convolutional, biases: 1, head: new float[4]));
        ProbeSample[] samples = [.. Enumerable.Range(0, 80)
            .Select(i => new ProbeSample(i, null, new Apex.Models.ModelSample([.. first.Sample(i).Values.Select(v => 4 * v)], [])))];
        using var clean = first.Classifier.OpenClean([]);
        float[][] logits = [.. samples.Select(sample => clean.Run(sample.Input).Logits.ToArray())];
        using var model = new Loaded(Build(activation, convolutional, biases: 1, head: [.. Enumerable.Range(0, 4).Select(c => -logits.Average(l => l[c]))]));
        double rms = RootMeanSquare(model, samples[0].Input);
        var probe = new Probe(model.Classifier, new ProbeOptions { Sigmas = [1e-4 * rms, 1000 * rms], Draws = 64, Seed = 8 });
        int[][][] counts = [new int[80][], new int[80][]];
        await foreach (var seen in probe.RunAsync(samples, cancellationToken: TestContext.Current.CancellationToken))
        {
            for (int s = 0; s < 2; s++)
                counts[s][seen.SampleId] = seen.Sigmas[s].Counts;
        }

        var small = SampleDependence.Of(counts[0]);
        var large = SampleDependence.Of(counts[1]);
        Assert.Equal((DependenceStatus.Reliable, DependenceStatus.Reliable), (small.Status, large.Status));
        Assert.True(small.Value > 0.95, $"{activation} {convolutional}: {small.Value:f3}");
        Assert.True(large.Value < 0.05, $"{activation} {convolutional}: {large.Value:f3}");
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void Logits_over_sigma_approach_the_limit_draw_by_draw(string activation, bool convolutional)
    {
        const float Sigma = 1e5f;
        using var model = new Loaded(Build(activation, convolutional, biases: 1));
        using var limit = NoiseLimit.Of(OnnxClassifier.Load(model.Path));
        Site[] hidden = [.. model.Classifier.Sites.Where(s => !s.IsInput)];
        float[] expected = Logits(limit.Classifier, hidden, 16, 1, model.Sample(1)), seen = Logits(model.Classifier, hidden, 16, Sigma, model.Sample(1));
        float size = expected.Max(Math.Abs);
        for (int i = 0; i < seen.Length; i++)
            Assert.Equal(expected[i] / size, seen[i] / Sigma / size, 1e-3f);
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void Biases_and_inputs_make_no_difference(string activation, bool convolutional)
    {
        using var first = new Loaded(Build(activation, convolutional, biases: 1));
        using var second = new Loaded(Build(activation, convolutional, biases: 2));
        Site[] hidden = [.. first.Classifier.Sites.Where(s => !s.IsInput)];
        Assert.NotEqual(Logits(first.Classifier, hidden, 4, 1, first.Sample(1)), Logits(second.Classifier, hidden, 4, 1, first.Sample(1)));
        using var a = NoiseLimit.Of(OnnxClassifier.Load(first.Path));
        using var b = NoiseLimit.Of(OnnxClassifier.Load(second.Path));
        foreach (var group in a.Groups)
        {
            float[] logits = Logits(a.Classifier, group.Sites, 8, 1, first.Sample(1));
            Assert.Equal(Bits(logits), Bits(Logits(a.Classifier, group.Sites, 8, 1, first.Sample(2))));
            Assert.Equal(Bits(logits), Bits(Logits(b.Classifier, group.Sites, 8, 1, first.Sample(3))));
            // And noise does, unless bounded activations lie behind it.
            if (activation != "relu6" || group.Name is "all" or "late")
                Assert.Contains(logits, s => s != logits[0]);
        }
    }

    [Theory]
    [InlineData("Relu", null, 0)]
    [InlineData("LeakyRelu", "alpha", 0.2)]
    [InlineData("Elu", "alpha", 1.5)]
    [InlineData("Celu", "alpha", 2)]
    [InlineData("Selu", null, 0)]
    [InlineData("Softplus", null, 0)]
    [InlineData("HardSwish", null, 0)]
    [InlineData("ThresholdedRelu", "alpha", 1)]
    [InlineData("Mish", null, 0, 18)]
    [InlineData("Gelu", null, 0, 20)]
    [InlineData("Sigmoid", null, 0)]
    [InlineData("HardSigmoid", "alpha", 0.3)]
    [InlineData("Tanh", null, 0)]
    [InlineData("Softsign", null, 0)]
    public void Each_activation_becomes_its_recession_function(string op, string? attribute, double value, int opset = 17) =>
        AssertLimit(Nets.Activation((g, x) => attribute is null ? g.Node(op, [x]) : g.Node(op, [x], (attribute, (float)value)), opset));

    [Fact]
    public void Composed_activations_and_clips_become_theirs()
    {
        AssertLimit(Nets.Activation(Nets.SiLU));
        AssertLimit(Nets.Activation(Nets.GeluExact));
        AssertLimit(Nets.Activation(Nets.GeluTanh));
        AssertLimit(Nets.Activation((g, x) => g.Node("PRelu", [x, g.Constant("slope", [0.1f, 0.2f, 0.3f, 0.4f, 0.5f, 0.6f, -0.7f], 7)])));
        AssertLimit(Nets.Activation((g, x) => g.Node("Clip", [x, g.Constant("low", -1f), g.Constant("high", 2f)])));
        AssertLimit(Nets.Activation((g, x) => g.Node("Clip", [x, g.Constant("low", 0.5f)])));
        AssertLimit(Nets.Activation((g, x) => g.Node("Clip", [x, "", g.Constant("high", 0.5f)])));
        AssertLimit(Nets.Activation((g, x) => g.Node("Clip", [x], ("min", 0f), ("max", 6f)), opset: 9));
    }

    [Fact]
    public void Constants_pads_pools_and_joins_keep_their_shapes()
    {
        var random = new Random(4);
        var g = new OnnxGraphBuilder();
        string x = g.Input("x", OnnxElementType.Float, "N", 3, 8, 8);
        x = g.Relu(Nets.Norm(g, random, Nets.Conv(g, random, x, 3, 4), 4));
        string pads = g.Constant("pads", [0L, 0, 1, 1, 0, 0, 1, 1], 8);
        x = g.Node("Pad", [x, pads, g.Constant("border", 3f)]);
        x = g.Node("Sub", [g.Constant("one", 1f), x]);
        string y = g.Node("AveragePool", [x], ("kernel_shape", (long[])[2, 2]),
            ("strides", (long[])[2, 2]), ("count_include_pad", 1), ("pads", (long[])[1, 1, 1, 1]));
        string z = g.Node("MaxPool", [x], ("kernel_shape", (long[])[2, 2]), ("strides", (long[])[2, 2]), ("pads", (long[])[1, 1, 1, 1]));
        x = g.Node("Concat", [y, z], ("axis", 1));
        x = g.Node("Max", [x, g.Constant("floor", [.. Enumerable.Range(0, 8).Select(i => i - 4f)], 8, 1, 1)]);
        x = g.Relu(Nets.Conv(g, random, g.Node("Div", [x, g.Constant("scale", -2f)]), 8, 8, group: 4));
        x = g.Add(x, g.Constant("embedding", [.. Enumerable.Range(0, 8 * 36).Select(i => i / 99f)], 1, 8, 6, 6));
        string shape = g.Node("Concat",
            [g.Node("Slice", [g.Node("Shape", [x]), g.Constant("from", [0L], 1), g.Constant("to", [2L], 1)]), g.Constant("rest", [-1L], 1)], ("axis", 0));
        x = g.Node("ReduceMean", [g.Node("Reshape", [x, shape])], ("axes", (long[])[2]), ("keepdims", 0));
        g.Output(Nets.Linear(g, random, x, 8, 3), OnnxElementType.Float, "N", 3);
        AssertLimit(g);
        foreach (var other in (OnnxGraphBuilder[])[Nets.ResNet(), Nets.ResNet(2),
            Nets.WideResNet(), Nets.DenseNet(), Nets.Vgg(), Nets.ChannelsLast(), Nets.SequenceFirst()])
            AssertLimit(other);
    }

    [Fact]
    public void A_border_that_stands_for_infinity_stays()
    {
        // Without a ReLU in between the largest of a border of zeros would win over negative values.
        var random = new Random(5);
        var g = new OnnxGraphBuilder();
        string x = g.Relu(Nets.Conv(g, random, g.Input("x", OnnxElementType.Float, "N", 3, 8, 8), 3, 4));
        string pads = g.Constant("pads", [0L, 0, 1, 1, 0, 0, 1, 1], 8);
        x = g.Node("Pad", [Nets.Conv(g, random, x, 4, 4), pads, g.Constant("border", float.NegativeInfinity)]);
        x = g.Node("MaxPool", [x], ("kernel_shape", (long[])[2, 2]), ("strides", (long[])[2, 2]));
        g.Output(Nets.Linear(g, random, g.Node("Flatten", [x]), 4 * 25, 3), OnnxElementType.Float, "N", 3);
        AssertLimit(g);
    }

    [Fact]
    public void Rows_that_tokens_look_up_by_any_gather_vanish()
    {
        var random = new Random(6);
        var g = new OnnxGraphBuilder();
        string tokens = g.Node("Unsqueeze", [g.Input("tokens", OnnxElementType.Int64, "N", 5), g.Constant("axis", [2L], 1)]);
        string x = g.Node("GatherND", [g.Constant("table", [.. Enumerable.Range(0, 20 * 4).Select(_ => 100 * random.NextSingle())], 20, 4), tokens]);
        x = g.Relu(Nets.Linear(g, random, g.Node("Flatten", [x]), 20, 8));
        g.Output(Nets.Linear(g, random, x, 8, 3), OnnxElementType.Float, "N", 3);
        AssertLimit(g);
    }

    [Fact]
    public async Task Draws_that_end_in_a_tie_are_not_given_to_a_class()
    {
        // Three narrow layers: often all units behind the noise are off, and biases decide.
        using var model = new Loaded(Nets.ReluMlp(2, 3, [3, 3, 3], 3));
        using var limit = NoiseLimit.Of(OnnxClassifier.Load(model.Path));
        var early = limit.Groups.First(g => g.Name == "early");
        var tally = await limit.TallyAsync(early, 1000, cancellationToken: TestContext.Current.CancellationToken);
        Assert.True(tally.Tied > 10, $"{tally.Tied}");
        Assert.Equal(1000, tally.Draws);
        var error = await Assert.ThrowsAsync<InvalidInputException>(() =>
            limit.CountAsync(early, 1000, cancellationToken: TestContext.Current.CancellationToken));
        Assert.Contains("tied", error.Message, StringComparison.Ordinal);
        // Of a part of the sites that is left out, not made up.
        using var prepared = PreparedModel.Open(model.Path);
        var curves = await BiasProbe.LimitAsync(prepared, 1000, cancellationToken: TestContext.Current.CancellationToken);
        Assert.DoesNotContain(curves, c => c.Sites == "early");
        Assert.Equal(1000, (await limit.TallyAsync(limit.Groups[0], 1000, cancellationToken: TestContext.Current.CancellationToken)).Counts.Sum());
    }

    [Theory]
    [InlineData("early")]
    [InlineData("middle")]
    [InlineData("late")]
    [InlineData("input")]
    public async Task Noise_on_a_part_of_the_sites_goes_to_the_limit_of_that_part(string name)
    {
        using var model = new Loaded(Nets.ResNet());
        var cancel = TestContext.Current.CancellationToken;
        using var limit = NoiseLimit.Of(OnnxClassifier.Load(model.Path));
        var group = limit.Groups.First(g => g.Name == name);
        long[] atInfinity = await limit.CountAsync(group, 4000, seed: 5, cancellationToken: cancel);
        var probe = new Probe(model.Classifier, new ProbeOptions { Sigmas = [1e6], Draws = 4000, Seed = 6 }, group.Sites);
        await foreach (var seen in probe.RunAsync([new ProbeSample(0, null, model.Sample(3))], cancellationToken: cancel))
            Assert.True(Excess(seen.Sigmas[0].Counts, atInfinity) < 0.03);
    }

    [Fact]
    public async Task Sites_are_chosen_by_what_they_are_and_not_by_how_they_are_called()
    {
        // A selector would take these names for the last site and for the input.
        var random = new Random(7);
        var g = new OnnxGraphBuilder();
        string x = g.Input("x", OnnxElementType.Float, "N", 6);
        foreach (string name in (string[])["last", "input", "third"])
            x = g.Node("Relu", [Nets.Linear(g, random, x, 6, 6)], name);
        g.Output(Nets.Linear(g, random, x, 6, 3), OnnxElementType.Float, "N", 3);
        using var model = new Loaded(g);
        using var prepared = PreparedModel.Open(model.Path);
        var curves = await BiasProbe.RunAsync(prepared, new ProbeOptions { Sigmas = [100], Draws = 200 },
            cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(["all", "early", "middle", "late"], curves.Select(c => c.Sites));
        Assert.NotEqual(curves[1].Levels[0].Shares, curves[3].Levels[0].Shares);
        Assert.NotEqual(curves[1].Levels[0].Shares, curves[2].Levels[0].Shares);
    }

    [Fact]
    public void Noise_on_bytes_has_no_limit_and_inputs_of_noise_are_bytes_there()
    {
        var random = new Random(8);
        var g = new OnnxGraphBuilder();
        string x = g.Node("Cast", [g.Input("x", OnnxElementType.UInt8, "N", 3, 8, 8)], ("to", 1));
        x = g.Relu(Nets.Conv(g, random, x, 3, 4));
        g.Output(Nets.Head(g, random, x, 4, 3), OnnxElementType.Float, "N", 3);
        using var model = new Loaded(g);
        using var limit = NoiseLimit.Of(OnnxClassifier.Load(model.Path));
        Assert.DoesNotContain(limit.Groups, group => group.Name == "input");
        float[] values = [.. NoiseInputs.Draw("m", model.Classifier.Input, 20).SelectMany(s => s.Input.Values)];
        Assert.All(values, v => Assert.True(v is >= 0 and <= 255 && v == MathF.Floor(v)));
        Assert.InRange(values.Average(), 122, 133);
        Assert.InRange(values.Count(v => v < 64) / (double)values.Length, 0.22, 0.28);
    }

    [Fact]
    public void Tokens_vanish_too()
    {
        using var model = new Loaded(Nets.TokenNet());
        using var limit = NoiseLimit.Of(OnnxClassifier.Load(model.Path));
        var sites = model.Classifier.Sites;
        Assert.Equal(Bits(Logits(limit.Classifier, sites, 4, 1, model.Sample(1))), Bits(Logits(limit.Classifier, sites, 4, 1, model.Sample(2))));
    }

    [Theory]
    [InlineData("layer norm", "LayerNormalization")]
    [InlineData("layer norm spelled out", "Pow")]
    [InlineData("attention", "MatMul")]
    [InlineData("squeeze and excitation", "Mul")]
    [InlineData("instance norm", "InstanceNormalization")]
    [InlineData("softmax inside", "Softmax")]
    [InlineData("vit", "LayerNormalization")]
    [InlineData("gate read elsewhere too", "Mul")]
    [InlineData("composed gate read elsewhere too", "Mul")]
    [InlineData("exponential", "Exp")]
    public void What_has_no_limit_is_refused_by_name(string network, string op)
    {
        using var model = new Loaded(network switch
        {
            "layer norm" => Nets.Activation((g, x) => g.Node("LayerNormalization", [g.Relu(x), g.Constant("scale", [1f, 1, 1, 1, 1, 1, 1], 7)], ("axis", -1))),
            "layer norm spelled out" => Nets.Activation((g, x) =>
            {
                x = g.Relu(x);
                string centred = g.Node("Sub", [x, g.Node("ReduceMean", [x], ("axes", (long[])[1]))]);
                string variance = g.Node("ReduceMean", [g.Node("Pow", [centred, g.Constant("two", 2f)])], ("axes", (long[])[1]));
                return g.Node("Div", [centred, g.Node("Sqrt", [g.Add(variance, 1e-5f)])]);
            }),
            "attention" => Nets.Activation((g, x) =>
            {
                string q = g.Node("Unsqueeze", [g.Relu(x), g.Constant("axis", [2L], 1)]);
                string weights = g.Node("Softmax", [g.MatMul(q, g.Node("Transpose", [q], ("perm", (long[])[0, 2, 1])))], ("axis", -1));
                return g.Node("Squeeze", [g.MatMul(weights, q), g.Constant("axis", [2L], 1)]);
            }),
            "squeeze and excitation" => Nets.MobileNet(),
            "instance norm" => Nets.Activation((g, x) => g.Node("Squeeze",
                [g.Node("InstanceNormalization", [g.Node("Unsqueeze", [g.Relu(x), g.Constant("axis", [1L], 1)]),
                    g.Constant("scale", [1f], 1), g.Constant("shift", [0f], 1)]), g.Constant("axis", [1L], 1)])),
            "softmax inside" => Nets.Activation((g, x) => g.Node("Softmax", [x], ("axis", 1))),
            "gate read elsewhere too" => Nets.Activation((g, x) =>
            {
                string gate = g.Node("Sigmoid", [x]);
                return g.Add(g.Mul(x, gate), gate);
            }),
            "composed gate read elsewhere too" => Nets.Activation((g, x) =>
            {
                string gate = g.Node("Div", [g.Node("Clip", [g.Add(x, 3), g.Constant("low", 0f), g.Constant("high", 6f)]), g.Constant("six", 6f)]);
                return g.Add(g.Mul(x, gate), gate);
            }),
            "exponential" => Nets.Activation((g, x) => g.Node("Exp", [g.Relu(x)])),
            _ => Nets.Vit(),
        });
        var error = Assert.Throws<InvalidInputException>(() => OnnxModel.Load(model.Path).Limit());
        Assert.Contains(op, error.Message, StringComparison.Ordinal);
        Assert.Contains(model.Path, error.Message, StringComparison.Ordinal);
        Assert.Contains("no limit", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Noise_that_does_not_reach_the_logits_is_told()
    {
        using var model = new Loaded(Build("relu6", convolutional: false, biases: 1));
        using var limit = NoiseLimit.Of(OnnxClassifier.Load(model.Path));
        var early = limit.Groups.First(g => g.Name == "early");
        var error = await Assert.ThrowsAsync<InvalidInputException>(() =>
            limit.CountAsync(early, 100, cancellationToken: TestContext.Current.CancellationToken));
        Assert.Contains("bounded", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Counts_do_not_depend_on_threads()
    {
        using var model = new Loaded(Nets.ResNet());
        using var limit = NoiseLimit.Of(OnnxClassifier.Load(model.Path));
        var cancel = TestContext.Current.CancellationToken;
        long[] one = await limit.CountAsync(limit.Groups[1], 1000, 3, 1, cancellationToken: cancel);
        Assert.Equal(one, await limit.CountAsync(limit.Groups[1], 1000, 3, 3, cancellationToken: cancel));
        Assert.NotEqual(one, await limit.CountAsync(limit.Groups[1], 1000, 4, 3, cancellationToken: cancel));
    }

    /// <summary>
    /// s(x; sigma) / sigma of the network comes close to F of its limit, with noise on the input too so that it passes through every activation.
    /// </summary>
    private static void AssertLimit(OnnxGraphBuilder graph)
    {
        const float Sigma = 1e6f;
        using var model = new Loaded(graph);
        using var limit = NoiseLimit.Of(OnnxClassifier.Load(model.Path));
        int rows = model.Classifier.FixedBatch ?? 32;
        float[] expected = Logits(limit.Classifier, model.Classifier.Sites, rows, 1, model.Sample(1)),
            seen = Logits(model.Classifier, model.Classifier.Sites, rows, Sigma, model.Sample(1));
        float size = expected.Max(Math.Abs);
        Assert.True(size > 0);
        for (int i = 0; i < seen.Length; i++)
            Assert.Equal(expected[i] / size, seen[i] / Sigma / size, 1e-3f);
    }

    private static float[] Logits(Apex.Models.IClassifier classifier, IReadOnlyList<Site> sites, int rows, float scale, Apex.Models.ModelSample sample)
    {
        using var perturbed = classifier.OpenPerturbed(sites, rows);
        using var pass = perturbed.CreatePass();
        pass.SetInput(sample);
        for (int slot = 0; slot < sites.Count; slot++)
        {
            for (int row = 0; row < rows; row++)
                GaussianNoise.Fill(new NoiseKey(1, 0, row, sites[slot].Index), pass.Noise(slot, row));
        }

        return pass.Run([.. sites.Select(_ => scale)]).ToArray();
    }

    private static int[] Bits(float[] values) => [.. values.Select(BitConverter.SingleToInt32Bits)];

    private static double RootMeanSquare(Loaded model, Apex.Models.ModelSample sample)
    {
        Site[] hidden = [.. model.Classifier.Sites.Where(s => !s.IsInput)];
        using var clean = model.Classifier.OpenClean(hidden);
        return Math.Sqrt(clean.Run(sample).Activations.SelectMany(a => a).Average(a => (double)a * a));
    }

    /// <summary>
    /// Total variation between two shares less what it is on average where both come from the same distribution (normal approximation of each difference).
    /// </summary>
    private static double Excess(int[] a, long[] b)
    {
        double nA = a.Sum(), nB = b.Sum(), distance = 0, none = 0;
        for (int c = 0; c < a.Length; c++)
        {
            double p = (a[c] + b[c]) / (nA + nB);
            distance += Math.Abs(a[c] / nA - b[c] / nB) / 2;
            none += Math.Sqrt(2 / Math.PI * p * (1 - p) * (1 / nA + 1 / nB)) / 2;
        }

        return distance - none;
    }

    private static OnnxGraphBuilder Build(string activation, bool convolutional, int biases, float[]? head = null)
    {
        Random weights = new(7), other = new(biases);
        float[] Other(int n) => [.. Enumerable.Range(0, n).Select(_ => 2 * other.NextSingle() - 1)];
        var g = new OnnxGraphBuilder();
        string Act(string x) => activation switch
        {
            "relu" => g.Relu(x),
            "gelu" => Nets.GeluExact(g, x),
            "silu" => Nets.SiLU(g, x),
            _ => g.Node("Clip", [x, g.Constant("zero", 0f), g.Constant("six", 6f)]),
        };
        if (!convolutional)
        {
            string v = g.Input("x", OnnxElementType.Float, "N", 6);
            int from = 6;
            foreach (int width in (int[])[12, 12, 12])
            {
                v = Act(g.Gemm(v, Nets.Weights(weights, width * from, from), [width, from], Other(width)));
                from = width;
            }

            g.Output(g.Gemm(v, Nets.Weights(weights, 4 * from, from), [4, from], head ?? Other(4)), OnnxElementType.Float, "N", 4);
            return g;
        }

        string Layer(string t, int from, int to, int stride = 1) => g.BatchNormalization(
            g.Conv(t, Nets.Weights(weights, to * from * 9, from * 9), [to, from, 3, 3], Other(to), stride, 1),
            [.. Enumerable.Range(0, to).Select(_ => 0.5f + weights.NextSingle())], Other(to),
            Other(to), [.. Enumerable.Range(0, to).Select(_ => 0.5f + weights.NextSingle())]);
        string x = g.Input("x", OnnxElementType.Float, "N", 2, 6, 6);
        x = Act(Layer(x, 2, 4));
        string y = Layer(Act(Layer(x, 4, 4)), 4, 4);
        x = Act(g.Add(y, x));
        x = g.Node("Concat", [x, Act(Layer(x, 4, 2))], ("axis", 1));
        x = g.Node("MaxPool", [x], ("kernel_shape", (long[])[2, 2]), ("strides", (long[])[2, 2]));
        x = g.Add(Act(Layer(x, 6, 8)), g.Constant("offset", Other(8), 1, 8, 1, 1));
        x = g.Flatten(g.GlobalAveragePool(x));
        g.Output(g.Gemm(x, Nets.Weights(weights, 4 * 8, 8), [4, 8], head ?? Other(4)), OnnxElementType.Float, "N", 4);
        return g;
    }
}
