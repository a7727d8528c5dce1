using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Apex.Models.Onnx.Graphs;
using Apex.Models.Onnx.Operators;
using Apex.Models.Onnx.Reading;
using Google.Protobuf;

namespace Apex.Models.Onnx.Rewriting;

/// <summary>
/// The trained tensors of a graph, told from its other constants by what reads them, and the graph with those readers moved to
/// initialisers of their own. Readers that are no parameters (running statistics that an exporter merged with an equal scale, for one)
/// keep the original.
/// </summary>
internal sealed class OnnxParameters
{
    /// <summary>Serialised with its weights inside, a model must stay below 2 GiB.</summary>
    private const long LargestSize = 1L << 30;

    /// <summary>A hostile file can chain operators without end; no exporter puts more between a weight and what reads it.</summary>
    private const int MostHops = 32;

    private readonly OnnxModel _model;
    private readonly OnnxGraph _graph;
    private readonly List<Trained> _tensors = [];
    private readonly Dictionary<string, int> _indices = new(StringComparer.Ordinal);
    private readonly Dictionary<NodeProto, NodeProto> _copies = new(ReferenceEqualityComparer.Instance);

    private OnnxParameters(OnnxModel model)
    {
        _model = model;
        Model = model.Proto.Clone();
        _graph = new OnnxGraph(Model.Graph, model.Path);
    }

    /// <summary>The parameters, with their values.</summary>
    public IReadOnlyList<Trained> Tensors => _tensors;

    /// <summary>The model, in which whatever reads a parameter reads the initialiser <see cref="NameOf"/> its index.</summary>
    public ModelProto Model { get; }

    public static string NameOf(int index) => $"apex/parameter/{index}";

    /// <summary>Finds the parameters of a model.</summary>
    /// <exception cref="InvalidInputException">They are quantised, of a type without noise, or too large.</exception>
    public static OnnxParameters Of(OnnxModel model)
    {
        var parameters = new OnnxParameters(model);
        parameters.Find();
        return parameters;
    }

    private void Find()
    {
        var live = _graph.Downstream([.. _model.AllInputs.Select(i => i.Name)]);
        var raw = BeforeAnyLayer(live);
        var values = ValueFlow();
        var readers = Model.Graph.Node.Where(n => n.Output.Any(values.Contains) && !OperatorTable.Of(n).Moves).ToList();
        foreach (var node in readers)
        {
            // Elementwise constants on the bare input are preprocessing that was exported with the network.
            bool isPreprocessing = node.OpType != "Concat" && node.Input.Any(live.Contains) && node.Input.Where(live.Contains).All(raw.Contains);
            var row = OperatorTable.Of(node);
            for (int i = 0; i < node.Input.Count; i++)
            {
                // Of an operator that nobody knows, any constant may be trained.
                if (row.Trained is { } trained ? trained.Contains(i) : !node.IsStandard() || (row.ConstantsAreTrained && !isPreprocessing))
                    Look(node, node.Input[i], isWeight: row.Trained is not null, 0);
            }
        }

        // What else computes with a parameter, such as the norm in a weight norm, computes with the perturbed one.
        foreach (var node in readers)
        {
            var row = OperatorTable.Of(node);
            for (int i = 0; i < Math.Min(node.Input.Count, row.Values); i++)
            {
                bool isWeight = row.Trained?.Contains(i) == true;
                if (Perturbed(node.Input[i], isWeight, 0) is { } replacement)
                    node.Input[i] = replacement;
            }
        }

        for (int i = Model.Graph.Node.Count - 1; i >= 0; i--)
        {
            if (_copies.TryGetValue(Model.Graph.Node[i], out var copy))
                Model.Graph.Node.Insert(i + 1, copy);
        }

        long size = _tensors.Sum(t => (long)t.Bytes.Length);
        if (size > LargestSize)
            throw new InvalidInputException($"{_model.Path}: {size >> 20} MiB of parameters; parameter noise takes up to {LargestSize >> 20} MiB");
        foreach (var tensor in _tensors)
        {
            var initialiser = new TensorProto { Name = NameOf(tensor.Parameter.Index), DataType = (int)tensor.Type };
            initialiser.RawData = UnsafeByteOperations.UnsafeWrap(tensor.Bytes);
            initialiser.Dims.AddRange(tensor.Parameter.Shape.Select(d => (long)d));
            Model.Graph.Initializer.Add(initialiser);
        }
    }

    /// <summary>Notes the constant behind what a node reads.</summary>
    /// <param name="reader">The node.</param>
    /// <param name="tensor">What it reads.</param>
    /// <param name="isWeight">True where training certainly set it, however few its elements.</param>
    /// <param name="hops">Operators in between so far.</param>
    private void Look(NodeProto reader, string tensor, bool isWeight, int hops)
    {
        if (_graph.Constant(tensor) is { } constant)
        {
            if (!_indices.ContainsKey(tensor))
                Add(reader, tensor, constant, isWeight);
        }
        else if (hops < MostHops && _graph.Producer(tensor) is { Input.Count: > 0 } producer)
        {
            if (producer.OpType == "DequantizeLinear" && _graph.Constant(producer.Input[0]) is not null)
                throw new InvalidInputException(
                    $"{_model.Path}: {OnnxGraph.Title(reader)} has quantised weights; parameter noise needs them as floats " +
                    "(give the model from before its quantisation)");
            if (OperatorTable.Of(producer).Moves)
                Look(reader, producer.Input[0], isWeight, hops + 1);
        }
    }

