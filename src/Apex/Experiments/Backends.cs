using System.Text.Json;
using Apex.Models;
using Apex.Models.Onnx;
using Apex.Observations;

namespace Apex.Experiments;

/// <summary>The backends that read model files: the one place above their doors that names them.</summary>
internal static class Backends
{
    /// <summary>How a file is read where nothing else is said.</summary>
    public static IModelOptions Standard => new OnnxOptions();

    /// <summary>Options as a run records them.</summary>
    public static JsonElement Write(IModelOptions options) =>
        JsonSerializer.SerializeToElement(options is OnnxOptions { ExtraSites: null } onnx ? onnx with { ExtraSites = [] } : options, options.GetType(), RunJson.Options);

    /// <summary>Options that a run recorded.</summary>
    /// <exception cref="JsonException">They are none.</exception>
    public static IModelOptions Read(JsonElement options) => options.Deserialize<OnnxOptions>(RunJson.Options);
}
