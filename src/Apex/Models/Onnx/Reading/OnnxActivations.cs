using Apex.Models.Onnx.Graphs;
using Apex.Models.Onnx.Operators;

namespace Apex.Models.Onnx.Reading;

/// <summary>
/// Tells which nodes are non-linearities. A single operator is known by its name. A composed one (SiLU as x * Sigmoid(x), the
/// two GELUs, HardSwish as exporters before opset 14 spell it, ...) is known by what it computes: the piece of graph between a
/// tensor x and a node, made of elementwise operators and scalar constants only, is evaluated at a few points and compared with
/// the function itself. So it does not matter in which order an exporter writes the factors.
/// </summary>
internal sealed class OnnxActivations(OnnxGraph graph)
{
    private const int DeepestComposition = 12;

    private static readonly double[] Points = [-7.5, -4.25, -3, -2.5, -1.75, -1, -0.6, -0.1, 0, 0.2, 0.75, 1.3, 2.1, 3, 3.6, 5.5, 6.5, 8];

    private static readonly (string Op, Func<double, double> Function)[] Composed =
        [.. OperatorTable.Rows.SelectMany(row => row.Composed, (row, function) => (row.Name, function))];

    /// <summary>The non-linearity's name where the node is one by itself, or null.</summary>
    public string? Simple(NodeProto node) => OperatorTable.Of(node).Site?.Of(node, graph);

    /// <summary>
    /// The composed non-linearities that end at some of these nodes, each with the tensor it is a function of, and the nodes that are inside one
    /// and used nowhere else. Where a part that is an activation by itself is used elsewhere too, both get noise, and the whole is no function of its source.
    /// </summary>
    /// <param name="nodes">The nodes to look at, in the order of the graph.</param>
    public (Dictionary<NodeProto, (string Op, string Source, bool IsWhole)> Ending, HashSet<NodeProto> Inside) Compositions(IReadOnlyList<NodeProto> nodes)
    {
        var ending = new Dictionary<NodeProto, (string Op, string Source, bool IsWhole)>(ReferenceEqualityComparer.Instance);
        var inside = new HashSet<NodeProto>(ReferenceEqualityComparer.Instance);
        foreach (var node in nodes)
        {
            if (EndingAt(node) is not { } found)
                continue;
            // A part whose result is used elsewhere too is an activation in its own right.
            var parts = found.Inside.Where(part => part != node && part.Output.All(o => graph.Consumers(o).All(found.Inside.Contains))).ToList();
            bool isWhole = found.Inside.All(part => part == node || parts.Contains(part) || (Simple(part) is null && !ending.ContainsKey(part)));
            ending[node] = (found.Op, found.Source, isWhole);
            inside.UnionWith(parts);
            foreach (var part in parts)
                ending.Remove(part);
        }

        return (ending, inside);
    }

    /// <summary>
    /// The composed non-linearity that ends at this node, with the tensor it is a function of and the nodes inside it, or null.
    /// </summary>
    private (string Op, string Source, HashSet<NodeProto> Inside)? EndingAt(NodeProto node)
    {
        if (!OperatorTable.Of(node).EndsComposition)
            return null;
        foreach (string source in SourcesOf(node))
        {
            var inside = new HashSet<NodeProto>(ReferenceEqualityComparer.Instance);
            var values = new double[Points.Length];
            bool defined = true;
            for (int i = 0; i < Points.Length && defined; i++)
            {
                double? value = Evaluate(node.Output[0], source, Points[i], inside, 0, new Dictionary<string, double>(StringComparer.Ordinal));
                defined = value is not null;
                values[i] = value ?? double.NaN;
            }

            // A scalar times x is no non-linearity, and needs at least two nodes to be composed.
            if (!defined || inside.Count < 2)
                continue;
            foreach (var (op, function) in Composed)
            {
                if (Enumerable.Range(0, Points.Length).All(i => Math.Abs(function(Points[i]) - values[i]) <= 2e-5 * (1 + Math.Abs(values[i]))))
                    return (op, source, inside);
            }
        }

        return null;
    }

    /// <summary>Candidate inputs of a composition that ends here, nearest first.</summary>
    private IEnumerable<string> SourcesOf(NodeProto end)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var queue = new Queue<(string Tensor, int Depth)>(end.Input.Select(t => (t, 1)));
        while (queue.TryDequeue(out var next))
        {
            if (next.Tensor.Length == 0 || graph.Scalar(next.Tensor) is not null || !seen.Add(next.Tensor))
                continue;
            yield return next.Tensor;
            if (next.Depth < DeepestComposition && graph.Producer(next.Tensor) is { } node && OperatorTable.Of(node).Numbers is not null)
            {
                foreach (string input in node.Input)
                    queue.Enqueue((input, next.Depth + 1));
            }
        }
    }

    private double? Evaluate(string tensor, string source, double x, HashSet<NodeProto> inside, int depth, Dictionary<string, double> memo)
    {
        if (tensor == source)
            return x;
        if (memo.TryGetValue(tensor, out double known))
            return known;
        if (graph.Scalar(tensor) is { } constant)
            return constant;
        if (depth > DeepestComposition || graph.Producer(tensor) is not { } node || OperatorTable.Of(node).Numbers is not { } numbers)
            return null;
        double? At(int i) => i < node.Input.Count && node.Input[i].Length > 0 ? Evaluate(node.Input[i], source, x, inside, depth + 1, memo) : null;
        if (At(0) is not { } a)
            return null;
        double? result = numbers(node, graph, a, At);
        if (result is { } value)
        {
            inside.Add(node);
            memo[tensor] = value;
        }

        return result;
    }
}
