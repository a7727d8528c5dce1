using Apex.Models.Onnx.Graphs;
using static Apex.Models.Onnx.Operators.CotangentBuilder;

namespace Apex.Models.Onnx.Operators;

/// <summary>Pooling, and what brings images to another size.</summary>
internal static class Pooling
{
    public static Operator[] Rows { get; } =
    [
        new("AveragePool") { Limit = Recession.Itself, Tangent = Tangent.Linear, Cotangent = new(SendAverage), Linear = Linearity.Together },
        new("GlobalAveragePool") { Limit = Recession.Itself, Tangent = Tangent.Linear, Cotangent = new(SendGlobalAverage), Linear = Linearity.Together },
        new("MaxPool") { Limit = Recession.Itself, Tangent = new("the first of equal elements", MaxPool), Cotangent = new(SendMax) },
        new("GlobalMaxPool") { Limit = Recession.Itself, Tangent = new("the first of equal elements", GlobalMaxPool), Cotangent = new(SendGlobalMax) },
        new("LpPool") { Limit = Recession.Itself },
        new("GlobalLpPool") { Limit = Recession.Itself },
        new("Resize")
        {
            // What lies outside the image is a constant.
            Limit = Recession.Create("itself", (_, node) => node.Drop("extrapolation_value")),
            Tangent = new("linear", Resize), Cotangent = new(Resizing.SendBack), Values = 1, Linear = Linearity.Together,
        },
        new("Upsample") { Limit = Recession.Itself, Tangent = Tangent.Linear, Cotangent = new(Resizing.SendBack), Values = 1, Linear = Linearity.Together },
    ];

    /// <summary>Lets a node tell which elements it took.</summary>
    private static void TellIndices(DerivativeBuilder g, NodeProto node)
    {
        if (node.Integer("storage_order", 0L) != 0)
            throw g.Refuse(node, "counts indices by columns");
        if (node.Output.Count < 2)
            node.Output.Add(g.Fresh());
        else if (node.Output[1].Length == 0)
            node.Output[1] = g.Fresh();
    }

    private static void MaxPool(TangentBuilder g, NodeProto node)
    {
        TellIndices(g, node);
        // The indices count through the whole batch, so the taken elements are found in the tangents laid out flat.
        string flat = g.Emit("Reshape", [g.Tangent(node.Input[0]), g.Integers([-1])]);
        g.Set(node, g.Emit("Gather", [flat, node.Output[1]], ("axis", 0)));
    }

    private static void GlobalMaxPool(TangentBuilder g, NodeProto node)
    {
        if (g.Opset < 11)
            throw g.Refuse(node, "needs opset 11 to tell which element it took");
        string Rows(string tensor) => g.Emit("Reshape", [tensor, g.Integers([0, 0, -1])]);
        string taken = g.Emit("ArgMax", [Rows(node.Input[0])], ("axis", 2), ("keepdims", 1));
        g.Set(node, g.Like(g.Emit("GatherElements", [Rows(g.Tangent(node.Input[0])), taken], ("axis", 2)), node.Output[0]));
    }

    private static void Resize(TangentBuilder g, NodeProto node)
    {
        if (node.Text("coordinate_transformation_mode") == "tf_crop_and_resize")
            throw g.Refuse(node, "fills in values from outside");
        Tangent.Linear.Differentiate(g, node);
    }

    private static void SendGlobalAverage(CotangentBuilder g, NodeProto node)
    {
        long[] shape = g.Shape(g.Only(node, 0).Input[0]);
        g.Send(node.Input[0], g.Stretched(g.Times(g.Cotangent(node), 1.0 / Elements(shape[2..])), shape));
    }

    private static void SendGlobalMax(CotangentBuilder g, NodeProto node)
    {
        if (g.Opset < 11)
            throw g.Refuse(node, "needs opset 11 to tell which element it took");
        long[] shape = g.Shape(g.Only(node, 0).Input[0]), rows = [shape[0], shape[1], Elements(shape[2..])];
        string taken = g.Emit("ArgMax", [g.Shaped(node.Input[0], rows)], ("axis", 2), ("keepdims", 1));
        string back = g.Emit("ScatterElements", [g.Zeros(rows), taken, g.Shaped(g.Cotangent(node), [.. rows[..2], 1])], ("axis", 2));
        g.Send(node.Input[0], g.Shaped(back, shape));
    }

    private static void SendAverage(CotangentBuilder g, NodeProto node)
    {
        var windows = Windows.Read(g, g.Only(node, 0), node.Ints("kernel_shape"));
        long[] shape = g.Shape(node.Input[0]), made = g.Shape(node.Output[0]);
        bool pads = node.Integer("count_include_pad", 0L) != 0;
        // How many elements each window averages.
        float[] counts = [1];
        for (int a = 0; a < windows.Kernel.Length; a++)
        {
            float[] own = [.. Enumerable.Range(0, (int)made[a + 2]).Select(o => (float)windows.Taken(a, o, pads))];
            counts = [.. counts.SelectMany(c => own.Select(n => c * n))];
        }

        string share = g.Emit("Mul", [g.Cotangent(node), g.Constant([.. counts.Select(c => 1 / c)], [1, 1, .. made[2..]])]);
        string ones = g.Constant([.. Enumerable.Repeat(1f, (int)Elements(windows.Kernel))], [1, 1, .. windows.Kernel]);
        g.Send(node.Input[0], g.Shaped(windows.Spread(g, g.Shaped(share, [shape[0] * shape[1], 1, .. made[2..]]), ones), shape));
    }

    private static void SendMax(CotangentBuilder g, NodeProto node)
    {
        TellIndices(g, node);
        var windows = Windows.Read(g, g.Only(node, 0), node.Ints("kernel_shape"));
        long[] shape = g.Shape(node.Input[0]), made = g.Shape(node.Output[0]);
        string indices = node.Output[1], d = g.Cotangent(node);
        if (g.Opset >= 11 && !windows.Overlap)
        {
            // Each element is taken once.
            string flat = g.Emit("ScatterElements", [g.Zeros([Elements(shape)]), g.Shaped(indices, [Elements(made)]), g.Shaped(d, [Elements(made)])]);
            g.Send(node.Input[0], g.Shaped(flat, shape));
            return;
        }

        // One channel for each place of the window, with what was taken there; the places are then put side by side by a transposed convolution.
        long inside = Elements(shape[2..]), places = Elements(windows.Kernel), planes = shape[0] * shape[1];
        string taken = g.Remainder(g.Shaped(indices, [planes, 1, .. made[2..]]), inside);
        var expected = new long[places * Elements(made[2..])];
        for (int p = 0, at = 0; p < places; p++)
        {
            for (int o = 0; o < Elements(made[2..]); o++)
                expected[at++] = windows.Index(p, o, made[2..]);
        }

        string there = g.Emit("Equal", [taken, g.Shaped(g.Integers(expected), [1, places, .. made[2..]])]);
        string parts = g.Emit("Where", [there, g.Shaped(d, [planes, 1, .. made[2..]]), g.Scalar(0)]);
        var unit = new float[places * places];
        for (int p = 0; p < places; p++)
            unit[p * places + p] = 1;
        g.Send(node.Input[0], g.Shaped(windows.Spread(g, parts, g.Constant(unit, [places, 1, .. windows.Kernel])), shape));
    }
}
