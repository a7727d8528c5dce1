using System.Text.Json;

namespace Apex.Tests.Answers;

/// <summary>What a command printed with <c>--json</c> at commit 455af9b, its lists cut short: what programs were written against then.</summary>
internal static class StoredAnswer
{
    public static JsonElement Read(string name) =>
        JsonDocument.Parse(Repository.Read("tests", "Apex.Tests", "Answers", "Stored", $"{name}.json")).RootElement;

    /// <summary>Fields of an answer that another lacks, or holds as something else; null may stand for anything.</summary>
    /// <param name="stored">The answer of before.</param>
    /// <param name="now">The answer of now.</param>
    /// <param name="at">Where in the answer.</param>
    public static IEnumerable<string> Missing(JsonElement stored, JsonElement now, string at = "")
    {
        if (stored.ValueKind == JsonValueKind.Null || now.ValueKind == JsonValueKind.Null)
            return [];
        if (Kind(stored) != Kind(now))
            return [$"{at}: {stored.ValueKind} became {now.ValueKind}"];
        return stored.ValueKind switch
        {
            JsonValueKind.Object => stored.EnumerateObject().SelectMany(field => now.TryGetProperty(field.Name, out var other)
                ? Missing(field.Value, other, $"{at}.{field.Name}")
                : [$"{at}.{field.Name} is missing"]),
            JsonValueKind.Array when stored.GetArrayLength() > 0 && now.GetArrayLength() == 0 => [$"{at} is empty"],
            // Each kept item of before must be like some item of now.
            JsonValueKind.Array => stored.EnumerateArray()
                .Select(item => now.EnumerateArray().Select(other => Missing(item, other, $"{at}[]").ToList()).MinBy(missing => missing.Count)!)
                .SelectMany(missing => missing),
            _ => [],
        };
    }

    private static JsonValueKind Kind(JsonElement value) => value.ValueKind == JsonValueKind.False ? JsonValueKind.True : value.ValueKind;
}
