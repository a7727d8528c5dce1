using Apex.Models.Onnx.Graphs;

namespace Apex.Models.Onnx.Operators;

/// <summary>What moves entries, and what makes shapes and constants.</summary>
internal static class Shapes
{
    private const Passage Everywhere = Passage.AtInput | Passage.AtOutput;

    public static Operator[] Rows { get; } =
    [
        // Entries stay what they are.
        new("Identity")
        {
            Numbers = Numbers.First, Limit = Recession.Itself, Tangent = Tangent.Same, Cotangent = Cotangent.Same, Moves = true,
            Linear = Linearity.Together, Passes = Everywhere,
        },
        new("Dropout")
        {
            Numbers = Numbers.First, Limit = Recession.Itself, Tangent = Tangent.Same, Cotangent = Cotangent.Same, Moves = true, Linear = Linearity.Together,
        },
        new("Cast")
        {
            Limit = Recession.Create("itself, between floats", CastLimit), Tangent = new("linear, to 32-bit floats", Cast), Cotangent = new(SendCast),
            Moves = true, Linear = Linearity.Together, Passes = Everywhere,
        },
        new("CastLike") { Linear = Linearity.Together },
        new("Reshape")
        {
            Limit = Recession.Itself, Tangent = Tangent.Linear, Cotangent = Cotangent.Reshaped, Moves = true, Linear = Linearity.Together, Passes = Everywhere,
        },
        new("Flatten")
        {
            Limit = Recession.Itself, Tangent = Tangent.Linear, Cotangent = Cotangent.Reshaped, Moves = true,
            Linear = Linearity.Together, Passes = Passage.AtOutput,
        },
        new("Squeeze")
        {
            Limit = Recession.Itself, Tangent = Tangent.Linear, Cotangent = Cotangent.Reshaped, Moves = true, Linear = Linearity.Together, Passes = Everywhere,
        },
        new("Unsqueeze")
        {
            Limit = Recession.Itself, Tangent = Tangent.Linear, Cotangent = Cotangent.Reshaped, Moves = true, Linear = Linearity.Together, Passes = Everywhere,
        },
        new("Transpose")
        {
            Limit = Recession.Itself, Tangent = Tangent.Linear, Cotangent = new(SendTranspose), Moves = true,
            Linear = Linearity.Together, Passes = Passage.AtInput,
        },
        new("DepthToSpace")
        {
            Limit = Recession.Itself, Tangent = Tangent.Linear, Cotangent = new(SendDepth), Linear = Linearity.Together,
        },
        new("SpaceToDepth")
        {
            Limit = Recession.Itself, Tangent = Tangent.Linear, Cotangent = new(SendSpace), Linear = Linearity.Together,
        },
        new("ReverseSequence") { Linear = Linearity.Together },

        // Some are left out, repeated or put together.
        new("Slice")
        {
            Limit = Recession.Itself, Tangent = Tangent.Linear, Cotangent = new(SendSlice), Moves = true, Linear = Linearity.Together,
        },
        new("Split")
        {
            Limit = Recession.Itself, Tangent = Tangent.Linear, Cotangent = new(SendSplit), Moves = true, Linear = Linearity.Together,
        },
        new("Expand")
        {
            Limit = Recession.Itself, Tangent = Tangent.Linear, Cotangent = new(SendExpand), Moves = true, Linear = Linearity.Together,
        },
        new("Tile")
        {
            Limit = Recession.Itself, Tangent = Tangent.Linear, Cotangent = new(SendTile), Moves = true, Linear = Linearity.Together,
        },
        new("Pad")
        {
            Limit = Recession.Create("itself, with a border of 0", PadLimit), Tangent = new("linear", Pad), Cotangent = new(SendPad), Moves = true,
            Linear = Linearity.Together,
        },
        new("Concat")
        {
            Limit = Recession.WithoutConstants, Tangent = new("linear", Concat), Cotangent = new(SendConcat),
            ConstantsAreTrained = true, Linear = Linearity.Together,
        },
        new("ConcatFromSequence") { Linear = Linearity.Together },
        new("Trilu") { Linear = Linearity.Together },
        new("TopK") { Values = 1 },

        // Shapes, and tensors of a shape.
        new("Shape") { Shape = ShapeUse.Made, Values = 0, Linear = Linearity.Together },
        new("Size") { Shape = ShapeUse.Made, Values = 0, Linear = Linearity.Together },
        new("ConstantOfShape") { Shape = ShapeUse.Filled, Values = 0, Linear = Linearity.Together },
        new("EyeLike") { Shape = ShapeUse.Filled, Linear = Linearity.Together },
        new("Range") { Values = 0, Linear = Linearity.Together },
        new("Constant") { Linear = Linearity.Together },
    ];

