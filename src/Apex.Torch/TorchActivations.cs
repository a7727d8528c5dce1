using TorchSharp.Modules;
using Module = TorchSharp.torch.nn.Module;

namespace Apex.Torch;

/// <summary>Tells which modules are non-linearities, under the names that the ONNX backend gives them.</summary>
internal static class TorchActivations
{
    /// <summary>The non-linearity's name, or null where the module is none.</summary>
    public static string? Op(Module module) => module switch
    {
        ReLU => "Relu",
        ReLU6 => "ReLU6",
        // In eval mode the slope is the middle of its range.
        LeakyReLU or RReLU => "LeakyRelu",
        PReLU => "PRelu",
        ELU => "Elu",
        SELU => "Selu",
        CELU => "Celu",
        GELU gelu => gelu.approximate == GELU.Approximate.tanh ? "GELU(tanh)" : "GELU",
        SiLU => "SiLU",
        Mish => "Mish",
        Hardswish => "HardSwish",
        Sigmoid => "Sigmoid",
        Hardsigmoid => "HardSigmoid",
        Tanh => "Tanh",
        Softplus => "Softplus",
        Softsign => "Softsign",
        Threshold or Hardshrink or Softshrink or Tanhshrink or LogSigmoid => module.GetType().Name,
        _ => null,
    };

    /// <summary>Whether a module only turns logits into probabilities, so that the logits are what it reads.</summary>
    public static bool ReadsLogits(Module module) => module is Sigmoid or Softmax or LogSoftmax;
}
