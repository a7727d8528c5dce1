using Apex.Training.Networks;

namespace Apex.Training;

/// <summary>Networks for grey images, as they come from their names.</summary>
internal static class FashionNetworks
{
    /// <summary>A network with fresh weights.</summary>
    /// <param name="network">Which.</param>
    /// <param name="size">Height and width of the images.</param>
    /// <param name="classes">Number of logits.</param>
    /// <param name="inBFloat16">Whether convolutions train in bfloat16; see <see cref="ImageNetwork"/>.</param>
    /// <exception cref="InvalidInputException">It takes no images of this size.</exception>
    public static ImageNetwork Create(FashionNetwork network, int size, int classes, bool inBFloat16 = false) => network switch
    {
        FashionNetwork.Perceptron => new MultilayerPerceptron(size * size, [256, 128], classes),
        FashionNetwork.Plain when size % 4 == 0 => new PlainNetwork(1, size, classes) { TrainsInBFloat16 = inBFloat16 },
        FashionNetwork.Transformer when size % 4 == 0 => new VisionTransformer(1, size, classes),
        FashionNetwork.Residual => new ResidualNetwork(1, [16, 32, 64], classes) { TrainsInBFloat16 = inBFloat16 },
        _ => throw new InvalidInputException($"--network {network}: takes images whose size 4 divides, not {size} x {size}"),
    };

    /// <summary>The largest learning rate of its cycle: without batch norm the larger one does not converge.</summary>
    public static double PeakRate(FashionNetwork network) => network == FashionNetwork.Residual ? 0.2 : 0.05;
}
