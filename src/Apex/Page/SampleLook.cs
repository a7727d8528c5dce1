using System.Globalization;
using System.Text.Json.Serialization;
using Apex.Data;

namespace Apex.Page;

/// <summary>What the page shows of a sample: a small image, a line through its numbers, or words.</summary>
/// <param name="Image">Data URI of an image of at most 96 pixels a side.</param>
/// <param name="Line">At most 96 numbers.</param>
/// <param name="Text">The first tokens.</param>
internal sealed record SampleLook(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Image,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<double>? Line,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Text)
{
    private const int MostPoints = 96, MostTokens = 48;

    /// <summary>Characters that it takes in the page.</summary>
    [JsonIgnore]
    public int Length => (Image?.Length ?? 0) + 8 * (Line?.Count ?? 0) + (Text?.Length ?? 0);

    /// <summary>Looks at a sample as its source holds it.</summary>
    public static SampleLook Of(SampleInput sample)
    {
        if (sample.Kind == SampleKind.Tokens)
        {
            string tokens = string.Join(' ', sample.Tokens.Take(MostTokens).Select(t => t.ToString(CultureInfo.InvariantCulture)));
            return new SampleLook(null, null, tokens + (sample.Tokens.Length > MostTokens ? " …" : ""));
        }

        if (sample.Shape is [1 or 3, >= 4, >= 4])
            return new SampleLook(Thumbnail.Encode(sample), null, null);
        return new SampleLook(null, [.. Thinned(sample.Values).Select(Rounded)], null);
    }

    /// <summary>To four digits: more than the line shows.</summary>
    private static double Rounded(float value) => double.Parse(value.ToString("g4", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    private static float[] Thinned(float[] values) => values.Length <= MostPoints
        ? values
        : [.. Enumerable.Range(0, MostPoints).Select(i => values[(int)((long)i * (values.Length - 1) / (MostPoints - 1))])];
}
