using System.Text.Json;
using System.Text.Json.Serialization;

namespace Apex.Training.Studies;

/// <summary>Results of studies for people and programs.</summary>
internal static class StudyReport
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    public static string Json(IReadOnlyList<StudyResult> results, bool quick) => JsonSerializer.Serialize(new { quick, studies = results }, Options) + "\n";

    /// <summary>The claims of all studies, then each with its figures.</summary>
    public static IEnumerable<string> Markdown(IReadOnlyList<StudyResult> results, string command)
    {
        yield return "| study | claim | verdict |\n|---|---|---|";
        foreach (var result in results)
        {
            foreach (var claim in result.Claims)
                yield return $"| {result.Study} | {claim.Says} | {Word(claim.Verdict)} |";
        }

        yield return $"\nMade by `{command}`.";
        foreach (var result in results)
        {
            yield return $"\n## {result.Study}\n\n{result.Question}\n";
            foreach (string note in result.Notes)
                yield return $"* {note}";
            yield return "\n| claim | on | figure | value [95 % interval] | n | borne out |\n|---|---|---|---|---|---|";
            foreach (var claim in result.Claims)
            {
                foreach (var m in claim.Measurements)
                    yield return FormattableString.Invariant($"| {claim.Says} | {m.Of} | {m.Figure} | {m.Value:0.000} [{m.Low:0.000}, {m.High:0.000}] | {m.N} | {(m.Holds ? "yes" : "no")} |");
            }

            yield return "\nModels:\n";
            foreach (string model in result.Models.Distinct())
                yield return $"* {model}";
        }
    }

    private static string Word(ClaimVerdict verdict) => verdict switch { ClaimVerdict.Supported => "supported", ClaimVerdict.Partly => "partly", _ => "not supported here" };
}
