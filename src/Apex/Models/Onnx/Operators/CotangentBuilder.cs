using System.Runtime.InteropServices;
using Apex.Models.Onnx.Graphs;

namespace Apex.Models.Onnx.Operators;

/// <summary>The nodes of a gradient graph in the making, and what a <see cref="Operators.Cotangent"/> may ask and add.</summary>
/// <param name="path">The file, for messages.</param>
/// <param name="graph">The graph whose tensors are differentiated; constants are added to it.</param>
/// <param name="opset">The opset of the standard operators.</param>
/// <param name="live">The tensors between what is differentiated by and the logits.</param>
/// <param name="shapes">Shape of each tensor.</param>
/// <param name="numbers">Values of whole-number tensors that depend on shapes alone.</param>
internal sealed class CotangentBuilder(
    string path, OnnxGraph graph, long opset, IReadOnlySet<string> live, IReadOnlyDictionary<string, long[]> shapes,
    IReadOnlyDictionary<string, long[]> numbers) : DerivativeBuilder(path, graph, opset)
{
    /// <summary>By tensor, what readers of it sent back so far.</summary>
    private readonly Dictionary<string, string> _cotangents = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    protected override string Consequence => "gradients cannot be computed through it; choose `Sites` behind it";

    /// <inheritdoc/>
    public override bool IsLive(string tensor) => live.Contains(tensor);

    /// <summary>Elements of a tensor of a shape.</summary>
    public static long Elements(long[] shape) => shape.Aggregate(1L, (a, b) => a * b);

    /// <summary>Shape of a tensor.</summary>
    public long[] Shape(string tensor) => [.. shapes[tensor]];

    /// <summary>Values of a tensor of whole numbers; null where they are not known before the graph runs.</summary>
    public long[]? Numbers(string tensor) => numbers.GetValueOrDefault(tensor);

    /// <summary>Values of a constant tensor; null where it is none.</summary>
    public float[]? Floats(string tensor) =>
        Graph.Graph.Initializer.FirstOrDefault(i => i.Name == tensor) is { DataType: (int)OnnxElementType.Float } constant
            && constant.DataLocation != OnnxTensor.ExternalLocation
            ? constant.FloatData.Count > 0 ? [.. constant.FloatData] : MemoryMarshal.Cast<byte, float>(constant.RawData.Span).ToArray()
            : null;

    /// <summary>What readers of a tensor sent back; null where none did.</summary>
    public string? Cotangent(string tensor) => _cotangents.GetValueOrDefault(tensor);

    /// <summary>The cotangent of a node's first output.</summary>
    public string Cotangent(NodeProto node) => _cotangents[node.Output[0]];

    /// <summary>Sends something back to a tensor; what others sent is added.</summary>
    /// <param name="tensor">The tensor; nothing happens where it is not live.</param>
    /// <param name="term">What is sent.</param>
    public void Send(string tensor, string term)
    {
        if (IsLive(tensor))
            _cotangents[tensor] = _cotangents.TryGetValue(tensor, out string? sum) ? Emit("Add", [sum, term]) : term;
    }

    /// <summary>As above, of something that has the shape of another tensor, to which the tensor was broadcast.</summary>
    public void SendBroadcast(string tensor, string term, long[] from)
    {
        if (IsLive(tensor))
            Send(tensor, Narrowed(term, from, Shape(tensor)));
    }

    /// <summary>Sums up what broadcasting repeated.</summary>
    /// <param name="term">A tensor.</param>
    /// <param name="from">Its shape.</param>
    /// <param name="to">The shape it was broadcast from.</param>
    public string Narrowed(string term, long[] from, long[] to)
    {
        if (from.SequenceEqual(to))
            return term;
        int added = from.Length - to.Length;
        long[] axes = [.. Enumerable.Range(0, from.Length).Where(a => a < added || (to[a - added] == 1 && from[a] != 1)).Select(a => (long)a)];
        if (axes.Length > 0)
            term = Reduce("ReduceSum", term, axes);
        return added > 0 ? Shaped(term, to) : term;
    }

    /// <summary>A tensor in another shape.</summary>
    public string Shaped(string tensor, long[] shape) => Emit("Reshape", [tensor, Integers(shape)]);

    /// <summary>A tensor of one number repeated, or repeated along axes of length 1, to a shape.</summary>
    public string Stretched(string tensor, long[] shape) => Emit("Expand", [tensor, Integers(shape)]);

    /// <summary>Zeros of a shape.</summary>
    public string Zeros(long[] shape) => Stretched(Scalar(0), shape);

    /// <summary>What is left of whole numbers, none negative, divided by another.</summary>
    public string Remainder(string tensor, long divisor)
    {
        string by = Integers([divisor]);
        return Opset >= 10 ? Emit("Mod", [tensor, by]) : Emit("Sub", [tensor, Emit("Mul", [Emit("Div", [tensor, by]), by])]);
    }

    /// <summary>A tensor with its last two axes exchanged.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="rank">Its rank.</param>
    public string Transposed(string tensor, int rank)
    {
        long[] order = [.. Enumerable.Range(0, rank).Select(a => (long)a)];
        (order[rank - 1], order[rank - 2]) = (order[rank - 2], order[rank - 1]);
        return Emit("Transpose", [tensor], ("perm", order));
    }

    /// <summary>Sends back through y = M x along one axis.</summary>
    /// <param name="term">A cotangent.</param>
    /// <param name="shape">Its shape, with m entries along the axis.</param>
    /// <param name="axis">The axis.</param>
    /// <param name="matrix">The transpose of M: a tensor of shape <c>[n, m]</c>.</param>
    /// <param name="n">Entries of x along the axis.</param>
    /// <returns>The cotangent, with n entries along the axis.</returns>
    public string Along(string term, long[] shape, int axis, string matrix, long n)
    {
        string flat = Shaped(term, [Elements(shape[..axis]), shape[axis], Elements(shape[(axis + 1)..])]);
        return Shaped(Emit("MatMul", [matrix, flat]), [.. shape[..axis], n, .. shape[(axis + 1)..]]);
    }

    /// <summary>Part of a tensor along one axis.</summary>
    public string Part(string tensor, int axis, long from, long to) => Opset >= 10
        ? Emit("Slice", [tensor, Integers([from]), Integers([to]), Integers([axis])])
        : Emit("Slice", [tensor], ("starts", (long[])[from]), ("ends", (long[])[to]), ("axes", (long[])[axis]));

    /// <summary>A tensor with zeros around it.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="pads">Zeros before and behind each axis, as of Pad.</param>
    public string Padded(string tensor, long[] pads) => pads.All(p => p == 0) ? tensor
        : Opset >= 11 ? Emit("Pad", [tensor, Integers(pads)]) : Emit("Pad", [tensor], ("pads", pads));

    /// <summary>What an operator with a symmetric derivative sends back: its tangent of the cotangent.</summary>
    public string BySymmetry(Tangent tangent, NodeProto node)
    {
        var along = new TangentBuilder(this);
        along.Set(node.Input[0], Cotangent(node));
        tangent.Differentiate(along, node);
        return along.Tangent(node.Output[0]);
    }
}
