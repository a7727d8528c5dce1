using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Apex.Training;

/// <summary>relu(x' + bn(conv(relu(bn(conv(x)))))), where x' is x, or a 1x1 convolution of it where the shape changes.</summary>
internal sealed class ResidualBlock : Module<Tensor, Tensor>
{
    public ResidualBlock(int from, int to, int stride) : base("block")
    {
        Stride = stride;
        Convolution1 = Conv2d(from, to, 3, stride: stride, padding: 1, bias: false);
        Norm1 = BatchNorm2d(to);
        Convolution2 = Conv2d(to, to, 3, padding: 1, bias: false);
        Norm2 = BatchNorm2d(to);
        if (from != to || stride != 1)
        {
            Shortcut = Conv2d(from, to, 1, stride: stride, bias: false);
            ShortcutNorm = BatchNorm2d(to);
        }

        RegisterComponents();
    }

    public int Stride { get; }

    public Conv2d Convolution1 { get; }

    public BatchNorm2d Norm1 { get; }

    public Conv2d Convolution2 { get; }

    public BatchNorm2d Norm2 { get; }

    public Conv2d? Shortcut { get; }

    public BatchNorm2d? ShortcutNorm { get; }

    public override Tensor forward(Tensor x)
    {
        var y = functional.relu(Norm1.call(ImageNetwork.Convolve(Convolution1, x, Stride, 1)));
        y = Norm2.call(ImageNetwork.Convolve(Convolution2, y, 1, 1));
        return functional.relu(y + (Shortcut is null ? x : ShortcutNorm!.call(ImageNetwork.Convolve(Shortcut, x, Stride, 0))));
    }
}
