using System.Globalization;
using System.Runtime.InteropServices;
using Apex.Models.Onnx.Graphs;
using Apex.Models.Onnx.Operators;
using Apex.Models.Onnx.Reading;
using Google.Protobuf;

namespace Apex.Models.Onnx.Rewriting;

/// <summary>Runs a model once on zeros.</summary>
/// <param name="model">The model.</param>
/// <param name="tensors">What to look at.</param>
/// <returns>Of its inputs and of these tensors their shape, and the values of whole numbers where they are few.</returns>
internal delegate IEnumerable<(string Name, long[] Shape, long[]? Numbers)> DryRun(byte[] model, IReadOnlyList<string> tensors);

/// <summary>
/// Rewrites a graph into its gradient graph: behind the network come, from the last node to the first, what each sends back to its inputs (reverse-mode
/// differentiation). That is exact to rounding. Where a function has a kink its derivative there is the one from one side, as of the tangents.
/// </summary>
internal sealed class OnnxGradient
{
    /// <summary>Input for the class of each row; below 0 for the one that is predicted.</summary>
    public const string ClassName = "apex/class";

    /// <summary>Output with the scalar of each row, shape <c>[rows]</c>.</summary>
    public const string ValueName = "apex/value";

    /// <param name="model">The model; it is not changed.</param>
    /// <param name="rows">Batch rows.</param>
    /// <param name="inputs">What it reads.</param>
    /// <param name="target">The scalar.</param>
    /// <param name="clip">S of the clipped margin.</param>
    /// <param name="squared">Whether the outputs are sums of squares, shape <c>[rows]</c>.</param>
    /// <param name="places">What it is differentiated by.</param>
    /// <param name="run">Runs the network once on zeros.</param>
    /// <exception cref="InvalidInputException">A place is no 32-bit float, or an operator behind the places has no rule in the table.</exception>
    public OnnxGradient(
        OnnxModel model, int rows, IReadOnlyList<ClassifierInput> inputs, GradientTarget target, double clip, bool squared, IReadOnlyList<Placement> places,
        DryRun run)
    {
        if (places.FirstOrDefault(p => p.Type != OnnxElementType.Float) is { } other)
            throw new InvalidInputException(
                $"{model.Path}: '{other.Tensor}' is {other.Type}; gradients are computed with respect to tensors of Float (export it in 32 bits)");
        Rows = rows;
        var proto = new OnnxRewriter(model, rows, inputs[0].Shape).Model;
        var graph = new OnnxGraph(proto.Graph, model.Path);
        var needed = graph.Upstream([OnnxRewriter.LogitsName], []);
        NodeProto[] nodes = [.. proto.Graph.Node.Where(n => n.Output.Any(needed.Contains))];
        var live = Live(nodes, [.. places.Select(p => p.Tensor)]);
        if (!live.Contains(OnnxRewriter.LogitsName))
            throw new InvalidInputException($"{model.Path}: the logits depend on none of the sites");
        var (shapes, numbers) = Look(proto, nodes, run);
        var builder = new CotangentBuilder(model.Path, graph, model.Opset, live, shapes, numbers);
        foreach (var node in nodes)
            builder.Add(node);
        proto.Graph.Output.Clear();
        Seed(proto.Graph, builder, target, clip);
        foreach (var node in nodes.Reverse())
        {
            if (!node.Output.Any(o => builder.Cotangent(o) is not null) || !node.Input.Any(live.Contains))
                continue;
            if (OperatorTable.InDomain(node)?.Cotangent is not { } rule)
                throw builder.Refuse(node, "has no derivative here");
            rule.SendBack(builder, node);
        }

        for (int slot = 0; slot < places.Count; slot++)
            Expose(proto.Graph, builder, places[slot], squared, OutputName(slot));
        proto.Graph.Node.Clear();
        proto.Graph.Node.AddRange(builder.All);
        Bytes = proto.ToByteArray();
    }

    /// <summary>Batch rows.</summary>
    public int Rows { get; }

    /// <summary>The rewritten model.</summary>
    public byte[] Bytes { get; }

    /// <summary>What can be differentiated, contributed operators with their domain.</summary>
    public static IEnumerable<string> Operators => OperatorTable.Rows.Where(row => row.Cotangent is not null).Select(row => row.Key);

    /// <summary>The output that holds the gradients of a place, shape <c>[rows, elements]</c>.</summary>
    public static string OutputName(int slot) => string.Create(CultureInfo.InvariantCulture, $"apex/gradient/{slot}");

    /// <summary>Tensors that depend on the values of the places.</summary>
    private static HashSet<string> Live(NodeProto[] nodes, string[] places)
    {
        var live = new HashSet<string>(places, StringComparer.Ordinal);
        foreach (var node in nodes)
        {
            // A shape does not depend on the values.
            if (OperatorTable.Of(node).Shape != ShapeUse.Made && node.Input.Any(live.Contains))
                live.UnionWith(node.Output.Where(o => o.Length > 0));
        }

        return live;
    }

