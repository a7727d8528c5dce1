using System.IO.Compression;
using System.Text;

namespace Apex.Data;

/// <summary>A data file: where it is, how it begins, and how to read it from the start.</summary>
internal sealed class DatasetFile
{
    // Deflate packs at most about 1,032 to 1, and a tiny file may carry a header's worth more.
    private const long LargestRatio = 1100;
    private const long HeadRoom = 1 << 16;

    private DatasetFile(string spec, string path, string? key, long length, byte[] head, bool gzip) =>
        (Spec, Path, Key, Length, Head, IsGzip) = (spec, path, key, length, head, gzip);

    public string Spec { get; }

    public string Path { get; }

    /// <summary>The part of the spec after the last colon, where the file itself ends before it.</summary>
    public string? Key { get; }

    /// <summary>Bytes on disk.</summary>
    public long Length { get; }

    /// <summary>The first bytes, unpacked.</summary>
    public byte[] Head { get; }

    public bool IsGzip { get; }

    /// <summary>The most bytes that this file can hold unpacked.</summary>
    public long LargestContent => IsGzip ? LargestUnpacked(Length) : Length;

    /// <summary>The most bytes that so many packed bytes can hold.</summary>
    public static long LargestUnpacked(long packed) => checked(packed * LargestRatio + HeadRoom);

    /// <summary>The file or folder of a spec, without the key of an array inside it.</summary>
    public static string PathOf(string spec) => Split(spec).Path;

    public static DatasetFile Open(string spec, int headBytes)
    {
        var (path, key) = Split(spec);
        if (Directory.Exists(path))
            throw new InvalidInputException($"{path}: is a directory; a file was expected");
        if (!File.Exists(path))
            throw new InvalidInputException($"{path}: no such file or folder");
        try
        {
            long length = new FileInfo(path).Length;
            if (length == 0)
                throw new InvalidInputException($"{path}: the file is empty");
            var head = ReadHead(path, gzip: false, headBytes);
            bool gzip = head is [0x1f, 0x8b, ..];
            return new DatasetFile(spec, path, key, length, gzip ? ReadHead(path, gzip, headBytes) : head, gzip);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new InvalidInputException($"{path}: cannot be read: {OneLine(error)}", error);
        }
    }

    /// <summary>The content from its start; forward-only where it is packed.</summary>
    public Stream OpenContent()
    {
        var file = new FileStream(Path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        return IsGzip ? new GZipStream(file, CompressionMode.Decompress) : file;
    }

    public InvalidInputException Bad(string what) => new($"{Path}: {what}");

    /// <summary>Runs a reader and turns what the libraries throw on damaged files into a line for the user.</summary>
    public T Guarded<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception error) when (IsDamage(error))
        {
            throw new InvalidInputException($"{Path}: damaged or truncated: {OneLine(error)}", error);
        }
    }

    public static bool IsDamage(Exception error) =>
        error is IOException or InvalidDataException or UnauthorizedAccessException or OverflowException or NotSupportedException or FormatException
            or ArgumentException;

    public static string OneLine(Exception error) => error.Message.ReplaceLineEndings(" ");

    public string DescribeHead()
    {
        var first = Head.AsSpan(0, Math.Min(8, Head.Length));
        string text = Encoding.Latin1.GetString(first);
        return text.All(c => c is >= ' ' and <= '~') ? $"\"{text}\"" : $"bytes {Convert.ToHexStringLower(first)}";
    }

    private static (string Path, string? Key) Split(string spec)
    {
        int colon = spec.LastIndexOf(':');
        return File.Exists(spec) || Directory.Exists(spec) || colon <= 1 ? (spec, null) : (spec[..colon], spec[(colon + 1)..]);
    }

    private static byte[] ReadHead(string path, bool gzip, int bytes)
    {
        using var file = File.OpenRead(path);
        using Stream stream = gzip ? new GZipStream(file, CompressionMode.Decompress) : file;
        var head = new byte[bytes];
        return head[..stream.ReadAtLeast(head, bytes, throwOnEndOfStream: false)];
    }
}
