using Apex.Models.Onnx.Graphs;
using MathNet.Numerics;

namespace Apex.Models.Onnx.Operators;

/// <summary>Sums, products, elementary functions and comparisons, element by element.</summary>
internal static class Arithmetic
{
    private const double TwoOverRootPi = 1.1283791670955126;

    public static Operator[] Rows { get; } =
    [
        // Of several tensors.
        new("Add")
        {
            Numbers = Numbers.Of((a, b) => a + b), EndsComposition = true, Limit = Recession.WithoutConstants,
            Tangent = Tangent.Sum((_, _, _, d) => d), Cotangent = Cotangent.Sum((_, _, _, d) => d),
            ConstantsAreTrained = true, Linear = Linearity.Together, IsLayer = true,
        },
        new("Sub")
        {
            Numbers = Numbers.Of((a, b) => a - b), EndsComposition = true, Limit = Recession.WithoutConstants,
            Tangent = Tangent.Sum((g, _, i, d) => i == 0 ? d : g.Emit("Neg", [d])),
            Cotangent = Cotangent.Sum((g, _, i, d) => i == 0 ? d : g.Emit("Neg", [d])), ConstantsAreTrained = true, Linear = Linearity.Together,
        },
        new("Mul")
        {
            Numbers = Numbers.Of((a, b) => a * b), EndsComposition = true, Limit = Recession.Create("itself, if one factor is constant", Factor),
            Tangent = Tangent.Product, Cotangent = Cotangent.Sum((g, node, i, d) => g.Emit("Mul", [d, node.Input[1 - i]])),
            ConstantsAreTrained = true, Linear = Linearity.Each, Bends = Bending.Product,
        },
        new("Div")
        {
            Numbers = Numbers.Of((a, b) => a / b), EndsComposition = true, Limit = Recession.Create("itself, if the divisor is constant", Divisor),
            Tangent = new("quotient rule", Div), Cotangent = Cotangent.Sum(SendDiv), ConstantsAreTrained = true, Linear = Linearity.First,
        },
        new("Sum")
        {
            Limit = Recession.WithoutConstants, Tangent = Tangent.Sum((_, _, _, d) => d), Cotangent = Cotangent.Sum((_, _, _, d) => d),
            ConstantsAreTrained = true, Linear = Linearity.Together,
        },
        new("Mean")
        {
            Limit = Recession.WithoutConstants, Tangent = Tangent.Sum((g, node, _, d) => g.Times(d, 1.0 / node.Input.Count)),
            Cotangent = Cotangent.Sum((g, node, _, d) => g.Times(d, 1.0 / node.Input.Count)), Linear = Linearity.Together,
        },
        new("Max")
        {
            Numbers = Numbers.OfTwo(Math.Max), EndsComposition = true, Limit = Recession.WithoutConstants,
            Tangent = new("the later input's on ties", (g, node) => Extreme(g, node, "Greater")),
            Cotangent = new((g, node) => SendExtreme(g, node, "Greater")), Bends = Bending.Extreme, MakesNorm = true,
        },
        new("Min")
        {
            Numbers = Numbers.OfTwo(Math.Min), EndsComposition = true, Limit = Recession.WithoutConstants,
            Tangent = new("the later input's on ties", (g, node) => Extreme(g, node, "Less")),
            Cotangent = new((g, node) => SendExtreme(g, node, "Less")), Bends = Bending.Extreme,
        },
        new("Pow")
        {
            Numbers = Numbers.Of(Math.Pow), Limit = Recession.Disproportionate, Tangent = Tangent.Symmetric("smooth, for constant exponents", Pow),
            Bends = Bending.Power, MakesNorm = true,
        },
        new("Where")
        {
            Limit = Recession.Create("itself, constants 0, if the condition is constant", WhereLimit),
            Tangent = new("the chosen input's, if the condition is constant", Where), Cotangent = new(SendWhere), Bends = Bending.Choice,
        },

        // Of one tensor.
        new("Neg")
        {
            Numbers = Numbers.Of(a => -a), Limit = Recession.Itself, Tangent = Tangent.Linear, Cotangent = Cotangent.Of(Tangent.Linear),
            Linear = Linearity.Together,
        },
        new("Abs")
        {
            Numbers = Numbers.Of(a => Math.Abs(a)), Limit = Recession.Itself, Tangent = Tangent.Function("0 at 0", (g, _, x, _) => g.Emit("Sign", [x])),
            Bends = Bending.Function,
        },
        new("Sqrt")
        {
            Numbers = Numbers.Of(Math.Sqrt), Limit = Recession.Disproportionate, Bends = Bending.Function, MakesNorm = true,
            Tangent = Tangent.Smooth((g, _, _, y) => g.Emit("Div", [g.Scalar(0.5), y])),
        },
        new("Exp")
        {
            Numbers = Numbers.Of(Math.Exp), Limit = Recession.Disproportionate, Bends = Bending.Function, Tangent = Tangent.Smooth((_, _, _, y) => y),
        },
        new("Log")
        {
            Numbers = Numbers.Of(a => Math.Log(a)), EndsComposition = true, Limit = Recession.Disproportionate, Bends = Bending.Function, MakesNorm = true,
            Tangent = Tangent.Smooth((g, _, x, _) => g.Emit("Reciprocal", [x])),
        },
        new("Reciprocal")
        {
            Numbers = Numbers.Of(a => 1 / a), EndsComposition = true, Limit = Recession.Disproportionate, Bends = Bending.Function, MakesNorm = true,
            Tangent = Tangent.Smooth((g, _, _, y) => g.Emit("Neg", [g.Square(y)])),
        },
        new("Erf")
        {
            Numbers = Numbers.Of(SpecialFunctions.Erf), Limit = Recession.Zero, Bends = Bending.Function,
            Tangent = Tangent.Smooth((g, _, x, _) => g.Times(g.Emit("Exp", [g.Emit("Neg", [g.Square(x)])]), TwoOverRootPi)),
        },
        new("Sin") { Bends = Bending.Function, Tangent = Tangent.Smooth((g, _, x, _) => g.Emit("Cos", [x])) },
        new("Cos") { Bends = Bending.Function, Tangent = Tangent.Smooth((g, _, x, _) => g.Emit("Neg", [g.Emit("Sin", [x])])) },
        new("Round") { Bends = Bending.Function, Limit = Recession.Disproportionate },
        new("Floor") { Bends = Bending.Function, Limit = Recession.Disproportionate },
        new("Ceil") { Bends = Bending.Function, Limit = Recession.Disproportionate },
        new("Tan") { Bends = Bending.Function },
        new("Acos") { Bends = Bending.Function },
        new("Asin") { Bends = Bending.Function },
        new("Atan") { Bends = Bending.Function },
        new("Cosh") { Bends = Bending.Function },
        new("Sinh") { Bends = Bending.Function },
        new("Acosh") { Bends = Bending.Function },
        new("Asinh") { Bends = Bending.Function },
        new("Atanh") { Bends = Bending.Function },

        new("Greater") { Kind = OperatorKind.Comparison },
        new("GreaterOrEqual") { Kind = OperatorKind.Comparison },
        new("Less") { Kind = OperatorKind.Comparison },
        new("LessOrEqual") { Kind = OperatorKind.Comparison },
    ];

