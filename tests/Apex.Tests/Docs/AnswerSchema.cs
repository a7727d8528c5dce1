using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Apex.Answers;
using Apex.Facts;
using Apex.Models;

namespace Apex.Tests.Docs;

/// <summary>
/// JSON Schema of the answers, made from their types and doc comments: <c>docs/cli.schema.json</c>, from which the page's TypeScript types are made.
/// </summary>
internal static partial class AnswerSchema
{
    /// <summary>What is no longer stays on one line.</summary>
    private const int Width = 150;

    private static readonly JsonSerializerOptions InOneLine = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly Dictionary<Assembly, Dictionary<string, XElement>> _comments = [];

    /// <summary>Types that the schema describes once.</summary>
    private static Dictionary<Type, string> Shared { get; } = new() { [typeof(Ends)] = "interval", [typeof(RunWarning)] = "warning" };

    private static readonly JsonSchemaExporterOptions _exporter = new() { TreatNullObliviousAsNonNullable = true, TransformSchemaNode = Transform };

    /// <summary>What the others refer to.</summary>
    public static IEnumerable<(string Name, JsonObject Schema)> Parts()
    {
        var end = new JsonObject { ["type"] = new JsonArray("number", "null") };
        yield return ("interval", new JsonObject
        {
            ["description"] = "Lower and upper end of a 95 % interval; null where it is not bounded.",
            ["type"] = "array",
            ["prefixItems"] = new JsonArray(end, end.DeepClone()),
            ["items"] = false,
            ["minItems"] = 2,
            ["maxItems"] = 2,
        });
        var kinds = typeof(RunWarning).GetFields().Where(f => f.IsLiteral);
        yield return ("warning", new JsonObject
        {
            ["type"] = "object",
            ["properties"] = new JsonObject
            {
                ["kind"] = new JsonObject
                {
                    ["enum"] = new JsonArray([.. kinds.Select(f => (JsonNode)(string)f.GetRawConstantValue()!)]),
                },
                ["message"] = new JsonObject { ["type"] = "string", ["description"] = "One sentence for a person, with what to change." },
            },
            ["required"] = new JsonArray("kind", "message"),
            ["additionalProperties"] = false,
        });
    }

    /// <summary>The schema of a type.</summary>
    /// <param name="type">An answer.</param>
    /// <param name="name">What the schema calls it.</param>
    /// <param name="title">What prints it.</param>
    /// <param name="json">How it is written.</param>
    public static JsonObject Of(Type type, string name, string title, JsonSerializerOptions? json = null)
    {
        var schema = (json ?? AnswerJson.Options).GetJsonSchemaAsNode(type, _exporter);
        // What is there twice points to where it is first, from the top of the document.
        schema = JsonNode.Parse(schema.ToJsonString().Replace("\"#/properties", $"\"#/$defs/{name}/properties", StringComparison.Ordinal))!;
        var titled = new JsonObject { ["title"] = title };
        foreach (var (keyword, value) in schema.AsObject())
            titled[keyword] = value?.DeepClone();
        return titled;
    }

    /// <summary>JSON as the file has it: what is short on one line.</summary>
    public static string Written(JsonNode? node, string indent = "")
    {
        string line = node?.ToJsonString(InOneLine) ?? "null", deeper = indent + " ";
        if (line.Length + indent.Length <= Width || node is JsonValue)
            return line;
        return node is JsonObject named
            ? $"{{\n{string.Join(",\n", named.Select(p => $"{deeper}{JsonSerializer.Serialize(p.Key)}: {Written(p.Value, deeper)}"))}\n{indent}}}"
            : $"[\n{string.Join(",\n", node!.AsArray().Select(item => deeper + Written(item, deeper)))}\n{indent}]";
    }

