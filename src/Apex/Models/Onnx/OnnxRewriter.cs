using Google.Protobuf;

namespace Apex.Models.Onnx;

/// <summary>
/// Rewrites a model for probing: a float (or token) input of a fixed shape, the logits and some activations as outputs, and
/// where asked <c>a + scale * noise</c> in place of an activation a for everything that reads it.
/// </summary>
internal sealed class OnnxRewriter
{
    public const string InputName = "apex/input";
    public const string LogitsName = "apex/logits";

    private readonly ModelProto _model;

    /// <param name="source">The model as loaded; it is not changed.</param>
    /// <param name="batch">Batch rows of every run.</param>
    /// <param name="shape">Shape of one sample.</param>
    public OnnxRewriter(OnnxModel source, int batch, IReadOnlyList<int> shape)
    {
        _model = source.Proto.Clone();
        var graph = _model.Graph;
        // Declared intermediate shapes may hold the exporter's batch size; ONNX Runtime infers them anew.
        graph.ValueInfo.Clear();
        graph.Output.Clear();
        var input = graph.Input.First(i => i.Name == source.Input.Name);
        graph.Input.Remove(input);
        var fed = source.Input.IsTokens ? OnnxElementType.Int64 : OnnxElementType.Float;
        graph.Input.Insert(0, Tensor(InputName, fed, [batch, .. shape]));
        graph.Node.Insert(0, CastOrPass(InputName, source.Input.Name, fed, source.Input.Type));
        graph.Node.Add(Node("Cast", [source.Logits], "apex/logits_as_float", ("to", (int)OnnxElementType.Float)));
        graph.Node.Add(Node("Flatten", ["apex/logits_as_float"], LogitsName, ("axis", 1)));
        graph.Output.Add(new ValueInfoProto { Name = LogitsName });
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

    /// <summary>Adds a noise tensor, whose batch axis comes first, and a scale to everything that reads <paramref name="tensor"/>.</summary>
    /// <param name="tensor">The activation.</param>
    /// <param name="type">Its element type.</param>
    /// <param name="batchFirst">Shape of the noise, batch rows first.</param>
    /// <param name="batchAxis">Where the activation has its batch axis.</param>
    /// <param name="number">The site's index, which names the inputs.</param>
    /// <returns>Names of the noise and scale inputs.</returns>
    public (string Noise, string Scale) Perturb(string tensor, OnnxElementType type, IReadOnlyList<int> batchFirst, int batchAxis, int number)
    {
        var graph = _model.Graph;
        string noise = $"apex/noise/{number}", scale = $"apex/scale/{number}", perturbed = $"apex/perturbed/{number}";
        graph.Input.Add(Tensor(noise, OnnxElementType.Float, batchFirst));
        graph.Input.Add(Tensor(scale, OnnxElementType.Float, []));

        foreach (var node in graph.Node)
        {
            for (int i = 0; i < node.Input.Count; i++)
            {
                if (node.Input[i] == tensor)
                    node.Input[i] = perturbed;
            }
        }

        string term = noise;
        var added = new List<NodeProto>();
        if (batchAxis != 0)
        {
            // [batch, rest...] -> the activation's own order of axes.
            long[] order = [.. Enumerable.Range(1, batchFirst.Count - 1).Select(a => (long)a)];
            added.Add(Node("Transpose", [term], term = $"apex/moved/{number}", ("perm", (long[])[.. order[..batchAxis], 0, .. order[batchAxis..]])));
        }

        added.Add(Node("Mul", [term, scale], term = $"apex/scaled/{number}"));
        if (type != OnnxElementType.Float)
            added.Add(Node("Cast", [term], term = $"apex/cast/{number}", ("to", (int)type)));
        added.Add(Node("Add", [tensor, term], perturbed));

        int producer = -1;
        for (int i = 0; i < graph.Node.Count && producer < 0; i++)
        {
            if (graph.Node[i].Output.Contains(tensor))
                producer = i;
        }

        for (int i = 0; i < added.Count; i++)
            graph.Node.Insert(producer + 1 + i, added[i]);
        return (noise, scale);
    }

    public byte[] ToBytes() => _model.ToByteArray();

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
