using System.Text.Json;
using System.Text.Json.Serialization;

namespace Apex.Answers;

/// <summary>A noise level that may be infinite; in JSON a number, or the word <c>inf</c>.</summary>
/// <param name="Value">sigma, above 0.</param>
[JsonConverter(typeof(NoiseLevelConverter))]
public readonly record struct NoiseLevel(double Value)
{
    private const string Infinite = "inf";

    private sealed class NoiseLevelConverter : JsonConverter<NoiseLevel>
    {
        public override NoiseLevel Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(
            reader.TokenType == JsonTokenType.Number ? reader.GetDouble()
                : reader.GetString() == Infinite ? double.PositiveInfinity
                : throw new JsonException("give a number, or inf"));

        public override void Write(Utf8JsonWriter writer, NoiseLevel value, JsonSerializerOptions options)
        {
            if (double.IsPositiveInfinity(value.Value))
                writer.WriteStringValue(Infinite);
            else
                writer.WriteNumberValue(value.Value);
        }
    }
}
