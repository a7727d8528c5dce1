using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Apex.Training.Networks;

/// <summary>A convolution of square kernels that works in the precision of its input and keeps its weights in float32.</summary>
internal sealed class Convolution : Module<Tensor, Tensor>
{
    private readonly int _stride, _pad;

    /// <param name="from">Channels read.</param>
    /// <param name="to">Channels made.</param>
    /// <param name="kernel">Height and width of the kernel, odd; the border is padded so that only the stride makes the image smaller.</param>
    /// <param name="stride">Step.</param>
    /// <param name="bias">Whether a bias is added.</param>
    public Convolution(int from, int to, int kernel = 3, int stride = 1, bool bias = true) : base("convolution")
    {
        (_stride, _pad) = (stride, kernel / 2);
        Float32 = Conv2d(from, to, kernel, stride: stride, padding: _pad, bias: bias);
        RegisterComponents();
    }

    /// <summary>The same convolution in its own precision.</summary>
    [field: ComponentName(Name = "float32")]
    public Conv2d Float32 { get; }

    public override Tensor forward(Tensor input) => ImageNetwork.Convolve(Float32, input, _stride, _pad);
}
