using Apex.Torch.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Apex.Training.Networks;

/// <summary>
/// A CIFAR-style residual network (K. He et al., "Deep residual learning for image recognition", 2015, section 4.2) with 1x1
/// convolutions on the shortcuts that change shape: stem, blocks of two convolutions, global average pool, linear.
/// </summary>
/// <param name="channels">Channels of the input.</param>
/// <param name="widths">Channels of each stage; every stage but the first halves the image.</param>
/// <param name="classes">Number of logits.</param>
/// <param name="blocks">Blocks a stage.</param>
internal sealed class ResidualNetwork(int channels, IReadOnlyList<int> widths, int classes, int blocks = 1)
    : ImageNetwork("residual", [.. Stem(channels, widths[0]), .. Stages(widths, blocks), .. Head(widths[^1], classes)])
{
    /// <summary>The network of three stages of 16, 32 and 64 channels with a given number of layers with weights.</summary>
    /// <param name="depth">6 n + 2: 8, 14, 20, ...</param>
    /// <param name="channels">Channels of the input.</param>
    /// <param name="classes">Number of logits.</param>
    public static ResidualNetwork OfDepth(int depth, int channels, int classes) => depth >= 8 && (depth - 2) % 6 == 0
        ? new ResidualNetwork(channels, [16, 32, 64], classes, (depth - 2) / 6)
        : throw new InvalidInputException($"a residual network of depth {depth}: give 6n + 2, e.g. 8, 20 or 56");

    private static IEnumerable<(string, Module<Tensor, Tensor>)> Stem(int channels, int width) =>
        [("conv", new Convolution(channels, width, bias: false)), ("norm", BatchNorm2d(width)), ("relu", ReLU())];

    private static IEnumerable<(string, Module<Tensor, Tensor>)> Stages(IReadOnlyList<int> widths, int blocks)
    {
        int from = widths[0], count = 0;
        for (int stage = 0; stage < widths.Count; stage++)
        {
            for (int block = 0; block < blocks; block++)
            {
                yield return ($"block{count++}", Block(from, widths[stage], stage > 0 && block == 0 ? 2 : 1));
                from = widths[stage];
            }
        }
    }

    /// <summary>relu(x' + norm(conv(relu(norm(conv(x)))))), where x' is x, or a 1x1 convolution of it where the shape changes.</summary>
    private static Residual Block(int from, int to, int stride) => new(
        Sequential(
            ("conv1", new Convolution(from, to, stride: stride, bias: false)), ("norm1", BatchNorm2d(to)), ("relu", ReLU()),
            ("conv2", new Convolution(to, to, bias: false)), ("norm2", BatchNorm2d(to))),
        from == to && stride == 1 ? null : Sequential(("conv", new Convolution(from, to, kernel: 1, stride: stride, bias: false)), ("norm", BatchNorm2d(to))),
        ReLU());

    private static IEnumerable<(string, Module<Tensor, Tensor>)> Head(int width, int classes) =>
        [("pool", AdaptiveAvgPool2d(1)), ("flatten", Flatten()), ("float32", new Float32()), ("head", Linear(width, classes))];
}
