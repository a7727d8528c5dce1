using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Apex.Torch.Modules;

/// <summary>Adds a learned vector to each token, by where it stands: <c>[N, T, width]</c> to the same shape.</summary>
public sealed class PositionEmbedding : Module<Tensor, Tensor>
{
    internal const double InitialDeviation = 0.02;

    /// <param name="tokens">T, the class token included.</param>
    /// <param name="width">Length of a token.</param>
    public PositionEmbedding(int tokens, int width) : base(nameof(PositionEmbedding))
    {
        Positions = Parameter(normal(0, InitialDeviation, [1, tokens, width]));
        RegisterComponents();
    }

    /// <summary>Shape <c>[1, T, width]</c>.</summary>
    [field: ComponentName(Name = "positions")]
    public Parameter Positions { get; }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input) => input.Plus(Positions);
}
