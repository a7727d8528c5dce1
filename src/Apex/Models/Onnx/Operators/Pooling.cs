using Apex.Models.Onnx.Graphs;

namespace Apex.Models.Onnx.Operators;

/// <summary>Pooling, and what brings images to another size.</summary>
internal static class Pooling
{
    public static Operator[] Rows { get; } =
    [
        new("AveragePool") { Limit = Recession.Itself, Tangent = Tangent.Linear, Linear = Linearity.Together },
        new("GlobalAveragePool") { Limit = Recession.Itself, Tangent = Tangent.Linear, Linear = Linearity.Together },
        new("MaxPool") { Limit = Recession.Itself, Tangent = new("the first of equal elements", MaxPool) },
        new("GlobalMaxPool") { Limit = Recession.Itself, Tangent = new("the first of equal elements", GlobalMaxPool) },
        new("LpPool") { Limit = Recession.Itself },
        new("GlobalLpPool") { Limit = Recession.Itself },
        new("Resize")
        {
            // What lies outside the image is a constant.
            Limit = Recession.Create("itself", (_, node) => node.Drop("extrapolation_value")),
            Tangent = new("linear", Resize), Values = 1, Linear = Linearity.Together,
        },
        new("Upsample") { Limit = Recession.Itself, Tangent = Tangent.Linear, Values = 1, Linear = Linearity.Together },
    ];

    private static void MaxPool(TangentBuilder g, NodeProto node)
    {
        if (node.Integer("storage_order", 0L) != 0)
            throw g.Refuse(node, "counts indices by columns");
        if (node.Output.Count < 2)
            node.Output.Add(g.Fresh());
        else if (node.Output[1].Length == 0)
            node.Output[1] = g.Fresh();
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
}
