using Apex.Models;
using Apex.Models.Onnx;
using Apex.Probing;
using Apex.Torch.Onnx;
using Apex.Training.Networks;
using Xunit;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Apex.Torch.Tests;

/// <summary>Autograd of a module and the backward graph of the same network as ONNX are two ways to the same gradients.</summary>
public class TorchGradientTests
{
    private const int Elements = 64;

    public static TheoryData<string, GradientTarget> Cases =>
        [.. from name in Networks.Names from target in Enum.GetValues<GradientTarget>() select (name.Data, target)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Both_backends_agree(string name, GradientTarget target)
    {
        using var network = Networks.Create(name);
        using var folder = new TempFolder();
        TorchOnnx.Save(network, Networks.Shape, folder["network.onnx"], ImageNetwork.Writers);
        using var torch = TorchClassifier.Wrap(network, Networks.Shape);
        using var onnx = OnnxClassifier.Load(folder["network.onnx"]);
        ModelSample[] samples = [.. Enumerable.Range(0, 5).Select(i => Networks.Sample(i, Elements))];
        // Predicted classes, and given ones.
        foreach (int[]? labels in (int[]?[])[null, [0, 1, 2, 3, 4]])
        {
            using var left = torch.Gradient(target, torch.Sites, clip: 0.7);
            using var right = onnx.Gradient(target, onnx.Sites, clip: 0.7);
            foreach (var (a, b) in left.At(samples, labels).Zip(right.At(samples, labels)))
            {
                Assert.Equal(a.Value, b.Value, 1e-4f);
                for (int l = 0; l < torch.Sites.Count; l++)
                {
                    double scale = b.Sites[l].Max(Math.Abs);
                    Assert.All(a.Sites[l].Zip(b.Sites[l]), pair => Assert.Equal(pair.Second, pair.First, 1e-4 * scale + 1e-6));
                }
            }
        }
    }

    [Fact]
    public void Directed_noise_of_both_backends_leads_as_far()
    {
        using var network = Networks.Create("plain");
        using var folder = new TempFolder();
        TorchOnnx.Save(network, Networks.Shape, folder["network.onnx"], ImageNetwork.Writers);
        using var torch = TorchClassifier.Wrap(network, Networks.Shape);
        using var onnx = OnnxClassifier.Load(folder["network.onnx"]);
        ModelSample[] samples = [.. Enumerable.Range(0, 24).Select(i => Networks.Sample(i, Elements))];
        var box = PixelBox.Seen(onnx.Input, samples);
        double[] Margins(IClassifier classifier)
        {
            using var search = new DirectedSearch((IDifferentiableClassifier)classifier, box, isClipped: true, samples[..12], samples[12..], threads: 1);
            return [.. search.Ball(0.1, 10, [0, 1, 2, 3, 4]).Select(d => d.Margin)];
        }

        double[] left = Margins(torch), right = Margins(onnx);
        Assert.All(left.Zip(right), pair => Assert.Equal(pair.First, pair.Second, 0.02));
    }

    [Fact]
    public void What_is_frozen_changed_in_place_or_read_by_nothing_has_its_gradient_too()
    {
        random.manual_seed(1);
        using var network = Sequential(("in", Linear(6, 5)), ("act", ReLU(inplace: true)), ("again", ReLU(inplace: true)), ("out", Linear(5, 3)));
        foreach (var parameter in network.parameters())
            parameter.requires_grad_(false);
        using var classifier = TorchClassifier.Wrap(network, [6]);
        using var gradient = classifier.Gradient(GradientTarget.Logit, classifier.Sites);
        var at = gradient.At(Networks.Sample(3, 6), 1);
        var (weights, rows) = (network.parameters().ElementAt(2), network.parameters().ElementAt(0));
        float[] own = weights[1].Floats();
        // d logit / d a = W_1 behind the last site, and W_1 through what is above 0 behind the first layer.
        using var clean = classifier.OpenClean(classifier.Sites);
        float[] activation = clean.Run(Networks.Sample(3, 6)).Activations[2];
        Assert.Equal(own, at.Sites[2]);
        Assert.Contains(activation, a => a > 0);
        for (int i = 0; i < 6; i++)
        {
            double expected = Enumerable.Range(0, 5).Sum(k => activation[k] > 0 ? own[k] * rows[k][i].item<float>() : 0.0);
            Assert.Equal(expected, at.Sites[0][i], 1e-5);
        }
    }
}
