using Apex.Facts;
using Apex.Models;
using Apex.Models.Onnx;
using Apex.Probing;
using Apex.Torch.Onnx;
using Apex.Training.Networks;
using Xunit;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Apex.Torch.Tests;

public class TorchClassifierTests
{
    private const int Elements = 64, Draws = 32;

    private static readonly ProbeOptions Options = new() { Sigmas = [0.1, 0.3, 1], Draws = Draws, Seed = 7 };

    [Theory]
    [MemberData(nameof(Networks.Names), MemberType = typeof(Networks))]
    public async Task Both_backends_see_the_same_sites_and_count_the_same(string name)
    {
        using var network = Networks.Create(name);
        using var folder = new TempFolder();
        TorchOnnx.Save(network, Networks.Shape, folder["network.onnx"], ImageNetwork.Writers);
        using var torch = TorchClassifier.Wrap(network, Networks.Shape);
        using var onnx = OnnxClassifier.Load(folder["network.onnx"]);
        Assert.Equal(onnx.Sites.Select(s => s.ToString()), torch.Sites.Select(s => s.ToString()));
        Assert.Equivalent(onnx.Input, torch.Input);

        // The input too: it is a site like any other.
        var options = Options with { Sites = ["all", "input"] };
        var (left, right) = (await Probed(torch, options), await Probed(onnx, options));
        long apart = 0, all = 0;
        foreach (var (a, b) in left.Zip(right))
        {
            Assert.Equal(a.CleanPrediction, b.CleanPrediction);
            Assert.Equal(a.CleanMargin, b.CleanMargin, 1e-3f);
            foreach (var (s, t) in a.Sigmas.Zip(b.Sigmas))
            {
                Assert.Equal(s.MarginMean, t.MarginMean, 1e-3f);
                apart += s.Counts.Zip(t.Counts, (m, n) => Math.Abs(m - n)).Sum() / 2;
                all += Draws;
            }
        }

        Assert.True(apart <= 0.005 * all, $"{apart} of {all} draws predict another class");
    }

    [Theory]
    [MemberData(nameof(Networks.Names), MemberType = typeof(Networks))]
    public async Task The_number_of_threads_does_not_matter(string name)
    {
        using var network = Networks.Create(name);
        using var classifier = TorchClassifier.Wrap(network, Networks.Shape);
        Assert.Equivalent(await Probed(classifier, Options with { Threads = 1 }), await Probed(classifier, Options with { Threads = 3 }), strict: true);
    }

    [Fact]
    public void Sites_are_the_non_linearities_in_the_order_in_which_they_run()
    {
        using var network = Networks.Create("residual");
        using var classifier = TorchClassifier.Wrap(network, Networks.Shape);
        Assert.Equal(
            [
                "0 input Input [1, 8, 8]", "1 relu Relu [6, 8, 8]", "2 block0.body.relu Relu [6, 8, 8]", "3 block0.activation Relu [6, 8, 8]",
                "4 block1.body.relu Relu [6, 8, 8]", "5 block1.activation Relu [6, 8, 8]",
                "6 block2.body.relu Relu [8, 4, 4]", "7 block2.activation Relu [8, 4, 4]",
                "8 block3.body.relu Relu [8, 4, 4]", "9 block3.activation Relu [8, 4, 4]",
            ],
            classifier.Sites.Select(s => s.ToString()));
        Assert.Equal(5, classifier.Classes);
        Assert.Equal(InputKind.Image, classifier.Input.Kind);
        Assert.Equal(ImageLayout.NCHW, classifier.Input.Layout);
    }

