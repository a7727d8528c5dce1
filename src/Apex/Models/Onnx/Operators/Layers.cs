using Apex.Models.Onnx.Graphs;
using static Apex.Models.Onnx.Operators.CotangentBuilder;

namespace Apex.Models.Onnx.Operators;

/// <summary>Layers with weights, and recurrent ones.</summary>
internal static class Layers
{
    private static readonly SiteName Fused = new("the activation it ends with", (node, _) =>
        node.Attribute.FirstOrDefault(a => a.Name == "activation")?.S.ToStringUtf8());

    private static readonly Recession Filter = Recession.Create("itself without its bias, if its weights are constant", FilterLimit);

    public static Operator[] Rows { get; } =
    [
        new("Conv")
        {
            Limit = Filter, Tangent = Tangent.Filter, Cotangent = new(Convolutions.SendBack), Trained = [1, 2], Linear = Linearity.Each, IsLayer = true,
        },
        new("ConvTranspose")
        {
            Limit = Filter, Tangent = Tangent.Filter, Cotangent = new(Convolutions.SendTransposed), Trained = [1, 2], Linear = Linearity.Together,
            IsLayer = true,
        },
        new("DeformConv") { Trained = [1, 3] },
        new("Gemm")
        {
            Limit = Recession.Create("itself without its bias, if one factor is constant", GemmLimit), Tangent = new("product rule", Gemm),
            Cotangent = new(SendGemm), Trained = [0, 1, 2], Linear = Linearity.Each, IsLayer = true,
        },
        new("MatMul")
        {
            Limit = Recession.Create("itself, if one factor is constant", Arithmetic.Factor), Tangent = Tangent.Product,
            Cotangent = new(SendMatMul), Trained = [0, 1], Linear = Linearity.Each, IsLayer = true,
        },
        new("Einsum")
        {
            Limit = Recession.Create("itself, if one factor is constant", EinsumLimit), Tangent = Tangent.Product,
            Cotangent = new(SendEinsum), Trained = [0, 1, 2], Linear = Linearity.Each,
        },
        new("Gather")
        {
            Limit = LookUp, Tangent = Tangent.Linear, Cotangent = new(SendGather), Trained = [0], Values = 1, LooksUp = true, Linear = Linearity.Together,
        },
        new("GatherElements")
        {
            Limit = LookUp, Tangent = Tangent.Linear, Cotangent = new(SendElements), Values = 1, LooksUp = true, Linear = Linearity.Together,
        },
        new("GatherND")
        {
            Limit = LookUp, Tangent = Tangent.Linear, Cotangent = new(SendPoints), Values = 1, LooksUp = true, Linear = Linearity.Together,
        },
        new("GatherBlockQuantized") { Domain = Domains.Microsoft, LooksUp = true },

        new("FusedConv") { Domain = Domains.Microsoft, Site = Fused, Trained = [1, 2] },
        new("FusedGemm") { Domain = Domains.Microsoft, Site = Fused, Trained = [0, 1, 2] },
        new("FusedMatMul") { Domain = Domains.Microsoft, Trained = [0, 1] },
        new("FusedMatMulActivation") { Domain = Domains.Microsoft, Site = Fused },

        new("RNN") { Kind = OperatorKind.Recurrent, Trained = [1, 2, 3, 5] },
        new("GRU") { Kind = OperatorKind.Recurrent, Trained = [1, 2, 3, 5] },
        new("LSTM") { Kind = OperatorKind.Recurrent, Trained = [1, 2, 3, 5, 6, 7] },
    ];

    /// <summary>Tokens look up rows of a table; whatever they are, the input vanishes.</summary>
    private static Recession LookUp => Recession.Create("itself; 0 where tokens look rows up", (g, node) =>
    {
        if (g.IsLive(node.Input[1]) && !g.IsLive(node.Input[0]))
            node.Input[0] = g.Zero(node.Input[0]);
    });

    private static void FilterLimit(LimitBuilder g, NodeProto node)
    {
        g.Only(node, 0, "convolves with an activation");
        LimitBuilder.KeepInputs(node, 2);
    }

    private static void GemmLimit(LimitBuilder g, NodeProto node)
    {
        if (g.IsLive(node.Input[0]) && g.IsLive(node.Input[1]))
            throw g.Refuse(node, "multiplies two activations");
        // Up to opset 10 the third input must be there.
        g.ZeroConstants(node, 2);
    }

