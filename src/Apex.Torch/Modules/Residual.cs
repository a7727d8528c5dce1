using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Apex.Torch.Modules;

/// <summary>activation(body(x) + shortcut(x)), with modules in place of code, so that hooks and the ONNX writer see all of it.</summary>
public sealed class Residual : Module<Tensor, Tensor>
{
    /// <param name="body">The path that is learned.</param>
    /// <param name="shortcut">What x passes on the way around; null for x itself.</param>
    /// <param name="activation">What the sum passes; null for none.</param>
    public Residual(Module<Tensor, Tensor> body, Module<Tensor, Tensor>? shortcut = null, Module<Tensor, Tensor>? activation = null) : base(nameof(Residual))
    {
        (Body, Shortcut, Activation) = (body, shortcut, activation);
        RegisterComponents();
    }

    /// <summary>The path that is learned.</summary>
    [field: ComponentName(Name = "body")]
    public Module<Tensor, Tensor> Body { get; }

    /// <summary>What x passes on the way around; null for x itself.</summary>
    [field: ComponentName(Name = "shortcut")]
    public Module<Tensor, Tensor>? Shortcut { get; }

    /// <summary>What the sum passes; null for none.</summary>
    [field: ComponentName(Name = "activation")]
    public Module<Tensor, Tensor>? Activation { get; }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        var sum = Body.call(input).Plus(Shortcut?.call(input) ?? input);
        return Activation?.call(sum) ?? sum;
    }
}
