using Apex.Models.Onnx.Graphs;
using Apex.Models.Onnx.Reading;
using Google.Protobuf;

namespace Apex.Models.Onnx.Rewriting;

/// <summary>
/// Rewrites a model for probing: a float (or token) input of a fixed shape, the logits and some activations as outputs, and
/// where asked <c>a + scale * noise</c> in place of an activation a for everything that reads it.
/// </summary>
internal sealed class OnnxRewriter
{
    public const string InputName = "apex/input";
    private const string FedName = "apex/fed";
    public const string LogitsName = "apex/logits";

    /// <summary>Which noise each row gets; whole numbers as floats, so that all inputs of the operators are of one type.</summary>
    public const string ChoiceName = "apex/choice";

    private readonly ModelProto _model;
    private readonly string _path;
    private readonly HashSet<string> _fed = new(StringComparer.Ordinal);

    /// <param name="source">The model as loaded; it is not changed.</param>
    /// <param name="batch">Batch rows of every run.</param>
    /// <param name="shape">Shape of one sample.</param>
    /// <param name="variant">A model with the same input and logits to rewrite instead, or null.</param>
    public OnnxRewriter(OnnxModel source, int batch, IReadOnlyList<int> shape, ModelProto? variant = null)
    {
        _model = (variant ?? source.Proto).Clone();
        _path = source.Path;
        var graph = _model.Graph;
        // Declared intermediate shapes may hold the exporter's batch size; ONNX Runtime infers them anew.
        graph.ValueInfo.Clear();
        graph.Output.Clear();
        var input = graph.Input.First(i => i.Name == source.Input.Name);
        graph.Input.Remove(input);
        var fed = source.Input.IsTokens ? OnnxElementType.Int64 : OnnxElementType.Float;
        graph.Input.Insert(0, Tensor(InputName, fed, [batch, .. shape]));
        if (source.IsLimit)
        {
            // The input vanishes: a number less itself. Noise on the input enters behind it.
            graph.Node.Insert(0, CastOrPass(InputName, FedName, fed, source.Input.Type));
            graph.Node.Insert(1, Node("Sub", [FedName, FedName], source.Input.Name));
        }
        else
            graph.Node.Insert(0, CastOrPass(InputName, source.Input.Name, fed, source.Input.Type));
        _fed.Add(InputName);
        for (int i = 1; i < source.AllInputs.Count; i++)
            Feed(source.AllInputs[i], InputNameOf(i), batch);
        graph.Node.Add(Node("Cast", [source.Logits], "apex/logits_as_float", ("to", (int)OnnxElementType.Float)));
        graph.Node.Add(Node("Flatten", ["apex/logits_as_float"], LogitsName, ("axis", 1)));
        graph.Output.Add(new ValueInfoProto { Name = LogitsName });
    }

    /// <summary>Name of an input of the rewritten model.</summary>
    /// <param name="input">Its place among the inputs of the model.</param>
    public static string InputNameOf(int input) => input == 0 ? InputName : $"{InputName}/{input}";

    /// <summary>Puts a float (or token) input of a fixed batch in place of another.</summary>
    private void Feed(OnnxModel.InputTensor input, string name, int batch)
    {
        var graph = _model.Graph;
        graph.Input.Remove(graph.Input.First(i => i.Name == input.Name));
        var fed = input.IsTokens ? OnnxElementType.Int64 : OnnxElementType.Float;
        graph.Input.Insert(_fed.Count, Tensor(name, fed, [batch, .. input.Dims.Skip(1).Select(d => checked((int)d))]));
        graph.Node.Insert(0, CastOrPass(name, input.Name, fed, input.Type));
        _fed.Add(name);
    }

    /// <summary>Makes a tensor an output as it is.</summary>
    public void Expose(string tensor) => _model.Graph.Output.Add(new ValueInfoProto { Name = tensor });

    /// <summary>Makes a tensor a float output.</summary>
    /// <returns>The output's name.</returns>
    public string Observe(string tensor, int number)
    {
        string name = $"apex/observed/{number}";
        _model.Graph.Node.Add(Node("Cast", [tensor], name, ("to", (int)OnnxElementType.Float)));
        _model.Graph.Output.Add(new ValueInfoProto { Name = name });
        return name;
    }

