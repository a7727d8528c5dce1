using System.Text.Json;
using System.Text.Json.Serialization;

namespace Apex.Models;

/// <summary>Files say a filter by the word of the command line.</summary>
internal sealed class ResizeFilterConverter : JsonConverter<ResizeFilter>
{
    public override ResizeFilter Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var value = JsonDocument.ParseValue(ref reader);
        try
        {
            return ResizeFilters.Parse(value.RootElement.ToString(), "resizeFilter");
        }
        catch (InvalidInputException error)
        {
            throw new JsonException(error.Message, error);
        }
    }

    public override void Write(Utf8JsonWriter writer, ResizeFilter value, JsonSerializerOptions options) => writer.WriteStringValue(value.Name());
}