    /// <summary>What to read for a tensor that is a parameter, or one moved; null where it is neither.</summary>
    private string? Perturbed(string tensor, bool isWeight, int hops)
    {
        if (_indices.TryGetValue(tensor, out int index))
            // A number that happens to serve as a weight too keeps its value in formulas.
            return isWeight || _tensors[index].Parameter.Elements > 1 ? NameOf(index) : null;
        if (hops == MostHops || _graph.Producer(tensor) is not { Input.Count: > 0 } producer || !OperatorTable.Of(producer).Moves ||
            Perturbed(producer.Input[0], isWeight, hops + 1) is not { } moved)
            return null;
        // A copy, because the original may also carry the tensor to where it is no parameter.
        if (!_copies.TryGetValue(producer, out var copy))
        {
            copy = producer.Clone();
            copy.Name = $"apex/moved/{_copies.Count}";
            copy.Input[0] = moved;
            for (int o = 0; o < copy.Output.Count; o++)
                copy.Output[o] = $"{copy.Name}/{o}";
            _copies.Add(producer, copy);
        }

        return copy.Output[producer.Output.IndexOf(tensor)];
    }

    private void Add(NodeProto reader, string name, TensorProto constant, bool isWeight)
    {
        var type = (OnnxElementType)constant.DataType;
        long elements = OnnxTensor.Elements(constant);
        if (elements == 0 || (elements == 1 && !isWeight))
            return;
        if (type == OnnxElementType.BFloat16)
            throw new InvalidInputException(
                $"{_model.Path}: weight '{name}' of {OnnxGraph.Title(reader)} is bfloat16; parameter noise " +
                "takes float, double and float16");
        if (type is not (OnnxElementType.Float or OnnxElementType.Double or OnnxElementType.Float16))
            return;
        byte[] bytes = _model.ReadRaw(constant);
        double[] values = OnnxTensor.ToDoubles(type, bytes);
        double rms = Math.Sqrt(TensorPrimitives.SumOfSquares<double>(values) / elements);
        // In proportion to 0 or to infinity there is no noise, and a mask is no parameter.
        if (rms == 0 || !double.IsFinite(rms) || (!isWeight && IsMask(values)))
            return;
        _indices.Add(name, _tensors.Count);
        var parameter = new Parameter(_tensors.Count, name, [.. constant.Dims.Select(d => checked((int)d))], checked((int)elements), rms);
        _tensors.Add(new Trained(parameter, type, bytes));
    }

    /// <summary>Only zeros and one value that a softmax makes zero of.</summary>
    private static bool IsMask(double[] values)
    {
        const double Forbids = -50;
        double least = values.Min();
        return least <= Forbids && values.All(v => v == 0 || v == least);
    }

    /// <summary>Tensors whose values, rather than shapes or bounds, enter the logits.</summary>
    private HashSet<string> ValueFlow()
    {
        var reached = new HashSet<string>(StringComparer.Ordinal) { _model.Logits };
        for (int i = Model.Graph.Node.Count - 1; i >= 0; i--)
        {
            var node = Model.Graph.Node[i];
            if (!node.Output.Any(reached.Contains))
                continue;
            reached.UnionWith(node.Input.Take(OperatorTable.Of(node).Values).Where(t => t.Length > 0));
        }

        return reached;
    }

    /// <summary>Tensors that are the input, moved, scaled or shifted, before any layer has read it.</summary>
    private HashSet<string> BeforeAnyLayer(HashSet<string> live)
    {
        var raw = new HashSet<string>(_model.AllInputs.Select(i => i.Name), StringComparer.Ordinal);
        foreach (var node in Model.Graph.Node)
        {
            var row = OperatorTable.Of(node);
            if ((row.ConstantsAreTrained || row.Moves) && node.Input.Any(raw.Contains) && node.Input.Where(live.Contains).All(raw.Contains))
                raw.UnionWith(node.Output);
        }

        return raw;
    }

    /// <summary>A parameter with its values.</summary>
    /// <param name="Parameter">What it is.</param>
    /// <param name="Type">Its element type.</param>
    /// <param name="Bytes">W as ONNX stores it, little-endian.</param>
    internal sealed record Trained(Parameter Parameter, OnnxElementType Type, byte[] Bytes)
    {
        /// <summary>Writes W + scale * noise.</summary>
        public void Write(ReadOnlySpan<float> noise, double scale, Span<byte> destination)
        {
            switch (Type)
            {
                case OnnxElementType.Double:
                    var doubles = MemoryMarshal.Cast<byte, double>(Bytes);
                    for (int i = 0; i < doubles.Length; i++)
                        MemoryMarshal.Cast<byte, double>(destination)[i] = doubles[i] + scale * noise[i];
                    break;
                case OnnxElementType.Float16:
                    var halves = MemoryMarshal.Cast<byte, Half>(Bytes);
                    for (int i = 0; i < halves.Length; i++)
                        MemoryMarshal.Cast<byte, Half>(destination)[i] = (Half)((double)halves[i] + scale * noise[i]);
                    break;
                default:
                    TensorPrimitives.MultiplyAdd(noise, (float)scale, MemoryMarshal.Cast<byte, float>(Bytes), MemoryMarshal.Cast<byte, float>(destination));
                    break;
            }
        }
    }
}
