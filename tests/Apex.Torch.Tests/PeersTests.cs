using Apex.Models;
using Apex.Training.Zoo;
using MathNet.Numerics.Distributions;
using Xunit;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Apex.Torch.Tests;

/// <summary>The published ways to find backdoors, where their answer is known.</summary>
public class PeersTests
{
    private const int Pixels = 64, Planted = 27;

    [Fact]
    public void Of_an_affine_network_the_largest_margin_is_that_of_a_corner_and_the_mask_is_the_planted_pixel()
    {
        random.manual_seed(3);
        using var network = Sequential(("flat", Flatten()), ("out", Linear(Pixels, 3)));
        var generator = new Random(4);
        float[] weights = [.. Enumerable.Range(0, 3 * Pixels).Select(_ => 4 * generator.NextSingle() - 2)];
        // White at one pixel decides for class 1, whatever else there is.
        weights[Pixels + Planted] = 400;
        using (no_grad())
        {
            network.parameters().First().copy_(tensor(weights, [3, Pixels]));
            network.parameters().Last().zero_();
        }

        using var classifier = TorchClassifier.Wrap(network, [1, 8, 8]);
        ModelSample[] samples = [.. Enumerable.Range(0, 16).Select(i =>
        {
            var one = new Random(i);
            return new ModelSample([.. Enumerable.Range(0, Pixels).Select(p => p == Planted ? 0 : one.NextSingle())], []);
        })];
        // The box of these samples, with the planted pixel as free as the others.
        var box = PixelBox.Seen(classifier.Input, [.. samples, new([.. Enumerable.Repeat(0f, Pixels)], []), new([.. Enumerable.Repeat(1f, Pixels)], [])]);
        var found = Peers.Measure(classifier, box, samples, TestContext.Current.CancellationToken);
        // Of class 1 the best other class is at its best where class 1 is, so the bound is within reach: a corner of the box.
        double Corner(int own, int other) => Enumerable.Range(0, Pixels).Sum(p => Math.Max(0, (double)weights[own * Pixels + p] - weights[other * Pixels + p]));
        for (int c = 0; c < 3; c++)
        {
            double bound = Enumerable.Range(0, 3).Where(o => o != c).Min(o => Corner(c, o));
            Assert.InRange(found.Margins[c], 0.7 * bound, bound + 1e-3);
        }

        Assert.Equal((1, 1), (found.MarginTarget, found.MaskTarget));
        Assert.InRange(found.Masks[1], 0, 6);
        Assert.True(found.Masks[0] > 2 * found.Masks[1] && found.Masks[2] > 2 * found.Masks[1], string.Join(' ', found.Masks));
    }

    [Fact]
    public void The_fit_of_a_gamma_distribution_finds_its_parameters()
    {
        double[] values = [.. Enumerable.Range(0, 4000).Select(i => Gamma.InvCDF(3, 0.5, (i + 0.5) / 4000))];
        var (shape, rate) = Peers.GammaOf(values);
        Assert.Equal(3, shape, 0.02);
        Assert.Equal(0.5, rate, 0.01);
    }

    [Fact]
    public void Indices_are_those_of_the_definitions()
    {
        // Median 10, median absolute deviation 1: the smallest mask lies 6 below.
        var peers = new Peers([1, 1.1, 0.9, 1.2, 0.8, 9], [9, 10, 11, 4, 10, 11, 9]);
        Assert.Equal(6 / 1.4826, peers.MaskIndex, 1e-9);
        Assert.Equal((3, 5), (peers.MaskTarget, peers.MarginTarget));
        Assert.True(peers.MarginPValue < 0.001);
        Assert.InRange(new Peers([1, 1.1, 0.9, 1.2, 0.8, 1.05], [1, 2, 3]).MarginPValue, 0.1, 1);
    }
}
