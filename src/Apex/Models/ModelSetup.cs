using Apex.Data;

namespace Apex.Models;

/// <summary>Puts a model, its sidecar and the user's own settings together: what the user says wins, then the sidecar, then defaults.</summary>
internal static class ModelSetup
{
    /// <summary>Loads a model with its preprocessing.</summary>
    /// <param name="path">The model file.</param>
    /// <param name="options">The user's choices.</param>
    /// <param name="given">The user's preprocessing, or null.</param>
    /// <exception cref="InvalidInputException">Model, sidecar or settings cannot be used.</exception>
    public static (IUnboundModel Model, Preprocessing Preprocessing, Sidecar? Sidecar) Load(string path, IModelOptions options, Preprocessing? given)
    {
        ArgumentNullException.ThrowIfNull(options);
        var sidecar = Sidecar.For(path);
        var settings = Settings(given, sidecar, path);
        return (options.Read(path, sidecar, settings), settings, sidecar);
    }

    /// <summary>What is done to samples: the user's settings over the sidecar's.</summary>
    /// <param name="given">The user's preprocessing, or null.</param>
    /// <param name="sidecar">The sidecar, or null.</param>
    /// <param name="path">The model file, for messages.</param>
    /// <exception cref="InvalidInputException">Settings contradict each other.</exception>
    internal static Preprocessing Settings(Preprocessing? given, Sidecar? sidecar, string path)
    {
        var settings = sidecar?.Preprocessing ?? new Preprocessing();
        given?.Checked();
        if (given is { StandsAlone: true })
            settings = given;
        else if (given is not null)
            settings = given.Over(settings) with { Source = sidecar?.Preprocessing is null ? given.Source : $"{given.Source}, {settings.Source}" };

        if (given?.ResizeFilter is { } filter && settings.Resize is null)
        {
            string file = Path.GetFileName(Sidecar.PathFor(path));
            throw new InvalidInputException($"`ResizeFilter` {filter.Name()}: nothing is resized; give `Resize` SIZE, or \"resize\" in {file}");
        }

        // A run records which filter it was, also where it is the default: another version's default may be another.
        return settings with { ResizeFilter = settings.Resize is null ? null : settings.ResizeFilter ?? ResizeFilter.Bilinear };
    }

    /// <summary>The names of the classes: as given, else the sidecar's, else the data's, else their indices.</summary>
    /// <exception cref="InvalidInputException">Names were given, but not one for each class.</exception>
    public static IReadOnlyList<string> ClassNames(IReadOnlyList<string>? given, Sidecar? sidecar, IDataset? data, int classes, string model)
    {
        if ((given ?? sidecar?.Classes) is { } names)
        {
            return names.Count == classes
                ? names
                : throw new InvalidInputException(
                    $"{model}: {names.Count} class names from {(given is null ? "the sidecar" : "`Classes`")}, but the model has {classes} classes");
        }

        return data?.ClassNames is { } own && own.Count == classes ? own : [.. Enumerable.Range(0, classes).Select(c => c.ToString())];
    }
}