    /// <summary>Of several factors one may depend on activations: also the rule of a matrix product.</summary>
    public static void Factor(LimitBuilder g, NodeProto node)
    {
        if (node.Input.Count(g.IsLive) > 1)
            throw g.Refuse(node, "multiplies two activations (attention, squeeze-and-excitation or another gate)");
    }

    private static void Divisor(LimitBuilder g, NodeProto node)
    {
        if (g.IsLive(node.Input[1]))
            throw g.Refuse(node, "divides by an activation (a normalisation)");
    }

    private static void WhereLimit(LimitBuilder g, NodeProto node)
    {
        if (g.IsLive(node.Input[0]))
            throw g.Refuse(node, "chooses by an activation");
        g.ZeroConstants(node, 1);
    }

    private static void Div(TangentBuilder g, NodeProto node)
    {
        string a = node.Input[0], b = node.Input[1], y = node.Output[0];
        string? top = g.IsLive(a) ? g.Tangent(a) : null;
        string? bottom = g.IsLive(b) ? g.Emit("Mul", [y, g.Tangent(b)]) : null;
        string difference = top is null ? g.Emit("Neg", [bottom!]) : bottom is null ? top : g.Emit("Sub", [top, bottom]);
        g.Set(node, g.Emit("Div", [difference, b]));
    }

