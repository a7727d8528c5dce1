using System.Globalization;
using System.Text.Json.Serialization;
using Apex.Data;
using SkiaSharp;

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
    private const int MostPixels = 96, SmallPixels = 40, MostPoints = 96, MostTokens = 48, JpegQuality = 80;

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
            return new SampleLook(Picture(sample), null, null);
        return new SampleLook(null, [.. Thinned(sample.Values).Select(Rounded)], null);
    }

    private static string Picture(SampleInput sample)
    {
        int channels = sample.Shape[0], height = sample.Shape[1], width = sample.Shape[2], plane = height * width;
        // Numbers that are no pixels, as of an image that was normalised, are stretched to all shades.
        float low = 0, scale = 1;
        if (sample.Kind != SampleKind.Image)
        {
            low = sample.Values.Min();
            scale = sample.Values.Max() is var high && high > low ? 255 / (high - low) : 0;
        }

        byte Shade(int at) => (byte)Math.Clamp(MathF.Round((sample.Values[at] - low) * scale), 0, 255);
        using var bitmap = new SKBitmap(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque);
        var pixels = new byte[4 * plane];
        for (int i = 0; i < plane; i++)
        {
            for (int c = 0; c < 3; c++)
                pixels[4 * i + c] = Shade((channels == 3 ? c : 0) * plane + i);
            pixels[4 * i + 3] = 255;
        }

        System.Runtime.InteropServices.Marshal.Copy(pixels, 0, bitmap.GetPixels(), pixels.Length);
        double shrink = Math.Min(1, (double)MostPixels / Math.Max(width, height));
        var size = new SKImageInfo(Math.Max(1, (int)(width * shrink)), Math.Max(1, (int)(height * shrink)), SKColorType.Rgba8888, SKAlphaType.Opaque);
        using var small = shrink < 1
            ? bitmap.Resize(size, new SKSamplingOptions(SKFilterMode.Linear, SKMipmapMode.Linear))
            : bitmap.Copy();
        // Few pixels are smaller without loss.
        bool exact = Math.Max(small.Width, small.Height) <= SmallPixels;
        using var encoded = small.Encode(exact ? SKEncodedImageFormat.Png : SKEncodedImageFormat.Jpeg, JpegQuality);
        return $"data:image/{(exact ? "png" : "jpeg")};base64,{Convert.ToBase64String(encoded.Span)}";
    }

    /// <summary>To four digits: more than the line shows.</summary>
    private static double Rounded(float value) => double.Parse(value.ToString("g4", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    private static float[] Thinned(float[] values) => values.Length <= MostPoints
        ? values
        : [.. Enumerable.Range(0, MostPoints).Select(i => values[(int)((long)i * (values.Length - 1) / (MostPoints - 1))])];
}
