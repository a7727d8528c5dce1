using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Apex.Torch.Modules;

/// <summary>
/// Multi-head self-attention, softmax(q k^T / sqrt(d)) v for each head, then a linear map: <c>[N, T, width]</c> to the same shape.
/// </summary>
public sealed class SelfAttention : Module<Tensor, Tensor>
{
    /// <summary>It outlasts the calls; see <see cref="LastingScalars"/>.</summary>
    private readonly Scalar _scale;

    /// <param name="width">Length of a token.</param>
    /// <param name="heads">Number of heads; it divides the width.</param>
    public SelfAttention(int width, int heads) : base(nameof(SelfAttention))
    {
        if (heads < 1 || width % heads != 0)
            throw new ArgumentException($"{heads} heads do not divide a width of {width}", nameof(heads));
        (Heads, HeadWidth) = (heads, width / heads);
        _scale = (1 / Math.Sqrt(HeadWidth)).ToScalar();
        QueryKeyValue = Linear(width, 3 * width);
        Projection = Linear(width, width);
        RegisterComponents();
    }

    /// <summary>Number of heads.</summary>
    public int Heads { get; }

    /// <summary>d, the part of a token that a head reads.</summary>
    public int HeadWidth { get; }

    /// <summary>Makes q, k and v, in this order, each split among the heads.</summary>
    [field: ComponentName(Name = "query_key_value")]
    public Linear QueryKeyValue { get; }

    /// <summary>Mixes what the heads found.</summary>
    [field: ComponentName(Name = "projection")]
    public Linear Projection { get; }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        long samples = input.shape[0], tokens = input.shape[1];
        // [3, N, heads, T, d]
        var parts = QueryKeyValue.call(input).reshape(samples, tokens, 3, Heads, HeadWidth).permute(2, 0, 3, 1, 4);
        var weights = parts[0].matmul(parts[1].transpose(-2, -1)).mul(_scale).softmax(-1);
        return Projection.call(weights.matmul(parts[2]).transpose(1, 2).reshape(samples, tokens, Heads * HeadWidth));
    }
}
