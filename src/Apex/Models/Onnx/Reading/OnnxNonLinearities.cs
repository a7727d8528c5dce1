using Apex.Models.Onnx.Graphs;
using Apex.Models.Onnx.Operators;

namespace Apex.Models.Onnx.Reading;

/// <summary>
/// The non-linear operators of a graph that get no noise: those that could be activations but are none that APEX knows, and why a graph has no site.
/// </summary>
/// <param name="graph">The graph.</param>
/// <param name="onPath">Tensors between the input and the logits whose values, not only shapes, depend on the input's: see <see cref="Values"/>.</param>
internal sealed class OnnxNonLinearities(OnnxGraph graph, IReadOnlySet<string> onPath)
{
    private const int Named = 3;

    /// <summary>The tensors that depend on the values of some sources, themselves included: what only knows its shape is left out.</summary>
    public static HashSet<string> Values(OnnxGraph graph, IReadOnlyCollection<string> sources)
    {
        var reached = new HashSet<string>(sources, StringComparer.Ordinal);
        foreach (var node in graph.Graph.Node)
        {
            if (OperatorTable.Of(node).Shape == ShapeUse.None && node.Input.Any(reached.Contains))
                reached.UnionWith(node.Output.Where(o => o.Length > 0));
        }

        return reached;
    }

    /// <summary>
    /// Elementwise operators between the input and the logits that bend and get no noise, in the order of the graph; what scales by a mean or a norm is
    /// not one of them.
    /// </summary>
    /// <param name="nodes">Nodes on the path.</param>
    /// <param name="covered">Those that are sites, or part of one.</param>
    public IReadOnlyList<NodeProto> Elementwise(IReadOnlyList<NodeProto> nodes, IReadOnlySet<NodeProto> covered) =>
        [.. nodes.Where(n => !covered.Contains(n) && IsActivationLike(n))];

    /// <summary>Recurrent layers between the input and the logits.</summary>
    public static IReadOnlyList<NodeProto> RecurrentLayers(IReadOnlyList<NodeProto> nodes) =>
        [.. nodes.Where(n => OperatorTable.Of(n).Kind == OperatorKind.Recurrent)];

    /// <summary>Quantisers that clip where a ReLU would, and follow no site: an optimiser has put the ReLU into them.</summary>
    /// <param name="nodes">Nodes on the path.</param>
    /// <param name="sites">Tensors of the sites.</param>
    public IReadOnlyList<NodeProto> FoldedInto(IReadOnlyList<NodeProto> nodes, IReadOnlySet<string> sites)
    {
        bool FollowsLayer(string tensor) => graph.Producer(tensor) is { } made && OperatorTable.Of(made).IsLayer && onPath.Contains(tensor);
        return [.. nodes.Where(n => n.OpType == "QuantizeLinear" && ClipsAtZero(n) && !sites.Contains(n.Input[0]) && FollowsLayer(n.Input[0]))];
    }

    /// <summary>Why there is no site.</summary>
    /// <param name="nodes">Nodes on the path.</param>
    /// <param name="logits">The logits: what bends there is an output.</param>
    public string WhyNone(IReadOnlyList<NodeProto> nodes, string logits)
    {
        var hidden = nodes.Where(n => n.Output[0] != logits).ToList();
        if (hidden.Where(n => OperatorTable.Of(n).Kind == OperatorKind.Quantising).ToList() is { Count: > 0 } quantisers)
        {
            return $"the graph is quantised ({Names(quantisers)}), and its activations are folded into quantisers; " +
                "give the model from before its quantisation";
        }

        if (RecurrentLayers(nodes) is { Count: > 0 } recurrent)
            return $"the only non-linearities are inside {Names(recurrent)}, where noise cannot be added";
        if (Elementwise(hidden, new HashSet<NodeProto>()) is { Count: > 0 } bent)
            return $"its non-linearities ({Names(bent)}) are none that APEX adds noise behind";
        return hidden.Where(Bends).ToList() is { Count: > 0 } other
            ? $"its only non-linear operators ({Names(other)}) are no activations"
            : "this model is linear between input and logits";
    }

    /// <summary>The first few nodes by name and operator.</summary>
    public static string Names(IReadOnlyList<NodeProto> nodes) =>
        $"{string.Join(", ", nodes.Take(Named).Select(OnnxGraph.Title))}{(nodes.Count > Named ? $" and {nodes.Count - Named} more" : "")}";

