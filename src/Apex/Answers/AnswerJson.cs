using System.Numerics;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Apex.Answers;

/// <summary>How answers are written as JSON.</summary>
public static class AnswerJson
{
    /// <summary>Names in camel case, enumerations as words, what is not finite as null.</summary>
    public static JsonSerializerOptions Options { get; } = Create(indented: true);

    /// <summary>The same in one line.</summary>
    internal static JsonSerializerOptions Compact { get; } = Create(indented: false);

    /// <summary>An answer as its command prints it.</summary>
    /// <param name="answer">An <see cref="Answer"/>, or part of one.</param>
    internal static string Write(object answer) => JsonSerializer.Serialize(answer, answer.GetType(), Options) + "\n";

    /// <summary>The number, or null where it is not finite.</summary>
    /// <param name="value">Any number.</param>
    internal static double? OrNull(this double value) => double.IsFinite(value) ? value : null;

    private static JsonSerializerOptions Create(bool indented)
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web)
        {
            // Said outright, because C# scripts (dotnet run file.cs) turn the reflection default off.
            TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
            WriteIndented = indented,
            Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            NumberHandling = JsonNumberHandling.Strict,
            Converters = { new Finite<double>(), new Finite<float>(), new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        };
        options.MakeReadOnly();
        return options;
    }

    /// <summary>JSON has no NaN; what is undefined is null.</summary>
    private sealed class Finite<T> : JsonConverter<T>
        where T : struct, IBinaryFloatingPointIeee754<T>
    {
        public override bool HandleNull => true;

        public override T Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.Null ? T.NaN : T.CreateChecked(reader.GetDouble());

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
