using System.Globalization;
using System.Runtime.InteropServices;
using Google.Protobuf;

namespace Apex.Models.Onnx.Graphs;

/// <summary>
/// Builds ONNX graphs in code, one call a node, each returning the name of the tensor it makes:
/// <code>
/// var g = new OnnxGraphBuilder();
/// string x = g.Input("x", OnnxElementType.Float, "N", 4);
/// g.Output(g.Gemm(g.Relu(g.Gemm(x, w1, [8, 4])), w2, [3, 8]), OnnxElementType.Float, "N", 3);
/// g.Save("mlp.onnx");
/// </code>
/// </summary>
public sealed class OnnxGraphBuilder
{
    private readonly ModelProto _model;
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    /// <param name="opset">Version of the standard operators.</param>
    /// <param name="name">The graph's name.</param>
    public OnnxGraphBuilder(int opset = 17, string name = "graph")
    {
        _model = new ModelProto
        {
            IrVersion = opset < 13 ? 7 : opset < 19 ? 8 : 9,
            ProducerName = "apex",
            Graph = new GraphProto { Name = name },
            OpsetImport = { new OperatorSetIdProto { Domain = "", Version = opset } },
        };
    }

    /// <summary>Declares a graph input.</summary>
    /// <param name="name">Name of the tensor.</param>
    /// <param name="type">Element type.</param>
    /// <param name="dims">Axes: an <c>int</c> or <c>long</c> where fixed, a <c>string</c> where free.</param>
    /// <returns><paramref name="name"/>.</returns>
    public string Input(string name, OnnxElementType type, params object[] dims)
    {
        _names.Add(name);
        _model.Graph.Input.Add(Describe(name, type, dims));
        return name;
    }

    /// <summary>Declares a graph output.</summary>
    /// <param name="tensor">Name of a tensor that a node makes.</param>
    /// <param name="type">Element type.</param>
    /// <param name="dims">Axes, as in <see cref="Input"/>; none leaves the shape to inference.</param>
    public void Output(string tensor, OnnxElementType type = OnnxElementType.Float, params object[] dims) =>
        _model.Graph.Output.Add(dims.Length == 0 ? new ValueInfoProto { Name = tensor } : Describe(tensor, type, dims));

    /// <summary>Imports a further operator domain.</summary>
    internal void Import(string domain, int version) => _model.OpsetImport.Add(new OperatorSetIdProto { Domain = domain, Version = version });

    /// <summary>Adds a float initialiser.</summary>
    /// <param name="name">Wanted name; a number is added where it is taken.</param>
    /// <param name="values">Values, row-major.</param>
    /// <param name="dims">Shape; none for a scalar.</param>
    /// <returns>The name it got.</returns>
    public string Constant(string name, ReadOnlySpan<float> values, params long[] dims) =>
        Initialise(name, OnnxElementType.Float, MemoryMarshal.AsBytes(values), dims, values.Length);

    /// <summary>Adds an int64 initialiser.</summary>
    /// <inheritdoc cref="Constant(string, ReadOnlySpan{float}, long[])"/>
    public string Constant(string name, ReadOnlySpan<long> values, params long[] dims) =>
        Initialise(name, OnnxElementType.Int64, MemoryMarshal.AsBytes(values), dims, values.Length);

    /// <summary>Adds a scalar float initialiser.</summary>
    public string Constant(string name, float value) => Constant(name, [value]);

    /// <summary>Adds a node with one output.</summary>
    /// <param name="op">Operator.</param>
    /// <param name="inputs">Tensors read; an empty name leaves an optional input out.</param>
    /// <param name="attributes">Values of type int, long, float, double, string, long[], float[], TensorProto or GraphProto.</param>
    /// <returns>A fresh tensor name made from the operator's.</returns>
    public string Node(string op, string[] inputs, params (string Name, object Value)[] attributes) =>
        Node(op, inputs, Fresh(op.ToLowerInvariant()), attributes);

    /// <summary>Adds a node whose one output has a given name; the node is named after it.</summary>
    /// <inheritdoc cref="Node(string, string[], ValueTuple{string, object}[])"/>
    public string Node(string op, string[] inputs, string output, params (string Name, object Value)[] attributes) =>
        NodeMany(op, inputs, [output], output, "", attributes)[0];