    [Fact]
    public void Activations_have_the_names_that_the_onnx_backend_gives_them()
    {
        Module<Tensor, Tensor>[] activations =
        [
            ReLU(), ReLU6(), LeakyReLU(0.1), PReLU(1), ELU(), SELU(), CELU(), GELU(),
            GELU(TorchSharp.Modules.GELU.Approximate.tanh), SiLU(), Mish(), Hardswish(), Sigmoid(), Hardsigmoid(),
            Tanh(), Softplus(), Softsign(),
        ];
        var layers = activations.Index()
            .SelectMany(a => (IEnumerable<(string, Module<Tensor, Tensor>)>)[($"linear{a.Index}", Linear(4, 4)), ($"{a.Index}", a.Item)]);
        using var network = Sequential([.. layers, ("head", Linear(4, 3))]);
        using var folder = new TempFolder();
        TorchOnnx.Save(network, [4], folder["network.onnx"]);
        using var torch = TorchClassifier.Wrap(network, [4]);
        using var onnx = OnnxClassifier.Load(folder["network.onnx"]);
        Assert.Equal(1 + activations.Length, torch.Sites.Count);
        Assert.Equal(onnx.Sites.Select(s => s.ToString()), torch.Sites.Select(s => s.ToString()));
    }

    [Fact]
    public async Task A_module_that_runs_twice_is_a_site_each_time()
    {
        using var shared = new Shared();
        using var separate = Sequential(("relu", ReLU()), ("second", shared.Second), ("relu#2", ReLU()), ("head", shared.Head));
        using var network = new Shared.Caller(shared);
        using var twice = TorchClassifier.Wrap(network, [6]);
        using var once = TorchClassifier.Wrap(separate, [6]);
        Assert.Equal(["input", "relu", "relu#2"], once.Sites.Select(s => s.Name));
        Assert.Equal(once.Sites.Select(s => s.Name), twice.Sites.Select(s => s.Name));
        var samples = Networks.Samples(4, 6);
        Assert.Equivalent(await Probed(once, Options, samples), await Probed(twice, Options, samples), strict: true);
        // Noise at one of the two alone is that of one of the two.
        var second = Options with { Sites = ["relu#2"] };
        Assert.Equivalent(await Probed(once, second, samples), await Probed(twice, second, samples), strict: true);
    }

    [Fact]
    public void What_does_not_run_or_makes_the_logits_is_no_site()
    {
        using var network = new Idle();
        using var classifier = TorchClassifier.Wrap(network, [4]);
        Assert.Equal(["input", "tanh"], classifier.Sites.Select(s => s.Name));
    }

    [Theory]
    [InlineData("softmax")]
    [InlineData("sigmoid")]
    public void Behind_the_logits_probabilities_are_left_out(string end)
    {
        using var body = Sequential(("tanh", Tanh()), ("head", Linear(4, 3)));
        using var network = Sequential(("body", body), ("end", end == "softmax" ? Softmax(1) : Sigmoid()));
        using var classifier = TorchClassifier.Wrap(network, [4]);
        Assert.Equal(["input", "body.tanh"], classifier.Sites.Select(s => s.Name));
        using var clean = classifier.OpenClean([]);
        var sample = Networks.Sample(1, 4);
        using var x = tensor(sample.Values, [1L, 4L]);
        Assert.Equal(body.call(x).Floats(), clean.Run(sample).Logits);
    }

    [Fact]
    public void A_pass_adds_scaled_noise_where_it_is_told()
    {
        using var network = Sequential(("relu", ReLU()), ("head", Linear(3, 2, hasBias: false)));
        using var classifier = TorchClassifier.Wrap(network, [3]);
        using var perturbed = classifier.OpenPerturbed([classifier.Sites[1]], rows: 4, noises: 2);
        using var pass = perturbed.CreatePass();
        float[][] noises = [[1, -2, 3], [0.5f, 4, -1]];
        for (int noise = 0; noise < 2; noise++)
            noises[noise].CopyTo(pass.Noise(0, noise));
        float[] scales = [0, 1, 2, 0.5f];
        int[] choice = [0, 1, 0, 1];
        float[] weights = ((TorchSharp.Modules.Linear)network[1]).weight.Floats();
        foreach (int seed in (int[])[1, 2])
        {
            // The same noise serves one sample after another.
            var sample = Networks.Sample(seed, 3);
            pass.SetInput(sample);
            for (int repeat = 0; repeat < 2; repeat++)
            {
                float[] logits = pass.Run(scales, choice).ToArray();
                for (int row = 0; row < 4; row++)
                {
                    for (int c = 0; c < 2; c++)
                    {
                        double expected = Enumerable.Range(0, 3)
                            .Sum(i => weights[c * 3 + i] * (Math.Max(0, sample.Values[i]) + scales[row] * noises[choice[row]][i]));
                        Assert.Equal(expected, logits[row * 2 + c], 1e-5);
                    }
                }
            }
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => pass.Run(scales, [0, 1, 2, 0]));
        Assert.Throws<InvalidOperationException>(() => pass.Run([1f]));
    }

