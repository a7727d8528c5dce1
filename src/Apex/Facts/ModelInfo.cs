using System.Text.Json.Serialization;

namespace Apex.Facts;

/// <summary>The probed model.</summary>
/// <param name="Path">As given.</param>
/// <param name="Hash">SHA-256 of the file and its external data; of a network in memory what its backend hashes.</param>
/// <param name="Opset">ONNX opset, or 0 for another backend.</param>
/// <param name="Input">Name of the input.</param>
/// <param name="InputShape">Shape of one sample.</param>
/// <param name="Output">Name of the logits.</param>
/// <param name="Classes">Class names, or indices as text where none are known.</param>
/// <param name="Preprocessing">What was done to samples, with where each setting came from.</param>
/// <param name="Sites">All sites of the model, the perturbed ones among them.</param>
/// <param name="Notes">Decisions about the graph.</param>
/// <param name="Inputs">Names of all inputs of a model that reads several; null for one.</param>
public sealed record ModelInfo(
    string Path, string Hash, long Opset, string Input, IReadOnlyList<int> InputShape, string Output, IReadOnlyList<string> Classes,
    Models.Preprocessing Preprocessing, IReadOnlyList<Sites.Site> Sites, IReadOnlyList<string> Notes,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? Inputs = null);
