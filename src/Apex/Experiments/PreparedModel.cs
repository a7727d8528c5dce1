using Apex.Data;
using Apex.Models;
using Apex.Probing;

namespace Apex.Experiments;

/// <summary>A model that is ready to run, with its class names and, where data was given, a few preprocessed samples in memory.</summary>
public sealed class PreparedModel : IDisposable
{
    private readonly OpenedModel _opened;

    private PreparedModel(OpenedModel opened) => _opened = opened;

    /// <summary>The network.</summary>
    public IClassifier Classifier => _opened.Classifier;

    /// <summary>What is done to samples.</summary>
    public Preprocessing Preprocessing => _opened.Preprocessing;

    /// <summary>Class names.</summary>
    public IReadOnlyList<string> Classes => _opened.Classes;

    /// <summary>The samples, or null where no data was given.</summary>
    public IReadOnlyList<ProbeSample>? Samples { get; private init; }

    /// <summary>What the first samples look like and what of it looks wrong, or null where no data was given or the model reads tokens.</summary>
    internal InputCheck? Inputs { get; private init; }

    /// <summary>The values that valid inputs take, and how long a step of a pixel is; null where the network reads no real numbers.</summary>
    internal PixelBox? Box => Classifier.Input is not { IsReal: true } input ? null
        : input.Kind == InputKind.Image && (_opened.Data is null || _opened.Data.Kind == SampleKind.Image)
            ? PixelBox.Pixels(_opened.Preprocessor ?? new Preprocessor(Classifier.Name, Classifier.Inputs, Preprocessing))
        : Samples is not null ? PixelBox.Seen(input, [.. Samples.Select(s => s.Input)])
        : PixelBox.Unbounded(input.Elements);

    /// <summary>Opens a model.</summary>
    /// <param name="path">The model file.</param>
    /// <param name="options">How to read it. Default: what the file leaves open is found.</param>
    /// <param name="preprocessing">The user's preprocessing, or null for the sidecar's.</param>
    /// <param name="classes">Class names, or null for the sidecar's.</param>
    /// <param name="data">Data set, or null for none.</param>
    /// <param name="limit">Samples at most, evenly spaced over the data, which may be sorted by class.</param>
    /// <exception cref="InvalidInputException">Model or data cannot be used.</exception>
    public static PreparedModel Open(
        string path, IModelOptions? options = null, Preprocessing? preprocessing = null, IReadOnlyList<string>? classes = null,
        string? data = null, int limit = 200)
    {
        if (limit < 1)
            throw new InvalidInputException($"`limit` {limit}: give at least 1");
        var opened = OpenedModel.Open(path, options ?? Backends.Standard, preprocessing, classes, data, default);
        try
        {
            if (opened.Data is not { } source)
                return new PreparedModel(opened);
            long count = Math.Min(limit, source.Count);
            IReadOnlyList<long> ids = [.. Enumerable.Range(0, (int)count).Select(i => i * source.Count / count)];
            return new PreparedModel(opened) { Inputs = opened.CheckInputs(ids), Samples = [.. ProbeSample.From(source, ids, opened.Preprocessor!)] };
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _opened.Dispose();
}