    [Fact]
    public void A_module_that_works_in_place_leaves_sample_and_noise_alone()
    {
        using var network = Sequential(("relu", ReLU(inplace: true)), ("head", Linear(3, 2)));
        using var classifier = TorchClassifier.Wrap(network, [3]);
        using var perturbed = classifier.OpenPerturbed(classifier.Sites, rows: 2, noises: 1);
        using var pass = perturbed.CreatePass();
        pass.Noise(0, 0).Fill(-1);
        pass.Noise(1, 0).Fill(1);
        pass.SetInput(Networks.Sample(3, 3));
        float[] first = pass.Run([0, 1, 0, 1], [0, 0]).ToArray();
        Assert.Equal(first, pass.Run([0, 1, 0, 1], [0, 0]).ToArray());
    }

    [Fact]
    public void An_axis_before_the_batch_is_found()
    {
        using var network = new TokensFirst();
        using var classifier = TorchClassifier.Wrap(network, [3, 4], new TorchOptions { Kind = InputKind.Vector });
        Assert.Equal("1 tanh Tanh [3, 4]", classifier.Sites[1].ToString());
        using var clean = classifier.OpenClean([classifier.Sites[1]]);
        var sample = Networks.Sample(1, 12);
        Assert.Equal(sample.Values.Select(v => MathF.Tanh(v)), clean.Run(sample).Activations[0], (a, b) => Math.Abs(a - b) < 1e-6f);
        using var perturbed = classifier.OpenPerturbed([classifier.Sites[1]], rows: 2);
        using var pass = perturbed.CreatePass();
        // Undoes the activations of the first row, so that only what follows is left; the second row keeps its own.
        for (int i = 0; i < 12; i++)
            pass.Noise(0, 0)[i] = pass.Noise(0, 1)[i] = -MathF.Tanh(sample.Values[i]);
        pass.SetInput(sample);
        float[] logits = pass.Run([1, 0], [0, 1]).ToArray();
        Assert.All(logits[..4], v => Assert.Equal(0, v, 1e-6f));
        Assert.Equal(clean.Run(sample).Logits, logits[4..], (a, b) => Math.Abs(a - b) < 1e-6f);
    }

