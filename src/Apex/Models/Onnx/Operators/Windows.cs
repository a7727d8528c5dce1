using Apex.Models.Onnx.Graphs;

namespace Apex.Models.Onnx.Operators;

/// <summary>The windows that a convolution or a pooling moves over an image.</summary>
/// <param name="Input">Size of the image, shape <c>[axes]</c>.</param>
/// <param name="Kernel">Size of the window.</param>
/// <param name="Strides">From window to window.</param>
/// <param name="Dilations">From element to element of a window.</param>
/// <param name="Begin">Border before the image.</param>
/// <param name="End">
/// Border behind the image that windows reach into: less than was asked for where the last window ends before, more where rounding up adds a window.
/// </param>
/// <param name="Asked">Border behind the image that was asked for.</param>
internal sealed record Windows(long[] Input, long[] Kernel, long[] Strides, long[] Dilations, long[] Begin, long[] End, long[] Asked)
{
    /// <summary>Whether two windows share an element.</summary>
    public bool Overlap => Kernel.Where((_, a) => Reach(a) > Strides[a]).Any();

    /// <summary>Reads them from a node whose first input is the image and whose first output has an entry for each window.</summary>
    public static Windows Read(CotangentBuilder g, NodeProto node, long[] kernel)
    {
        long[] input = g.Shape(node.Input[0])[2..], made = g.Shape(node.Output[0])[2..], pads = node.Ints("pads");
        int axes = kernel.Length;
        long[] Given(string name) => node.Ints(name) is { Length: > 0 } given ? given : [.. Enumerable.Repeat(1L, axes)];
        long[] strides = Given("strides"), dilations = Given("dilations");
        string auto = node.Text("auto_pad");
        long[] begin = new long[axes], end = new long[axes], asked = new long[axes];
        for (int a = 0; a < axes; a++)
        {
            long covered = (made[a] - 1) * strides[a] + (kernel[a] - 1) * dilations[a] + 1, border = Math.Max(0, covered - input[a]);
            begin[a] = auto switch
            {
                "SAME_UPPER" => border / 2,
                "SAME_LOWER" => border - border / 2,
                "VALID" => 0,
                _ => pads.Length > 0 ? pads[a] : 0,
            };
            end[a] = covered - begin[a] - input[a];
            asked[a] = auto is "SAME_UPPER" or "SAME_LOWER" ? border - begin[a] : auto == "VALID" || pads.Length == 0 ? 0 : pads[axes + a];
        }

        return new Windows(input, kernel, strides, dilations, begin, end, asked);
    }

    /// <summary>From the first element of a window to its last, and one.</summary>
    public long Reach(int axis) => (Kernel[axis] - 1) * Dilations[axis] + 1;

    /// <summary>Elements of a window along one axis that an average counts.</summary>
    /// <param name="axis">The axis.</param>
    /// <param name="window">Which window.</param>
    /// <param name="border">Whether those of the border count.</param>
    public int Taken(int axis, int window, bool border)
    {
        long from = window * Strides[axis] - Begin[axis], end = Input[axis] + (border ? Asked[axis] : 0);
        return Enumerable.Range(0, (int)Kernel[axis]).Count(k => from + k * Dilations[axis] is var at && at < end && (border || at >= 0));
    }

    /// <summary>Where a place of a window lies in the image, counted through it; -1 in the border.</summary>
    /// <param name="place">Which place of the window.</param>
    /// <param name="window">Which window.</param>
    /// <param name="windows">How many there are along each axis.</param>
    public long Index(int place, int window, long[] windows)
    {
        long index = 0, step = 1;
        for (int a = Kernel.Length - 1; a >= 0; a--)
        {
            long at = window % (int)windows[a] * Strides[a] - Begin[a] + place % (int)Kernel[a] * Dilations[a];
            if (at < 0 || at >= Input[a])
                return -1;
            (index, step, place, window) = (index + at * step, step * Input[a], place / (int)Kernel[a], window / (int)windows[a]);
        }

        return index;
    }

    /// <summary>Puts windows back side by side and adds up where they overlap: a transposed convolution.</summary>
    /// <param name="g">What it is added to.</param>
    /// <param name="tensor">An entry for each window.</param>
    /// <param name="weights">What each entry is spread by.</param>
    /// <param name="groups">Groups of channels.</param>
    public string Spread(CotangentBuilder g, string tensor, string weights, long groups = 1) => g.Emit("ConvTranspose", [tensor, weights],
        ("kernel_shape", Kernel), ("strides", Strides), ("dilations", Dilations), ("group", groups),
        ("pads", (long[])[.. Begin, .. End.Select(e => Math.Max(0, e))]), ("output_padding", (long[])[.. End.Select(e => Math.Max(0, -e))]));
}
