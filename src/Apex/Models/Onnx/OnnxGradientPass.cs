using Apex.Models.Onnx.Reading;
using Apex.Models.Onnx.Rewriting;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Apex.Models.Onnx;

/// <inheritdoc cref="IGradientPass"/>
internal sealed class OnnxGradientPass : IGradientPass
{
    private readonly OnnxModel _model;
    private readonly IReadOnlyList<ClassifierInput> _inputs;
    private readonly InferenceSession _session;
    private readonly RunOptions _run = new();
    private readonly string[] _outputs;

    public OnnxGradientPass(
        OnnxModel model, IReadOnlyList<ClassifierInput> inputs, int rows, GradientTarget target, double clip, bool squared,
        IReadOnlyList<Placement> places)
    {
        (_model, _inputs, Rows) = (model, inputs, rows);
        var gradient = new OnnxGradient(model, rows, inputs, target, clip, squared, places, DryRun);
        _session = OnnxSession.Open(gradient.Bytes, model, OnnxOptions.Of(model).Provider);
        _outputs = [OnnxGradient.ValueName, .. Enumerable.Range(0, places.Count).Select(OnnxGradient.OutputName)];
    }

    public int Rows { get; }

    public float[] Run(IReadOnlyList<ModelSample> samples, IReadOnlyList<int>? classes, GradientReader read)
    {
        if (samples.Count < 1 || samples.Count > Rows)
            throw new ArgumentException($"{samples.Count} samples where 1 to {Rows} were expected", nameof(samples));
        if (classes is not null && classes.Count != samples.Count)
            throw new ArgumentException($"{classes.Count} classes of {samples.Count} samples", nameof(classes));
        using var feed = new OnnxFeed(_inputs, Rows);
        var chosen = new long[Rows];
        for (int row = 0; row < Rows; row++)
        {
            // Rows that are left over repeat the last sample.
            int sample = Math.Min(row, samples.Count - 1);
            feed.FillRow(row, samples[sample]);
            chosen[row] = classes?[sample] ?? -1;
        }

        using var wanted = OrtValue.CreateTensorValueFromMemory(chosen, [Rows, 1]);
        IDisposableReadOnlyCollection<OrtValue> results;
        try
        {
            results = _session.Run(_run, [.. feed.Names, OnnxGradient.ClassName], [.. feed.Values, wanted], _outputs);
        }
        catch (OnnxRuntimeException error)
        {
            throw OnnxSession.Refused(_model, error);
        }

        using (results)
        {
            for (int slot = 0; slot < _outputs.Length - 1; slot++)
            {
                var gradients = results[slot + 1].GetTensorDataAsSpan<float>();
                read(slot, gradients[..(gradients.Length / Rows * samples.Count)]);
            }

            return results[0].GetTensorDataAsSpan<float>()[..samples.Count].ToArray();
        }
    }

    private IEnumerable<(string Name, long[] Shape, long[]? Numbers)> DryRun(byte[] model, IReadOnlyList<string> tensors)
    {
        const int MostNumbers = 100_000;
        using var session = OnnxSession.Open(model, _model, OnnxOptions.Of(_model).Provider);
        using var feed = new OnnxFeed(_inputs, Rows);
        using var results = OnnxSession.Run(_model, session, _run, feed, [.. tensors]);
        var seen = new List<(string, long[], long[]?)>();
        foreach (var (name, input) in feed.Names.Zip(_inputs))
            seen.Add((name, [Rows, .. input.Shape.Select(d => (long)d)], null));
        for (int i = 0; i < tensors.Count; i++)
        {
            if (!results[i].IsTensor)
                continue;
            var info = results[i].GetTensorTypeAndShape();
            bool isNumbers = info.ElementDataType == TensorElementType.Int64 && info.ElementCount <= MostNumbers;
            seen.Add((tensors[i], info.Shape, isNumbers ? results[i].GetTensorDataAsSpan<long>().ToArray() : null));
        }

        return seen;
    }

    public void Dispose()
    {
        _run.Dispose();
        _session.Dispose();
    }
}
