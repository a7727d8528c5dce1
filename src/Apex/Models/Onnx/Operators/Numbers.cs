using MathNet.Numerics;

namespace Apex.Models.Onnx.Operators;

/// <summary>What operators make of numbers.</summary>
internal static class Numbers
{
    /// <summary>The first input.</summary>
    public static NumberFunction First { get; } = (_, _, a, _) => a;

    /// <summary>A function of one number.</summary>
    public static NumberFunction Of(Func<double, double> function) => (_, _, a, _) => function(a);

    /// <summary>A function of two numbers.</summary>
    public static NumberFunction Of(Func<double, double, double> function) => (_, _, a, input) => input(1) is { } b ? function(a, b) : null;

    /// <summary>A function of just two numbers, by an operator that takes any count.</summary>
    public static NumberFunction OfTwo(Func<double, double, double> function) =>
        (node, _, a, input) => node.Input.Count == 2 && input(1) is { } b ? function(a, b) : null;

    public static double Rectified(double x) => Math.Max(x, 0);

    public static double Logistic(double x) => 1 / (1 + Math.Exp(-x));

    public static double Softplus(double x) => Math.Log(1 + Math.Exp(x));

    public static double Gelu(double x) => 0.5 * x * (1 + SpecialFunctions.Erf(x / Math.Sqrt(2)));

    public static double GeluByTanh(double x) => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
}
