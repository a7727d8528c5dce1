using Apex.Data;
using Apex.Models;
using Apex.Models.Onnx;
using Apex.Models.Onnx.Reading;

namespace Apex.Probing;

/// <summary>A model that is ready to run, with its class names and, where data was given, a few preprocessed samples in memory.</summary>
public sealed class PreparedModel : IDisposable
{
    private PreparedModel(OnnxModel model, OnnxClassifier classifier, Preprocessing preprocessing, IReadOnlyList<string> classes, IReadOnlyList<ProbeSample>? samples, InputCheck? inputs) =>
        (Model, Classifier, Preprocessing, Classes, Samples, Inputs) = (model, classifier, preprocessing, classes, samples, inputs);

    /// <summary>The graph.</summary>
    public OnnxModel Model { get; }

    /// <summary>The same, bound.</summary>
    public OnnxClassifier Classifier { get; }

    /// <summary>What is done to samples.</summary>
    public Preprocessing Preprocessing { get; }

    /// <summary>Class names.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>The samples, or null where no data was given.</summary>
    public IReadOnlyList<ProbeSample>? Samples { get; }

    /// <summary>What the first samples look like and what of it looks wrong, or null where no data was given or the model reads tokens.</summary>
    public InputCheck? Inputs { get; }

    /// <summary>Opens a model.</summary>
    /// <param name="path">The model file.</param>
    /// <param name="options">What to use where the file leaves a choice.</param>
    /// <param name="preprocessing">The user's preprocessing, or null for the sidecar's.</param>
    /// <param name="classes">Class names, or null for the sidecar's.</param>
    /// <param name="data">Data set, or null for none.</param>
    /// <param name="limit">Samples at most, evenly spaced over the data, which may be sorted by class.</param>
    /// <exception cref="InvalidInputException">Model or data cannot be used.</exception>
    public static PreparedModel Open(string path, OnnxOptions options = default, Preprocessing? preprocessing = null, IReadOnlyList<string>? classes = null, string? data = null, int limit = 200)
    {
        if (limit < 1)
            throw new InvalidInputException($"--limit {limit}: give at least 1");
        var (model, settings, sidecar) = ModelSetup.Load(path, options, preprocessing);
        var known = classes ?? sidecar?.Classes;
        var source = data is null ? null : Dataset.Open(data, new DatasetOptions { ClassNames = known });
        int[]? shape = source is null ? null : Preprocessor.ShapeAfter(source.Shape, source.Kind, settings, [.. model.InputDimensions.Skip(1)]);
        var classifier = OnnxClassifier.Bind(model, sidecar?.InputShape ?? shape);
        try
        {
            var names = ModelSetup.ClassNames(classes, sidecar, source, classifier.Classes, path);
            if (source is null)
                return new PreparedModel(model, classifier, settings, names, null, null);
            var preprocessor = new Preprocessor(path, classifier.Input, settings);
            long count = Math.Min(limit, source.Count);
            IReadOnlyList<long> ids = [.. Enumerable.Range(0, (int)count).Select(i => i * source.Count / count)];
            var inputs = InputCheck.Of(classifier, settings, preprocessor, source, ids, known is not null);
            return new PreparedModel(model, classifier, settings, names, [.. ProbeSample.From(source, ids, preprocessor)], inputs);
        }
        catch
        {
            classifier.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Classifier.Dispose();
}