    /// <summary>Adds scaled noise to everything that reads <paramref name="tensor"/>: a noise and a scale for each row.</summary>
    /// <param name="tensor">The activation.</param>
    /// <param name="type">Its element type.</param>
    /// <param name="batchFirst">Shape of the activation with its batch rows first.</param>
    /// <param name="rows">Batch rows; the noise of one may take several entries of the batch axis.</param>
    /// <param name="noises">Noises to choose from.</param>
    /// <param name="batchAxis">Where the activation has its batch axis.</param>
    /// <param name="number">The site's index, which names the inputs.</param>
    public void Perturb(string tensor, OnnxElementType type, IReadOnlyList<int> batchFirst, int rows, int noises, int batchAxis, int number)
    {
        string perturbed = $"apex/perturbed/{number}";
        int elements = batchFirst.Aggregate(1, (product, d) => checked(product * d)) / rows;
        var (noise, scale) = NoiseInputs(_model.Graph, number, noises, elements, rows);
        Redirect(tensor, perturbed);
        string term;
        // [noises, elements] -> [rows, elements] -> scaled -> the activation's shape, batch first.
        string shape = $"apex/shape/{number}", column = $"apex/column/{number}";
        _model.Graph.Initializer.Add(Integers(shape, [.. batchFirst.Select(d => (long)d)]));
        _model.Graph.Initializer.Add(Integers(column, [rows, 1]));
        var added = new List<NodeProto>
        {
            Node("Cast", [ChoiceName], $"apex/choice/{number}", ("to", (int)OnnxElementType.Int64)),
            Node("Gather", [noise, $"apex/choice/{number}"], $"apex/chosen/{number}", ("axis", 0)),
            Node("Reshape", [scale, column], $"apex/factor/{number}"),
            Node("Mul", [$"apex/chosen/{number}", $"apex/factor/{number}"], $"apex/scaled/{number}"),
            Node("Reshape", [$"apex/scaled/{number}", shape], term = $"apex/shaped/{number}"),
        };
        if (batchAxis != 0)
        {
            // [batch, rest...] -> the activation's own order of axes.
            long[] order = [.. Enumerable.Range(1, batchFirst.Count - 1).Select(a => (long)a)];
            added.Add(Node("Transpose", [term], term = $"apex/moved/{number}", ("perm", (long[])[.. order[..batchAxis], 0, .. order[batchAxis..]])));
        }

        if (type != OnnxElementType.Float)
            added.Add(Node("Cast", [term], term = $"apex/cast/{number}", ("to", (int)type)));
        added.Add(Node("Add", [tensor, term], perturbed));
        InsertBehind(tensor, added);
    }

    /// <summary>
    /// Puts a node behind a tensor that holds its place while ONNX Runtime optimises the graph: it is carried through in whatever
    /// layout the tensor has, and replaced afterwards.
    /// </summary>
    public void Mark(string tensor, int number)
    {
        string mark = MarkName(number);
        Redirect(tensor, mark);
        InsertBehind(tensor, [Node(MarkOp, [tensor], mark)]);
    }

    /// <summary>
    /// Puts a pooling of one element behind a tensor, before its marks: it changes nothing, but it is an operator for which ONNX
    /// Runtime brings the tensor into its blocked layout, in which additions further on can then stay. Removed afterwards.
    /// </summary>
    public void Carry(string tensor, int number)
    {
        string carried = CarryName(number);
        Redirect(tensor, carried);
        InsertBehind(tensor, [Node("MaxPool", [tensor], carried, ("kernel_shape", new long[] { 1, 1 }))]);
    }

    /// <summary>True where a convolution comes after the input.</summary>
    public bool HasConvolutions => _model.Graph.Node.Any(n => n.OpType == "Conv");

    public static string CarryName(int number) => $"apex/carry/{number}";

    /// <summary>The operator of a mark: an elementwise function that ONNX Runtime keeps in any layout.</summary>
    public const string MarkOp = "Tanh";

    public static string MarkName(int number) => $"apex/mark/{number}";

    /// <summary>Declares the noise and scale inputs of a site, and once the choice of noise for each row.</summary>
    public static (string Noise, string Scale) NoiseInputs(GraphProto graph, int number, int noises, int elements, int rows)
    {
        string noise = $"apex/noise/{number}", scale = $"apex/scale/{number}";
        graph.Input.Add(Tensor(noise, OnnxElementType.Float, [noises, elements]));
        graph.Input.Add(Tensor(scale, OnnxElementType.Float, [rows]));
        if (graph.Input.All(i => i.Name != ChoiceName))
            graph.Input.Add(Tensor(ChoiceName, OnnxElementType.Float, [rows]));
        return (noise, scale);
    }