    private static JsonNode Transform(JsonSchemaExporterContext context, JsonNode schema)
    {
        var type = Nullable.GetUnderlyingType(context.TypeInfo.Type) ?? context.TypeInfo.Type;
        bool isNullable = context.TypeInfo.Type != type || (context.PropertyInfo is { } p && p.IsGetNullable && !type.IsValueType);
        if (schema is not JsonObject described)
            described = [];
        // Numbers of types that are no answers may be undefined, which is null.
        bool isUndefined = type == typeof(double) && context.PropertyInfo is { } owner && !IsAnswer(owner.DeclaringType);
        if ((type == typeof(double) || type == typeof(float)) && context.TypeInfo.Options.Converters.Any(c => c.CanConvert(type)))
            described = new JsonObject { ["type"] = isNullable || isUndefined ? new JsonArray("number", "null") : "number" };
        else if (Shared.TryGetValue(type, out string? name))
        {
            var reference = new JsonObject { ["$ref"] = $"#/$defs/{name}" };
            described = isNullable ? new JsonObject { ["anyOf"] = new JsonArray(reference, new JsonObject { ["type"] = "null" }) } : reference;
        }
        else if (type == typeof(NoiseLevel))
        {
            var number = new JsonObject { ["type"] = "number", ["exclusiveMinimum"] = 0 };
            described = new JsonObject { ["anyOf"] = new JsonArray(number, new JsonObject { ["const"] = "inf" }) };
        }
        else if (type == typeof(ResizeFilter))
        {
            JsonNode?[] none = isNullable ? [null] : [];
            described = new JsonObject { ["enum"] = new JsonArray([.. ResizeFilters.Names.Select(n => (JsonNode)n), .. none]) };
        }
        else if (isNullable && described["anyOf"] is JsonArray choices && !choices.Any(c => (string?)c!["type"] == "null"))
        {
            // The exporter forgets null beside numbers that may be words.
            choices.Add(new JsonObject { ["type"] = "null" });
        }

        if (context.TypeInfo.Kind == JsonTypeInfoKind.Object && described.ContainsKey("properties"))
        {
            var written = context.TypeInfo.Properties.Where(q => q.Get is not null && !IsLeftOut(q));
            described["required"] = new JsonArray([.. written.Select(q => (JsonNode)q.Name)]);
            described["additionalProperties"] = false;
        }

        // The exporter leaves out items that a converter writes.
        if (context.TypeInfo is { Kind: JsonTypeInfoKind.Enumerable, ElementType: { } element } && !described.ContainsKey("items"))
            described["items"] = context.TypeInfo.Options.GetJsonSchemaAsNode(element, _exporter);
        if (Describe(context) is { } text)
            described["description"] = text;
        return described;
    }

    private static bool IsAnswer(Type type) => type.Assembly != typeof(Answer).Assembly || type.Namespace is "Apex.Answers" or "Apex.Page";

    private static bool IsLeftOut(JsonPropertyInfo property) =>
        property.AttributeProvider!.GetCustomAttributes(typeof(JsonIgnoreAttribute), true)
            is [JsonIgnoreAttribute { Condition: JsonIgnoreCondition.WhenWritingNull }];

    /// <summary>What the doc comment says: of a property, or of the parameter of a record that it comes from.</summary>
    private static string? Describe(JsonSchemaExporterContext context)
    {
        if (context.PropertyInfo?.AttributeProvider is not PropertyInfo property)
            return null;
        var owner = property.DeclaringType!;
        var comments = Comments(owner.Assembly);
        string name = owner.FullName!.Replace('+', '.');
        var said = comments.GetValueOrDefault($"P:{name}.{property.Name}")?.Element("summary")
            ?? comments.GetValueOrDefault($"T:{name}")?.Elements("param").FirstOrDefault(e => e.Attribute("name")!.Value == property.Name);
        return said is null ? null : Spaces().Replace(string.Concat(said.Nodes().Select(Text)), " ").Trim();
    }

    private static string Text(XNode node) => node switch
    {
        XText text => text.Value,
        XElement { Name.LocalName: "see" } see => (see.Attribute("cref")?.Value ?? "").Split('.', ':')[^1],
        XElement { Name.LocalName: "paramref" } reference => reference.Attribute("name")!.Value,
        XElement element => string.Concat(element.Nodes().Select(Text)),
        _ => "",
    };

    private static Dictionary<string, XElement> Comments(Assembly assembly)
    {
        lock (_comments)
        {
            if (!_comments.TryGetValue(assembly, out var found))
            {
                string file = Path.ChangeExtension(assembly.Location, ".xml");
                _comments[assembly] = found = File.Exists(file) ? XDocument.Load(file).Descendants("member").ToDictionary(m => m.Attribute("name")!.Value) : [];
            }

            return found;
        }
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
