using Apex.Data;

namespace Apex.Tests.Models;

/// <summary>An image and what another library made of it; <c>Resized/make.py</c> says how.</summary>
/// <param name="Name">The array's name.</param>
/// <param name="Pixels">Shape <c>[channels, rows, columns]</c>.</param>
/// <param name="Shape">The same three.</param>
/// <param name="Expected">Shape <c>[channels, height, width]</c>.</param>
/// <param name="Height">Rows of the result.</param>
/// <param name="Width">Columns of the result.</param>
/// <param name="IsRounded">Whether the other library rounded to whole numbers.</param>
public sealed record ResizedImage(string Name, float[] Pixels, int[] Shape, float[] Expected, int Height, int Width, bool IsRounded)
{
    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "Resized");

    private static readonly string[] Filters = ["bilinear", "bicubic", "nearest", "area", "opencv-bilinear"];

    /// <summary>Those of one filter.</summary>
    public static IReadOnlyList<ResizedImage> Of(string filter)
    {
        var file = DatasetFile.Open(Path.Combine(Folder, "resized.npz"), 16);
        var headers = NpzFormat.Headers(file);
        var found = new List<ResizedImage>();
        foreach (string name in headers.Keys.Where(k => k.Contains('.', StringComparison.Ordinal)))
        {
            string from = name.Split('.')[0];
            var (header, shape) = (headers[from], headers[name].Shape);
            float[] all = Read(name);
            float[] expected = all.Chunk(all.Length / Filters.Length).ElementAt(Array.IndexOf(Filters, filter));
            found.Add(new ResizedImage(name, Read(from), [.. header.Shape.Select(d => (int)d)], expected, (int)shape[2], (int)shape[3], header.Type.IsInteger));
        }

        return found;

        float[] Read(string key)
        {
            using var stream = NpzFormat.OpenEntry(file, key);
            var header = headers[key];
            var bytes = new byte[header.ContentBytes];
            stream.ReadExactly(bytes);
            return [.. bytes.Skip((int)header.HeaderBytes).Chunk(header.Type.Bytes).Select(b => (float)header.Type.Read(b))];
        }
    }

    /// <summary>The largest difference from what is expected, of pixels at the border and of those inside.</summary>
    public (double Border, double Inside) Differences(float[] actual)
    {
        var (border, inside) = (0.0, 0.0);
        for (int i = 0; i < Expected.Length; i++)
        {
            int row = i / Width % Height, column = i % Width;
            double difference = Math.Abs((double)actual[i] - Expected[i]);
            if (row == 0 || column == 0 || row == Height - 1 || column == Width - 1)
                border = Math.Max(border, difference);
            else
                inside = Math.Max(inside, difference);
        }

        return (border, inside);
    }
}
