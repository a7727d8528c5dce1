using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Apex.Training;

/// <summary>
/// A classifier of images. Convolutions may train in bfloat16, twice as fast where the processor has the instructions: the parameters
/// and their gradients stay float32 and are rounded at each use. Inference is always float32.
/// </summary>
internal abstract class ImageNetwork(string name) : Module<Tensor, Tensor>(name)
{
    /// <summary>Whether training rounds activations and the weights of convolutions to bfloat16.</summary>
    public bool TrainsInBFloat16 { get; init; }

    /// <summary>The input in the precision of this pass.</summary>
    protected Tensor Enter(Tensor x) => training && TrainsInBFloat16 ? x.to(bfloat16) : x;

    /// <summary>A convolution in the precision of its input.</summary>
    internal static Tensor Convolve(Conv2d convolution, Tensor x, int stride, int pad) =>
        functional.conv2d(x, convolution.weight.to(x.dtype), convolution.bias?.to(x.dtype), [stride, stride], [pad, pad]);
}
