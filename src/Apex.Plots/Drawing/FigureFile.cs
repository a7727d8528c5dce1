using System.Buffers.Binary;
using System.Globalization;
using System.IO.Hashing;
using System.Text;
using System.Text.RegularExpressions;
using SkiaSharp;

namespace Apex.Plots.Drawing;

/// <summary>A figure as the bytes of a file. The same figure is the same bytes: nothing in them tells when they were made.</summary>
internal static partial class FigureFile
{
    private const double PointsOfInch = 72, MillimetresOfInch = 25.4;

    /// <summary>One mm in pt.</summary>
    public const float PointsOfMillimetre = (float)(PointsOfInch / MillimetresOfInch);

    /// <summary>Signature, then the header's length, type, 13 bytes and checksum.</summary>
    private const int PngHeader = 8 + 4 + 4 + 13 + 4;

    /// <summary>Makes the bytes.</summary>
    /// <param name="figure">The figure.</param>
    /// <param name="format">What to make it as.</param>
    /// <param name="size">In mm.</param>
    /// <param name="dpi">Pixels an inch of a PNG.</param>
    public static byte[] Draw(Figure figure, PlotFormat format, PlotSize size, int dpi)
    {
        float width = (float)size.Width * PointsOfMillimetre, height = (float)size.Height * PointsOfMillimetre;
        return format switch
        {
            PlotFormat.Svg => Svg(figure, size, width, height),
            PlotFormat.Png => Png(figure, width, height, dpi),
            _ => Pdf(figure, width, height),
        };
    }

    /// <summary>The size of a figure whose axes have a size: as much higher as its caption and its legend need, in whole mm.</summary>
    public static PlotSize SizeOf(Figure figure, PlotSize axes) =>
        axes with
        {
            Height = Math.Ceiling(
                figure.HeightWith((float)axes.Width * PointsOfMillimetre, (float)axes.Height * PointsOfMillimetre) / PointsOfMillimetre),
        };

    private static byte[] Svg(Figure figure, PlotSize size, float width, float height)
    {
        using var stream = new MemoryStream();
        using (var canvas = SKSvgCanvas.Create(new SKRect(0, 0, width, height), stream))
            figure.Render(canvas, width, height);
        // Skia says how large it is in pixels.
        string root = string.Create(CultureInfo.InvariantCulture, $"""width="{size.Width}mm" height="{size.Height}mm" viewBox="0 0 {width} {height}">""");
        string text = Root().Replace(Encoding.UTF8.GetString(stream.ToArray()), root, 1);
        // Skia numbers what it clips through all figures of a process.
        var clips = new Dictionary<string, int>();
        text = Clip().Replace(text, found => $"clip-{(clips.TryGetValue(found.Value, out int known) ? known : clips[found.Value] = clips.Count + 1)}");
        // Fonts of the same widths where this one is not installed.
        return Encoding.UTF8.GetBytes(text.Replace(
            "font-family=\"Liberation Sans\"", "font-family=\"Liberation Sans, Arial, Helvetica, sans-serif\"", StringComparison.Ordinal));
    }

    [GeneratedRegex("(?<=<svg [^>]*)width=\"[^\"]*\" height=\"[^\"]*\">")]
    private static partial Regex Root();

    [GeneratedRegex("(?<=<clipPath id=\"|clip-path=\"url\\(#)cl_[0-9a-f]+")]
    private static partial Regex Clip();

    private static byte[] Png(Figure figure, float width, float height, int dpi)
    {
        float scale = (float)(dpi / PointsOfInch);
        var pixels = new SKImageInfo((int)MathF.Round(width * scale), (int)MathF.Round(height * scale), SKColorType.Rgba8888, SKAlphaType.Premul);
        using var surface = SKSurface.Create(pixels);
        // A last pixel that the figure covers in part is white too.
        surface.Canvas.Clear(SKColors.White);
        surface.Canvas.Scale(scale);
        figure.Render(surface.Canvas, width, height);
        using var image = surface.Snapshot();
        using var data = image.Encode(SKEncodedImageFormat.Png, 100);
        byte[] png = data.ToArray();
        return [.. png[..PngHeader], .. Density(dpi), .. png[PngHeader..]];
    }

    /// <summary>The chunk of a PNG that tells its size on paper (PNG specification, 11.3.5.3): pixels a metre.</summary>
    private static byte[] Density(int dpi)
    {
        byte[] chunk = new byte[4 + 4 + 9 + 4];
        BinaryPrimitives.WriteInt32BigEndian(chunk, 9);
        "pHYs"u8.CopyTo(chunk.AsSpan(4));
        int perMetre = (int)Math.Round(dpi / MillimetresOfInch * 1000);
        BinaryPrimitives.WriteInt32BigEndian(chunk.AsSpan(8), perMetre);
        BinaryPrimitives.WriteInt32BigEndian(chunk.AsSpan(12), perMetre);
        chunk[16] = 1;
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(17), Crc32.HashToUInt32(chunk.AsSpan(4, 13)));
        return chunk;
    }

    private static byte[] Pdf(Figure figure, float width, float height)
    {
        using var stream = new MemoryStream();
        // Without a date.
        var metadata = new SKDocumentPdfMetadata
        {
            Producer = "apex plot",
            RasterDpi = SKDocumentPdfMetadata.DefaultRasterDpi,
            EncodingQuality = SKDocumentPdfMetadata.DefaultEncodingQuality,
        };
        using (var document = SKDocument.CreatePdf(stream, metadata))
        {
            figure.Render(document.BeginPage(width, height), width, height);
            document.EndPage();
            document.Close();
        }

        return stream.ToArray();
    }
}
