using Apex.Models;
using Apex.Probing;
using Apex.Torch.Modules;
using Apex.Training.Networks;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Apex.Torch.Tests;

/// <summary>Small networks with random weights.</summary>
internal static class Networks
{
    public static readonly int[] Shape = [1, 8, 8];

    public static TheoryData<string> Names => ["perceptron", "plain", "residual", "vit", "vit of means"];

    public static ImageNetwork Create(string name)
    {
        random.manual_seed(5);
        ImageNetwork network = name switch
        {
            "perceptron" => new MultilayerPerceptron(64, [24, 16], 5),
            "plain" => new PlainNetwork(1, 8, 5),
            "residual" => new ResidualNetwork(1, [6, 8], 5, blocks: 2),
            "vit" => new VisionTransformer(1, 8, 5, patch: 4, width: 16, depth: 2, heads: 2),
            "vit of means" => new VisionTransformer(1, 8, 5, patch: 2, width: 12, depth: 1, heads: 3, pooling: TokenPoolingKind.Mean),
            _ => throw new ArgumentOutOfRangeException(nameof(name)),
        };
        Settle(network);
        return network;
    }

    /// <summary>Statistics and affine parameters that are not those of a new network, so that leaving one out shows.</summary>
    public static void Settle(Module module)
    {
        using var none = no_grad();
        foreach (var norm in ModulePaths.Of(module).Select(m => m.Module).OfType<NormBase>())
        {
            norm.running_mean!.normal_(0, 0.3);
            norm.running_var!.uniform_(0.5, 1.5);
            norm.weight?.uniform_(0.5, 1.5);
            norm.bias?.normal_(0, 0.3);
        }

        foreach (var norm in ModulePaths.Of(module).Select(m => m.Module).OfType<LayerNorm>())
        {
            norm.weight?.uniform_(0.5, 1.5);
            norm.bias?.normal_(0, 0.3);
        }
    }

    public static ModelSample Sample(int seed, int elements)
    {
        var generator = new Random(seed);
        return new ModelSample([.. Enumerable.Range(0, elements).Select(_ => 4 * generator.NextSingle() - 2)], []);
    }

    public static ProbeSample[] Samples(int count, int elements) => [.. Enumerable.Range(0, count).Select(i => new ProbeSample(i, null, Sample(i, elements)))];
}
