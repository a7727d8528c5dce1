using System.Globalization;
using Apex.Models.Onnx.Graphs;

namespace Apex.Models.Onnx.Operators;

/// <summary>The nodes of a tangent graph in the making, and what a <see cref="Tangent"/> may ask and add.</summary>
/// <param name="path">The file, for messages.</param>
/// <param name="graph">The graph whose tensors are differentiated; constants are added to it.</param>
/// <param name="opset">The opset of the standard operators.</param>
internal sealed class TangentBuilder(string path, OnnxGraph graph, long opset)
{
    private readonly List<NodeProto> _nodes = [];

    /// <summary>By tensor. What depends on the input is in here; anything else has derivative zero.</summary>
    private readonly Dictionary<string, string> _tangents = new(StringComparer.Ordinal);
    private readonly Dictionary<float, string> _scalars = [];
    private int _names;

    /// <summary>The opset of the standard operators.</summary>
    public long Opset => opset;

    /// <summary>The graph whose tensors are differentiated.</summary>
    public OnnxGraph Graph => graph;

    /// <summary>The nodes so far: those of the graph, each with those of its tangent behind it.</summary>
    public IReadOnlyList<NodeProto> Nodes => _nodes;

    /// <summary>Whether a tensor depends on the network's input.</summary>
    public bool IsLive(string tensor) => _tangents.ContainsKey(tensor);

    /// <summary>The tangent of a tensor that depends on the network's input.</summary>
    public string Tangent(string tensor) => _tangents[tensor];

    /// <summary>Says what a tensor's tangent is.</summary>
    public void Set(string tensor, string tangent) => _tangents[tensor] = tangent;

    /// <summary>Says what the tangent of a node's first output is.</summary>
    public void Set(NodeProto node, string tangent) => Set(node.Output[0], tangent);

    /// <summary>Adds a node as it is.</summary>
    public void Add(NodeProto node) => _nodes.Add(node);

    /// <summary>Adds a node with one output.</summary>
    /// <returns>The tensor that it makes.</returns>
    public string Emit(string op, string[] inputs, params (string Name, object Value)[] attributes)
    {
        string output = Fresh();
        var node = new NodeProto { OpType = op, Name = output, Output = { output } };
        node.Input.AddRange(inputs);
        node.Attribute.AddRange(attributes.Select(a => OnnxGraphBuilder.Attribute(a.Name, a.Value)));
        _nodes.Add(node);
        return output;
    }

    /// <summary>Adds a node again with other inputs. Its outputs are named anew, as many as asked.</summary>
    public NodeProto Again(NodeProto node, IReadOnlyList<string> inputs, int outputs = 1)
    {
        var copy = node.Clone();
        copy.Name = Fresh();
        copy.Input.Clear();
        copy.Input.AddRange(inputs);
        copy.Output.Clear();
        copy.Output.AddRange(Enumerable.Range(0, outputs).Select(_ => Fresh()));
        _nodes.Add(copy);
        return copy;
    }

    /// <summary>A constant number.</summary>
    public string Scalar(double value)
    {
        if (_scalars.TryGetValue((float)value, out string? name))
            return name;
        name = Fresh();
        graph.Graph.Initializer.Add(new TensorProto { Name = name, DataType = (int)OnnxElementType.Float, FloatData = { (float)value } });
        return _scalars[(float)value] = name;
    }

    /// <summary>A constant vector of whole numbers.</summary>
    public string Integers(long[] values)
    {
        string name = Fresh();
        graph.Graph.Initializer.Add(new TensorProto { Name = name, DataType = (int)OnnxElementType.Int64, Dims = { values.Length }, Int64Data = { values } });
        return name;
    }

    /// <summary>A name that no tensor has.</summary>
    public string Fresh() => string.Create(CultureInfo.InvariantCulture, $"apex/d/{_names++}");

    /// <summary>A tensor plus a number.</summary>
    public string Plus(string tensor, double number) => Emit("Add", [tensor, Scalar(number)]);

    /// <summary>A tensor times a number.</summary>
    public string Times(string tensor, double number) => Emit("Mul", [tensor, Scalar(number)]);

    /// <summary>A tensor times itself.</summary>
    public string Square(string tensor) => Emit("Mul", [tensor, tensor]);

    /// <summary>Where a tensor is above a number.</summary>
    public string Above(string tensor, double bound) => Emit("Greater", [tensor, Scalar(bound)]);

    /// <summary>A tensor reduced along axes, which stay with one element.</summary>
    public string Reduce(string op, string tensor, long[] axes) =>
        opset >= (op == "ReduceSum" ? 13 : 18)
            ? Emit(op, [tensor, Integers(axes)], ("keepdims", 1))
            : Emit(op, [tensor], ("axes", axes), ("keepdims", 1));

    /// <summary>A tangent in the shape of another tensor of as many elements.</summary>
    public string Like(string tangent, string tensor) => Emit("Reshape", [tangent, Emit("Shape", [tensor])]);

    /// <summary>Where an input without tangent may have had the larger shape, the tangent is stretched to the node's.</summary>
    public string Filled(NodeProto node, string tangent) =>
        node.Input.All(i => i.Length == 0 || IsLive(i)) ? tangent : Emit("Expand", [tangent, Emit("Shape", [node.Output[0]])]);

    /// <summary>The tangent where a condition holds and where it does not; null for zero.</summary>
    public void Choose(NodeProto node, string condition, Func<string, string> then, Func<string, string>? otherwise)
    {
        string d = Tangent(node.Input[0]);
        Set(node, Emit("Where", [condition, then(d), otherwise is null ? Scalar(0) : otherwise(d)]));
    }

    /// <summary>Only one input may depend on the network's input.</summary>
    /// <returns>The node.</returns>
    /// <exception cref="InvalidInputException">Another does.</exception>
    public NodeProto Only(NodeProto node, int input)
    {
        if (node.Input.Where((name, i) => i != input && IsLive(name)).Any() || !IsLive(node.Input[input]))
            throw Refuse(node, "takes a parameter from an activation");
        return node;
    }

    /// <summary>That a node has no derivative.</summary>
    public InvalidInputException Refuse(NodeProto node, string why) =>
        new($"{path}: {OnnxGraph.Title(node)} {why}, so d a / d x cannot be computed behind it; choose `Sites` before it");
}
