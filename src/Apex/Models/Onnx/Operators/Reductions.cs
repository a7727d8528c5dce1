namespace Apex.Models.Onnx.Operators;

/// <summary>Sums, means, norms and extremes along axes.</summary>
internal static class Reductions
{
    public static Operator[] Rows { get; } =
    [
        new("ReduceMean") { Reduces = true, Limit = Recession.Itself, Tangent = Tangent.Linear, Linear = Linearity.Together },
        new("ReduceSum") { Reduces = true, Limit = Recession.Itself, Tangent = Tangent.Linear, Linear = Linearity.Together },
        new("ReduceMax") { Reduces = true, Limit = Recession.Itself },
        new("ReduceMin") { Reduces = true, Limit = Recession.Itself },
        new("ReduceL1") { Reduces = true, Limit = Recession.Itself },
        new("ReduceL2") { Reduces = true, Limit = Recession.Itself },
        new("ReduceSumSquare") { Reduces = true, Limit = Recession.Disproportionate },
        new("ReduceProd") { Reduces = true, Limit = Recession.Disproportionate },
        new("ReduceLogSum") { Reduces = true, Limit = Recession.Disproportionate },
        new("ReduceLogSumExp") { Reduces = true, Limit = Recession.Disproportionate },
        new("ReduceSumInteger") { Domain = Domains.Microsoft, Reduces = true },
        new("CumSum") { Values = 1, Limit = Recession.Itself, Tangent = Tangent.Linear, Linear = Linearity.Together },
        new("ArgMax") { ReadsLogits = true },
    ];
}