    [Fact]
    public void Extra_sites_are_offered_by_path()
    {
        using var network = Networks.Create("residual");
        using var classifier = TorchClassifier.Wrap(network, Networks.Shape, new TorchOptions { ExtraSites = ["block0.body.norm2"] });
        Assert.Equal("3 block0.body.norm2 BatchNorm2d [6, 8, 8]", classifier.Sites[3].ToString());
        Assert.Contains("'no.such'",
            Assert.Throws<InvalidInputException>(() => TorchClassifier.Wrap(network, Networks.Shape, new TorchOptions { ExtraSites = ["no.such"] })).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_probed_is_refused_in_one_line()
    {
        using var network = Sequential(("relu", ReLU()), ("head", Linear(4, 3)));
        Assert.Contains("[5]", Assert.Throws<InvalidInputException>(() => TorchClassifier.Wrap(network, [5])).Message, StringComparison.Ordinal);
        Assert.Contains("7 were expected",
            Assert.Throws<InvalidInputException>(() => TorchClassifier.Wrap(network, [4], new TorchOptions { Classes = 7 })).Message, StringComparison.Ordinal);
        using var single = Linear(4, 1);
        Assert.Contains("at least 2 logits", Assert.Throws<InvalidInputException>(() => TorchClassifier.Wrap(single, [4])).Message, StringComparison.Ordinal);
        using var flat = Flatten(0);
        Assert.Contains("logits of shape", Assert.Throws<InvalidInputException>(() => TorchClassifier.Wrap(flat, [4])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_wrapped_module_is_in_eval_mode_and_must_stay_so()
    {
        using var network = Sequential(("dropout", Dropout()), ("relu", ReLU()), ("head", Linear(4, 3)));
        using var classifier = TorchClassifier.Wrap(network, [4]);
        Assert.False(network.training);
        using var clean = classifier.OpenClean([]);
        Assert.Equal(clean.Run(Networks.Sample(1, 4)).Logits, clean.Run(Networks.Sample(1, 4)).Logits);
        network.train();
        Assert.Throws<InvalidOperationException>(() => clean.Run(Networks.Sample(1, 4)));
    }

    [Fact]
    public async Task Probing_leaves_no_tensor_behind()
    {
        using var network = Networks.Create("vit");
        using var classifier = TorchClassifier.Wrap(network, Networks.Shape);
        await Probed(classifier, Options);
        long before = TensorsAlive();
        await Probed(classifier, Options);
        Assert.Equal(before, TensorsAlive());

        static long TensorsAlive()
        {
            // What a finaliser would free is no leak of ours, but it must not hide one either.
            GC.Collect();
            GC.WaitForPendingFinalizers();
            return Tensor.TotalCount;
        }
    }

    private static Task<List<SampleObservation>> Probed(IClassifier classifier, ProbeOptions options) =>
        Probed(classifier, options, Networks.Samples(4, Elements));

    private static async Task<List<SampleObservation>> Probed(IClassifier classifier, ProbeOptions options, ProbeSample[] samples)
    {
        var found = new List<SampleObservation>();
        await foreach (var observation in new Probe(classifier, options).RunAsync(samples))
            found.Add(observation);
        return found;
    }

    /// <summary>Layers that two networks share.</summary>
    private sealed class Shared : IDisposable
    {
        public TorchSharp.Modules.Linear Second { get; } = Linear(6, 6);

        public TorchSharp.Modules.Linear Head { get; } = Linear(6, 3);

        public void Dispose()
        {
            Second.Dispose();
            Head.Dispose();
        }

        /// <summary>One ReLU for both places.</summary>
        public sealed class Caller : Module<Tensor, Tensor>
        {
            private readonly Module<Tensor, Tensor> relu = ReLU(), second, head;

            public Caller(Shared layers) : base("caller")
            {
                (second, head) = (layers.Second, layers.Head);
                RegisterComponents();
            }

            public override Tensor forward(Tensor input) => head.call(relu.call(second.call(relu.call(input))));
        }
    }

    /// <summary>An activation that never runs, and one that makes the logits, seen through a view.</summary>
    private sealed class Idle : Module<Tensor, Tensor>
    {
        private readonly Module<Tensor, Tensor> tanh = Tanh(), head = Linear(4, 3), gelu = GELU(), idle = ReLU(), flatten = Flatten();

        public Idle() : base("idle") => RegisterComponents();

        public bool IsIdle { get; init; } = true;

        public override Tensor forward(Tensor input)
        {
            var logits = flatten.call(gelu.call(head.call(tanh.call(input))));
            return IsIdle ? logits : idle.call(logits);
        }
    }

    /// <summary>Reads [N, T, d] and works on [T, N, d], as recurrent networks do.</summary>
    private sealed class TokensFirst : Module<Tensor, Tensor>
    {
        private readonly Module<Tensor, Tensor> tanh = Tanh();

        public TokensFirst() : base("tokens_first") => RegisterComponents();

        public override Tensor forward(Tensor input) => tanh.call(input.transpose(0, 1)).mean([0]);
    }
}
