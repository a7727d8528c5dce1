using Apex.Models;
using Apex.Models.Onnx;

namespace Apex.Tests;

/// <summary>A graph saved to a temporary file and loaded back through the public door.</summary>
public sealed class Loaded : IDisposable
{
    private readonly TempFolder _folder = new();

    public Loaded(OnnxGraphBuilder graph, OnnxOptions options = default)
    {
        Path = _folder["model.onnx"];
        graph.Save(Path);
        Classifier = OnnxClassifier.Load(Path, options);
    }

    public string Path { get; }

    public OnnxClassifier Classifier { get; }

    public ModelSample Sample(int seed)
    {
        var random = new Random(seed);
        return Classifier.Input.Kind == InputKind.Tokens
            ? new ModelSample([], [.. Enumerable.Range(0, Classifier.Input.Elements).Select(_ => (long)random.Next(20))])
            : new ModelSample(Nets.Weights(random, Classifier.Input.Elements, 1, 1), []);
    }

    public void Dispose()
    {
        Classifier.Dispose();
        _folder.Dispose();
    }
}
