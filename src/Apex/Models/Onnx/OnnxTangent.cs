using System.Globalization;

namespace Apex.Models.Onnx;

/// <summary>
/// Rewrites a graph into its tangent graph: beside every tensor t that depends on the input x it computes dt = (dt / dx) dx, by the
/// chain rule, one node after another (forward-mode differentiation). That is exact to rounding: nothing is approximated by differences.
/// Where a function has a kink its derivative there is the one from one side, as the registry says.
/// </summary>
internal sealed partial class OnnxTangent
{
    /// <summary>Input for dx, one tangent a batch row.</summary>
    public const string TangentName = "apex/tangent";

    private readonly OnnxModel _model;
    private readonly ModelProto _proto;
    private readonly OnnxGraph _graph;
    private readonly List<NodeProto> _nodes = [];

    /// <summary>By tensor. What depends on the input is in here; anything else has derivative zero.</summary>
    private readonly Dictionary<string, string> _tangents = new(StringComparer.Ordinal);
    private readonly Dictionary<float, string> _scalars = [];
    private int _names;

    private OnnxTangent(OnnxModel model, int rows, IReadOnlyList<int> shape)
    {
        _model = model;
        _proto = model.Proto.Clone();
        var graph = _proto.Graph;
        graph.ValueInfo.Clear();
        graph.Output.Clear();
        var input = graph.Input.First(i => i.Name == model.Input.Name);
        graph.Input.Remove(input);
        object[] dims = [rows, .. shape.Cast<object>()];
        graph.Input.Insert(0, OnnxGraphBuilder.Describe(OnnxRewriter.InputName, OnnxElementType.Float, dims));
        graph.Input.Insert(1, OnnxGraphBuilder.Describe(TangentName, OnnxElementType.Float, dims));
        graph.Node.Insert(0, new NodeProto { OpType = "Identity", Name = OnnxRewriter.InputName, Input = { OnnxRewriter.InputName }, Output = { model.Input.Name } });
        _tangents[OnnxRewriter.InputName] = TangentName;
        _graph = new OnnxGraph(graph, model.Path);
    }

    /// <summary>The output that holds the tangents of a site, shape <c>[rows, elements]</c>.</summary>
    public static string OutputName(int slot) => string.Create(CultureInfo.InvariantCulture, $"apex/reached/{slot}");

    /// <summary>The tangent graph of a model up to some sites, for batches of a fixed size.</summary>
    /// <param name="model">The model; it is not changed.</param>
    /// <param name="rows">Batch rows; each has a tangent of its own.</param>
    /// <param name="shape">Shape of one sample.</param>
    /// <param name="sites">Where the sites are.</param>
    /// <exception cref="InvalidInputException">The input has no tangents, or an operator on the way to the sites has no entry in the registry.</exception>
    public static byte[] Of(OnnxModel model, int rows, IReadOnlyList<int> shape, IReadOnlyList<OnnxClassifier.Placement> sites)
    {
        if (model.Input.IsTokens)
            throw new InvalidInputException($"{model.Path}: reads integer tokens, so no activation has a derivative with respect to its input");
        if (model.Input.Type != OnnxElementType.Float)
            throw new InvalidInputException($"{model.Path}: reads {model.Input.Type}; derivatives are computed for models that read Float (export it in 32 bits)");
        var tangent = new OnnxTangent(model, rows, shape);
        tangent.Differentiate([.. sites.Select(s => s.Tensor)]);
        for (int slot = 0; slot < sites.Count; slot++)
            tangent.Expose(sites[slot], rows, OutputName(slot));
        tangent._proto.Graph.Node.Clear();
        tangent._proto.Graph.Node.AddRange(tangent._nodes);
        return Google.Protobuf.MessageExtensions.ToByteArray(tangent._proto);
    }

    private void Differentiate(IReadOnlyList<string> targets)
    {
        var needed = _graph.Upstream(targets, []);
        foreach (var node in _proto.Graph.Node)
        {
            if (!node.Output.Any(needed.Contains))
                continue;
            _nodes.Add(node);
            // A shape does not depend on the values.
            if (node.OpType is "Shape" or "Size" || !node.Input.Any(IsLive))
                continue;
            string op = node.Domain is "" or "ai.onnx" ? node.OpType : $"{node.Domain}:{node.OpType}";
            if (!Rules.TryGetValue(op, out var rule))
                throw Refuse(node, "has no derivative here");
            rule(this, node);
        }
    }

    /// <summary>Rows in front, everything else behind them.</summary>
    private void Expose(OnnxClassifier.Placement site, int rows, string output)
    {
        string tangent = _tangents.TryGetValue(site.Tensor, out string? found) ? found : Emit("Sub", [site.Tensor, site.Tensor]);
        if (site.BatchAxis != 0)
        {
            long[] axes = [.. Enumerable.Range(0, site.Rest.Length + 1).Select(a => (long)a)];
            tangent = Emit("Transpose", [tangent], ("perm", (long[])[site.BatchAxis, .. axes.Where(a => a != site.BatchAxis)]));
        }

        var reshape = new NodeProto { OpType = "Reshape", Name = output, Input = { tangent, Integers([rows, -1]) }, Output = { output } };
        _nodes.Add(reshape);
        _proto.Graph.Output.Add(new ValueInfoProto { Name = output });
    }

    private bool IsLive(string tensor) => _tangents.ContainsKey(tensor);

    private string Tangent(string tensor) => _tangents[tensor];

    private string Emit(string op, string[] inputs, params (string Name, object Value)[] attributes)
    {
        string output = Fresh();
        var node = new NodeProto { OpType = op, Name = output, Output = { output } };
        node.Input.AddRange(inputs);
        node.Attribute.AddRange(attributes.Select(a => OnnxGraphBuilder.Attribute(a.Name, a.Value)));
        _nodes.Add(node);
        return output;
    }

    /// <summary>The node again with other inputs. Its outputs are named anew, as many as asked.</summary>
    private IReadOnlyList<string> Again(NodeProto node, IReadOnlyList<string> inputs, int outputs = 1)
    {
        var copy = node.Clone();
        copy.Name = Fresh();
        copy.Input.Clear();
        copy.Input.AddRange(inputs);
        copy.Output.Clear();
        copy.Output.AddRange(Enumerable.Range(0, outputs).Select(_ => Fresh()));
        _nodes.Add(copy);
        return [.. copy.Output];
    }

    private string Scalar(double value)
    {
        if (_scalars.TryGetValue((float)value, out string? name))
            return name;
        name = Fresh();
        _proto.Graph.Initializer.Add(new TensorProto { Name = name, DataType = (int)OnnxElementType.Float, FloatData = { (float)value } });
        return _scalars[(float)value] = name;
    }

    private string Integers(long[] values)
    {
        string name = Fresh();
        _proto.Graph.Initializer.Add(new TensorProto { Name = name, DataType = (int)OnnxElementType.Int64, Dims = { values.Length }, Int64Data = { values } });
        return name;
    }

    private string Fresh() => string.Create(CultureInfo.InvariantCulture, $"apex/d/{_names++}");

    private InvalidInputException Refuse(NodeProto node, string why) => new($"{_model.Path}: {OnnxGraph.Title(node)} {why}, so d a / d x cannot be computed behind it; choose --sites before it");
}
