using Apex.Models.Onnx.Graphs;
using static Apex.Models.Onnx.Operators.CotangentBuilder;

namespace Apex.Models.Onnx.Operators;

/// <summary>Sums, means, norms and extremes along axes.</summary>
internal static class Reductions
{
    public static Operator[] Rows { get; } =
    [
        new("ReduceMean") { Reduces = true, Limit = Recession.Itself, Tangent = Tangent.Linear, Cotangent = new(SendMean), Linear = Linearity.Together },
        new("ReduceSum") { Reduces = true, Limit = Recession.Itself, Tangent = Tangent.Linear, Cotangent = new(SendSum), Linear = Linearity.Together },
        new("ReduceMax") { Reduces = true, Limit = Recession.Itself },
        new("ReduceMin") { Reduces = true, Limit = Recession.Itself },
        new("ReduceL1") { Reduces = true, Limit = Recession.Itself },
        new("ReduceL2") { Reduces = true, Limit = Recession.Itself },
        new("ReduceSumSquare") { Reduces = true, Limit = Recession.Disproportionate },
        new("ReduceProd") { Reduces = true, Limit = Recession.Disproportionate },
        new("ReduceLogSum") { Reduces = true, Limit = Recession.Disproportionate },
        new("ReduceLogSumExp") { Reduces = true, Limit = Recession.Disproportionate },
        new("ReduceSumInteger") { Domain = Domains.Microsoft, Reduces = true },
        new("CumSum") { Values = 1, Limit = Recession.Itself, Tangent = Tangent.Linear, Cotangent = new(SendCumulative), Linear = Linearity.Together },
        new("ArgMax") { ReadsLogits = true },
    ];

    private static void SendSum(CotangentBuilder g, NodeProto node) => g.Send(g.Only(node, 0).Input[0], Repeated(g, node));

    private static void SendMean(CotangentBuilder g, NodeProto node)
    {
        double count = Elements(g.Shape(g.Only(node, 0).Input[0])) / (double)Elements(g.Shape(node.Output[0]));
        g.Send(node.Input[0], g.Times(Repeated(g, node), 1 / count));
    }

    /// <summary>The cotangent, repeated along the axes that were summed up.</summary>
    private static string Repeated(CotangentBuilder g, NodeProto node)
    {
        long[] shape = g.Shape(node.Input[0]);
        long[] given = node.Input.Count > 1 && node.Input[1].Length > 0
            ? g.Numbers(node.Input[1]) ?? throw g.Refuse(node, "sums up along axes that are not known before it runs")
            : [.. node.Attribute.Where(a => a.Name == "axes").SelectMany(a => a.Ints)];
        if (given.Length == 0 && node.Integer("noop_with_empty_axes", 0L) != 0)
            return g.Cotangent(node);
        var axes = given.Length == 0 ? [.. Enumerable.Range(0, shape.Length)] : given.Select(a => (int)(a < 0 ? a + shape.Length : a)).ToHashSet();
        return g.Stretched(g.Shaped(g.Cotangent(node), [.. shape.Select((d, a) => axes.Contains(a) ? 1 : d)]), shape);
    }

    private static void SendCumulative(CotangentBuilder g, NodeProto node)
    {
        g.Only(node, 0);
        var back = g.Again(node, [g.Cotangent(node), node.Input[1]]);
        long reverse = 1 - node.Integer("reverse", 0L);
        back.Drop("reverse");
        back.Attribute.Add(OnnxGraphBuilder.Attribute("reverse", reverse));
        g.Send(node.Input[0], back.Output[0]);
    }
}
