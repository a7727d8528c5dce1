using Apex.Models.Onnx.Graphs;
using static Apex.Models.Onnx.Operators.CotangentBuilder;

namespace Apex.Models.Onnx.Operators;

/// <summary>What convolutions send back.</summary>
internal static class Convolutions
{
    /// <summary>
    /// At stride 1 that of a convolution is a convolution with flipped and transposed kernels, which is faster than a transposed one; else it is transposed.
    /// </summary>
    public static void SendBack(CotangentBuilder g, NodeProto node)
    {
        string x = g.Only(node, 0).Input[0], w = node.Input[1], d = g.Cotangent(node);
        long[] weights = g.Shape(w);
        var windows = Windows.Read(g, node, weights[2..]);
        long groups = node.Integer("group", 1L);
        int axes = windows.Kernel.Length;
        long[] begin = [.. Enumerable.Range(0, axes).Select(a => windows.Reach(a) - 1 - windows.Begin[a])];
        long[] end = [.. Enumerable.Range(0, axes).Select(a => windows.Reach(a) - 1 - windows.End[a])];
        if (windows.Strides.All(s => s == 1) && begin.All(p => p >= 0) && end.All(p => p >= 0) && g.Floats(w) is { } values)
        {
            string flipped = g.Constant(Flipped(values, weights, groups), [weights[1] * groups, weights[0] / groups, .. weights[2..]]);
            g.Send(x, g.Emit("Conv", [d, flipped], ("kernel_shape", windows.Kernel), ("dilations", windows.Dilations), ("group", groups),
                ("pads", (long[])[.. begin, .. end])));
        }
        else
            g.Send(x, windows.Spread(g, d, w, groups));
    }

    /// <summary>That of a transposed convolution is a convolution with the same kernels.</summary>
    public static void SendTransposed(CotangentBuilder g, NodeProto node)
    {
        string x = g.Only(node, 0).Input[0], w = node.Input[1];
        long[] input = g.Shape(x)[2..], made = g.Shape(node.Output[0])[2..], kernel = g.Shape(w)[2..], pads = node.Ints("pads");
        int axes = kernel.Length;
        long[] Given(string name, long otherwise) => node.Ints(name) is { Length: > 0 } given ? given : [.. Enumerable.Repeat(otherwise, axes)];
        long[] strides = Given("strides", 1), dilations = Given("dilations", 1), added = Given("output_padding", 0);
        long[] begin = new long[axes], end = new long[axes];
        for (int a = 0; a < axes; a++)
        {
            long covered = (input[a] - 1) * strides[a] + (kernel[a] - 1) * dilations[a] + 1, border = covered + added[a] - made[a];
            begin[a] = node.Text("auto_pad") switch
            {
                "SAME_UPPER" => border / 2,
                "SAME_LOWER" => border - border / 2,
                // Where a shape is asked for, what is left over goes to the end.
                _ => node.Ints("output_shape").Length > 0 ? border / 2 : pads.Length > 0 ? pads[a] : 0,
            };
            end[a] = covered - made[a] - begin[a];
        }

        if (begin.Concat(end).Any(p => p < 0))
        {
            // A convolution takes no negative border: entries that no window reached are left out first.
            string d = g.Cotangent(node);
            for (int a = 0; a < axes; a++)
            {
                if (begin[a] < 0 || end[a] < 0)
                    d = g.Part(d, a + 2, Math.Max(0, -begin[a]), made[a] - Math.Max(0, -end[a]));
            }

            Send(d, [.. begin.Select(p => Math.Max(0, p))], [.. end.Select(p => Math.Max(0, p))]);
        }
        else
            Send(g.Cotangent(node), begin, end);

        void Send(string d, long[] before, long[] behind) => g.Send(x, g.Emit("Conv", [d, w], ("kernel_shape", kernel), ("strides", strides),
            ("dilations", dilations), ("group", node.Integer("group", 1L)), ("pads", (long[])[.. before, .. behind])));
    }

    /// <summary>Kernels back to front, with inputs and outputs exchanged within each group.</summary>
    private static float[] Flipped(float[] values, long[] shape, long groups)
    {
        int outputs = (int)(shape[0] / groups), inputs = (int)shape[1], inside = (int)Elements(shape[2..]);
        var flipped = new float[values.Length];
        for (int q = 0; q < groups; q++)
        {
            for (int o = 0; o < outputs; o++)
            {
                for (int i = 0; i < inputs; i++)
                {
                    var from = values.AsSpan(((q * outputs + o) * inputs + i) * inside, inside);
                    var to = flipped.AsSpan(((q * inputs + i) * outputs + o) * inside, inside);
                    from.CopyTo(to);
                    // From the last element to the first is flipped along every axis.
                    to.Reverse();
                }
            }
        }

        return flipped;
    }
}