    private static string SendDiv(CotangentBuilder g, NodeProto node, int input, string d)
    {
        string quotient = g.Emit("Div", [d, node.Input[1]]);
        return input == 0 ? quotient : g.Emit("Neg", [g.Emit("Mul", [quotient, node.Output[0]])]);
    }

    private static void SendWhere(CotangentBuilder g, NodeProto node)
    {
        if (g.IsLive(node.Input[0]))
            throw g.Refuse(node, "chooses by an activation");
        string d = g.Cotangent(node);
        long[] shape = g.Shape(node.Output[0]);
        if (g.IsLive(node.Input[1]))
            g.SendBroadcast(node.Input[1], g.Emit("Where", [node.Input[0], d, g.Scalar(0)]), shape);
        if (g.IsLive(node.Input[2]))
            g.SendBroadcast(node.Input[2], g.Emit("Where", [node.Input[0], g.Scalar(0), d]), shape);
    }

    private static void SendExtreme(CotangentBuilder g, NodeProto node, string isBeyond)
    {
        // As the tangent goes from the first input to the last, this goes back.
        string value = node.Input[0], d = g.Cotangent(node);
        var kept = new List<string>();
        foreach (string next in node.Input.Skip(1))
        {
            kept.Add(g.Emit(isBeyond, [value, next]));
            value = g.Emit(node.OpType, [value, next]);
        }

        long[] shape = g.Shape(node.Output[0]);
        for (int i = kept.Count - 1; i >= 0; i--)
        {
            g.SendBroadcast(node.Input[i + 1], g.Emit("Where", [kept[i], g.Scalar(0), d]), shape);
            d = g.Emit("Where", [kept[i], d, g.Scalar(0)]);
        }

        g.SendBroadcast(node.Input[0], d, shape);
    }

    private static void Where(TangentBuilder g, NodeProto node)
    {
        if (g.IsLive(node.Input[0]))
            throw g.Refuse(node, "chooses by an activation");
        string Side(int i) => g.IsLive(node.Input[i]) ? g.Tangent(node.Input[i]) : g.Scalar(0);
        g.Set(node, g.Filled(node, g.Emit("Where", [node.Input[0], Side(1), Side(2)])));
    }

    private static void Extreme(TangentBuilder g, NodeProto node, string isBeyond)
    {
        string value = node.Input[0];
        string? tangent = g.IsLive(value) ? g.Tangent(value) : null;
        foreach (string next in node.Input.Skip(1))
        {
            string? other = g.IsLive(next) ? g.Tangent(next) : null;
            if ((tangent ?? other) is not null)
                tangent = g.Emit("Where", [g.Emit(isBeyond, [value, next]), tangent ?? g.Scalar(0), other ?? g.Scalar(0)]);
            value = g.Emit(node.OpType, [value, next]);
        }

        g.Set(node, g.Filled(node, tangent!));
    }

    private static void Pow(TangentBuilder g, NodeProto node)
    {
        g.Only(node, 0);
        string x = node.Input[0], p = node.Input[1];
        if (g.Graph.Scalar(p) is not { } exponent)
            throw g.Refuse(node, "has an exponent that is no constant number");
        // Spelled out where a general power would be undefined at 0 or slow.
        string slope = exponent switch
        {
            0 => g.Emit("Sub", [x, x]),
            1 => g.Scalar(1),
            2 => g.Times(x, 2),
            3 => g.Times(g.Square(x), 3),
            _ => g.Times(g.Emit("Pow", [x, g.Scalar(exponent - 1)]), exponent),
        };
        g.Set(node, g.Emit("Mul", [g.Tangent(x), slope]));
    }
}
