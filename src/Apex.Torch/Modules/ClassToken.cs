using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Apex.Torch.Modules;

/// <summary>Puts a learned token before all others: <c>[N, T, width]</c> to <c>[N, 1 + T, width]</c>.</summary>
public sealed class ClassToken : Module<Tensor, Tensor>
{
    /// <param name="width">Length of a token.</param>
    public ClassToken(int width) : base(nameof(ClassToken))
    {
        Token = Parameter(normal(0, PositionEmbedding.InitialDeviation, [1, 1, width]));
        RegisterComponents();
    }

    /// <summary>Shape <c>[1, 1, width]</c>.</summary>
    [field: ComponentName(Name = "token")]
    public Parameter Token { get; }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input) => cat([Token.expand(input.shape[0], -1, -1), input], 1);
}
