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
            Numbers = Numbers.First, Limit = Recession.Itself, Tangent = Tangent.Same, Moves = true, Linear = Linearity.Together, Passes = Everywhere,
        },
        new("Dropout") { Numbers = Numbers.First, Limit = Recession.Itself, Tangent = Tangent.Same, Moves = true, Linear = Linearity.Together },
        new("Cast")
        {
            Limit = Recession.Create("itself, between floats", CastLimit), Tangent = new("linear, to 32-bit floats", Cast),
            Moves = true, Linear = Linearity.Together, Passes = Everywhere,
        },
        new("CastLike") { Linear = Linearity.Together },
        new("Reshape") { Limit = Recession.Itself, Tangent = Tangent.Linear, Moves = true, Linear = Linearity.Together, Passes = Everywhere },
        new("Flatten") { Limit = Recession.Itself, Tangent = Tangent.Linear, Moves = true, Linear = Linearity.Together, Passes = Passage.AtOutput },
        new("Squeeze") { Limit = Recession.Itself, Tangent = Tangent.Linear, Moves = true, Linear = Linearity.Together, Passes = Everywhere },
        new("Unsqueeze") { Limit = Recession.Itself, Tangent = Tangent.Linear, Moves = true, Linear = Linearity.Together, Passes = Everywhere },
        new("Transpose") { Limit = Recession.Itself, Tangent = Tangent.Linear, Moves = true, Linear = Linearity.Together, Passes = Passage.AtInput },
        new("DepthToSpace") { Limit = Recession.Itself, Tangent = Tangent.Linear, Linear = Linearity.Together },
        new("SpaceToDepth") { Limit = Recession.Itself, Tangent = Tangent.Linear, Linear = Linearity.Together },
        new("ReverseSequence") { Linear = Linearity.Together },

        // Some are left out, repeated or put together.
        new("Slice") { Limit = Recession.Itself, Tangent = Tangent.Linear, Moves = true, Linear = Linearity.Together },
        new("Split") { Limit = Recession.Itself, Tangent = Tangent.Linear, Moves = true, Linear = Linearity.Together },
        new("Expand") { Limit = Recession.Itself, Tangent = Tangent.Linear, Moves = true, Linear = Linearity.Together },
        new("Tile") { Limit = Recession.Itself, Tangent = Tangent.Linear, Moves = true, Linear = Linearity.Together },
        new("Pad")
        {
            Limit = Recession.Create("itself, with a border of 0", PadLimit), Tangent = new("linear", Pad), Moves = true, Linear = Linearity.Together,
        },
        new("Concat")
        {
            Limit = Recession.WithoutConstants, Tangent = new("linear", Concat), ConstantsAreTrained = true, Linear = Linearity.Together,
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
}
