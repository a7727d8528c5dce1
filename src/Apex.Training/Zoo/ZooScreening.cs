using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Apex.Analysis.Screening;
using Apex.Experiments;

namespace Apex.Training.Zoo;

/// <summary>A model of the zoo with what screening measured of it.</summary>
/// <param name="Model">What the model is.</param>
/// <param name="Profile">What was measured.</param>
/// <param name="Seconds">How long that took.</param>
internal sealed record ScreenedModel(ZooModel Model, ScreeningProfile Profile, double Seconds)
{
    /// <summary>Data and network: models of one setting can be references of each other.</summary>
    public string Setting => $"{Model.Recipe.Data}-{Model.Recipe.Architecture}".ToLowerInvariant();

    /// <summary>The same without what was measured on data.</summary>
    public ScreeningProfile WithoutData => Profile with { Responses = [.. Profile.Responses.Where(r => r.Inputs == ScreeningInputs.Noise)] };
}

/// <summary>Measures the models of a zoo, each once.</summary>
/// <param name="folder">Of the models; measurements are kept in its subfolder <c>screening</c>.</param>
/// <param name="images">Spec of unlabelled images of a kind that no model was trained on; null to measure on inputs of noise alone.</param>
internal sealed class ZooScreening(string folder, Func<ZooData, string?> images)
{
    private const int Samples = 200;

    /// <summary>Changes when the same model would be measured otherwise.</summary>
    private const int ProbeVersion = 2;

    private static readonly ScreeningOptions Options = new();

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <summary>Measures, or reads what was measured before with the same options.</summary>
    /// <param name="recipe">Of a model that is there.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task<ScreenedModel> MeasureAsync(Recipe recipe, CancellationToken cancellationToken = default)
    {
        string path = Path.Combine(folder, recipe.Name + ".onnx");
        var model = ZooModel.Read(path)
            ?? throw new InvalidInputException($"{path}: not there; train it with: apex-train zoo --out {folder} --only {recipe.Name}");
        string? data = images(recipe.Data);
        // Without samples directed noise is no evidence.
        var options = data is null ? Options with { Steps = 0 } : Options;
        string asked = $"{ProbeVersion} {model.Hash} {(data is null ? "" : Path.GetFullPath(data))} {Samples} {options}";
        string kept = Path.Combine(folder, "screening",
            $"{recipe.Name}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(asked)))[..12]}.json");
        if (File.Exists(kept))
            return new ScreenedModel(model, JsonSerializer.Deserialize<ScreeningProfile>(File.ReadAllText(kept), Json)!, double.NaN);
        var watch = Stopwatch.StartNew();
        using var prepared = PreparedModel.Open(path, data: data, limit: Samples);
        var profile = await ScreeningProbe.MeasureAsync(
            prepared.Classifier, prepared.Classes, prepared.Samples, prepared.Box, options, cancellationToken: cancellationToken) with
        {
            Model = recipe.Name,
        };
        WholeFile.Replace(kept, JsonSerializer.Serialize(profile, Json));
        return new ScreenedModel(model, profile, watch.Elapsed.TotalSeconds);
    }
}
