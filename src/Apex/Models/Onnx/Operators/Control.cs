namespace Apex.Models.Onnx.Operators;

/// <summary>Subgraphs and random numbers.</summary>
internal static class Control
{
    public static Operator[] Rows { get; } =
    [
        new("If") { Kind = OperatorKind.ControlFlow },
        new("Loop") { Kind = OperatorKind.ControlFlow },
        new("Scan") { Kind = OperatorKind.ControlFlow },
        new("SequenceMap") { Kind = OperatorKind.ControlFlow },
        new("RandomNormal") { Kind = OperatorKind.Random },
        new("RandomNormalLike") { Kind = OperatorKind.Random },
        new("RandomUniform") { Kind = OperatorKind.Random },
        new("RandomUniformLike") { Kind = OperatorKind.Random },
        new("Bernoulli") { Kind = OperatorKind.Random },
        new("Multinomial") { Kind = OperatorKind.Random },
    ];
}
