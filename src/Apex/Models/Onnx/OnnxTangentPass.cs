using Apex.Models.Onnx.Reading;
using Apex.Models.Onnx.Rewriting;
using Apex.Sites;
using Microsoft.ML.OnnxRuntime;

namespace Apex.Models.Onnx;

/// <inheritdoc cref="ITangentPass"/>
internal sealed class OnnxTangentPass : ITangentPass
{
    private readonly OnnxModel _model;
    private readonly ClassifierInput _input;
    private readonly InferenceSession _session;
    private readonly RunOptions _run = new();
    private readonly string[] _outputs;

    public OnnxTangentPass(OnnxModel model, ClassifierInput input, int rows, IReadOnlyList<(Site Site, Placement Placement)> sites)
    {
        _session = OnnxSession.Open(OnnxTangent.Build(model, rows, input.Shape, [.. sites.Select(s => s.Placement)]), model, OnnxOptions.Of(model).Provider);
        _outputs = [.. sites.Select((_, i) => OnnxTangent.OutputName(i))];
        (_model, _input, Rows) = (model, input, rows);
    }

    public int Rows { get; }

    public void Run(in ModelSample sample, float[] tangents, TangentReader read)
    {
        if (tangents.Length != Rows * _input.Elements)
            throw new ArgumentException($"{tangents.Length} values where {Rows} tangents of {_input.Elements} were expected", nameof(tangents));
        using var feed = OnnxFeed.Tile([_input], Rows, sample);
        using var moved = OrtValue.CreateTensorValueFromMemory(tangents, [Rows, .. _input.Shape.Select(d => (long)d)]);
        IDisposableReadOnlyCollection<OrtValue> results;
        try
        {
            results = _session.Run(_run, [OnnxRewriter.InputName, OnnxTangent.TangentName], [feed.Values[0], moved], _outputs);
        }
        catch (OnnxRuntimeException error)
        {
            throw OnnxSession.Refused(_model, error);
        }

        using (results)
        {
            for (int slot = 0; slot < _outputs.Length; slot++)
                read(slot, results[slot].GetTensorDataAsSpan<float>());
        }
    }

    public void Dispose()
    {
        _run.Dispose();
        _session.Dispose();
    }
}
