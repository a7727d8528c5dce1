using Apex.Models.Onnx;
using Microsoft.ML.OnnxRuntime;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Apex.Training;

/// <summary>Writes a trained network as ONNX, and checks that ONNX Runtime computes the same logits.</summary>
internal static class OnnxExport
{
    /// <summary>The largest difference of a logit that counts as the same network.</summary>
    public const double Tolerance = 1e-4;

    /// <summary>The network as an ONNX graph with input <c>input</c> [N, ...] and output <c>logits</c> [N, classes].</summary>
    public static OnnxGraphBuilder Build(ImageNetwork network, long[] shape, long classes)
    {
        var graph = new OnnxGraphBuilder(opset: 17, name: network.GetName());
        string x = graph.Input("input", OnnxElementType.Float, ["N", .. shape.Cast<object>()]);
        _ = network switch
        {
            ResidualNetwork residual => Write(graph, x, residual),
            PlainNetwork plain => Write(graph, x, plain),
            _ => throw new NotSupportedException($"{network.GetType().Name} cannot be written as ONNX"),
        };
        graph.Output("logits", OnnxElementType.Float, "N", classes);
        return graph;
    }

    private static string Write(OnnxGraphBuilder graph, string x, ResidualNetwork network)
    {
        x = Named(graph, "Relu", [Normed(graph, "/stem", x, network.StemConvolution, network.StemNorm, 1, 1)], "/stem/relu");
        for (int i = 0; i < network.Blocks.Count; i++)
        {
            var block = network.Blocks[i];
            string at = $"/block{i}";
            string y = Normed(graph, $"{at}/1", x, block.Convolution1, block.Norm1, block.Stride, 1);
            y = Named(graph, "Relu", [y], $"{at}/relu1");
            y = Normed(graph, $"{at}/2", y, block.Convolution2, block.Norm2, 1, 1);
            string skip = block.Shortcut is null ? x : Normed(graph, $"{at}/shortcut", x, block.Shortcut, block.ShortcutNorm!, block.Stride, 0);
            x = Named(graph, "Relu", [Named(graph, "Add", [y, skip], $"{at}/add")], $"{at}/relu2");
        }

        x = Named(graph, "Flatten", [Named(graph, "GlobalAveragePool", [x], "/pool")], "/flatten", ("axis", 1));
        return Linear(graph, x, network.Head, "linear", "logits");
    }

    private static string Write(OnnxGraphBuilder graph, string x, PlainNetwork network)
    {
        foreach (var (convolution, at) in new[] { (network.Convolution1, "/1"), (network.Convolution2, "/2") })
        {
            x = Named(graph, "Relu", [Convolution(graph, at, x, convolution, 1, 1)], $"{at}/relu");
            x = Named(graph, "MaxPool", [x], $"{at}/pool", ("kernel_shape", (long[])[2, 2]), ("strides", (long[])[2, 2]));
        }

        x = Named(graph, "Flatten", [x], "/flatten", ("axis", 1));
        x = Named(graph, "Relu", [Linear(graph, x, network.Hidden, "hidden", "/hidden")], "/hidden/relu");
        return Linear(graph, x, network.Head, "linear", "logits");
    }

    /// <summary>The largest absolute difference between the network's logits and those of its ONNX graph.</summary>
    public static double Parity(ImageNetwork network, byte[] model, Tensor images)
    {
        network.eval();
        using var none = no_grad();
        using var expected = network.call(images);
        using var session = new InferenceSession(model);
        using var input = OrtValue.CreateTensorValueFromMemory(Values(images), images.shape);
        using var run = new RunOptions();
        using var results = session.Run(run, ["input"], [input], ["logits"]);
        var logits = results[0].GetTensorDataAsSpan<float>();
        float[] wanted = Values(expected);
        double worst = 0;
        for (int i = 0; i < wanted.Length; i++)
            worst = Math.Max(worst, Math.Abs(wanted[i] - logits[i]));
        return worst;
    }

    private static string Linear(OnnxGraphBuilder graph, string x, Linear linear, string at, string output)
    {
        string weight = graph.Constant($"{at}.weight", Values(linear.weight), linear.weight.shape);
        string bias = graph.Constant($"{at}.bias", Values(linear.bias!), linear.bias!.shape);
        return graph.NodeMany("Gemm", [x, weight, bias], [output], $"/{at}", "", ("transB", 1))[0];
    }

    private static string Convolution(OnnxGraphBuilder graph, string at, string x, Conv2d convolution, int stride, int pad)
    {
        long[] dims = convolution.weight.shape;
        string weight = graph.Constant($"{at}.weight", Values(convolution.weight), dims);
        string[] inputs = convolution.bias is { } bias ? [x, weight, graph.Constant($"{at}.bias", Values(bias), bias.shape)] : [x, weight];
        return Named(graph, "Conv", inputs, $"{at}/conv",
            ("kernel_shape", (long[])[dims[2], dims[3]]), ("strides", (long[])[stride, stride]), ("pads", (long[])[pad, pad, pad, pad]));
    }

    private static string Normed(OnnxGraphBuilder graph, string at, string x, Conv2d convolution, BatchNorm2d norm, int stride, int pad)
    {
        string y = Convolution(graph, at, x, convolution, stride, pad);
        string Parameter(string name, Tensor values) => graph.Constant($"{at}.{name}", Values(values), values.shape);
        return Named(graph, "BatchNormalization",
            [y, Parameter("scale", norm.weight!), Parameter("shift", norm.bias!), Parameter("mean", norm.running_mean!), Parameter("variance", norm.running_var!)],
            $"{at}/norm", ("epsilon", 1e-5f));
    }

    private static string Named(OnnxGraphBuilder graph, string op, string[] inputs, string name, params (string Name, object Value)[] attributes) =>
        graph.Node(op, inputs, name, attributes);

    private static float[] Values(Tensor tensor) => tensor.detach().contiguous().data<float>().ToArray();
}
