using System.Text.Json;
using System.Text.Json.Serialization;
using Apex.Models;

namespace Apex.Training.Zoo;

/// <summary>What a model of the zoo turned out to be; stands under <c>zoo</c> in its sidecar.</summary>
/// <param name="Recipe">How it was made.</param>
/// <param name="Hash">Of the recipe: a model whose hash still fits is not trained again.</param>
/// <param name="Half">Choose or hold-out.</param>
/// <param name="TestAccuracy">Share of test images without trigger that are classified right.</param>
/// <param name="TestCount">n of it.</param>
/// <param name="AttackSuccess">
/// Share of test images with trigger that go where the attacker wants: to the target (n: those of other classes), or from the true class to
/// the next; null for a clean model.
/// </param>
/// <param name="AttackSuccessOfRight">The same among images that are classified right without trigger.</param>
/// <param name="AttackCount">n of <paramref name="AttackSuccess"/>.</param>
/// <param name="LargestLogitDifference">Between the trained network and its ONNX graph on test images.</param>
internal sealed record ZooModel(
    Recipe Recipe, string Hash, ZooHalf Half, double TestAccuracy, long TestCount, double? AttackSuccess,
    double? AttackSuccessOfRight, long? AttackCount, double LargestLogitDifference)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>Writes the ONNX file and then its sidecar, so that a sidecar always has its model.</summary>
    public void Write(string path, byte[] onnx, ZooImages images)
    {
        WholeFile.Replace(path, onnx);
        var sidecar = new
        {
            preprocessing = new { scale = 1.0 / 255, mean = images.Mean, std = images.Std, layout = "NCHW" },
            classes = images.Classes,
            zoo = this,
        };
        WholeFile.Replace(Sidecar.PathFor(path), JsonSerializer.Serialize(sidecar, Json) + "\n");
    }

    /// <summary>Reads what is known of a model; null where there is none or it is not of the zoo.</summary>
    public static ZooModel? Read(string path)
    {
        string sidecar = Sidecar.PathFor(path);
        if (!File.Exists(path) || !File.Exists(sidecar))
            return null;
        using var document = JsonDocument.Parse(File.ReadAllText(sidecar));
        return document.RootElement.TryGetProperty("zoo", out var zoo) ? zoo.Deserialize<ZooModel>(Json) : null;
    }
}
