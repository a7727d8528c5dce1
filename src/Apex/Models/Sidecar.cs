using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Apex.Models;

/// <summary>
/// What a model file cannot say about itself, in <c>MODEL.apex.json</c> beside it (<c>resnet.onnx</c> has
/// <c>resnet.apex.json</c>). Fields that are not listed here are ignored.
/// </summary>
internal sealed record Sidecar
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        // Said outright, because C# scripts (dotnet run file.cs) turn the reflection default off.
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>How samples become inputs.</summary>
    public Preprocessing? Preprocessing { get; init; }

    /// <summary>Class names in the order of the logits.</summary>
    public IReadOnlyList<string>? Classes { get; init; }

    /// <summary>Shape of one sample in the model's layout.</summary>
    public IReadOnlyList<int>? InputShape { get; init; }

    /// <summary>The output that holds the logits.</summary>
    public string? Output { get; init; }

    /// <summary>The sidecar's path for a model.</summary>
    /// <param name="model">Path of the model file.</param>
    public static string PathFor(string model) => Path.ChangeExtension(model, ".apex.json");

    /// <summary>Reads the sidecar of a model; null where there is none.</summary>
    /// <param name="model">Path of the model file.</param>
    /// <exception cref="InvalidInputException">The sidecar is not valid.</exception>
    public static Sidecar? For(string model)
    {
        string path = PathFor(model);
        if (!File.Exists(path))
            return null;
        try
        {
            var sidecar = JsonSerializer.Deserialize<Sidecar>(File.ReadAllText(path), Json)
                ?? throw new InvalidInputException($"{path}: holds null; an object with \"preprocessing\" and \"classes\" was expected");
            return sidecar with { Preprocessing = sidecar.Preprocessing is { } p ? (p with { Source = Path.GetFileName(path) }).Checked() : null };
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new InvalidInputException($"{path}: not a valid sidecar: {error.Message.ReplaceLineEndings(" ")}", error);
        }
    }
}
