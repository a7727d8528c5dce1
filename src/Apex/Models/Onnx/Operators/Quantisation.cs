namespace Apex.Models.Onnx.Operators;

/// <summary>Quantisers, and layers of whole numbers.</summary>
internal static class Quantisation
{
    public static Operator[] Rows { get; } =
    [
        new("QuantizeLinear") { Kind = OperatorKind.Quantising },
        new("DynamicQuantizeLinear") { Kind = OperatorKind.Quantising },
        new("DequantizeLinear") { Linear = Linearity.Together },
        new("QLinearConv") { Kind = OperatorKind.Quantising },
        new("QLinearMatMul") { Kind = OperatorKind.Quantising },
        new("ConvInteger") { Kind = OperatorKind.Quantising },
        new("MatMulInteger") { Kind = OperatorKind.Quantising },
        new("QLinearAdd") { Domain = Domains.Microsoft, Kind = OperatorKind.Quantising },
        new("QGemm") { Domain = Domains.Microsoft, Kind = OperatorKind.Quantising },
    ];
}