    private static void EinsumLimit(LimitBuilder g, NodeProto node)
    {
        Arithmetic.Factor(g, node);
        Recession.Itself.Rewrite(g, node, "");
    }

    private static void Gemm(TangentBuilder g, NodeProto node)
    {
        string? sum = null;
        void Add(string term) => sum = sum is null ? term : g.Emit("Add", [sum, term]);
        // Up to opset 10 the third input must be there.
        string[] third = g.Opset < 11 ? [g.Scalar(0)] : [];
        if (g.IsLive(node.Input[0]))
            Add(g.Again(node, [g.Tangent(node.Input[0]), node.Input[1], .. third]).Output[0]);
        if (g.IsLive(node.Input[1]))
            Add(g.Again(node, [node.Input[0], g.Tangent(node.Input[1]), .. third]).Output[0]);
        if (node.Input.Count > 2 && g.IsLive(node.Input[2]))
            Add(g.Times(g.Tangent(node.Input[2]), node.Number("beta", 1)));
        g.Set(node, g.Filled(node, sum!));
    }

    private static void SendGemm(CotangentBuilder g, NodeProto node)
    {
        var (a, b, d) = (node.Input[0], node.Input[1], g.Cotangent(node));
        long left = node.Integer("transA", 0L), right = node.Integer("transB", 0L);
        float alpha = node.Number("alpha", 1);
        // Up to opset 10 the third input must be there.
        string[] third = g.Opset < 11 ? [g.Scalar(0)] : [];
        string Product(string first, long turnFirst, string second, long turnSecond) =>
            g.Emit("Gemm", [first, second, .. third], ("transA", turnFirst), ("transB", turnSecond), ("alpha", alpha));
        if (g.IsLive(a))
            g.Send(a, left == 0 ? Product(d, 0, b, 1 - right) : Product(b, right, d, 1));
        if (g.IsLive(b))
            g.Send(b, right == 0 ? Product(a, 1 - left, d, 0) : Product(d, 1, a, left));
        if (node.Input.Count > 2 && g.IsLive(node.Input[2]))
            g.SendBroadcast(node.Input[2], g.Times(d, node.Number("beta", 1)), g.Shape(node.Output[0]));
    }

    private static void SendMatMul(CotangentBuilder g, NodeProto node)
    {
        var (a, b, d) = (node.Input[0], node.Input[1], g.Cotangent(node));
        long[] left = g.Shape(a), right = g.Shape(b), shape = g.Shape(node.Output[0]);
        // A vector is a matrix of one row on the left, of one column on the right.
        long[] rows = left.Length == 1 ? [1, .. left] : left, columns = right.Length == 1 ? [.. right, 1] : right;
        if (left.Length == 1)
            shape = [.. shape[..^(right.Length == 1 ? 0 : 1)], 1, .. shape[^(right.Length == 1 ? 0 : 1)..]];
        if (right.Length == 1)
            shape = [.. shape, 1];
        string first = left.Length == 1 ? g.Shaped(a, rows) : a, second = right.Length == 1 ? g.Shaped(b, columns) : b;
        if (left.Length == 1 || right.Length == 1)
            d = g.Shaped(d, shape);
        if (g.IsLive(a))
            Send(a, g.Emit("MatMul", [d, g.Transposed(second, columns.Length)]), [.. shape[..^1], rows[^1]], rows, left);
        if (g.IsLive(b))
            Send(b, g.Emit("MatMul", [g.Transposed(first, rows.Length), d]), [.. shape[..^2], rows[^1], shape[^1]], columns, right);

        void Send(string tensor, string term, long[] from, long[] to, long[] own)
        {
            string narrow = g.Narrowed(term, from, to);
            g.Send(tensor, to.Length == own.Length ? narrow : g.Shaped(narrow, own));
        }
    }

