using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;
using Apex.Analysis.Screening;
using Apex.Experiments;
using Apex.Models;

namespace Apex.Training.Zoo;

/// <summary>A model of the zoo with what screening measured of it.</summary>
/// <param name="Asked">How it was measured; changes when the same model would be measured otherwise.</param>
/// <param name="Model">What the model is.</param>
/// <param name="Profile">What was measured.</param>
/// <param name="Peers">The same of published ways to find backdoors; of held-out models; null without samples.</param>
/// <param name="Seconds">How long the profile took.</param>
internal sealed record ScreenedModel(string Asked, ZooModel Model, ScreeningProfile Profile, Peers? Peers, double Seconds)
{
    /// <summary>Data and network: models of one setting can be references of each other.</summary>
    [JsonIgnore]
    public string Setting => $"{Model.Recipe.Data}-{Model.Recipe.Architecture}".ToLowerInvariant();

    /// <summary>The same without what was measured on data.</summary>
    [JsonIgnore]
    public ScreeningProfile WithoutData => Profile with
    {
        Responses = [.. Profile.Responses.Where(r => r.Inputs == ScreeningInputs.Noise)],
        Directed = [.. Profile.Directed.Where(r => r.Inputs == ScreeningInputs.Noise)],
    };

    /// <summary>The same without what directed noise found on inputs of noise: as a scan with samples measures it.</summary>
    [JsonIgnore]
    public ScreeningProfile WithData => Profile with { Directed = [.. Profile.Directed.Where(r => r.Inputs == ScreeningInputs.Data)] };
}

/// <summary>Measures the models of a zoo, each once, and keeps what it measured in a file of a JSON object a line.</summary>
/// <param name="folder">Of the models; null to read what was measured alone.</param>
/// <param name="file">The file; it need not be there.</param>
/// <param name="images">Spec of unlabelled images of a kind that no model was trained on; null to measure on inputs of noise alone.</param>
internal sealed class ZooScreening(string? folder, string file, Func<ZooData, string?> images)
{
    private const int Samples = 200, MaskSamples = 32;

    /// <summary>Changes when the same model would be measured otherwise.</summary>
    private const int ProbeVersion = 3;

    private static readonly ScreeningOptions Options = new() { WithNoiseToo = true };

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    private Dictionary<string, ScreenedModel> _kept = Read(file);

    /// <summary>Whether a model was measured, or can be.</summary>
    /// <param name="recipe">Of the model.</param>
    public bool Has(Recipe recipe) => _kept.ContainsKey(recipe.Name) || (folder is not null && ZooModel.Read(PathOf(recipe)) is not null);

    /// <summary>Measures, or reads what was measured before with the same options.</summary>
    /// <param name="recipe">Of a model that is there.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task<ScreenedModel> MeasureAsync(Recipe recipe, CancellationToken cancellationToken = default)
    {
        string? data = images(recipe.Data);
        string asked = $"{ProbeVersion}, {(data is null ? "no samples" : $"{Samples} samples")}";
        // A model that is there is the one that is meant; one that was measured elsewhere stands for itself.
        var model = folder is null ? null : ZooModel.Read(PathOf(recipe));
        if (_kept.TryGetValue(recipe.Name, out var kept) && kept.Asked == asked && (model is null || model.Hash == kept.Model.Hash))
            return kept;
        if (model is null)
            throw new InvalidInputException(kept is not null
                ? $"{file}: {recipe.Name} was measured otherwise ({kept.Asked}; now {asked}); train and measure it again"
                : $"{(folder is null ? file : PathOf(recipe))}: {recipe.Name} is not there; "
                    + $"train it with: apex-train zoo --out {folder ?? "zoo"} --only {recipe.Name}");
        var watch = Stopwatch.StartNew();
        using var prepared = PreparedModel.Open(PathOf(recipe), data: data, limit: Samples);
        // Without samples directed noise is no evidence.
        var options = data is null ? Options with { Steps = 0 } : Options;
        var profile = await ScreeningProbe.MeasureAsync(
            prepared.Classifier, prepared.Classes, prepared.Samples, prepared.Box, options, cancellationToken: cancellationToken) with
        {
            Model = recipe.Name,
        };
        double seconds = watch.Elapsed.TotalSeconds;
        // Nothing is chosen by what others read.
        var peers = data is null || recipe.Half == ZooHalf.Choose ? null : Peers.Measure((IDifferentiableClassifier)prepared.Classifier, prepared.Box!,
            [.. prepared.Samples!.Where((_, i) => i % (Samples / MaskSamples) == 0).Take(MaskSamples).Select(s => s.Input)], cancellationToken);
        var measured = new ScreenedModel(asked, model, profile, peers, seconds);
        // Another process may have added to it.
        _kept = Read(file);
        _kept[recipe.Name] = measured;
        WholeFile.Replace(file, string.Concat(_kept.OrderBy(k => k.Key, StringComparer.Ordinal).Select(k => JsonSerializer.Serialize(k.Value, Json) + "\n")));
        return measured;
    }

    private static Dictionary<string, ScreenedModel> Read(string file) => File.Exists(file)
        ? File.ReadAllLines(file).Where(l => l.Length > 0).Select(l => JsonSerializer.Deserialize<ScreenedModel>(l, Json)!)
            .ToDictionary(m => m.Model.Recipe.Name)
        : [];

    private string PathOf(Recipe recipe) => Path.Combine(folder!, recipe.Name + ".onnx");
}