    private static void CastLimit(LimitBuilder g, NodeProto node)
    {
        // Only what comes straight from tokens may be whole numbers.
        var to = (OnnxElementType)node.Integer("to", 0);
        if (to is not (OnnxElementType.Float or OnnxElementType.Float16 or OnnxElementType.BFloat16 or OnnxElementType.Double) && !g.IsTokens(node.Input[0]))
            throw g.Refuse(node, "rounds an activation to whole numbers");
    }

    private static void Cast(TangentBuilder g, NodeProto node)
    {
        if ((OnnxElementType)node.Attribute.First(a => a.Name == "to").I != OnnxElementType.Float)
            throw g.Refuse(node, "leaves 32-bit floats");
        Tangent.Same.Differentiate(g, node);
    }

    /// <summary>A border of finite numbers vanishes; one that stands for infinity stays below or above everything.</summary>
    private static void PadLimit(LimitBuilder g, NodeProto node)
    {
        const double AsGoodAsInfinite = 1e30;
        g.Only(node, 0, "pads by an activation");
        bool given = node.Input.Count > 2 && node.Input[2].Length > 0;
        double? border = given ? g.Graph.Scalar(node.Input[2]) : node.Number("value", 0);
        if (border is null)
            throw g.Refuse(node, "pads with a value that is no constant number");
        if (Math.Abs(border.Value) >= AsGoodAsInfinite)
            return;
        node.Drop("value");
        if (given)
            node.Input[2] = "";
    }

    private static void Pad(TangentBuilder g, NodeProto node)
    {
        g.Only(node, 0);
        // Padding with a constant adds nothing to a derivative; the other modes repeat elements and stay as they are.
        List<string> inputs = [g.Tangent(node.Input[0]), .. node.Input.Skip(1)];
        if (inputs.Count > 2)
            inputs[2] = "";
        var padded = g.Again(node, inputs);
        padded.Drop("value");
        g.Set(node, padded.Output[0]);
    }

    private static void Concat(TangentBuilder g, NodeProto node) =>
        g.Set(node, g.Again(node, [.. node.Input.Select(i => g.IsLive(i) ? g.Tangent(i) : g.Emit("Sub", [i, i]))]).Output[0]);

    private static void SendCast(CotangentBuilder g, NodeProto node)
    {
        if ((OnnxElementType)node.Attribute.First(a => a.Name == "to").I != OnnxElementType.Float)
            throw g.Refuse(node, "leaves 32-bit floats");
        Cotangent.Same.SendBack(g, node);
    }

    private static void SendTranspose(CotangentBuilder g, NodeProto node)
    {
        int rank = g.Shape(g.Only(node, 0).Input[0]).Length;
        long[] order = node.Ints("perm") is { Length: > 0 } given ? given : [.. Enumerable.Range(0, rank).Select(a => rank - 1L - a)], back = new long[rank];
        for (int a = 0; a < rank; a++)
            back[order[a]] = a;
        g.Send(node.Input[0], g.Emit("Transpose", [g.Cotangent(node)], ("perm", back)));
    }

    /// <summary>The inverse, which for a matrix that only exchanges entries is the transpose.</summary>
    private static void SendDepth(CotangentBuilder g, NodeProto node)
    {
        long[] shape = g.Shape(g.Only(node, 0).Input[0]);
        long size = node.Integer("blocksize", 1L), depth = shape[1] / (size * size);
        string apart = g.Shaped(g.Cotangent(node), [shape[0], depth, shape[2], size, shape[3], size]);
        long[] order = node.Text("mode") == "CRD" ? [0, 1, 3, 5, 2, 4] : [0, 3, 5, 1, 2, 4];
        g.Send(node.Input[0], g.Shaped(g.Emit("Transpose", [apart], ("perm", order)), shape));
    }

    private static void SendSpace(CotangentBuilder g, NodeProto node) =>
        g.Send(g.Only(node, 0).Input[0], g.Emit("DepthToSpace", [g.Cotangent(node)], ("blocksize", node.Integer("blocksize", 1L))));

