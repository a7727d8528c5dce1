namespace Apex.Models.Onnx.Graphs;

/// <summary>An index over a graph: who makes a tensor, who reads it, and what depends on what.</summary>
internal sealed class OnnxGraph
{
    private readonly Dictionary<string, NodeProto> _producers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<NodeProto>> _consumers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TensorProto> _constants = new(StringComparer.Ordinal);

    public OnnxGraph(GraphProto graph, string path)
    {
        Graph = graph;
        foreach (var initializer in graph.Initializer)
            _constants[initializer.Name] = initializer;
        var known = new HashSet<string>(_constants.Keys, StringComparer.Ordinal) { "" };
        foreach (var input in graph.Input)
            known.Add(input.Name);
        foreach (var node in graph.Node)
        {
            foreach (string input in node.Input)
            {
                if (!known.Contains(input))
                    throw new InvalidInputException(
                        $"{path}: node {Title(node)} reads '{input}', which nothing before it makes; ONNX graphs must be " +
                            "topologically sorted and free of cycles");
                if (!_consumers.TryGetValue(input, out var readers))
                    _consumers[input] = readers = [];
                if (!readers.Contains(node))
                    readers.Add(node);
            }

            foreach (string output in node.Output)
            {
                if (output.Length > 0 && !_producers.TryAdd(output, node))
                    throw new InvalidInputException($"{path}: tensor '{output}' is made by two nodes; each tensor name must be made once");
                known.Add(output);
            }

            if (node.OpType == "Constant" && node.Output.Count == 1 && ConstantValue(node) is { } value)
                _constants[node.Output[0]] = value;
        }
    }

    public GraphProto Graph { get; }

    public NodeProto? Producer(string tensor) => _producers.GetValueOrDefault(tensor);

    public IReadOnlyList<NodeProto> Consumers(string tensor) => _consumers.TryGetValue(tensor, out var list) ? list : [];

    /// <summary>An initialiser, or the value of a Constant node; null where the tensor is neither.</summary>
    public TensorProto? Constant(string tensor) => _constants.GetValueOrDefault(tensor);

    /// <summary>The value of a constant with one element, looking through Identity and Cast; null where it is none.</summary>
    public double? Scalar(string tensor)
    {
        for (int hop = 0; hop < 8; hop++)
        {
            if (_constants.TryGetValue(tensor, out var value))
                return OnnxTensor.Scalar(value);
            if (Producer(tensor) is not { OpType: "Identity" or "Cast" } node)
                return null;
            tensor = node.Input[0];
        }

        return null;
    }

    /// <summary>Tensors that depend on some tensors, themselves included.</summary>
    public HashSet<string> Downstream(params IReadOnlyCollection<string> sources)
    {
        var reached = new HashSet<string>(sources, StringComparer.Ordinal);
        foreach (var node in Graph.Node)
        {
            if (Reads(node).Any(reached.Contains))
                reached.UnionWith(node.Output.Where(o => o.Length > 0));
        }

        return reached;
    }

    /// <summary>Tensors that <paramref name="target"/> depends on, itself included.</summary>
    public HashSet<string> Upstream(string target) => Upstream([target], []);

    /// <summary>Tensors that some tensors depend on, themselves included, looking no further than given ones.</summary>
    public HashSet<string> Upstream(IEnumerable<string> targets, IReadOnlyCollection<string> until)
    {
        var reached = new HashSet<string>(targets, StringComparer.Ordinal);
        var ends = new HashSet<string>(until, StringComparer.Ordinal);
        for (int i = Graph.Node.Count - 1; i >= 0; i--)
        {
            var node = Graph.Node[i];
            if (node.Output.Any(o => reached.Contains(o) && !ends.Contains(o)))
                reached.UnionWith(Reads(node).Where(t => t.Length > 0));
        }

        return reached;
    }

    /// <summary>
    /// Where noise first enters: the tensors that depend on <paramref name="source"/> but on no noise, and that something with noise
    /// reads on its way to <paramref name="target"/>. What makes them need not be computed again for each draw.
    /// </summary>
    /// <param name="source">The input.</param>
    /// <param name="perturbed">Tensors whose readers get noise.</param>
    /// <param name="target">The logits.</param>
    public IReadOnlyList<string> Frontier(string source, IReadOnlyCollection<string> perturbed, string target)
    {
        var live = Downstream(source);
        var needed = Upstream(target);
        var entries = new HashSet<string>(perturbed, StringComparer.Ordinal);
        var noisy = new HashSet<string>(StringComparer.Ordinal);
        var frontier = new List<string>();
        foreach (var node in Graph.Node.Where(n => n.Output.Any(needed.Contains)))
        {
            var reads = Reads(node).Distinct(StringComparer.Ordinal).ToList();
            if (!reads.Any(t => entries.Contains(t) || noisy.Contains(t)))
                continue;
            noisy.UnionWith(node.Output.Where(o => o.Length > 0));
            frontier.AddRange(reads.Where(t => live.Contains(t) && !noisy.Contains(t) && !frontier.Contains(t)));
        }

        return frontier;
    }

    public static string Title(NodeProto node) =>
        node.Name.Length > 0 ? $"'{node.Name}' ({node.OpType})" : $"{node.OpType} making '{node.Output.FirstOrDefault()}'";

    /// <summary>What a node reads: its inputs, and whatever its subgraphs take from outside.</summary>
    private static IEnumerable<string> Reads(NodeProto node) =>
        node.Input.Concat(node.Attribute.Where(a => a.G is not null).SelectMany(a => OuterReads(a.G, 0)));

    private static IEnumerable<string> OuterReads(GraphProto body, int depth)
    {
        // A hostile file can nest graphs without end; no exporter nests deeper than this.
        if (depth > 32)
            yield break;
        foreach (var node in body.Node)
        {
            foreach (string input in node.Input)
                yield return input;
            foreach (var attribute in node.Attribute.Where(a => a.G is not null))
            {
                foreach (string read in OuterReads(attribute.G, depth + 1))
                    yield return read;
            }
        }

        foreach (var output in body.Output)
            yield return output.Name;
    }

    private static TensorProto? ConstantValue(NodeProto node)
    {
        var attribute = node.Attribute.FirstOrDefault();
        return attribute?.Name switch
        {
            "value" => attribute.T,
            "value_float" => OnnxTensor.Of(attribute.F),
            "value_int" => OnnxTensor.Of(attribute.I),
            "value_floats" => OnnxTensor.Of([.. attribute.Floats]),
            _ => null,
        };
    }
}
