using Apex.Torch.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Apex.Training.Networks;

/// <summary>
/// A small vision transformer (A. Dosovitskiy et al., "An image is worth 16x16 words", 2020): patches, learned positions, pre-norm blocks, a last norm, and a
/// linear layer on the class token or on the mean of all tokens.
/// </summary>
/// <param name="channels">Channels of the input.</param>
/// <param name="size">Height and width of the input.</param>
/// <param name="classes">Number of logits.</param>
/// <param name="patch">Height and width of a patch; divides <paramref name="size"/>.</param>
/// <param name="width">Length of a token.</param>
/// <param name="depth">Number of blocks.</param>
/// <param name="heads">Heads of each attention; divides <paramref name="width"/>.</param>
/// <param name="pooling">What the logits are read from.</param>
internal sealed class VisionTransformer(
    int channels, int size, int classes, int patch = 4, int width = 64, int depth = 4, int heads = 4, TokenPoolingKind pooling = TokenPoolingKind.First)
    : ImageNetwork("vit",
    [
        ("float32", new Float32()), ("patches", new PatchEmbedding(channels, width, patch)),
        .. Tokens(size / patch * (size / patch), width, pooling), .. Blocks(width, depth, heads),
        ("norm", LayerNorm(width)), ("pool", new TokenPooling(pooling)), ("head", Linear(width, classes)),
    ])
{
    private static IEnumerable<(string, Module<Tensor, Tensor>)> Tokens(int patches, int width, TokenPoolingKind pooling)
    {
        if (pooling == TokenPoolingKind.First)
            yield return ("class_token", new ClassToken(width));
        yield return ("positions", new PositionEmbedding(pooling == TokenPoolingKind.First ? patches + 1 : patches, width));
    }

    private static IEnumerable<(string, Module<Tensor, Tensor>)> Blocks(int width, int depth, int heads) =>
        Enumerable.Range(0, depth).Select(i => ($"block{i}", (Module<Tensor, Tensor>)new TransformerBlock(width, heads)));
}
