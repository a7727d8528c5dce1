using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Apex.Torch.Modules;

/// <summary>One vector out of many tokens: <c>[N, T, width]</c> to <c>[N, width]</c>.</summary>
/// <param name="kind">The first token, or the mean of all.</param>
public sealed class TokenPooling(TokenPoolingKind kind) : Module<Tensor, Tensor>(nameof(TokenPooling))
{
    /// <summary>The first token, or the mean of all.</summary>
    public TokenPoolingKind Kind { get; } = kind;

    /// <inheritdoc/>
    public override Tensor forward(Tensor input) => Kind == TokenPoolingKind.First ? input.select(1, 0) : input.mean([1]);
}
