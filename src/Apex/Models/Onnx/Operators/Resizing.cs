using Apex.Models.Onnx.Graphs;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;

namespace Apex.Models.Onnx.Operators;

/// <summary>
/// What Resize and Upsample send back. They work along one axis after the other, so along each there is a matrix; ONNX Runtime itself tells it, asked for
/// images of a single one.
/// </summary>
internal static class Resizing
{
    public static void SendBack(CotangentBuilder g, NodeProto node)
    {
        long[] shape = g.Shape(g.Only(node, 0).Input[0]), made = g.Shape(node.Output[0]);
        if (node.Text("coordinate_transformation_mode") == "tf_crop_and_resize")
            throw g.Refuse(node, "fills in values from outside");
        if (node.Text("keep_aspect_ratio_policy") is not ("" or "stretch"))
            throw g.Refuse(node, "keeps the aspect ratio");
        float[]? scales = Scales(g, node, shape);
        string back = g.Cotangent(node);
        for (int axis = 0; axis < shape.Length; axis++)
        {
            if (shape[axis] == made[axis])
                continue;
            var (n, m) = (shape[axis], made[axis]);
            back = g.Along(back, made, axis, g.Constant(Matrix(g, node, n, m, scales?[axis]), [n, m]), n);
            made[axis] = n;
        }

        g.Send(node.Input[0], back);
    }

    private static float[]? Scales(CotangentBuilder g, NodeProto node, long[] shape)
    {
        if (node.OpType == "Upsample" && node.Attribute.FirstOrDefault(a => a.Name == "scales") is { } attribute)
            return [.. attribute.Floats];
        int input = node.OpType == "Upsample" || g.Opset < 11 ? 1 : 2;
        if (input >= node.Input.Count || node.Input[input].Length == 0)
            return null;
        float[] given = g.Floats(node.Input[input]) ?? throw g.Refuse(node, "has scales that are not known before it runs");
        if (given.Length == 0)
            return null;
        long[] axes = node.Ints("axes");
        if (axes.Length == 0)
            return given;
        var all = new float[shape.Length];
        Array.Fill(all, 1);
        for (int i = 0; i < axes.Length; i++)
            all[axes[i] < 0 ? axes[i] + shape.Length : axes[i]] = given[i];
        return all;
    }

    /// <summary>What each of n entries along an axis adds to each of m, shape <c>[n, m]</c>.</summary>
    private static float[] Matrix(CotangentBuilder g, NodeProto node, long n, long m, float? scale)
    {
        var builder = new OnnxGraphBuilder((int)g.Opset);
        string x = builder.Input("x", OnnxElementType.Float, n, 1L, n, 1L), y;
        string[] how = scale is { } by ? [builder.Constant("scales", [1, 1, by, 1], 4)] : ["", builder.Constant("sizes", [n, 1L, m, 1L], 4)];
        if (node.OpType == "Upsample" && g.Opset < 9)
            y = builder.Node("Upsample", [x], ("scales", (float[])[1, 1, scale!.Value, 1]));
        else
            y = builder.Node(node.OpType, node.OpType == "Upsample" || g.Opset < 11 ? [x, .. how] : [x, "", .. how]);
        builder.Output(y, OnnxElementType.Float);
        var model = builder.Build();
        model.Graph.Node[^1].Attribute.AddRange(node.Attribute.Where(a => a.Name is not ("axes" or "scales")));
        using var session = new InferenceSession(model.ToByteArray());
        using var run = new RunOptions();
        var unit = new float[n * n];
        for (long i = 0; i < n; i++)
            unit[i * n + i] = 1;
        using var input = OrtValue.CreateTensorValueFromMemory(unit, [n, 1, n, 1]);
        using var results = session.Run(run, ["x"], [input], [y]);
        return results[0].GetTensorDataAsSpan<float>().ToArray();
    }
}