    /// <summary>Adds a node in full.</summary>
    /// <param name="op">Operator.</param>
    /// <param name="inputs">Tensors read.</param>
    /// <param name="outputs">Tensors made.</param>
    /// <param name="name">The node's own name.</param>
    /// <param name="domain">Operator domain; empty for the standard one.</param>
    /// <param name="attributes">As in <see cref="Node(string, string[], ValueTuple{string, object}[])"/>.</param>
    public string[] NodeMany(string op, string[] inputs, string[] outputs, string name, string domain = "", params (string Name, object Value)[] attributes)
    {
        var node = new NodeProto { OpType = op, Name = name, Domain = domain };
        node.Input.AddRange(inputs);
        node.Output.AddRange(outputs);
        node.Attribute.AddRange(attributes.Select(a => Attribute(a.Name, a.Value)));
        foreach (string output in outputs)
            _names.Add(output);
        _model.Graph.Node.Add(node);
        return outputs;
    }

    /// <summary>Gives a tensor that a node makes another name, wherever it is read; a node that was named after it goes on being so called.</summary>
    /// <param name="tensor">The name it has.</param>
    /// <param name="name">The name it gets, which no other tensor may have.</param>
    /// <returns><paramref name="name"/>.</returns>
    public string Rename(string tensor, string name)
    {
        var maker = _model.Graph.Node.FirstOrDefault(n => n.Output.Contains(tensor))
            ?? throw new ArgumentException($"no node makes '{tensor}'", nameof(tensor));
        if (!_names.Add(name))
            throw new ArgumentException($"there is a tensor '{name}' already", nameof(name));
        maker.Output[maker.Output.IndexOf(tensor)] = name;
        foreach (var node in _model.Graph.Node)
        {
            for (int i = 0; i < node.Input.Count; i++)
            {
                if (node.Input[i] == tensor)
                    node.Input[i] = name;
            }
        }

        return name;
    }

    /// <summary>max(x, 0).</summary>
    public string Relu(string x) => Node("Relu", [x]);

    /// <summary>a + b with broadcasting.</summary>
    public string Add(string a, string b) => Node("Add", [a, b]);

    /// <summary>a * b with broadcasting.</summary>
    public string Mul(string a, string b) => Node("Mul", [a, b]);

    /// <summary>a * s for a number s.</summary>
    public string Mul(string a, float s) => Mul(a, Constant("factor", s));

    /// <summary>a + s for a number s.</summary>
    public string Add(string a, float s) => Add(a, Constant("term", s));

    /// <summary>Matrix product.</summary>
    public string MatMul(string a, string b) => Node("MatMul", [a, b]);

    /// <summary>x W^T + b, a linear layer.</summary>
    /// <param name="x">Shape <c>[N, in]</c>.</param>
    /// <param name="weight">W, row-major.</param>
    /// <param name="dims"><c>[out, in]</c>.</param>
    /// <param name="bias">b, shape <c>[out]</c>, or null.</param>
    public string Gemm(string x, float[] weight, long[] dims, float[]? bias = null)
    {
        string w = Constant("weight", weight, dims);
        return bias is null
            ? Node("Gemm", [x, w], ("transB", 1))
            : Node("Gemm", [x, w, Constant("bias", bias, bias.Length)], ("transB", 1));
    }

    /// <summary>Convolution.</summary>
    /// <param name="x">Shape <c>[N, in, H, W]</c>.</param>
    /// <param name="weight">Row-major.</param>
    /// <param name="dims"><c>[out, in / group, kh, kw]</c>.</param>
    /// <param name="bias">Shape <c>[out]</c>, or null.</param>
    /// <param name="stride">Stride of both axes.</param>
    /// <param name="pad">Zero padding on all sides.</param>
    /// <param name="group">Groups.</param>
    public string Conv(string x, float[] weight, long[] dims, float[]? bias = null, int stride = 1, int pad = 0, int group = 1)
    {
        string w = Constant("weight", weight, dims);
        return Node("Conv", bias is null ? [x, w] : [x, w, Constant("bias", bias, bias.Length)],
            ("kernel_shape", (long[])[dims[2], dims[3]]), ("strides", (long[])[stride, stride]), ("pads", (long[])[pad, pad, pad, pad]), ("group", group));
    }