    /// <summary>Shapes of all tensors, and the numbers that shapes are made of.</summary>
    private static (Dictionary<string, long[]> Shapes, Dictionary<string, long[]> Numbers) Look(ModelProto proto, NodeProto[] nodes, DryRun run)
    {
        var (shapes, numbers) = (new Dictionary<string, long[]>(StringComparer.Ordinal), new Dictionary<string, long[]>(StringComparer.Ordinal));
        foreach (var constant in proto.Graph.Initializer)
        {
            shapes[constant.Name] = [.. constant.Dims];
            if (constant.DataType == (int)OnnxElementType.Int64 && constant.DataLocation != OnnxTensor.ExternalLocation)
                numbers[constant.Name] = constant.Int64Data.Count > 0 ? [.. constant.Int64Data]
                    : MemoryMarshal.Cast<byte, long>(constant.RawData.Span).ToArray();
        }

        var dry = proto.Clone();
        string[] asked = [.. nodes.SelectMany(n => n.Output).Where(o => o.Length > 0)];
        dry.Graph.Output.Clear();
        dry.Graph.Output.AddRange(asked.Select(name => new ValueInfoProto { Name = name }));
        foreach (var (name, shape, values) in run(dry.ToByteArray(), asked))
        {
            shapes[name] = shape;
            if (values is not null)
                numbers[name] = values;
        }

        return (shapes, numbers);
    }

    /// <summary>Adds the scalar and its derivative by the logits.</summary>
    private void Seed(GraphProto graph, CotangentBuilder g, GradientTarget target, double clip)
    {
        string logits = OnnxRewriter.LogitsName;
        long classes = g.Shape(logits)[1];
        graph.Input.Add(OnnxGraphBuilder.Describe(ClassName, OnnxElementType.Int64, [Rows, 1]));
        string all = g.Shaped(g.Integers([.. Enumerable.Range(0, (int)classes).Select(c => (long)c)]), [1, classes]);
        string ArgMax(string tensor) => g.Emit("ArgMax", [tensor], ("axis", 1), ("keepdims", 1));
        string At(string index) => g.Emit("Cast", [g.Emit("Equal", [all, index])], ("to", (int)OnnxElementType.Float));
        string Sum(string tensor) => g.Reduce("ReduceSum", tensor, [1]);
        string given = g.Emit("Less", [ClassName, g.Integers([0])]);
        string own = At(g.Emit("Where", [given, ArgMax(logits), ClassName])), value, seed;
        if (target == GradientTarget.Logit)
            (seed, value) = (own, Sum(g.Emit("Mul", [logits, own])));
        else if (target == GradientTarget.CrossEntropy)
        {
            seed = g.Emit("Sub", [g.Emit("Softmax", [logits], ("axis", 1)), own]);
            value = g.Emit("Neg", [Sum(g.Emit("Mul", [g.Emit("LogSoftmax", [logits], ("axis", 1)), own]))]);
        }
        else
        {
            const double BelowAll = 1e30;
            string best = At(ArgMax(g.Emit("Sub", [logits, g.Times(own, BelowAll)])));
            seed = g.Emit("Sub", [own, best]);
            value = Sum(g.Emit("Mul", [logits, seed]));
            if (target == GradientTarget.ClippedMargin)
            {
                value = g.Times(value, 1 / clip);
                seed = g.Emit("Where", [g.Emit("Less", [value, g.Scalar(1)]), g.Times(seed, 1 / clip), g.Scalar(0)]);
                value = g.Emit("Min", [value, g.Scalar(1)]);
            }
        }

        g.Send(logits, seed);
        Output(graph, g, g.Shaped(value, [Rows]), ValueName);
    }

    /// <summary>Rows in front, everything else behind them.</summary>
    private void Expose(GraphProto graph, CotangentBuilder g, Placement place, bool squared, string output)
    {
        string gradient = g.Cotangent(place.Tensor) ?? g.Zeros(g.Shape(place.Tensor));
        if (place.BatchAxis != 0)
        {
            long[] axes = [.. Enumerable.Range(0, place.Rest.Length + 1).Select(a => (long)a)];
            gradient = g.Emit("Transpose", [gradient], ("perm", (long[])[place.BatchAxis, .. axes.Where(a => a != place.BatchAxis)]));
        }

        gradient = g.Shaped(gradient, [Rows, -1]);
        Output(graph, g, squared ? g.Shaped(g.Reduce("ReduceSumSquare", gradient, [1]), [Rows]) : gradient, output);
    }

    private static void Output(GraphProto graph, CotangentBuilder g, string tensor, string name)
    {
        g.Add(new NodeProto { OpType = "Identity", Name = name, Input = { tensor }, Output = { name } });
        graph.Output.Add(new ValueInfoProto { Name = name });
    }
}
