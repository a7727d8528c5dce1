using System.Globalization;
using System.Security.Cryptography;
using Apex.Models.Onnx.Graphs;
using Apex.Models.Onnx.Operators;
using Google.Protobuf;

namespace Apex.Models.Onnx.Reading;

/// <summary>
/// An ONNX file as a classifier: its input, its logits and its non-linearities, found from the graph alone. Nothing is run.
/// <c>OnnxClassifier</c> makes it runnable.
/// </summary>
internal sealed class OnnxModel
{
    private const long OldestOpset = 9;
    private const long LargestFile = int.MaxValue;

    private readonly List<string> _notes = [];
    private readonly OnnxGraph _graph;

    private OnnxModel(string path, ModelProto proto, IGraphOptions? options)
    {
        Path = path;
        Proto = proto;
        Options = options;
        Opset = CheckOpset();
        CheckWeights();
        ReplaceStandardInputs();
        _graph = new OnnxGraph(proto.Graph, path);
        UseInferenceMode();
        AllInputs = FindInputs();
        Logits = FindLogits(out string graphOutput);
        GraphOutput = graphOutput;
        Activations = FindActivations();
    }

    private OnnxModel(OnnxModel source, ModelProto limit)
    {
        (Path, Proto, Options, Opset, AllInputs) = (source.Path, limit, source.Options, source.Opset, source.AllInputs);
        (Logits, GraphOutput, Activations, WithoutSites) = (source.Logits, source.GraphOutput, source.Activations, source.WithoutSites);
        IsLimit = true;
        _graph = new OnnxGraph(limit.Graph, Path);
        _notes.AddRange(source._notes);
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The opset of the standard operators.</summary>
    public long Opset { get; }

    /// <summary>The logits tensor: the graph output, or what its Softmax, LogSoftmax, Sigmoid or ArgMax reads.</summary>
    public string Logits { get; }

    /// <summary>The graph output that <see cref="Logits"/> was found from.</summary>
    public string GraphOutput { get; }

    /// <summary>All outputs of the graph.</summary>
    internal IReadOnlyList<string> Outputs => [.. Proto.Graph.Output.Select(o => o.Name)];

    /// <summary>What was decided about this graph that a user may want to know, one line each.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>Why the graph has no hidden site, in words that follow "no hidden site:"; null where it has one.</summary>
    public string? WithoutSites { get; private set; }

    /// <summary>
    /// The constant by which the graph itself multiplies its input before any layer reads it, perhaps after it has shifted it, e.g. 1/255; of one for each
    /// channel the mean; null where it does not.
    /// </summary>
    internal double? InputFactor
    {
        get
        {
            string tensor = Input.Name;
            for (int hop = 0; hop < 8 && _graph.Consumers(tensor) is [var node]; hop++)
            {
                double? other = node.Input.Count == 2 ? MeanOf(node.Input[0] == tensor ? node.Input[1] : node.Input[0]) : null;
                if (node.OpType == "Mul" && other is { } factor)
                    return factor;
                if (node.OpType == "Div" && node.Input[0] == tensor && other is { } divisor && divisor != 0)
                    return 1 / divisor;
                bool isShift = node.OpType is "Sub" or "Add" && other is not null;
                if (!isShift && !OperatorTable.Of(node).Passes.HasFlag(Passage.AtInput))
                    return null;
                tensor = node.Output[0];
            }

            return null;

            double? MeanOf(string name) => _graph.Scalar(name) ?? (Floats(name) is { Length: > 0 and <= 4096 } values ? values.Average() : null);
        }
    }

    /// <summary>The values of a float constant, or null.</summary>
    private float[]? Floats(string name) => _graph.Constant(name) is { DataType: (int)OnnxElementType.Float } tensor
        ? System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(ReadRaw(tensor)).ToArray()
        : null;

    /// <summary>A batch norm that stands before every activation: what it reads, and the mean and variance that were found for that in training.</summary>
    internal (string Tensor, float[] Means, float[] Variances)? FirstNormalisation
    {
        get
        {
            var sites = Activations.Select(a => a.Tensor).ToHashSet(StringComparer.Ordinal);
            var live = OnnxNonLinearities.Values(_graph, [Input.Name]);
            var node = Proto.Graph.Node.FirstOrDefault(n => n.OpType == "BatchNormalization" && live.Contains(n.Input[0]));
            if (node is null || sites.Overlaps(_graph.Upstream(node.Input[0])))
                return null;
            if (Floats(node.Input[3]) is not { } means || Floats(node.Input[4]) is not { } variances || means.Length != variances.Length)
                return null;
            return (node.Input[0], means, variances);
        }
    }

    /// <summary>True for a limit of infinite noise.</summary>
    public bool IsLimit { get; }

    /// <summary>Name of the tensor that samples are fed to.</summary>
    public string InputName => Input.Name;

    /// <summary>Declared shape of the input with its batch axis; null where an axis is free.</summary>
    public IReadOnlyList<int?> InputDimensions => [.. Input.Dims.Select(d => d is > 0 and <= int.MaxValue ? (int?)d : null)];

    internal ModelProto Proto { get; }

    /// <summary>What the caller chose, for those who run the model too; null where nothing.</summary>
    internal IGraphOptions? Options { get; }

    internal InputTensor Input => AllInputs[0];

    /// <summary>All inputs, <see cref="Input"/> first.</summary>
    internal IReadOnlyList<InputTensor> AllInputs { get; }

    internal IReadOnlyList<ActivationTensor> Activations { get; }

    /// <summary>Reads and checks a file.</summary>
    /// <param name="path">An ONNX file, opset 9 or later; external data is looked for beside it.</param>
    /// <param name="options">What to use where the file leaves a choice.</param>
    /// <exception cref="InvalidInputException">
    /// The file is missing, damaged, or is no classifier that can be probed; the message says which and why.
    /// </exception>
    public static OnnxModel Load(string path, IGraphOptions? options = null)
    {
        if (Directory.Exists(path))
            throw new InvalidInputException($"{path}: is a directory; give the .onnx file itself");
        if (!File.Exists(path))
            throw new InvalidInputException($"{path}: no such model file");
        ModelProto proto;
        try
        {
            using var stream = File.OpenRead(path);
            if (stream.Length == 0)
                throw new InvalidInputException($"{path}: the file is empty; an ONNX model was expected");
            if (stream.Length > LargestFile)
                throw new InvalidInputException($"{path}: larger than 2 GiB; ONNX keeps such weights as external data beside the file");
            proto = ModelProto.Parser.ParseFrom(stream);
        }
        catch (InvalidProtocolBufferException error)
        {
            throw new InvalidInputException($"{path}: not an ONNX model, or truncated: it does not parse as one", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InvalidInputException($"{path}: cannot be read: {error.Message}", error);
        }

        if (proto.Graph is null || proto.Graph.Node.Count == 0)
            throw new InvalidInputException($"{path}: not an ONNX model: it holds no graph with nodes");
        try
        {
            return new OnnxModel(path, proto, options);
        }
        catch (OverflowException error)
        {
            throw new InvalidInputException($"{path}: a tensor's dimensions overflow; the file is damaged", error);
        }
    }

    /// <summary>The same model with another graph: the same sites, which keep index, name and shape.</summary>
    /// <param name="limit">Its limit of infinite noise.</param>
    internal OnnxModel WithLimit(ModelProto limit) => new(this, limit);

    /// <summary>Adds to <see cref="Notes"/> what was only seen when the graph ran; once, however often it is bound.</summary>
    internal void Note(string note)
    {
        if (!_notes.Contains(note))
            _notes.Add(note);
    }

    /// <summary>SHA-256 over the file and its external data, as <c>sha256:hex</c>.</summary>
    public string Hash()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 16];
        foreach (string file in ExternalFiles().Prepend(Path))
        {
            using var stream = File.OpenRead(file);
            for (int read; (read = stream.Read(buffer)) > 0;)
                hash.AppendData(buffer, 0, read);
        }

        return "sha256:" + Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    internal bool HasExternalData => Proto.Graph.Initializer.Any(t => t.DataLocation == OnnxTensor.ExternalLocation);

    internal string Folder => System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path))!;

    private IEnumerable<string> ExternalFiles() => Proto.Graph.Initializer
        .Where(t => t.DataLocation == OnnxTensor.ExternalLocation)
        .Select(ExternalFile).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);

    private long CheckOpset()
    {
        long opset = Proto.OpsetImport.FirstOrDefault(o => o.Domain is "" or "ai.onnx")?.Version ?? 0;
        if (opset < OldestOpset)
            throw new InvalidInputException(
                $"{Path}: opset {opset}; APEX reads opset {OldestOpset} and later (convert it with " +
                "onnx.version_converter, or export again)");
        return opset;
    }

    private void CheckWeights()
    {
        foreach (var tensor in Proto.Graph.Initializer)
        {
            if (tensor.Dims.Any(d => d < 0))
                throw new InvalidInputException($"{Path}: initialiser '{tensor.Name}' has a negative dimension; the file is damaged");
            if (OnnxTensor.ElementSize(tensor.DataType) is not { } size)
                continue;
            long bytes = checked(OnnxTensor.Elements(tensor) * size);
            bool nan;
            if (tensor.DataLocation == OnnxTensor.ExternalLocation)
                nan = ExternalHasNaN(tensor, bytes);
            else if (tensor.HasRawData)
            {
                if (tensor.RawData.Length != bytes)
                    throw new InvalidInputException(
                        $"{Path}: initialiser '{tensor.Name}' holds {tensor.RawData.Length} bytes where its shape " +
                        $"needs {bytes}; the file is damaged");
                nan = OnnxTensor.HasNaN(tensor.DataType, tensor.RawData.Span);
            }
            else
                nan = tensor.FloatData.Any(float.IsNaN) || tensor.DoubleData.Any(double.IsNaN);
            if (nan)
                throw new InvalidInputException(
                    $"{Path}: weight '{tensor.Name}' holds NaN; every prediction would be undefined (export a " +
                    "network that has not diverged)");
        }
    }

    /// <summary>The values of a float constant, little-endian, from the file or from its external data.</summary>
    internal byte[] ReadRaw(TensorProto tensor)
    {
        long bytes = checked(OnnxTensor.Elements(tensor) * OnnxTensor.ElementSize(tensor.DataType)!.Value);
        byte[] raw;
        if (tensor.DataLocation == OnnxTensor.ExternalLocation)
        {
            using var stream = OpenExternal(tensor, bytes);
            stream.ReadExactly(raw = new byte[checked((int)bytes)]);
        }
        else
            raw = OnnxTensor.ToRaw(tensor);
        return raw.Length == bytes
            ? raw
            : throw new InvalidInputException($"{Path}: constant '{tensor.Name}' holds {raw.Length} bytes where its shape needs {bytes}; the file is damaged");
    }

    private bool ExternalHasNaN(TensorProto tensor, long bytes)
    {
        using var stream = OpenExternal(tensor, bytes);
        var buffer = new byte[1 << 16];
        for (long left = bytes; left > 0;)
        {
            int read = stream.ReadAtLeast(buffer.AsSpan(0, (int)Math.Min(left, buffer.Length)), (int)Math.Min(left, buffer.Length));
            if (OnnxTensor.HasNaN(tensor.DataType, buffer.AsSpan(0, read)))
                return true;
            left -= read;
        }

        return false;
    }

    /// <summary>External data from where a tensor begins.</summary>
    private FileStream OpenExternal(TensorProto tensor, long bytes)
    {
        string file = ExternalFile(tensor);
        long Field(string key) => tensor.ExternalData.FirstOrDefault(e => e.Key == key)?.Value is { } text
            ? long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long value) ? value
                : throw new InvalidInputException($"{Path}: external data of '{tensor.Name}': {key} '{text}' is no number")
            : -1;
        long offset = Math.Max(0, Field("offset")), length = Field("length");
        if (length >= 0 && length != bytes)
            throw new InvalidInputException($"{Path}: external data of '{tensor.Name}' has {length} bytes where its shape needs {bytes}");
        var stream = File.OpenRead(file);
        if (offset > stream.Length || bytes > stream.Length - offset)
        {
            long size = stream.Length;
            stream.Dispose();
            throw new InvalidInputException($"{file}: too short: '{tensor.Name}' of {Path} needs bytes {offset} to {offset + bytes}, the file has {size}");
        }

        stream.Position = offset;
        return stream;
    }

    private string ExternalFile(TensorProto tensor)
    {
        string? location = tensor.ExternalData.FirstOrDefault(e => e.Key == "location")?.Value;
        if (string.IsNullOrEmpty(location))
            throw new InvalidInputException($"{Path}: weight '{tensor.Name}' is external but names no file");
        // A model file is not trusted: it may only name files in its own folder.
        string folder = Folder, file = System.IO.Path.GetFullPath(System.IO.Path.Combine(folder, location));
        if (System.IO.Path.IsPathRooted(location) || !file.StartsWith(folder + System.IO.Path.DirectorySeparatorChar, StringComparison.Ordinal))
            throw new InvalidInputException($"{Path}: external data '{location}' lies outside the model's folder; put it beside the model");
        var info = new FileInfo(file);
        if (!info.Exists)
            throw new InvalidInputException($"{Path}: external data file '{location}' is missing; put it beside the model");
        string? target = info.LinkTarget is null ? null : System.IO.Path.GetFullPath(info.ResolveLinkTarget(true)!.FullName);
        if (target?.StartsWith(folder + System.IO.Path.DirectorySeparatorChar, StringComparison.Ordinal) == false)
            throw new InvalidInputException($"{Path}: external data '{location}' links out of the model's folder; put the file itself there");
        return file;
    }

    /// <summary>Dropout that was exported as if training is turned off; batch norm in training mode cannot be.</summary>
    private void UseInferenceMode()
    {
        var dropouts = new List<NodeProto>();
        foreach (var node in Proto.Graph.Node)
        {
            if (node.OpType == "Dropout" && node.Input.Count > 2)
            {
                if (_graph.Scalar(node.Input[2]) != 0)
                    dropouts.Add(node);
                node.Input.RemoveAt(2);
            }

            if (node.OpType == "BatchNormalization" && node.Attribute.Any(a => a.Name == "training_mode" && a.I != 0))
                throw new InvalidInputException($"{Path}: {OnnxGraph.Title(node)} is in training mode; call model.eval() before the export");
        }

        if (dropouts.Count > 0)
        {
            string others = dropouts.Count > 1 ? $" and {dropouts.Count - 1} more" : "";
            _notes.Add($"dropout {OnnxGraph.Title(dropouts[0])}{others}: exported in training mode, run in inference mode");
        }
    }

    /// <summary>Transformers take a mask and segment ids beside the tokens: all positions are real and in the first segment.</summary>
    private void ReplaceStandardInputs()
    {
        var graph = Proto.Graph;
        var inputs = DataInputs().ToList();
        if (inputs.Count < 2 || inputs.FirstOrDefault(i => i.Name is "input_ids" or "tokens") is not { } tokens)
            return;
        foreach (var extra in inputs.Where(i => i.Name is "attention_mask" or "token_type_ids"))
        {
            long value = extra.Name == "attention_mask" ? 1 : 0;
            string shape = extra.Name + "/apex_shape";
            graph.Input.Remove(extra);
            graph.Node.Insert(0, new NodeProto { OpType = "Shape", Input = { tokens.Name }, Output = { shape } });
            var fill = new TensorProto { DataType = (int)OnnxElementType.Int64, Dims = { 1 }, Int64Data = { value } };
            string filled = extra.Name + "/apex_fill";
            graph.Node.Insert(1, new NodeProto
            {
                OpType = "ConstantOfShape",
                Input = { shape },
                Output = { filled },
                Attribute = { new AttributeProto { Name = "value", T = fill, Type = 4 } },
            });
            graph.Node.Insert(2, new NodeProto
            {
                OpType = "Cast",
                Input = { filled },
                Output = { extra.Name },
                Attribute = { new AttributeProto { Name = "to", I = extra.Type.TensorType.ElemType, Type = 2 } },
            });
            _notes.Add($"input '{extra.Name}' is set to {value} everywhere");
        }
    }

    private IEnumerable<ValueInfoProto> DataInputs()
    {
        // Before IR version 4 initialisers are listed as inputs too.
        var initialisers = Proto.Graph.Initializer.Select(i => i.Name).ToHashSet(StringComparer.Ordinal);
        return Proto.Graph.Input.Where(i => !initialisers.Contains(i.Name));
    }

    /// <summary>The inputs; the first that reads real numbers comes first, for it is the one that input noise is on.</summary>
    private List<InputTensor> FindInputs()
    {
        var inputs = DataInputs().Select(DescribeInput).ToList();
        if (inputs.Count == 0)
            throw new InvalidInputException($"{Path}: the graph has no input; a classifier reads samples");
        foreach (var other in inputs.Count > 1 ? inputs : [])
        {
            if (other.Dims.Skip(1).Any(d => d <= 0))
            {
                throw new InvalidInputException(
                    $"{Path}: the graph has {inputs.Count} inputs ({string.Join(", ", inputs.Select(i => i.Name))}), " +
                    $"and '{other.Name}' leaves its shape free (`InputShape` is for models of one); " +
                    "export it with the dimensions of a sample, or make all inputs but one constants");
            }
        }

        int first = Math.Max(0, inputs.FindIndex(i => !i.IsTokens));
        return [inputs[first], .. inputs.Where((_, i) => i != first)];
    }

    private InputTensor DescribeInput(ValueInfoProto input)
    {
        if (input.Type?.TensorType is not { } tensor)
            throw new InvalidInputException($"{Path}: input '{input.Name}' is not a tensor");
        var type = (OnnxElementType)tensor.ElemType;
        bool tokens = type is OnnxElementType.Int64 or OnnxElementType.Int32;
        if (!tokens && type is not (OnnxElementType.Float or OnnxElementType.Float16 or OnnxElementType.Double or OnnxElementType.UInt8))
            throw new InvalidInputException(
                $"{Path}: input '{input.Name}' is of type {type}; float, float16, double, uint8 images, or " +
                "int32/int64 tokens are supported");
        if (tensor.Shape is null || tensor.Shape.Dim.Count == 0)
            throw new InvalidInputException($"{Path}: input '{input.Name}' declares no shape; export it with its dimensions");
        return new InputTensor(input.Name, type, [.. tensor.Shape.Dim.Select(d => d.HasDimValue ? d.DimValue : 0)]);
    }

    private string FindLogits(out string graphOutput)
    {
        var outputs = Proto.Graph.Output.Select(o => o.Name).ToList();
        if (outputs.Count == 0)
            throw new InvalidInputException($"{Path}: the graph has no output; a classifier gives logits");
        if (Options?.Output is { } wanted)
        {
            if (!outputs.Contains(wanted))
                throw new InvalidInputException($"{Path}: no output '{wanted}'; the graph has {string.Join(", ", outputs)}");
            outputs = [wanted];
        }

        var found = outputs.Select(o => BeforeSoftmax(o) is var (logits, by) ? (Output: o, Logits: logits, By: by) : default).ToList();
        foreach (var (output, logits, _) in found)
        {
            if (_graph.Producer(logits) is { Domain: Domains.Classical } made && OperatorTable.Of(made).OtherModel is { } kind)
                throw new InvalidInputException(
                    $"{Path}: {OnnxGraph.Title(made)} makes the output '{output}': {kind}, no neural network, so there " +
                    "are no hidden activations to perturb");
        }

        // A label and its probabilities are two readings of the same logits.
        if (found.Select(f => f.Logits).Distinct(StringComparer.Ordinal).Count() > 1)
        {
            var named = found.Where(f => f.Output == "logits").ToList();
            if (named.Count == 0)
                throw new InvalidInputException($"{Path}: several outputs ({string.Join(", ", outputs)}); choose the logits with `Output` NAME");
            found = named;
        }

        graphOutput = found[0].Output;
        if (found[0].Logits != graphOutput)
            _notes.Add($"output '{graphOutput}' is made from '{found[0].Logits}' by {found[0].By}; the logits are read there");
        return found[0].Logits;
    }

    /// <summary>What is made into an output by a softmax, an argmax and the like, and which of those reads it.</summary>
    private (string Logits, string? By) BeforeSoftmax(string output)
    {
        (string logits, string? by) = (output, null);
        string tensor = output;
        for (int hop = 0; hop < 32 && _graph.Producer(tensor) is { Input.Count: > 0 } node; hop++)
        {
            var row = OperatorTable.Of(node);
            if (node.Domain == Domains.Classical && row.OtherModel is not null)
                return (tensor, node.OpType);
            tensor = node.Input[0];
            if (row.ReadsLogits)
                (logits, by) = (tensor, node.OpType);
            else if (!row.Passes.HasFlag(Passage.AtOutput))
                break;
        }

        return (logits, by);
    }

    private List<ActivationTensor> FindActivations()
    {
        var onPath = _graph.Downstream([.. AllInputs.Select(i => i.Name)]);
        if (!onPath.Contains(Logits))
            throw new InvalidInputException($"{Path}: the logits '{Logits}' do not depend on the input '{Input.Name}'");
        var upstream = _graph.Upstream(Logits);
        foreach (var node in Proto.Graph.Node.Where(n => n.Output.Any(upstream.Contains)))
        {
            if (OperatorTable.Of(node).Kind == OperatorKind.Random)
                throw new InvalidInputException(
                    $"{Path}: {OnnxGraph.Title(node)} draws random numbers, so the clean prediction is not " +
                    "defined; export it in inference mode");
        }

        onPath.IntersectWith(upstream);
        var nodes = Proto.Graph.Node.Where(n => n.Output.Any(onPath.Contains)).ToList();
        foreach (var node in nodes)
            RefuseHidden(node);

        var activations = new OnnxActivations(_graph);
        var (composed, inside) = activations.Compositions(nodes);
        var result = new List<ActivationTensor>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        var extra = (Options?.ExtraSites ?? []).ToHashSet(StringComparer.Ordinal);
        foreach (var node in nodes)
        {
            string tensor = node.Output[0];
            string? op = inside.Contains(node) ? null : composed.GetValueOrDefault(node).Op ?? activations.Simple(node);
            foreach (string wanted in node.Output.Where(extra.Contains))
            {
                extra.Remove(wanted);
                if (wanted != tensor || op is null)
                    Add(wanted, wanted, node.OpType);
            }

            // What is made at the logits themselves is an output, not hidden.
            if (op is not null && tensor != Logits && onPath.Contains(tensor))
                Add(node.Name.Length > 0 ? node.Name : tensor, tensor, op);
        }

        TellOfUnperturbed(nodes, [.. nodes.Where(n => inside.Contains(n) || result.Any(a => n.Output.Contains(a.Tensor)))], upstream, result);
        if (extra.Count > 0)
            throw new InvalidInputException($"{Path}: no tensor '{extra.First()}' on a path from the input to the logits");
        return result;

        void Add(string name, string tensor, string op)
        {
            string unique = name;
            for (int n = 2; !names.Add(unique); n++)
                unique = $"{name}#{n}";
            result.Add(new ActivationTensor(unique, op, tensor));
        }
    }

    /// <summary>Notes what bends between the input and the logits and gets no noise, or why nothing does.</summary>
    /// <param name="nodes">Nodes on the path.</param>
    /// <param name="covered">Those that are sites, or part of one.</param>
    /// <param name="upstream">Tensors that the logits depend on.</param>
    /// <param name="sites">The sites.</param>
    private void TellOfUnperturbed(IReadOnlyList<NodeProto> nodes, HashSet<NodeProto> covered, HashSet<string> upstream, List<ActivationTensor> sites)
    {
        var values = OnnxNonLinearities.Values(_graph, [.. AllInputs.Select(i => i.Name)]);
        values.IntersectWith(upstream);
        var bent = new OnnxNonLinearities(_graph, values);
        if (sites.Count == 0)
        {
            WithoutSites = bent.WhyNone([.. nodes.Where(n => n.Output.Any(values.Contains))], Logits);
            return;
        }

        var hidden = nodes.Where(n => n.Output[0] != Logits).ToList();
        if (bent.Elementwise(hidden, covered) is { Count: > 0 } elementwise)
            _notes.Add($"no noise behind {OnnxNonLinearities.Names(elementwise)}: non-linear, and none of the activations that APEX knows");
        if (OnnxNonLinearities.RecurrentLayers(nodes) is { Count: > 0 } recurrent)
            _notes.Add($"no noise inside {OnnxNonLinearities.Names(recurrent)}: a recurrent layer's own activations cannot be perturbed");
        if (bent.FoldedInto(nodes, sites.Select(s => s.Tensor).ToHashSet(StringComparer.Ordinal)) is { Count: > 0 } folded)
            _notes.Add($"no noise behind {OnnxNonLinearities.Names(folded)}: quantised, with a ReLU folded in (give the model from before its quantisation)");
    }

    /// <summary>Nodes whose inside cannot be perturbed.</summary>
    private void RefuseHidden(NodeProto node)
    {
        if (node.IsStandard() && OperatorTable.Of(node).Kind == OperatorKind.ControlFlow)
            throw new InvalidInputException(
                $"{Path}: {OnnxGraph.Title(node)} is control flow between input and logits; activations inside its body cannot " +
                "be perturbed (export a traced graph without it)");
        if (Proto.Functions.Any(f => f.Name == node.OpType && f.Domain == node.Domain))
            throw new InvalidInputException(
                $"{Path}: {OnnxGraph.Title(node)} calls a model-local function, whose activations cannot be perturbed (inline " +
                "it: onnx.inliner.inline_local_functions)");
    }

    /// <param name="Name">Name in the graph.</param>
    /// <param name="Type">Element type.</param>
    /// <param name="Dims">Declared dimensions with the batch axis; 0 where free.</param>
    internal sealed record InputTensor(string Name, OnnxElementType Type, long[] Dims)
    {
        public bool IsTokens => Type is OnnxElementType.Int64 or OnnxElementType.Int32;
    }

    /// <param name="Name">Unique site name.</param>
    /// <param name="Op">The non-linearity.</param>
    /// <param name="Tensor">Name of the tensor in the graph.</param>
    internal sealed record ActivationTensor(string Name, string Op, string Tensor);
}
