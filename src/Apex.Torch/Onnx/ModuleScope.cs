using Apex.Models.Onnx.Graphs;
using static TorchSharp.torch;
using Module = TorchSharp.torch.nn.Module;

namespace Apex.Torch.Onnx;

/// <summary>
/// The place in the tree of modules that is being written. Tensors are the names of what nodes make; nodes and initialisers are named after the module's path.
/// </summary>
public sealed class ModuleScope
{
    private readonly ModuleWriters _writers;
    private readonly ModuleRanks _ranks;
    private readonly HashSet<string> _names;
    private readonly Module? _module;

    internal ModuleScope(OnnxGraphBuilder graph, ModuleWriters writers, ModuleRanks ranks)
        : this(graph, writers, ranks, new HashSet<string>(StringComparer.Ordinal) { "input", "logits" }, "", null)
    {
    }

    private ModuleScope(OnnxGraphBuilder graph, ModuleWriters writers, ModuleRanks ranks, HashSet<string> names, string path, Module? module) =>
        (Graph, _writers, _ranks, _names, Path, _module) = (graph, writers, ranks, names, path, module);

    /// <summary>The graph, for what the methods here do not cover.</summary>
    public OnnxGraphBuilder Graph { get; }

    /// <summary>Where the module stands, e.g. <c>stage1.block0</c>; empty for the network itself.</summary>
    public string Path { get; }

    /// <summary>Axes of what the module reads, the batch included.</summary>
    public int Rank => _module is { } module && _ranks.For(module) is { } rank ? rank : throw Refuse("it does not run through call()");

    private string Title => Path.Length > 0 ? Path : _module is null ? "" : ModulePaths.NameOf(_module);

    /// <summary>Writes a module that is part of this one.</summary>
    /// <param name="child">Its name within this one.</param>
    /// <param name="module">The module.</param>
    /// <param name="x">What it reads.</param>
    /// <returns>What it makes.</returns>
    public string Write(string child, Module module, string x) => Enter(ModulePaths.Join(Path, child), module, x);

    /// <summary>Adds the node that makes what this module makes. It is named after the module.</summary>
    /// <param name="op">Operator.</param>
    /// <param name="inputs">Tensors read.</param>
    /// <param name="attributes">As in <see cref="OnnxGraphBuilder"/>.</param>
    /// <returns>What the node makes.</returns>
    public string Node(string op, string[] inputs, params (string Name, object Value)[] attributes) =>
        Graph.Node(op, inputs, ModulePaths.Unique(_names, Title), attributes);

    /// <summary>Adds a node on the way to what this module makes.</summary>
    /// <param name="part">What tells it from the module's other nodes.</param>
    /// <inheritdoc cref="Node"/>
    /// <param name="op">Operator.</param>
    /// <param name="inputs">Tensors read.</param>
    /// <param name="attributes">As in <see cref="OnnxGraphBuilder"/>.</param>
    public string Part(string part, string op, string[] inputs, params (string Name, object Value)[] attributes) =>
        Graph.Node(op, inputs, ModulePaths.Unique(_names, $"{Title}/{part}"), attributes);

    /// <summary>Adds parameters, or statistics, of this module.</summary>
    /// <param name="name">Name within the module.</param>
    /// <param name="values">The numbers.</param>
    /// <param name="shape">Their shape in the graph; that of the tensor where none is given.</param>
    public string Constant(string name, Tensor values, params long[] shape) =>
        Graph.Constant(ModulePaths.Join(Path, name), values.Floats(), shape.Length > 0 ? shape : values.shape);

    /// <summary>Adds one real number.</summary>
    public string Scalar(string name, double value) => Graph.Constant(ModulePaths.Join(Path, name), (float)value);

    /// <summary>Adds whole numbers, such as a shape, on one axis.</summary>
    public string Integers(string name, params long[] values) => Graph.Constant(ModulePaths.Join(Path, name), values, values.Length);

    /// <summary>What to throw where a module has a setting that cannot be written.</summary>
    /// <param name="why">What is wrong, as in "pads by reflection".</param>
    public InvalidInputException Refuse(string why) => new($"{_module?.GetType().FullName} at '{Title}' cannot be written as ONNX: {why}");

    internal string Write(Module network, string x) => Enter("", network, x);

    private string Enter(string path, Module module, string x)
    {
        var scope = new ModuleScope(Graph, _writers, _ranks, _names, path, module);
        return _writers.For(module) is { } write
            ? write(scope, module, x)
            : throw new InvalidInputException(
                $"{module.GetType().FullName} at '{scope.Title}' cannot be written as ONNX; known are: {string.Join(", ", _writers.Names)}");
    }
}
