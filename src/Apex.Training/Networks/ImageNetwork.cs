using Apex.Torch.Onnx;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Apex.Training.Networks;

/// <summary>
/// A classifier of images: layers one after the other. Convolutions may train in bfloat16, twice as fast where the processor has the instructions: the
/// parameters and their gradients stay float32 and are rounded at each use. Inference is always float32.
/// </summary>
internal abstract class ImageNetwork : Module<Tensor, Tensor>
{
    /// <summary>The largest difference of a logit that counts as the same network.</summary>
    private const double Tolerance = 1e-4;

    /// <summary>Images that the exported graph is tried on.</summary>
    private const int Tried = 256;

    /// <param name="name">The network's name.</param>
    /// <param name="layers">What it is made of, in the order in which they run.</param>
    protected ImageNetwork(string name, IReadOnlyList<(string Name, Module<Tensor, Tensor> Layer)> layers) : base(name)
    {
        Layers = layers;
        foreach (var (layerName, layer) in layers)
            register_module(layerName, layer);
        RegisterComponents();
    }

    /// <summary>How networks of this project are written as ONNX.</summary>
    public static ModuleWriters Writers { get; } = ModuleWriters.Known
        .With<ImageNetwork>((at, network, x) => network.Layers.Aggregate(x, (y, layer) => at.Write(layer.Name, layer.Layer, y)))
        .With<Convolution>((at, convolution, x) => at.Write("", convolution.Float32, x))
        .With<Float32>((_, _, x) => x);

    /// <summary>What the network is made of, in the order in which they run.</summary>
    public IReadOnlyList<(string Name, Module<Tensor, Tensor> Layer)> Layers { get; }

    /// <summary>Whether training rounds activations and the weights of convolutions to bfloat16.</summary>
    public bool TrainsInBFloat16 { get; init; }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var x = training && TrainsInBFloat16 ? input.to(bfloat16) : input;
        foreach (var (_, layer) in Layers)
            x = layer.call(x);
        return x.MoveToOuterDisposeScope();
    }

    /// <summary>The network as an ONNX graph, tried on real images.</summary>
    /// <param name="images">What it reads, shape <c>[samples, channels, height, width]</c>; the first 256 are tried.</param>
    /// <returns>The file's bytes, and the largest difference of a logit.</returns>
    /// <exception cref="InvalidOperationException">The graph computes something else.</exception>
    public (byte[] Onnx, double LargestDifference) Export(Tensor images)
    {
        byte[] onnx = TorchOnnx.Build(this, [.. images.shape[1..].Select(d => (int)d)], Writers).ToBytes();
        double difference = TorchOnnx.Parity(this, onnx, images[TensorIndex.Slice(0, Tried)]);
        // Written so that a NaN fails too.
        return difference < Tolerance
            ? (onnx, difference)
            : throw new InvalidOperationException($"{GetName()}: the exported graph differs from the network by {difference}");
    }

    /// <summary>A convolution in the precision of its input.</summary>
    internal static Tensor Convolve(Conv2d convolution, Tensor x, int stride, int pad) =>
        functional.conv2d(x, convolution.weight.to(x.dtype), convolution.bias?.to(x.dtype), [stride, stride], [pad, pad]);
}