    /// <summary>
    /// The tensors in which noise first enters (see <see cref="OnnxGraph.Frontier"/>), or none where nothing is computed before them.
    /// </summary>
    /// <param name="perturbed">The activations that get noise.</param>
    public IReadOnlyList<string> Frontier(IReadOnlyCollection<string> perturbed)
    {
        var graph = new OnnxGraph(_model.Graph, _path);
        var frontier = graph.Frontier(InputName, perturbed, LogitsName);
        if (frontier.Contains(InputName))
            return [];
        var before = graph.Upstream(frontier, []);
        before.IntersectWith(graph.Downstream(InputName));
        return _model.Graph.Node.Any(n => n.OpType is not ("Identity" or "Cast") && n.Output.Any(before.Contains)) ? frontier : [];
    }

    /// <summary>Leaves what computes some tensors, and makes them the outputs.</summary>
    public void EndAt(IReadOnlyList<string> tensors)
    {
        Keep(new OnnxGraph(_model.Graph, _path).Upstream(tensors, []));
        _model.Graph.Output.Clear();
        foreach (string tensor in tensors)
            Expose(tensor);
    }

    /// <summary>Leaves what computes the logits from some tensors, and makes those the inputs.</summary>
    public void StartAt(IReadOnlyList<(string Tensor, OnnxElementType Type, int[] Dims)> tensors)
    {
        string[] names = [.. tensors.Select(t => t.Tensor)];
        var needed = new OnnxGraph(_model.Graph, _path).Upstream([LogitsName], names);
        Keep(needed, names);
        _model.Graph.Input.Remove(_model.Graph.Input.First(i => i.Name == InputName));
        foreach (var (tensor, type, dims) in tensors)
            _model.Graph.Input.Add(Tensor(tensor, type, dims));
    }

    public byte[] ToBytes() => _model.ToByteArray();

    /// <summary>The rewritten model itself.</summary>
    public ModelProto Model => _model;

    private void Keep(HashSet<string> tensors, IReadOnlyCollection<string>? fed = null)
    {
        var graph = _model.Graph;
        var nodes = graph.Node.Where(n => n.Output.Any(o => tensors.Contains(o) && fed?.Contains(o) != true)).ToList();
        graph.Node.Clear();
        graph.Node.AddRange(nodes);
        var weights = graph.Initializer.Where(w => tensors.Contains(w.Name)).ToList();
        graph.Initializer.Clear();
        graph.Initializer.AddRange(weights);
        // Before IR version 4 initialisers are listed as inputs too.
        foreach (var input in graph.Input.Where(i => !_fed.Contains(i.Name) && !tensors.Contains(i.Name)).ToList())
            graph.Input.Remove(input);
    }

    private void Redirect(string tensor, string replacement)
    {
        foreach (var node in _model.Graph.Node)
        {
            for (int i = 0; i < node.Input.Count; i++)
            {
                if (node.Input[i] == tensor)
                    node.Input[i] = replacement;
            }
        }
    }

    private void InsertBehind(string tensor, IReadOnlyList<NodeProto> nodes)
    {
        var graph = _model.Graph;
        int producer = -1;
        for (int i = 0; i < graph.Node.Count && producer < 0; i++)
        {
            if (graph.Node[i].Output.Contains(tensor))
                producer = i;
        }

        for (int i = 0; i < nodes.Count; i++)
            graph.Node.Insert(producer + 1 + i, nodes[i]);
    }

    private static TensorProto Integers(string name, long[] values) =>
        new() { Name = name, DataType = (int)OnnxElementType.Int64, Dims = { values.Length }, Int64Data = { values } };

    private static NodeProto CastOrPass(string from, string to, OnnxElementType have, OnnxElementType need) =>
        have == need ? Node("Identity", [from], to) : Node("Cast", [from], to, ("to", (int)need));

    private static NodeProto Node(string op, string[] inputs, string output, params (string Name, object Value)[] attributes)
    {
        var node = new NodeProto { OpType = op, Name = output, Output = { output } };
        node.Input.AddRange(inputs);
        node.Attribute.AddRange(attributes.Select(a => OnnxGraphBuilder.Attribute(a.Name, a.Value)));
        return node;
    }

    private static ValueInfoProto Tensor(string name, OnnxElementType type, IReadOnlyList<int> shape) =>
        OnnxGraphBuilder.Describe(name, type, [.. shape.Cast<object>()]);
}
