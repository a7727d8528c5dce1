using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Apex.Training;

/// <summary>
/// A plain convolutional network of three ReLU sites: two 3x3 convolutions, each followed by ReLU and 2x2 max pooling, a hidden linear
/// layer with ReLU, a linear layer to the logits.
/// </summary>
internal sealed class PlainNetwork : ImageNetwork
{
    /// <param name="channels">Channels of the input.</param>
    /// <param name="size">Height and width of the input, divisible by 4.</param>
    /// <param name="classes">Number of logits.</param>
    public PlainNetwork(int channels, int size, int classes) : base("plain")
    {
        Convolution1 = Conv2d(channels, 16, 3, padding: 1);
        Convolution2 = Conv2d(16, 32, 3, padding: 1);
        Hidden = Linear(32 * (size / 4) * (size / 4), 64);
        Head = Linear(64, classes);
        RegisterComponents();
    }

    public Conv2d Convolution1 { get; }

    public Conv2d Convolution2 { get; }

    public Linear Hidden { get; }

    public Linear Head { get; }

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        x = functional.max_pool2d(functional.relu(Convolve(Convolution1, Enter(x), 1, 1)), 2);
        x = functional.max_pool2d(functional.relu(Convolve(Convolution2, x, 1, 1)), 2);
        x = functional.relu(Hidden.call(x.flatten(1).to(float32)));
        return Head.call(x).MoveToOuterDisposeScope();
    }
}