    /// <summary>Batch normalisation in inference mode.</summary>
    /// <param name="x">Shape <c>[N, C, ...]</c>.</param>
    /// <param name="scale">Shape <c>[C]</c>.</param>
    /// <param name="shift">Shape <c>[C]</c>.</param>
    /// <param name="mean">Running mean, shape <c>[C]</c>.</param>
    /// <param name="variance">Running variance, shape <c>[C]</c>.</param>
    /// <param name="epsilon">Added to the variance.</param>
    public string BatchNormalization(string x, float[] scale, float[] shift, float[] mean, float[] variance, float epsilon = 1e-5f) =>
        Node("BatchNormalization",
            [
                x, Constant("scale", scale, scale.Length), Constant("shift", shift, shift.Length),
                Constant("mean", mean, mean.Length), Constant("variance", variance, variance.Length),
            ],
            ("epsilon", epsilon));

    /// <summary>Mean over the spatial axes.</summary>
    public string GlobalAveragePool(string x) => Node("GlobalAveragePool", [x]);

    /// <summary>All axes but the first into one.</summary>
    public string Flatten(string x) => Node("Flatten", [x], ("axis", 1));

    /// <summary>A copy of the model as built so far.</summary>
    internal ModelProto Build() => _model.Clone();

    /// <summary>The model as the bytes of an ONNX file.</summary>
    public byte[] ToBytes() => _model.ToByteArray();

    /// <summary>Writes an ONNX file.</summary>
    public void Save(string path) => WholeFile.Write(path, ToBytes());

    private string Initialise(string name, OnnxElementType type, ReadOnlySpan<byte> bytes, long[] dims, int count)
    {
        long elements = dims.Aggregate(1L, (product, d) => product * d);
        if (elements != count)
            throw new ArgumentException($"{count} values do not fill [{string.Join(", ", dims)}]", nameof(dims));
        string fresh = Fresh(name);
        var tensor = new TensorProto { Name = fresh, DataType = (int)type, RawData = ByteString.CopyFrom(bytes) };
        tensor.Dims.AddRange(dims);
        _model.Graph.Initializer.Add(tensor);
        return fresh;
    }

    private string Fresh(string name)
    {
        string fresh = name;
        for (int n = 1; !_names.Add(fresh); n++)
            fresh = string.Create(CultureInfo.InvariantCulture, $"{name}_{n}");
        return fresh;
    }

    internal static ValueInfoProto Describe(string name, OnnxElementType type, object[] dims)
    {
        var shape = new TensorShapeProto();
        shape.Dim.AddRange(dims.Select(d => d is string free
            ? new TensorShapeProto.Types.Dimension { DimParam = free }
            : new TensorShapeProto.Types.Dimension { DimValue = Convert.ToInt64(d, CultureInfo.InvariantCulture) }));
        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)type, Shape = shape } } };
    }

    internal static AttributeProto Attribute(string name, object value)
    {
        var attribute = new AttributeProto { Name = name };
        switch (value)
        {
            case int i: (attribute.I, attribute.Type) = (i, 2); break;
            case long i: (attribute.I, attribute.Type) = (i, 2); break;
            case float f: (attribute.F, attribute.Type) = (f, 1); break;
            case double f: (attribute.F, attribute.Type) = ((float)f, 1); break;
            case string s: (attribute.S, attribute.Type) = (ByteString.CopyFromUtf8(s), 3); break;
            case TensorProto t: (attribute.T, attribute.Type) = (t, 4); break;
            case GraphProto g: (attribute.G, attribute.Type) = (g, 5); break;
            case float[] floats: attribute.Floats.AddRange(floats); attribute.Type = 6; break;
            case long[] ints: attribute.Ints.AddRange(ints); attribute.Type = 7; break;
            default: throw new ArgumentException($"attribute '{name}' of type {value.GetType().Name}", nameof(value));
        }

        return attribute;
    }
}
