using Apex.Models.Onnx;
using Apex.Noise;
using Apex.Sites;
using Xunit;

namespace Apex.Tests.Probing;

/// <summary>
/// The engine that runs (cut at the first perturbed site, noise by an operator of its own in ONNX Runtime's optimised graph) against
/// the plain graph, which multiplies and adds inputs from the network's input on and which <see cref="SlowReferenceTests"/> holds to plain loops.
/// </summary>
public class FastEngineTests
{
    public static TheoryData<string> Networks =>
    [
        "resnet", "wide resnet", "wide resnet 32", "densenet", "mobilenet", "vgg",
        "vit", "channels last", "tokens", "sequence", "fixed batch", "fixed sequence",
        "mlp", "silu", "gelu", "tanh gelu", "prelu",
    ];

    [Theory]
    [MemberData(nameof(Networks))]
    public void Agrees_with_the_plain_graph_for_any_choice_of_sites(string network)
    {
        using var fast = new Loaded(Build(network));
        using var plain = new Loaded(Build(network), new OnnxOptions { Route = PerturbationRoute.Plain });
        int rows = fast.Classifier.FixedBatch ?? 5;
        var sites = fast.Classifier.Sites;
        var choices = new List<IReadOnlyList<Site>> { sites, sites.Where(s => !s.IsInput).ToList() };
        choices.AddRange(sites.Select(s => (IReadOnlyList<Site>)[s]));
        choices.Add([.. sites.Skip(sites.Count / 2)]);
        choices.Add([.. sites.Where((_, i) => i % 2 == 1)]);
        foreach (var choice in choices.Where(c => c.Count > 0))
        {
            // Two samples through the same pass: nothing of the first may be left.
            foreach (float scale in (float[])[0, 0.3f, 4])
                AssertClose(Logits(plain.Classifier, choice, rows, scale, plain), Logits(fast.Classifier, choice, rows, scale, fast),
                    $"{network}, sites {string.Join(' ', choice.Select(s => s.Index))}, scale {scale}");
        }
    }

    [Fact]
    public void The_optimised_graph_is_what_runs()
    {
        int blocked = BlockedLayout.Block == 0 ? 0 : 7;
        Assert.Equal((true, true, blocked), Built(Nets.WideResNet(), s => !s.IsInput));
        Assert.Equal((false, true, blocked), Built(Nets.WideResNet(), _ => true));
        Assert.Equal((true, true, 0), Built(Nets.ReluMlp(3, 5, [7, 7], 3), s => !s.IsInput));
        // Batch in the middle: the operator would need the noise in another order.
        Assert.False(Built(Nets.SequenceFirst(), s => !s.IsInput).IsOptimised);
    }

    [Theory]
    [InlineData(16, 16, 64)]
    [InlineData(16, 40, 7)]
    [InlineData(8, 24, 81)]
    [InlineData(8, 3, 9)]
    [InlineData(16, 5, 1)]
    public void Blocks_hold_the_channels_of_a_position_side_by_side(int block, int channels, int area)
    {
        float[] source = [.. Enumerable.Range(1, channels * area).Select(i => (float)i)];
        int blocks = (channels + block - 1) / block;
        float[] expected = new float[blocks * area * block], actual = new float[blocks * area * block];
        for (int c = 0; c < channels; c++)
        {
            for (int p = 0; p < area; p++)
                expected[(c / block * area + p) * block + c % block] = source[c * area + p];
        }

        BlockedLayout.Scatter(source, channels, block, actual);
        Assert.Equal(expected, actual);
    }

    private static (bool HasPrefix, bool IsOptimised, int BlockedSites) Built(OnnxGraphBuilder graph, Func<Site, bool> chosen)
    {
        using var net = new Loaded(graph);
        using var perturbed = net.Classifier.OpenPerturbed([.. net.Classifier.Sites.Where(chosen)], 3);
        return Assert.IsType<OnnxPerturbedClassifier>(perturbed).Build;
    }

    private static float[] Logits(OnnxClassifier classifier, IReadOnlyList<Site> sites, int rows, float scale, Loaded net)
    {
        using var perturbed = classifier.OpenPerturbed([.. sites.Select(s => classifier.Sites.First(o => o.Index == s.Index))], rows);
        using var pass = perturbed.CreatePass();
        var all = new List<float>();
        foreach (int sample in (int[])[7, 8])
        {
            pass.SetInput(net.Sample(sample));
            for (int row = 0; row < rows; row++)
            {
                for (int slot = 0; slot < sites.Count; slot++)
                    GaussianNoise.Fill(new NoiseKey(4, sample, row, sites[slot].Index), pass.Noise(slot, row));
            }

            all.AddRange(pass.Run([.. sites.Select((_, i) => scale * (1 + 0.1f * i))]));
        }

        return [.. all];
    }

    internal static OnnxGraphBuilder Build(string network) => network switch
    {
        "resnet" => Nets.ResNet(),
        "wide resnet" => Nets.WideResNet(),
        "wide resnet 32" => Nets.WideResNet(32),
        "densenet" => Nets.DenseNet(),
        "mobilenet" => Nets.MobileNet(),
        "vgg" => Nets.Vgg(),
        "vit" => Nets.Vit(),
        "channels last" => Nets.ChannelsLast(),
        "tokens" => Nets.TokenNet(),
        "sequence" => Nets.SequenceFirst(),
        "fixed batch" => Nets.ResNet(batch: 3),
        "fixed sequence" => Nets.SequenceFirst(batch: 1),
        "mlp" => Nets.ReluMlp(2, 6, [9, 17, 5], 4),
        "silu" => Nets.Activation(Nets.SiLU),
        "gelu" => Nets.Activation(Nets.GeluExact),
        "tanh gelu" => Nets.Activation(Nets.GeluTanh),
        _ => Nets.Activation((g, x) => g.Node("PRelu", [x, g.Constant("slope", 0.2f)])),
    };

    private static void AssertClose(float[] expected, float[] actual, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        float scale = Math.Max(1, expected.Max(Math.Abs));
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= 2e-5f * scale, $"{what}: {expected[i]} and {actual[i]} at {i}");
    }
}
