using Apex.Models.Onnx.Graphs;

namespace Apex.Models.Onnx.Operators;

/// <summary>The nodes of a graph's limit of infinite noise in the making, and what a <see cref="Recession"/> may ask and do.</summary>
/// <param name="path">The file, for messages.</param>
/// <param name="graph">The graph as it was.</param>
internal sealed class LimitBuilder(string path, OnnxGraph graph)
{
    private readonly HashSet<string> _live = new(StringComparer.Ordinal);
    private readonly HashSet<string> _tokens = new(StringComparer.Ordinal);
    private readonly List<NodeProto> _nodes = [];
    private int _names;

    /// <summary>The graph as it was.</summary>
    public OnnxGraph Graph => graph;

    /// <summary>The nodes so far.</summary>
    public IReadOnlyList<NodeProto> Nodes => _nodes;

    /// <summary>Whether a tensor depends on the network's input.</summary>
    public bool IsLive(string tensor) => _live.Contains(tensor);

    /// <summary>Whether a tensor is whole numbers that come from the input without having looked anything up.</summary>
    public bool IsTokens(string tensor) => _tokens.Contains(tensor);

    /// <summary>Notes tensors that depend on the network's input.</summary>
    public void AddLive(IEnumerable<string> tensors) => _live.UnionWith(tensors.Where(t => t.Length > 0));

    /// <summary>Notes tensors that are tokens still.</summary>
    public void AddTokens(IEnumerable<string> tensors) => _tokens.UnionWith(tensors.Where(t => t.Length > 0));

    /// <summary>Adds a node as it is.</summary>
    public void Add(NodeProto node) => _nodes.Add(node);

    /// <summary>Adds a node with one output.</summary>
    /// <param name="op">Operator.</param>
    /// <param name="what">What it makes, for the tensor's name.</param>
    /// <param name="inputs">Tensors read.</param>
    /// <returns>The tensor that it makes.</returns>
    public string Emit(string op, string what, params string[] inputs)
    {
        string output = $"apex/limit/{what}/{_names++}";
        _nodes.Add(new NodeProto { OpType = op, Name = output, Input = { inputs }, Output = { output } });
        return output;
    }

    /// <summary>Zeros of the shape and type of a constant: a number less itself is zero for all finite numbers.</summary>
    public string Zero(string constant) => Emit("Sub", "zero", constant, constant);

    /// <summary>Every constant among the inputs from some on becomes zeros of its own shape and type.</summary>
    public void ZeroConstants(NodeProto node, int from)
    {
        for (int i = from; i < node.Input.Count; i++)
        {
            if (node.Input[i].Length > 0 && !IsLive(node.Input[i]))
                node.Input[i] = Zero(node.Input[i]);
        }
    }

    /// <summary>Only one input may depend on activations.</summary>
    /// <exception cref="InvalidInputException">Another does.</exception>
    public void Only(NodeProto node, int input, string otherwise)
    {
        if (node.Input.Where((name, i) => i != input && IsLive(name)).Any())
            throw Refuse(node, otherwise);
    }

    /// <summary>Makes a node another operator on other inputs, with its first output.</summary>
    public static void Become(NodeProto node, string op, params string[] inputs)
    {
        (node.OpType, node.Domain) = (op, "");
        node.Attribute.Clear();
        node.Input.Clear();
        node.Input.AddRange(inputs);
        while (node.Output.Count > 1)
            node.Output.RemoveAt(node.Output.Count - 1);
    }

    /// <summary>Drops the inputs behind the first few.</summary>
    public static void KeepInputs(NodeProto node, int inputs)
    {
        while (node.Input.Count > inputs)
            node.Input.RemoveAt(node.Input.Count - 1);
    }

    /// <summary>That a node has no limit.</summary>
    public InvalidInputException Refuse(NodeProto node, string why) => new(
        $"{path}: {OnnxGraph.Title(node)} {why}, so the network has no limit of infinite noise; give large finite levels instead, e.g. `Sigmas` 1,10,100");
}
