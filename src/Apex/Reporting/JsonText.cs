using System.Numerics;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Apex.Reporting;

/// <summary>How results are written as JSON for programs.</summary>
internal static class JsonText
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        // Said outright, because C# scripts (dotnet run file.cs) turn the reflection default off.
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new Finite<double>(), new Finite<float>(), new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    public static string Of(object value) => JsonSerializer.Serialize(value, Options) + "\n";

    /// <summary>JSON has no NaN; what is undefined is null.</summary>
    private sealed class Finite<T> : JsonConverter<T>
        where T : struct, IBinaryFloatingPointIeee754<T>
    {
        public override T Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) => T.CreateChecked(reader.GetDouble());

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options)
        {
            if (!T.IsFinite(value))
                writer.WriteNullValue();
            else if (value is float single)
                writer.WriteNumberValue(single);
            else
                writer.WriteNumberValue(double.CreateChecked(value));
        }
    }
}
