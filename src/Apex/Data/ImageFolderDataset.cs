using SkiaSharp;

namespace Apex.Data;

/// <summary>
/// An image folder CLASS/FILE of PNG and JPEG images; classes that are all numbers in their order, else classes and files by the characters of their names.
/// </summary>
internal sealed class ImageFolderDataset : IDataset
{
    private const long MostPixels = 64L << 20;

    private readonly string[] _files;
    private readonly int[] _labels;

    private ImageFolderDataset(string spec, string[] classes, string[] files, int[] labels, int[]? shape) =>
        (Spec, ClassNames, _files, _labels, Shape) = (spec, classes, files, labels, shape);

    public string Spec { get; }

    public string Format => "folder";

    public long Count => _files.Length;

    public SampleKind Kind => SampleKind.Image;

    public int[]? Shape { get; }

    public IReadOnlyList<string>? ClassNames { get; }

    public IReadOnlyList<int>? Labels => _labels;

    public IReadOnlyList<string> Files => _files;

    public static ImageFolderDataset Open(string folder)
    {
        try
        {
            string[] classes = ClassOrder.Sorted(
                Directory.EnumerateDirectories(folder).Select(d => Path.GetFileName(d)!).Where(n => n[0] != '.' && n != "__MACOSX"));
            if (classes.Length == 0)
                throw new InvalidInputException($"{folder}: holds no class folders; an image folder has one folder for each class, CLASS/FILE");
            var files = new List<string>();
            var labels = new List<int>();
            for (int label = 0; label < classes.Length; label++)
            {
                int before = files.Count;
                files.AddRange(Directory.EnumerateFiles(Path.Combine(folder, classes[label])).Where(IsImage).Order(StringComparer.Ordinal));
                if (files.Count == before)
                    throw new InvalidInputException($"{Path.Combine(folder, classes[label])}: holds no PNG or JPEG image");
                labels.AddRange(Enumerable.Repeat(label, files.Count - before));
            }

            // The first image speaks for all; one that differs is named when it is read.
            var first = Decode(files[0], 0);
            return new ImageFolderDataset(folder, classes, [.. files], [.. labels], first.Shape);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InvalidInputException($"{folder}: cannot be read: {DatasetFile.OneLine(error)}", error);
        }
    }

    public IEnumerable<SampleInput> Read(IReadOnlyList<long> ids, CancellationToken cancellationToken = default)
    {
        foreach (long id in ids)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return Decode(_files[id], id) with { Label = _labels[id] };
        }
    }

    private static bool IsImage(string path)
    {
        Span<byte> head = stackalloc byte[4];
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1);
        int read = stream.ReadAtLeast(head, 4, throwOnEndOfStream: false);
        return read == 4 && (head is [0x89, (byte)'P', (byte)'N', (byte)'G'] || head is [0xFF, 0xD8, 0xFF, _]);
    }

    private static SampleInput Decode(string path, long id)
    {
        try
        {
            using var codec = SKCodec.Create(path) ?? throw new InvalidInputException($"{path}: not a readable PNG or JPEG image");
            var (width, height) = (codec.Info.Width, codec.Info.Height);
            if (width < 1 || height < 1 || (long)width * height > MostPixels)
                throw new InvalidInputException($"{path}: {width} x {height} pixels; at most {MostPixels >> 20} million are read");
            int channels = codec.Info.ColorType == SKColorType.Gray8 ? 1 : 3;
            var info = new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Unpremul);
            var pixels = new byte[info.BytesSize];
            SKCodecResult result;
            unsafe
            {
                fixed (byte* at = pixels)
                    result = codec.GetPixels(info, (nint)at);
            }

            if (result != SKCodecResult.Success)
                throw new InvalidInputException($"{path}: the image is damaged or truncated ({result})");
            int plane = width * height;
            var values = new float[channels * plane];
            for (int c = 0; c < channels; c++)
            {
                for (int i = 0; i < plane; i++)
                    values[c * plane + i] = pixels[4 * i + c];
            }

            return new SampleInput(id, SampleKind.Image, [channels, height, width], values, [], null);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InvalidInputException($"{path}: cannot be read: {DatasetFile.OneLine(error)}", error);
        }
    }
}
