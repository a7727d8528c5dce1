using System.Globalization;
using Apex.Models.Onnx.Graphs;
using Apex.Models.Onnx.Operators;
using Apex.Models.Onnx.Reading;

namespace Apex.Models.Onnx.Rewriting;

/// <summary>
/// Rewrites a graph into its tangent graph: beside every tensor t that depends on the input x it computes dt = (dt / dx) dx, by the
/// chain rule, one node after another (forward-mode differentiation). That is exact to rounding: nothing is approximated by differences.
/// Where a function has a kink its derivative there is the one from one side, as its row's <see cref="Operator.Tangent"/> says.
/// </summary>
internal static class OnnxTangent
{
    /// <summary>Input for dx, one tangent a batch row.</summary>
    public const string TangentName = "apex/tangent";

    /// <summary>What can be differentiated, contributed operators with their domain.</summary>
    public static IEnumerable<string> Operators => OperatorTable.Rows.Where(row => row.Tangent is not null).Select(row => row.Key);

    /// <summary>The output that holds the tangents of a site, shape <c>[rows, elements]</c>.</summary>
    public static string OutputName(int slot) => string.Create(CultureInfo.InvariantCulture, $"apex/reached/{slot}");

    /// <summary>The tangent graph of a model up to some sites, for batches of a fixed size.</summary>
    /// <param name="model">The model; it is not changed.</param>
    /// <param name="rows">Batch rows; each has a tangent of its own.</param>
    /// <param name="shape">Shape of one sample.</param>
    /// <param name="sites">Where the sites are.</param>
    /// <exception cref="InvalidInputException">The input has no tangents, or an operator on the way to the sites has none in the table.</exception>
    public static byte[] Build(OnnxModel model, int rows, IReadOnlyList<int> shape, IReadOnlyList<Placement> sites)
    {
        if (model.AllInputs.Count > 1)
            throw new InvalidInputException($"{model.Path}: reads {model.AllInputs.Count} inputs; derivatives are computed for models that read one");
        if (model.Input.IsTokens)
            throw new InvalidInputException($"{model.Path}: reads integer tokens, so no activation has a derivative with respect to its input");
        if (model.Input.Type != OnnxElementType.Float)
            throw new InvalidInputException(
                $"{model.Path}: reads {model.Input.Type}; derivatives are computed for models that read " +
                "Float (export it in 32 bits)");
        var proto = model.Proto.Clone();
        FixInput(proto.Graph, model.Input.Name, rows, shape);
        var tangents = new TangentBuilder(model.Path, new OnnxGraph(proto.Graph, model.Path), model.Opset);
        tangents.Set(OnnxRewriter.InputName, TangentName);
        Differentiate(proto.Graph, tangents, [.. sites.Select(s => s.Tensor)]);
        for (int slot = 0; slot < sites.Count; slot++)
            Expose(proto.Graph, tangents, sites[slot], rows, OutputName(slot));
        proto.Graph.Node.Clear();
        proto.Graph.Node.AddRange(tangents.All);
        return Google.Protobuf.MessageExtensions.ToByteArray(proto);
    }

    /// <summary>Gives the graph an input of a fixed shape and one for its tangents, and no outputs.</summary>
    private static void FixInput(GraphProto graph, string name, int rows, IReadOnlyList<int> shape)
    {
        graph.ValueInfo.Clear();
        graph.Output.Clear();
        graph.Input.Remove(graph.Input.First(i => i.Name == name));
        object[] dims = [rows, .. shape.Cast<object>()];
        graph.Input.Insert(0, OnnxGraphBuilder.Describe(OnnxRewriter.InputName, OnnxElementType.Float, dims));
        graph.Input.Insert(1, OnnxGraphBuilder.Describe(TangentName, OnnxElementType.Float, dims));
        graph.Node.Insert(0, new NodeProto { OpType = "Identity", Name = OnnxRewriter.InputName, Input = { OnnxRewriter.InputName }, Output = { name } });
    }

    private static void Differentiate(GraphProto graph, TangentBuilder tangents, IReadOnlyList<string> targets)
    {
        var needed = tangents.Graph.Upstream(targets, []);
        foreach (var node in graph.Node)
        {
            if (!node.Output.Any(needed.Contains))
                continue;
            tangents.Add(node);
            // A shape does not depend on the values.
            if (OperatorTable.Of(node).Shape == ShapeUse.Made || !node.Input.Any(tangents.IsLive))
                continue;
            if (OperatorTable.InDomain(node)?.Tangent is not { } tangent)
                throw tangents.Refuse(node, "has no derivative here");
            tangent.Differentiate(tangents, node);
        }
    }

    /// <summary>Rows in front, everything else behind them.</summary>
    private static void Expose(GraphProto graph, TangentBuilder tangents, Placement site, int rows, string output)
    {
        string tangent = tangents.IsLive(site.Tensor) ? tangents.Tangent(site.Tensor) : tangents.Emit("Sub", [site.Tensor, site.Tensor]);
        if (site.BatchAxis != 0)
        {
            long[] axes = [.. Enumerable.Range(0, site.Rest.Length + 1).Select(a => (long)a)];
            tangent = tangents.Emit("Transpose", [tangent], ("perm", (long[])[site.BatchAxis, .. axes.Where(a => a != site.BatchAxis)]));
        }

        tangents.Add(new NodeProto { OpType = "Reshape", Name = output, Input = { tangent, tangents.Integers([rows, -1]) }, Output = { output } });
        graph.Output.Add(new ValueInfoProto { Name = output });
    }
}
