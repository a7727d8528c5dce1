using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Apex.Torch.Modules;

/// <summary>
/// A pre-norm transformer block: x + attention(norm(x)), then x + mlp(norm(x)) with one hidden GELU layer; <c>[N, T, width]</c> to the same shape.
/// </summary>
public sealed class TransformerBlock : Module<Tensor, Tensor>
{
    /// <param name="width">Length of a token.</param>
    /// <param name="heads">Heads of the attention; they divide the width.</param>
    /// <param name="hidden">Width of the hidden layer; 0 for four times that of a token.</param>
    public TransformerBlock(int width, int heads, int hidden = 0) : base(nameof(TransformerBlock))
    {
        int wide = hidden == 0 ? 4 * width : hidden;
        Attention = new Residual(Sequential(("norm", LayerNorm(width)), ("attention", new SelfAttention(width, heads))));
        Mlp = new Residual(Sequential(("norm", LayerNorm(width)), ("in", Linear(width, wide)), ("gelu", GELU()), ("out", Linear(wide, width))));
        RegisterComponents();
    }

    /// <summary>The half that mixes tokens.</summary>
    [field: ComponentName(Name = "attention")]
    public Residual Attention { get; }

    /// <summary>The half that works on each token alone.</summary>
    [field: ComponentName(Name = "mlp")]
    public Residual Mlp { get; }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input) => Mlp.call(Attention.call(input));
}
