using TorchSharp.Modules;

namespace Apex.Torch.Onnx;

/// <summary>Non-linearities. What opset 17 has no operator for is spelled as the ONNX backend knows it, so that both find the same sites.</summary>
public sealed partial class ModuleWriters
{
    private const double SeluAlpha = 1.6732632423543772, SeluGamma = 1.0507009873554805;

    private static ModuleWriters WithActivations(ModuleWriters writers) => writers
        .With<ReLU>((at, _, x) => at.Node("Relu", [x]))
        .With<ReLU6>((at, _, x) => at.Node("Clip", [x, at.Scalar("low", 0), at.Scalar("high", 6)]))
        .With<LeakyReLU>((at, m, x) => at.Node("LeakyRelu", [x], ("alpha", m.negative_slope)))
        .With<RReLU>((at, m, x) => at.Node("LeakyRelu", [x], ("alpha", (m.lower + m.upper) / 2)))
        .With<PReLU>((at, m, x) => at.Node("PRelu", [x, Slope(at, m)]))
        .With<ELU>((at, m, x) => at.Node("Elu", [x], ("alpha", m.alpha)))
        .With<SELU>((at, _, x) => at.Node("Selu", [x], ("alpha", SeluAlpha), ("gamma", SeluGamma)))
        .With<CELU>((at, m, x) => at.Node("Celu", [x], ("alpha", m.alpha)))
        .With<GELU>((at, m, x) => m.approximate == GELU.Approximate.tanh ? GeluByTanh(at, x) : Gelu(at, x))
        .With<SiLU>((at, _, x) => at.Node("Mul", [x, at.Part("sigmoid", "Sigmoid", [x])]))
        .With<Mish>((at, _, x) => at.Node("Mul", [x, at.Part("tanh", "Tanh", [at.Part("softplus", "Softplus", [x])])]))
        .With<Hardswish>((at, _, x) => at.Node("HardSwish", [x]))
        .With<Sigmoid>((at, _, x) => at.Node("Sigmoid", [x]))
        .With<Hardsigmoid>((at, _, x) => at.Node("HardSigmoid", [x], ("alpha", 1.0 / 6), ("beta", 0.5)))
        .With<Tanh>((at, _, x) => at.Node("Tanh", [x]))
        .With<Softplus>(Softplus)
        .With<Softsign>((at, _, x) => at.Node("Softsign", [x]));

    /// <summary>One slope for all, or one for each channel, which is the second axis.</summary>
    private static string Slope(ModuleScope at, PReLU module) => module.num_parameters == 1
        ? at.Constant("weight", module.weight)
        : at.Constant("weight", module.weight, [module.num_parameters, .. Enumerable.Repeat(1L, at.Rank - 2)]);

    /// <summary>x/2 (1 + erf(x / sqrt 2)).</summary>
    private static string Gelu(ModuleScope at, string x)
    {
        string erf = at.Part("erf", "Erf", [at.Part("scaled", "Mul", [x, at.Scalar("scale", Math.Sqrt(0.5))])]);
        return Halved(at, x, erf);
    }

    /// <summary>x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))).</summary>
    private static string GeluByTanh(ModuleScope at, string x)
    {
        string cube = at.Part("cube", "Mul", [at.Part("square", "Mul", [x, x]), x]);
        string sum = at.Part("sum", "Add", [x, at.Part("cubic", "Mul", [cube, at.Scalar("weight_of_cube", 0.044715)])]);
        return Halved(at, x, at.Part("tanh", "Tanh", [at.Part("scaled", "Mul", [sum, at.Scalar("scale", Math.Sqrt(2 / Math.PI))])]));
    }

    private static string Halved(ModuleScope at, string x, string gate) =>
        at.Node("Mul", [at.Part("half", "Mul", [x, at.Scalar("one_half", 0.5)]), at.Part("gate", "Add", [gate, at.Scalar("one", 1)])]);

    private static string Softplus(ModuleScope at, Softplus module, string x) => module.beta == 1
        ? at.Node("Softplus", [x])
        : at.Node("Div", [at.Part("softplus", "Softplus", [at.Part("scaled", "Mul", [x, at.Scalar("beta", module.beta)])]), at.Scalar("divisor", module.beta)]);
}