    private bool IsActivationLike(NodeProto node)
    {
        if (node.Domain is not ("" or "ai.onnx" or "ai.onnx.ml") || !onPath.Contains(node.Output[0]))
            return false;
        string[] read = [.. node.Input.Where(onPath.Contains)];
        var row = OperatorTable.Of(node);
        bool bends = row.Bends switch
        {
            Bending.Function => true,
            Bending.Bounds => !ClipBounds.AreGuard(node, graph),
            Bending.Extreme => read.Length > 0 && !IsGuard(node),
            Bending.Power => read.Length > 0 && graph.Scalar(node.Input[1]) is not 1,
            // A square, spelled as a product, or a gate that the tensor is to itself: x * (x > 0).
            Bending.Product => (read.Length == 2 && read[0] == read[1]) || GatesItself(node),
            Bending.Choice => GatesItself(node),
            _ => false,
        };
        // A norm or a mean is what a tensor is scaled by: part of a normalisation, not an activation.
        return bends && !(row.MakesNorm && read.Any(ComesFromReduction)) && !IsNormed(node);
    }

    /// <summary>Whether a node chooses or multiplies by a comparison of the very tensor that it passes on.</summary>
    private bool GatesItself(NodeProto node)
    {
        foreach (string gate in node.Input)
        {
            string tensor = gate;
            for (int hop = 0; hop < 3 && graph.Producer(tensor) is { OpType: "Cast" or "Identity" or "Not" } through; hop++)
                tensor = through.Input[0];
            if (graph.Producer(tensor) is not { } comparison || OperatorTable.Of(comparison).Kind != OperatorKind.Comparison)
                continue;
            var compared = comparison.Input.Where(onPath.Contains).ToHashSet(StringComparer.Ordinal);
            bool IsOfCompared(string input) =>
                compared.Contains(input) || (graph.Producer(input) is { OpType: "Mul" or "Neg" or "Add" or "Exp" } made && made.Input.Any(compared.Contains));
            if (node.Input.Any(i => i != gate && IsOfCompared(i)))
                return true;
        }

        return false;
    }

    /// <summary>A lower bound just above zero guards a division or a logarithm.</summary>
    private bool IsGuard(NodeProto node) => node.Input.Any(i => graph.Scalar(i) is > 0 and < 1e-3);

    /// <summary>Whether a tensor is made of a mean, sum or norm of others by elementwise steps alone.</summary>
    private bool ComesFromReduction(string tensor)
    {
        for (int hop = 0; hop < 8 && graph.Producer(tensor) is { } node; hop++)
        {
            var row = OperatorTable.Of(node);
            if (row.Reduces)
                return true;
            bool steps = row.Bends is Bending.Function or Bending.Bounds or Bending.Power ||
                node.OpType is "Add" or "Sub" or "Mul" or "Div" or "Max" or "Expand" or "Cast" or "Identity";
            if (!steps || node.Input.Where(onPath.Contains).ToList() is not [var only])
                return false;
            tensor = only;
        }

        return false;
    }

    /// <summary>Whether a node is summed up to a norm, and else only divided by it: the square of a layer norm, the exponential of a softmax.</summary>
    private bool IsNormed(NodeProto node)
    {
        var readers = Readers(node);
        return readers.Any(r => OperatorTable.Of(r).Reduces && LeadsToNorm(r, 0)) &&
            readers.All(r => OperatorTable.Of(r).Reduces || r.OpType is "Div" or "Mul");
    }

    private bool LeadsToNorm(NodeProto node, int hops) => hops < 5 && Readers(node).Any(r =>
        OperatorTable.Of(r).MakesNorm || r.OpType == "Div" || (r.OpType is "Add" or "Mul" && LeadsToNorm(r, hops + 1)));

    /// <summary>What reads a node's values, through casts.</summary>
    private List<NodeProto> Readers(NodeProto node)
    {
        var direct = node.Output.SelectMany(o => graph.Consumers(o)).Where(n => n.Output.Any(onPath.Contains));
        return [.. direct.SelectMany(n => n.OpType is "Cast" or "Identity" ? Readers(n) : [n])];
    }

    /// <summary>Whether a node is not linear: by its operator, or as a product or quotient of what depends on the input.</summary>
    private bool Bends(NodeProto node) => OperatorTable.Of(node).Linear switch
    {
        Linearity.Together => false,
        Linearity.Each => node.Input.Count(onPath.Contains) > 1,
        Linearity.First => onPath.Contains(node.Input[1]),
        _ => true,
    };

    /// <summary>Whether the smallest number of the quantiser stands for zero.</summary>
    private bool ClipsAtZero(NodeProto node)
    {
        if (node.Input.Count < 3 || node.Input[2].Length == 0)
            return true;
        return graph.Constant(node.Input[2]) is { } zero && OnnxTensor.Smallest(zero.DataType) is { } least
            && OnnxTensor.Whole(zero) is { Length: > 0 } points && points.All(p => p == least);
    }
}
