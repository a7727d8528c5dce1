using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Apex.Torch.Modules;

/// <summary>Cuts images into square patches and maps each to a vector: <c>[N, C, H, W]</c> to <c>[N, patches, width]</c>, rows of patches first.</summary>
public sealed class PatchEmbedding : Module<Tensor, Tensor>
{
    /// <param name="channels">Channels of the image.</param>
    /// <param name="width">Length of a patch's vector.</param>
    /// <param name="patch">Height and width of a patch; they divide those of the image.</param>
    public PatchEmbedding(int channels, int width, int patch) : base(nameof(PatchEmbedding))
    {
        Projection = Conv2d(channels, width, patch, stride: patch);
        RegisterComponents();
    }

    /// <summary>The map of a patch, as a convolution that steps from patch to patch.</summary>
    [field: ComponentName(Name = "projection")]
    public Conv2d Projection { get; }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input) => Projection.call(input).flatten(2).transpose(1, 2);
}
