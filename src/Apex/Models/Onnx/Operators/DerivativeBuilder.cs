using System.Globalization;
using System.Runtime.InteropServices;
using Apex.Models.Onnx.Graphs;
using Google.Protobuf;

namespace Apex.Models.Onnx.Operators;

/// <summary>The nodes of a graph of derivatives in the making, and what a rule may add.</summary>
/// <param name="path">The file, for messages.</param>
/// <param name="graph">The graph whose tensors are differentiated; constants are added to it.</param>
/// <param name="opset">The opset of the standard operators.</param>
internal abstract class DerivativeBuilder(string path, OnnxGraph graph, long opset)
{
    private readonly Nodes _made = new();

    /// <summary>A builder that goes on with the nodes of another.</summary>
    protected DerivativeBuilder(DerivativeBuilder other)
        : this(other.Path, other.Graph, other.Opset) => _made = other._made;

    /// <summary>The opset of the standard operators.</summary>
    public long Opset => opset;

    /// <summary>The graph whose tensors are differentiated.</summary>
    public OnnxGraph Graph => graph;

    /// <summary>The nodes so far: those of the graph and those of its derivatives.</summary>
    public IReadOnlyList<NodeProto> All => _made.List;

    private string Path => path;

    /// <summary>Whether a tensor is one that derivatives go through.</summary>
    public abstract bool IsLive(string tensor);

    /// <summary>Adds a node as it is.</summary>
    public void Add(NodeProto node) => _made.List.Add(node);

    /// <summary>Adds a node with one output.</summary>
    /// <returns>The tensor that it makes.</returns>
    public string Emit(string op, string[] inputs, params (string Name, object Value)[] attributes)
    {
        string output = Fresh();
        var node = new NodeProto { OpType = op, Name = output, Output = { output } };
        node.Input.AddRange(inputs);
        node.Attribute.AddRange(attributes.Select(a => OnnxGraphBuilder.Attribute(a.Name, a.Value)));
        _made.List.Add(node);
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
        _made.List.Add(copy);
        return copy;
    }

    /// <summary>A constant number.</summary>
    public string Scalar(double value)
    {
        if (_made.Scalars.TryGetValue((float)value, out string? name))
            return name;
        name = Fresh();
        graph.Graph.Initializer.Add(new TensorProto { Name = name, DataType = (int)OnnxElementType.Float, FloatData = { (float)value } });
        return _made.Scalars[(float)value] = name;
    }

    /// <summary>A constant vector of whole numbers.</summary>
    public string Integers(long[] values)
    {
        string name = Fresh();
        graph.Graph.Initializer.Add(new TensorProto { Name = name, DataType = (int)OnnxElementType.Int64, Dims = { values.Length }, Int64Data = { values } });
        return name;
    }

    /// <summary>A name that no tensor has.</summary>
    public string Fresh() => string.Create(CultureInfo.InvariantCulture, $"apex/d/{_made.Names++}");

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

    /// <summary>Only one input may be live.</summary>
    /// <returns>The node.</returns>
    /// <exception cref="InvalidInputException">Another is.</exception>
    public NodeProto Only(NodeProto node, int input)
    {
        if (node.Input.Where((name, i) => i != input && IsLive(name)).Any() || !IsLive(node.Input[input]))
            throw Refuse(node, "takes a parameter from an activation");
        return node;
    }

    /// <summary>A constant tensor.</summary>
    /// <param name="values">Row-major.</param>
    /// <param name="dims">Its shape.</param>
    public string Constant(ReadOnlySpan<float> values, params long[] dims)
    {
        string name = Fresh();
        var tensor = new TensorProto { Name = name, DataType = (int)OnnxElementType.Float, RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes(values)) };
        tensor.Dims.AddRange(dims);
        graph.Graph.Initializer.Add(tensor);
        return name;
    }

    /// <summary>That a node has no derivative.</summary>
    public InvalidInputException Refuse(NodeProto node, string why) => new($"{path}: {OnnxGraph.Title(node)} {why}, so {Consequence}");

    /// <summary>What does not work without the derivative of a node, and what would.</summary>
    protected abstract string Consequence { get; }

    private sealed class Nodes
    {
        public List<NodeProto> List { get; } = [];

        public Dictionary<float, string> Scalars { get; } = [];

        public int Names { get; set; }
    }
}