    private static void SendSlice(CotangentBuilder g, NodeProto node)
    {
        long[] shape = g.Shape(g.Only(node, 0).Input[0]), made = g.Shape(node.Output[0]);
        long[] Given(string name, int input) => node.Ints(name) is { Length: > 0 } given ? given
            : input >= node.Input.Count || node.Input[input].Length == 0 ? []
            : g.Numbers(node.Input[input]) ?? throw g.Refuse(node, "slices where it is not known before it runs");
        long[] starts = Given("starts", 1), axes = Given("axes", 3), steps = Given("steps", 4), pads = new long[2 * shape.Length];
        string back = g.Cotangent(node);
        for (int i = 0; i < starts.Length; i++)
        {
            int axis = (int)(axes.Length == 0 ? i : axes[i] < 0 ? axes[i] + shape.Length : axes[i]);
            long step = steps.Length == 0 ? 1 : steps[i], from = starts[i] < 0 ? starts[i] + shape[axis] : starts[i];
            from = Math.Clamp(from, 0, step < 0 ? shape[axis] - 1 : shape[axis]);
            if (step == 1)
                (pads[axis], pads[shape.Length + axis]) = (from, shape[axis] - from - made[axis]);
            else if (step > 1)
            {
                // Zeros behind each entry; the last may need fewer of them, or more.
                back = g.Shaped(g.Padded(g.Shaped(back, [.. made[..(axis + 1)], 1, .. made[(axis + 1)..]]),
                    [.. new long[made.Length + 1 + axis + 1], step - 1, .. new long[made.Length - axis - 1]]),
                    [.. made[..axis], made[axis] * step, .. made[(axis + 1)..]]);
                made[axis] *= step;
                long over = from + made[axis] - shape[axis];
                if (over > 0)
                    back = g.Part(back, axis, 0, made[axis] -= over);
                (pads[axis], pads[shape.Length + axis]) = (from, shape[axis] - from - made[axis]);
            }
            else
            {
                var places = new float[shape[axis] * made[axis]];
                for (long taken = 0; taken < made[axis]; taken++)
                    places[(from + taken * step) * made[axis] + taken] = 1;
                back = g.Along(back, made, axis, g.Constant(places, [shape[axis], made[axis]]), shape[axis]);
                made[axis] = shape[axis];
            }
        }

        g.Send(node.Input[0], g.Padded(back, pads));
    }

    private static void SendSplit(CotangentBuilder g, NodeProto node)
    {
        g.Only(node, 0);
        string[] parts = [.. node.Output.Select(o => g.Cotangent(o) ?? g.Zeros(g.Shape(o)))];
        g.Send(node.Input[0], g.Emit("Concat", parts, ("axis", node.Integer("axis", 0L))));
    }

    private static void SendExpand(CotangentBuilder g, NodeProto node) =>
        g.SendBroadcast(g.Only(node, 0).Input[0], g.Cotangent(node), g.Shape(node.Output[0]));

    private static void SendTile(CotangentBuilder g, NodeProto node)
    {
        long[] shape = g.Shape(g.Only(node, 0).Input[0]), made = g.Shape(node.Output[0]);
        string apart = g.Shaped(g.Cotangent(node), [.. shape.SelectMany((d, a) => (long[])[made[a] / d, d])]);
        g.Send(node.Input[0], g.Shaped(g.Reduce("ReduceSum", apart, [.. Enumerable.Range(0, shape.Length).Select(a => 2L * a)]), shape));
    }

    private static void SendPad(CotangentBuilder g, NodeProto node)
    {
        long[] shape = g.Shape(g.Only(node, 0).Input[0]), made = g.Shape(node.Output[0]);
        long[] given = node.Ints("pads") is { Length: > 0 } attribute ? attribute
            : g.Numbers(node.Input[1]) ?? throw g.Refuse(node, "pads by what is not known before it runs");
        long[] axes = node.Input.Count > 3 && node.Input[3].Length > 0
            ? g.Numbers(node.Input[3]) ?? throw g.Refuse(node, "pads axes that are not known before it runs")
            : [.. Enumerable.Range(0, shape.Length).Select(a => (long)a)];
        string mode = node.Text("mode"), back = g.Cotangent(node);
        for (int i = 0; i < axes.Length; i++)
        {
            int axis = (int)(axes[i] < 0 ? axes[i] + shape.Length : axes[i]);
            long before = given[i], n = shape[axis], m = made[axis];
            if (m == n && before == 0)
                continue;
            var places = new float[n * m];
            for (long at = 0; at < m; at++)
            {
                long from = at - before, period = Math.Max(1, 2 * (n - 1));
                from = mode switch
                {
                    "reflect" => n - 1 - Math.Abs((from % period + period) % period - (n - 1)),
                    "edge" => Math.Clamp(from, 0, n - 1),
                    "wrap" => (from % n + n) % n,
                    _ => from,
                };
                if (from >= 0 && from < n)
                    places[from * m + at] = 1;
            }

            bool isCut = mode is "" or "constant" && before >= 0 && m - n - before >= 0;
            back = isCut ? g.Part(back, axis, before, before + n) : g.Along(back, made, axis, g.Constant(places, [n, m]), n);
            made[axis] = n;
        }

        g.Send(node.Input[0], back);
    }

    private static void SendConcat(CotangentBuilder g, NodeProto node)
    {
        int axis = (int)node.Attribute.First(a => a.Name == "axis").I, rank = g.Shape(node.Output[0]).Length;
        axis = axis < 0 ? axis + rank : axis;
        long from = 0;
        foreach (string input in node.Input)
        {
            long to = from + g.Shape(input)[axis];
            if (g.IsLive(input))
                g.Send(input, g.Part(g.Cotangent(node), axis, from, to));
            from = to;
        }
    }
}
