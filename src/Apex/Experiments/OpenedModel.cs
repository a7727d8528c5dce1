using Apex.Data;
using Apex.Models;

namespace Apex.Experiments;

/// <summary>A model and data, opened and bound to each other: the one place that does it.</summary>
internal sealed class OpenedModel : IDisposable
{
    private readonly bool _owns;

    private OpenedModel(IClassifier classifier, bool owns, Preprocessing preprocessing, IDataset? data) =>
        (Classifier, _owns, Preprocessing, Data) = (classifier, owns, preprocessing, data);

    /// <summary>The network.</summary>
    public IClassifier Classifier { get; }

    /// <summary>What is done to samples.</summary>
    public Preprocessing Preprocessing { get; }

    /// <summary>What does it; null without data.</summary>
    public Preprocessor? Preprocessor { get; private init; }

    /// <summary>The data, or null where none was given.</summary>
    public IDataset? Data { get; }

    /// <summary>Class names.</summary>
    public IReadOnlyList<string> Classes { get; private init; } = [];

    /// <summary>Whether class names were given, by which folders and words are numbered.</summary>
    public bool IsNamed { get; private init; }

    /// <summary>Opens a model file, with its data.</summary>
    /// <param name="path">The model file.</param>
    /// <param name="options">How to read it.</param>
    /// <param name="preprocessing">The user's preprocessing, or null for the sidecar's.</param>
    /// <param name="classes">Class names, or null for the sidecar's.</param>
    /// <param name="spec">The data set's spec, or null for none.</param>
    /// <param name="dataOptions">How to read the data.</param>
    /// <exception cref="InvalidInputException">Model or data cannot be used, or do not fit each other.</exception>
    public static OpenedModel Open(
        string path, IModelOptions options, Preprocessing? preprocessing, IReadOnlyList<string>? classes, string? spec, DatasetOptions dataOptions)
    {
        var (model, settings, sidecar) = ModelSetup.Load(path, options, preprocessing);
        var names = classes ?? sidecar?.Classes;
        var data = spec is null ? null : Dataset.Open(spec, dataOptions with { ClassNames = names, Inputs = model.InputNames });
        int[]? shape = data is null ? null : Preprocessor.ShapeAfter(data.Shape, data.Kind, settings, model.SampleShape);
        return Create(model.Bind(sidecar?.InputShape ?? shape), owns: true, path, settings, classes, sidecar, data);
    }

    /// <summary>Takes a classifier that is there already, which stays its owner's, with data.</summary>
    /// <param name="classifier">The network.</param>
    /// <param name="preprocessing">What is done to samples, or null for nothing but the default scale.</param>
    /// <param name="classes">Class names, or null.</param>
    /// <param name="spec">The data set's spec.</param>
    /// <param name="dataOptions">How to read the data.</param>
    /// <exception cref="InvalidInputException">The data cannot be used or does not fit.</exception>
    public static OpenedModel Create(
        IClassifier classifier, Preprocessing? preprocessing, IReadOnlyList<string>? classes, string spec, DatasetOptions dataOptions)
    {
        var settings = ModelSetup.Settings(preprocessing, null, classifier.Name);
        var data = Dataset.Open(spec, dataOptions with { ClassNames = classes, Inputs = [.. classifier.Inputs.Select(i => i.Name)] });
        return Create(classifier, owns: false, classifier.Name, settings, classes, null, data);
    }

    private static OpenedModel Create(
        IClassifier classifier, bool owns, string name, Preprocessing settings, IReadOnlyList<string>? classes, Sidecar? sidecar, IDataset? data)
    {
        try
        {
            return new OpenedModel(classifier, owns, settings, data)
            {
                Preprocessor = data is null ? null : new Preprocessor(name, classifier.Inputs, settings),
                Classes = ModelSetup.ClassNames(classes, sidecar, data, classifier.Classes, name),
                IsNamed = (classes ?? sidecar?.Classes) is not null,
            };
        }
        catch when (owns)
        {
            classifier.Dispose();
            throw;
        }
    }

    /// <summary>What the first of some samples look like and what of it looks wrong; null for tokens.</summary>
    /// <param name="ids">The chosen samples.</param>
    /// <exception cref="InvalidInputException">A sample cannot be read or does not fit the network.</exception>
    public InputCheck? CheckInputs(IReadOnlyList<long> ids) => InputCheck.Check(Classifier, Preprocessing, Preprocessor!, Data!, ids, IsNamed);

    /// <summary>Disposes a classifier that was opened here.</summary>
    public void Dispose()
    {
        if (_owns)
            Classifier.Dispose();
    }
}
