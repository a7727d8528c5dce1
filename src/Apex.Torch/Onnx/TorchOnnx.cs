using Apex.Models.Onnx.Graphs;
using Microsoft.ML.OnnxRuntime;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Apex.Torch.Onnx;

/// <summary>
/// Writes TorchSharp modules as ONNX:
/// <code>
/// TorchOnnx.Save(network, [3, 32, 32], "network.onnx");
/// double worst = TorchOnnx.Parity(network, "network.onnx", images);
/// </code>
/// The graph is put together from what each module is (<see cref="ModuleWriters"/>), in eval mode: input <c>input</c> <c>[N, ...]</c>, output
/// <c>logits</c>, opset 17. Nodes are named after the paths of their modules.
/// </summary>
public static class TorchOnnx
{
    /// <summary>The version of the standard operators that is written.</summary>
    public const int Opset = 17;

    private const string Input = "input", Logits = "logits";

    /// <summary>The module as an ONNX graph.</summary>
    /// <param name="module">Made of modules that there are writers for; its mode is left as it is.</param>
    /// <param name="sampleShape">Shape of one sample, without the batch axis.</param>
    /// <param name="writers">How modules are written. Default: <see cref="ModuleWriters.Known"/>.</param>
    /// <exception cref="InvalidInputException">A module cannot be written; the message names it, its path, and what is known.</exception>
    public static OnnxGraphBuilder Build(Module<Tensor, Tensor> module, IReadOnlyList<int> sampleShape, ModuleWriters? writers = null)
    {
        ArgumentNullException.ThrowIfNull(module);
        var known = writers ?? ModuleWriters.Known;
        var graph = new OnnxGraphBuilder(Opset, ModulePaths.NameOf(module));
        string x = graph.Input(Input, OnnxElementType.Float, ["N", .. sampleShape.Cast<object>()]);
        var run = ModuleRanks.Find(module, sampleShape);
        string y = new ModuleScope(graph, known, run).Write(module, x);
        graph.Output(y == x ? graph.Node("Identity", [x], Logits) : graph.Rename(y, Logits),
            OnnxElementType.Float, ["N", .. run.OutputShape.Skip(1).Cast<object>()]);
        return graph;
    }

    /// <summary>Writes an ONNX file.</summary>
    /// <param name="module">The network.</param>
    /// <param name="sampleShape">Shape of one sample, without the batch axis.</param>
    /// <param name="path">The file.</param>
    /// <param name="writers">How modules are written. Default: <see cref="ModuleWriters.Known"/>.</param>
    /// <exception cref="InvalidInputException">A module cannot be written.</exception>
    public static void Save(Module<Tensor, Tensor> module, IReadOnlyList<int> sampleShape, string path, ModuleWriters? writers = null) =>
        Build(module, sampleShape, writers).Save(path);

    /// <summary>
    /// The largest absolute difference between the module's logits and those that ONNX Runtime computes from a file; NaN where one of them is.
    /// </summary>
    /// <inheritdoc cref="Parity(Module{Tensor, Tensor}, byte[], Tensor)"/>
    public static double Parity(Module<Tensor, Tensor> module, string path, Tensor inputs) => Parity(module, File.ReadAllBytes(path), inputs);

    /// <summary>The largest absolute difference between the module's logits and those that ONNX Runtime computes; NaN where one of them is.</summary>
    /// <param name="module">The network; run in eval mode, and left in the mode it was in.</param>
    /// <param name="model">What <see cref="Build"/> made of it.</param>
    /// <param name="inputs">Shape <c>[samples, ...]</c>.</param>
    public static double Parity(Module<Tensor, Tensor> module, byte[] model, Tensor inputs)
    {
        using var scope = NewDisposeScope();
        using var mode = new EvalMode(module);
        float[] expected = module.call(inputs).Floats();
        using var session = new InferenceSession(model);
        using var input = OrtValue.CreateTensorValueFromMemory(inputs.Floats(), inputs.shape);
        using var run = new RunOptions();
        using var results = session.Run(run, [Input], [input], [Logits]);
        var logits = results[0].GetTensorDataAsSpan<float>();
        if (logits.Length != expected.Length)
            throw new ArgumentException($"the graph gives {logits.Length} values, the module {expected.Length}", nameof(model));
        double worst = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            double difference = Math.Abs((double)expected[i] - logits[i]);
            worst = double.IsNaN(difference) || double.IsNaN(worst) ? double.NaN : Math.Max(worst, difference);
        }

        return worst;
    }
}
