using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;
using Xunit;

namespace Apex.Tests.Cli;

/// <summary>Holds what a command prints against <c>docs/cli.schema.json</c>, by JsonSchema.Net.</summary>
internal static class CommandSchema
{
    private static readonly Lazy<JsonNode> _document = new(() =>
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string path = Path.Combine(folder.FullName, "docs", "cli.schema.json");
            if (File.Exists(path))
                return JsonNode.Parse(File.ReadAllText(path))!;
        }

        throw new FileNotFoundException("docs/cli.schema.json");
    });

    private static readonly Dictionary<string, JsonSchema> _schemas = [];

    /// <summary>Fails where JSON is not what a command's schema says.</summary>
    /// <param name="name">The command.</param>
    /// <param name="value">What it printed.</param>
    public static void Check(string name, JsonElement value)
    {
        var told = Of(name).Evaluate(value, new EvaluationOptions { OutputFormat = OutputFormat.List });
        var wrong = (told.Details ?? []).Where(d => d.Errors is not null).SelectMany(d => d.Errors!.Select(e => $"{name}{d.InstanceLocation}: {e.Value}"));
        Assert.True(told.IsValid, string.Join('\n', wrong.Take(10)));
    }

    private static JsonSchema Of(string name)
    {
        lock (_schemas)
        {
            if (_schemas.TryGetValue(name, out var known))
                return known;
            Assert.NotNull(_document.Value["$defs"]![name]);
            var one = _document.Value.DeepClone();
            one["$ref"] = $"#/$defs/{name}";
            return _schemas[name] = JsonSchema.FromText(one.ToJsonString());
        }
    }
}
