using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Apex.Training;

/// <summary>
/// A CIFAR-style residual network (K. He et al., "Deep residual learning for image recognition", 2015, section 4.2) with 1x1
/// convolutions on the shortcuts that change shape: stem, one block a stage, global average pool, linear.
/// </summary>
internal sealed class ResidualNetwork : ImageNetwork
{
    private readonly Linear _linear;

    /// <param name="channels">Channels of the input.</param>
    /// <param name="widths">Channels of each stage; every stage but the first halves the image.</param>
    /// <param name="classes">Number of logits.</param>
    public ResidualNetwork(int channels, int[] widths, int classes) : base("residual")
    {
        StemConvolution = Conv2d(channels, widths[0], 3, padding: 1, bias: false);
        StemNorm = BatchNorm2d(widths[0]);
        Blocks = [.. widths.Select((width, i) => new ResidualBlock(i == 0 ? widths[0] : widths[i - 1], width, i == 0 ? 1 : 2))];
        _linear = Linear(widths[^1], classes);
        for (int i = 0; i < Blocks.Count; i++)
            register_module($"block{i}", Blocks[i]);
        RegisterComponents();
    }

    public Conv2d StemConvolution { get; }

    public BatchNorm2d StemNorm { get; }

    public IReadOnlyList<ResidualBlock> Blocks { get; }

    public Linear Head => _linear;

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        x = functional.relu(StemNorm.call(Convolve(StemConvolution, Enter(x), 1, 1)));
        foreach (var block in Blocks)
            x = block.call(x);
        return _linear.call(x.mean([2, 3]).to(float32)).MoveToOuterDisposeScope();
    }
}
