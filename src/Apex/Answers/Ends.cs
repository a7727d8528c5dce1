using System.Text.Json;
using System.Text.Json.Serialization;
using Apex.Analysis.Statistics;

namespace Apex.Answers;

/// <summary>Lower and upper end of a 95 % interval; in JSON an array of the two, in which an end that is not bounded is null.</summary>
/// <param name="Low">Lower end.</param>
/// <param name="High">Upper end.</param>
[JsonConverter(typeof(EndsConverter))]
public readonly record struct Ends(double Low, double High)
{
    /// <summary>The ends of an estimate's interval.</summary>
    /// <param name="interval">The estimate.</param>
    public static implicit operator Ends(Interval interval) => new(interval.Low, interval.High);

    private sealed class EndsConverter : JsonConverter<Ends>
    {
        public override Ends Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            JsonSerializer.Deserialize<double?[]>(ref reader, options) is [var low, var high]
                ? new Ends(low ?? double.NaN, high ?? double.NaN)
                : throw new JsonException("give the two ends of an interval");

        public override void Write(Utf8JsonWriter writer, Ends value, JsonSerializerOptions options) =>
            JsonSerializer.Serialize(writer, (double?[])[value.Low.OrNull(), value.High.OrNull()], options);
    }
}
