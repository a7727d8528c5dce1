using System.Runtime.InteropServices;
using SkiaSharp;

namespace Apex.Data;

/// <summary>Samples as image files.</summary>
internal static class Thumbnail
{
    private const int MostPixels = 96, SmallPixels = 40, JpegQuality = 80;

    /// <summary>A data URI of a sample as an image of at most 96 pixels a side.</summary>
    /// <param name="sample">Shape <c>[1 or 3, height, width]</c>; numbers that are no pixels are stretched to all shades.</param>
    public static string Encode(SampleInput sample)
    {
        using var bitmap = Draw(sample);
        double shrink = Math.Min(1, (double)MostPixels / Math.Max(bitmap.Width, bitmap.Height));
        int Small(int edge) => Math.Max(1, (int)(edge * shrink));
        var size = new SKImageInfo(Small(bitmap.Width), Small(bitmap.Height), SKColorType.Rgba8888, SKAlphaType.Opaque);
        using var small = shrink < 1
            ? bitmap.Resize(size, new SKSamplingOptions(SKFilterMode.Linear, SKMipmapMode.Linear))
            : bitmap.Copy();
        // Few pixels are smaller without loss.
        bool exact = Math.Max(small.Width, small.Height) <= SmallPixels;
        using var encoded = small.Encode(exact ? SKEncodedImageFormat.Png : SKEncodedImageFormat.Jpeg, JpegQuality);
        return $"data:image/{(exact ? "png" : "jpeg")};base64,{Convert.ToBase64String(encoded.Span)}";
    }

    /// <summary>A PNG file of a sample, pixel by pixel.</summary>
    /// <param name="sample">Shape <c>[1 or 3, height, width]</c>.</param>
    public static byte[] Png(SampleInput sample)
    {
        using var bitmap = Draw(sample);
        using var encoded = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return encoded.ToArray();
    }

    private static SKBitmap Draw(SampleInput sample)
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
        var bitmap = new SKBitmap(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque);
        var pixels = new byte[4 * plane];
        for (int i = 0; i < plane; i++)
        {
            for (int c = 0; c < 3; c++)
                pixels[4 * i + c] = Shade((channels == 3 ? c : 0) * plane + i);
            pixels[4 * i + 3] = 255;
        }

        Marshal.Copy(pixels, 0, bitmap.GetPixels(), pixels.Length);
        return bitmap;
    }
}