    private static void SendEinsum(CotangentBuilder g, NodeProto node)
    {
        string equation = node.Text("equation").Replace(" ", "", StringComparison.Ordinal);
        if (equation.Contains('.', StringComparison.Ordinal))
            throw g.Refuse(node, "has an ellipsis");
        string[] sides = equation.Split("->"), terms = sides[0].Split(',');
        string made = sides.Length > 1 ? sides[1]
            : string.Concat(sides[0].Where(char.IsLetter).CountBy(c => c).Where(c => c.Value == 1).Select(c => c.Key).Order());
        for (int i = 0; i < terms.Length; i++)
        {
            if (!g.IsLive(node.Input[i]))
                continue;
            string own = terms[i];
            if (own.Distinct().Count() < own.Length)
                throw g.Refuse(node, "takes a diagonal");
            int[] others = [.. Enumerable.Range(0, terms.Length).Where(j => j != i)];
            string[] elsewhere = [made, .. others.Select(j => terms[j])];
            string known = string.Concat(own.Where(c => elsewhere.Any(term => term.Contains(c, StringComparison.Ordinal))));
            string back = g.Emit("Einsum", [g.Cotangent(node), .. others.Select(j => node.Input[j])],
                ("equation", $"{string.Join(',', others.Select(j => terms[j]).Prepend(made))}->{known}"));
            long[] shape = g.Shape(node.Input[i]);
            // What was summed up by itself is repeated.
            if (known.Length < own.Length)
                back = g.Stretched(g.Shaped(back, [.. own.Select((c, a) => known.Contains(c, StringComparison.Ordinal) ? shape[a] : 1)]), shape);
            g.Send(node.Input[i], back);
        }
    }

    private static void SendGather(CotangentBuilder g, NodeProto node)
    {
        long[] shape = g.Shape(g.Only(node, 0).Input[0]), indices = g.Shape(node.Input[1]), made = g.Shape(node.Output[0]);
        int axis = (int)node.Integer("axis", 0L);
        axis = axis < 0 ? axis + shape.Length : axis;
        long count = Elements(indices), entries = shape[axis];
        // A column of ones and zeros for each index that is taken, which may count from the end.
        string whole = g.Emit("Cast", [node.Input[1]], ("to", (int)OnnxElementType.Int64));
        string wanted = g.Remainder(g.Emit("Add", [whole, g.Integers([entries])]), entries);
        string places = g.Shaped(g.Integers([.. Enumerable.Range(0, (int)entries).Select(e => (long)e)]), [entries, 1]);
        string matrix = g.Emit("Cast", [g.Emit("Equal", [places, g.Shaped(wanted, [1, count])])], ("to", (int)OnnxElementType.Float));
        long[] flat = [.. made[..axis], count, .. made[(axis + indices.Length)..]];
        g.Send(node.Input[0], g.Along(g.Shaped(g.Cotangent(node), flat), flat, axis, matrix, entries));
    }

    private static void SendElements(CotangentBuilder g, NodeProto node) => Scatter(g, node, "ScatterElements", ("axis", node.Integer("axis", 0L)));

    private static void SendPoints(CotangentBuilder g, NodeProto node)
    {
        long[] shape = g.Shape(g.Only(node, 0).Input[0]), indices = g.Shape(node.Input[1]);
        int batch = (int)node.Integer("batch_dims", 0L);
        string at = node.Input[1];
        if (batch > 0)
        {
            // ScatterND has no batch axes: their own numbers come before each index.
            long[] outer = indices[..^1];
            string whole = g.Emit("Cast", [at], ("to", (int)OnnxElementType.Int64));
            string[] numbers =
            [
                .. Enumerable.Range(0, batch).Select(a => g.Stretched(
                    g.Shaped(g.Integers([.. Enumerable.Range(0, (int)shape[a]).Select(e => (long)e)]), [.. outer.Select((d, b) => a == b ? d : 1), 1]),
                    [.. outer, 1])),
            ];
            at = g.Emit("Concat", [.. numbers, whole], ("axis", -1L));
        }

        Scatter(g, node, "ScatterND", at: at);
    }

    private static void Scatter(CotangentBuilder g, NodeProto node, string op, (string, object)? axis = null, string? at = null)
    {
        g.Only(node, 0);
        if (g.Opset < 16)
            throw g.Refuse(node, "needs opset 16 to add up what it takes");
        (string, object)[] attributes = axis is { } given ? [given, ("reduction", "add")] : [("reduction", "add")];
        g.Send(node.Input[0], g.Emit(op, [g.Zeros(g.Shape(node.Input[0])), at ?? node.Input[1], g.Cotangent(node)], attributes));
    }
}
