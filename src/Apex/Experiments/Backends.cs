using System.Text.Json;
using Apex.Models;
using Apex.Models.Onnx;
using Apex.Observations;

namespace Apex.Experiments;

/// <summary>The backends that read model files: the one place above their doors that names them.</summary>
internal static class Backends
{
    /// <summary>Each by the name that a run records; the first is the one of runs that record none.</summary>
    private static readonly (string Name, Type Options)[] Known = [("onnx", typeof(OnnxOptions))];

    /// <summary>How a file is read where nothing else is said.</summary>
    public static IModelOptions Standard => new OnnxOptions();

    /// <summary>Options as a run records them, with the name of their backend; null for the first.</summary>
    /// <exception cref="InvalidInputException">They are of no backend that is known here, so that a run of them could not be gone on with.</exception>
    public static (string? Backend, JsonElement Options) Write(IModelOptions options)
    {
        int at = Array.FindIndex(Known, k => k.Options == options.GetType());
        if (at < 0)
            throw new InvalidInputException($"{options.GetType().Name}: options of no known backend; a run cannot record them");
        // Left out where a value of the type was made without its constructor.
        object whole = options is OnnxOptions { ExtraSites: null } onnx ? onnx with { ExtraSites = [] } : options;
        return (at == 0 ? null : Known[at].Name, JsonSerializer.SerializeToElement(whole, Known[at].Options, RunJson.Options));
    }

    /// <summary>Options that a run recorded.</summary>
    /// <param name="run">The run, for messages.</param>
    /// <param name="backend">Name of the backend, or null.</param>
    /// <param name="options">The options.</param>
    /// <exception cref="InvalidInputException">They are damaged, or of a backend that is not known here.</exception>
    public static IModelOptions Read(string run, string? backend, JsonElement options)
    {
        int at = backend is null ? 0 : Array.FindIndex(Known, k => k.Name == backend);
        if (at < 0)
            throw new InvalidInputException(
                $"{run}: its model was read by the backend '{backend}', which is not known here; known are {string.Join(", ", Known.Select(k => k.Name))}");
        try
        {
            return (IModelOptions)options.Deserialize(Known[at].Options, RunJson.Options)!;
        }
        catch (Exception error) when (error is JsonException or NotSupportedException)
        {
            throw new InvalidInputException(
                $"{run}: its modelOptions cannot be read: {error.Message.ReplaceLineEndings(" ")}; the run is damaged, probe again", error);
        }
    }
}
