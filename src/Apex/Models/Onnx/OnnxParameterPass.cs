using Apex.Models.Onnx.Graphs;
using Apex.Models.Onnx.Reading;
using Apex.Models.Onnx.Rewriting;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;

namespace Apex.Models.Onnx;

/// <summary>
/// A session for each setting of the parameters. Weights that came in as graph inputs would keep ONNX Runtime from folding batch norms,
/// packing matrices and laying out convolutions, which costs more over a batch of samples than opening a session does.
/// </summary>
internal sealed class OnnxParameterPass : IParameterPass
{
    private readonly OnnxModel _model;
    private readonly IReadOnlyList<OnnxParameters.Trained> _tensors;
    private readonly ModelProto _graph;
    private readonly byte[] _file;
    private readonly byte[][] _weights;
    private readonly float[][] _noise;
    private readonly OnnxFeed _feed;
    private readonly float[] _logits;
    private readonly RunOptions _run = new();
    private readonly OrtValue[] _outputs;
    private InferenceSession? _session;

    public OnnxParameterPass(OnnxModel model, IReadOnlyList<ClassifierInput> inputs, int classes, int rows, OnnxParameters parameters)
    {
        (_model, Rows, _tensors) = (model, rows, parameters.Tensors);
        var rewriter = new OnnxRewriter(model, rows, inputs[0].Shape, parameters.Model);
        rewriter.EndAt([OnnxRewriter.LogitsName]);
        _graph = rewriter.Model;
        _noise = [.. _tensors.Select(t => new float[t.Parameter.Elements])];
        _weights = [.. _tensors.Select(t => t.Bytes.ToArray())];
        // Initialisers lie over the buffers, so that a new setting is written down without building the graph again.
        var initialisers = _graph.Graph.Initializer.ToDictionary(i => i.Name, StringComparer.Ordinal);
        foreach (var (tensor, weights) in _tensors.Zip(_weights))
            initialisers[OnnxParameters.NameOf(tensor.Parameter.Index)].RawData = UnsafeByteOperations.UnsafeWrap(weights);
        _file = new byte[_graph.CalculateSize()];
        _feed = new OnnxFeed(inputs, rows);
        _logits = new float[checked(rows * classes)];
        _outputs = [OrtValue.CreateTensorValueFromMemory(_logits, [rows, classes])];
    }

    public int Rows { get; }

    public Span<float> Noise(int parameter) => _noise[parameter];

    public void Perturb(double sigma)
    {
        for (int i = 0; i < _tensors.Count; i++)
            _tensors[i].Write(_noise[i], sigma * _tensors[i].Parameter.Rms, _weights[i]);
        _session?.Dispose();
        _session = null;
        _graph.WriteTo(_file.AsSpan());
        _session = OnnxSession.Open(_file, _model, OnnxOptions.Of(_model).Provider);
    }

    public void SetInput(int row, in ModelSample sample)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)Rows, nameof(row));
        _feed.FillRow(row, sample);
    }

    public ReadOnlySpan<float> Run()
    {
        if (_session is null)
            throw new InvalidOperationException("the parameters are not set; call Perturb first");
        try
        {
            _session.Run(_run, _feed.Names, _feed.Values, [OnnxRewriter.LogitsName], _outputs);
        }
        catch (OnnxRuntimeException error)
        {
            throw OnnxSession.Refused(_model, error);
        }

        return _logits;
    }

    public void Dispose()
    {
        _session?.Dispose();
        _feed.Dispose();
        foreach (var value in _outputs)
            value.Dispose();
        _run.Dispose();
    }
}
