using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Apex.Analysis.Statistics;
using Microsoft.ML.OnnxRuntime;

namespace Apex.Training.Studies;

/// <summary>Results of studies for people and programs.</summary>
internal static class StudyReport
{
    /// <summary>How results are written: what is no number as a word.</summary>
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web)
    {
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    private static readonly Dictionary<string, string> Versions = new()
    {
        ["apex"] = typeof(Interval).Assembly.GetName().Version!.ToString(3),
        ["libtorch"] = TorchSharp.torch.__version__,
        ["onnxruntime"] = OrtEnv.Instance().GetVersionString(),
        ["dotnet"] = Environment.Version.ToString(),
    };

    public static string Json(IReadOnlyList<StudyResult> results, bool quick, string command) =>
        JsonSerializer.Serialize(new StudyAnswer(command, Versions, quick, results), Options) + "\n";

    /// <summary>The claims of all studies with their verdicts.</summary>
    public static IEnumerable<string> Claims(IReadOnlyList<StudyResult> results)
    {
        yield return "| study | claim | made in | verdict | borne out |\n|---|---|---|---|---|";
        foreach (var result in results)
        {
            foreach (var claim in result.Claims)
                yield return $"| {result.Study} | {claim.Says} | {claim.Source} | {Word(claim.Verdict)} "
                    + $"| {claim.Measurements.Count(m => m.Holds)} of {claim.Measurements.Count} |";
        }
    }

    /// <summary>The claims, then each with its figures.</summary>
    public static IEnumerable<string> Markdown(IReadOnlyList<StudyResult> results, string command)
    {
        yield return $"# {(results.Count == 1 ? $"Study: {results[0].Study}" : "Studies")}\n\n"
            + $"Made by `{command}` with {string.Join(", ", Versions.Select(v => $"{v.Key} {v.Value}"))}.\n";
        yield return "A claim is *supported* where every figure bears it out, which takes its whole 95 % interval where it has one; "
            + "*partly* where some do, of which one in twenty would by chance; *not supported here* where none does.\n";
        foreach (string line in Claims(results))
            yield return line;
        foreach (var result in results)
        {
            yield return $"\n## {result.Study}\n\n{result.Question}\n";
            foreach (string note in result.Notes)
                yield return $"* {note}";
            yield return $"* Seed of the noise: {result.NoiseSeed}, where nothing else is said.";
            foreach (var claim in result.Claims)
            {
                yield return $"\n{claim.Says} ({claim.Source}): **{Word(claim.Verdict)}**.\n\n"
                    + "| on | figure | value [95 % interval] | n | bears it out when | does |\n|---|---|---|---|---|---|";
                foreach (var m in claim.Measurements)
                {
                    string interval = m.Low is { } low && m.High is { } high ? $" [{Number(low)}, {Number(high)}]" : "";
                    string detail = m.Detail is null ? "" : $" ({m.Detail})";
                    yield return $"| {m.Of} | {m.Figure} | {Number(m.Value)}{interval}{detail} | {m.N} | {m.Criterion} | {(m.Holds ? "yes" : "no")} |";
                }
            }

            yield return "\n<details><summary>Networks</summary>\n\n| network | seed | made of | training accuracy | test accuracy |\n|---|---|---|---|---|";
            foreach (var model in result.Models)
                yield return FormattableString.Invariant(
                    $"| `{model.Name}` | {model.Seed} | {model.Recipe} | {model.TrainingAccuracy:0.0000} | {model.TestAccuracy:0.0000} |");
            yield return "\n</details>";
        }
    }

    /// <summary>Three decimals, and what is smaller than they tell in powers of ten.</summary>
    private static string Number(double value) => Math.Abs(value) is > 0 and < 0.0005
        ? FormattableString.Invariant($"{value:0.0e+0}") : FormattableString.Invariant($"{value:0.000}");

    private static string Word(ClaimVerdict verdict) =>
        verdict switch { ClaimVerdict.Supported => "supported", ClaimVerdict.Partly => "partly", _ => "not supported here" };
}
