using System.Text.Json;
using Xunit;

namespace Apex.Tests.Cli;

/// <summary>
/// Holds what a command prints against <c>docs/cli.schema.json</c>: what is required is there, and nothing is there that it does not describe.
/// </summary>
internal static class CommandSchema
{
    private static readonly Lazy<JsonElement> _schemas = new(() =>
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string path = Path.Combine(folder.FullName, "docs", "cli.schema.json");
            if (File.Exists(path))
                return JsonDocument.Parse(File.ReadAllText(path)).RootElement.GetProperty("$defs");
        }

        throw new FileNotFoundException("docs/cli.schema.json");
    });

    public static void Check(string name, JsonElement value) => Check(_schemas.Value.GetProperty(name), value, name);

    /// <summary>The values that a schema lists for a property of the items of an array.</summary>
    public static string[] Enum(string name, string array, string property) =>
        [.. _schemas.Value.GetProperty(name).GetProperty("properties").GetProperty(array).GetProperty("items")
            .GetProperty("properties").GetProperty(property).GetProperty("enum").EnumerateArray().Select(v => v.GetString()!)];

    private static void Check(JsonElement schema, JsonElement value, string at)
    {
        if (schema.TryGetProperty("$ref", out var reference))
        {
            Check(_schemas.Value.GetProperty(reference.GetString()!["#/$defs/".Length..]), value, at);
            return;
        }

        if (schema.TryGetProperty("type", out var type))
        {
            string[] allowed = type.ValueKind == JsonValueKind.Array ? [.. type.EnumerateArray().Select(t => t.GetString()!)] : [type.GetString()!];
            Assert.True(allowed.Any(t => Is(value, t)), $"{at}: {value.ValueKind} where {string.Join(" or ", allowed)} is described");
        }

        if (schema.TryGetProperty("enum", out var values))
            Assert.Contains(value.ToString(), values.EnumerateArray().Select(v => v.ToString()));
        if (value.ValueKind == JsonValueKind.Array && schema.TryGetProperty("items", out var items) && items.ValueKind == JsonValueKind.Object)
        {
            int i = 0;
            foreach (var item in value.EnumerateArray())
                Check(items, item, $"{at}[{i++}]");
        }

        if (value.ValueKind != JsonValueKind.Object || !schema.TryGetProperty("properties", out var properties))
            return;
        if (schema.TryGetProperty("required", out var required))
        {
            foreach (var name in required.EnumerateArray())
                Assert.True(value.TryGetProperty(name.GetString()!, out _), $"{at}: {name} is required");
        }

        foreach (var property in value.EnumerateObject())
        {
            Assert.True(properties.TryGetProperty(property.Name, out var described), $"{at}: {property.Name} is not described");
            Check(described, property.Value, $"{at}.{property.Name}");
        }
    }

    private static bool Is(JsonElement value, string type) => (type, value.ValueKind) switch
    {
        ("object", JsonValueKind.Object) or ("array", JsonValueKind.Array) or ("string", JsonValueKind.String)
            or ("number", JsonValueKind.Number) or ("null", JsonValueKind.Null) => true,
        ("integer", JsonValueKind.Number) => value.TryGetInt64(out _),
        ("boolean", JsonValueKind.True or JsonValueKind.False) => true,
        _ => false,
    };
}
