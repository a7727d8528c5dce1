using Apex.Models.Onnx.Reading;
using Apex.Models.Onnx.Rewriting;
using Apex.Sites;
using Microsoft.ML.OnnxRuntime;

namespace Apex.Models.Onnx;

/// <inheritdoc cref="ICleanPass"/>
internal sealed class OnnxCleanPass : ICleanPass
{
    private readonly OnnxModel _model;
    private readonly InferenceSession _session;
    private readonly RunOptions _run = new();
    private readonly IReadOnlyList<ClassifierInput> _inputs;
    private readonly int _batch;
    private readonly int _classes;
    private readonly (Site Site, Placement Placement)[] _observed;
    private readonly string[] _outputs;

    public OnnxCleanPass(OnnxModel model, IReadOnlyList<ClassifierInput> inputs, int classes, int batch, (Site Site, Placement Placement)[] observed)
    {
        var rewriter = new OnnxRewriter(model, batch, inputs[0].Shape);
        _outputs = [OnnxRewriter.LogitsName, .. observed.Select(o => rewriter.Observe(o.Placement.Tensor, o.Site.Index))];
        _session = OnnxSession.Open(rewriter.ToBytes(), model, OnnxOptions.Of(model).Provider);
        (_model, _inputs, _batch, _classes, _observed) = (model, inputs, batch, classes, observed);
    }

    public CleanResult Run(in ModelSample sample)
    {
        using var feed = OnnxFeed.Tile(_inputs, _batch, sample);
        using var results = OnnxSession.Run(_model, _session, _run, feed, _outputs);
        var logits = results[0].GetTensorDataAsSpan<float>()[.._classes].ToArray();
        var activations = new float[_observed.Length][];
        for (int i = 0; i < activations.Length; i++)
            activations[i] = FirstSample(results[i + 1].GetTensorDataAsSpan<float>(), _observed[i].Placement, _observed[i].Site.Elements);
        return new CleanResult(logits, activations);
    }

    public void Dispose()
    {
        _run.Dispose();
        _session.Dispose();
    }

    private float[] FirstSample(ReadOnlySpan<float> all, Placement placement, int elements)
    {
        if (placement.BatchAxis == 0 || _batch == 1)
            return all[..elements].ToArray();
        // The batch axis lies inside: the first sample is a stride through the tensor.
        int inner = 1;
        foreach (int d in placement.Rest.AsSpan(placement.BatchAxis))
            inner *= d;
        var result = new float[elements];
        for (int i = 0; i < elements; i++)
            result[i] = all[i / inner * inner * _batch + i % inner];
        return result;
    }
}
