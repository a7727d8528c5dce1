namespace Apex.Data;

/// <summary>
/// Samples of one size, one after the other: after a header, <c>Count</c> records of <c>recordBytes</c>. Seeks where it can and
/// reads forward where the content is packed; holds one record.
/// </summary>
internal sealed class RecordDataset : IDataset
{
    /// <summary>No sample is this large; a header that says so is damaged or hostile.</summary>
    public const long LargestRecord = 1L << 28;

    private readonly DatasetFile _file;
    private readonly Func<Stream> _open;
    private readonly long _header;
    private readonly int _recordBytes;
    private readonly Decoder _decode;

    public delegate SampleInput Decoder(long id, ReadOnlySpan<byte> record);

    public RecordDataset(
        DatasetFile file, string format, Func<Stream> open, long header, long count, long recordBytes, SampleKind kind, int[] shape, Decoder decode)
    {
        if (count < 1)
            throw file.Bad("holds no samples");
        if (recordBytes is < 1 or > LargestRecord)
            throw file.Bad($"declares samples of {recordBytes} bytes; 1 to {LargestRecord} are plausible");
        (_file, Format, _open, _header, Count, _recordBytes, Kind, Shape, _decode) = (file, format, open, header, count, (int)recordBytes, kind, shape, decode);
    }

    public string Spec => _file.Spec;

    public string Format { get; }

    public long Count { get; }

    public SampleKind Kind { get; }

    public int[]? Shape { get; }

    public IReadOnlyList<string>? ClassNames { get; init; }

    public IReadOnlyList<int>? Labels { get; init; }

    public IReadOnlyList<string> Files => [_file.Path];

    public IEnumerable<SampleInput> Read(IReadOnlyList<long> ids, CancellationToken cancellationToken = default)
    {
        using var stream = _file.Guarded(_open);
        var record = new byte[_recordBytes];
        long position = 0;
        foreach (long id in ids)
        {
            cancellationToken.ThrowIfCancellationRequested();
            long wanted = _header + id * _recordBytes;
            var sample = _file.Guarded(() =>
            {
                Skip(stream, wanted - position);
                stream.ReadExactly(record);
                return _decode(id, record);
            });
            position = wanted + _recordBytes;
            yield return Labels is null ? sample : sample with { Label = Labels[checked((int)id)] };
        }
    }

    /// <summary>Counts the content's bytes, at most one more than expected; only for packed files, whose size is not known.</summary>
    public static void CheckPackedLength(DatasetFile file, Stream stream, long expected)
    {
        var buffer = new byte[1 << 16];
        long seen = 0;
        for (int read; seen <= expected && (read = stream.Read(buffer)) > 0;)
            seen += read;
        CheckLength(file, seen, expected);
    }

    /// <summary>Refuses a file that is too short or too long for what its header declares.</summary>
    public static void CheckLength(DatasetFile file, long have, long expected)
    {
        if (have < expected)
            throw file.Bad($"truncated: its header declares {expected} bytes, it holds {have}");
        if (have > expected)
            throw file.Bad($"holds more than the {expected} bytes that its header declares");
    }

    private static void Skip(Stream stream, long bytes)
    {
        if (bytes == 0)
            return;
        if (stream.CanSeek)
        {
            stream.Seek(bytes, SeekOrigin.Current);
            return;
        }

        var buffer = new byte[Math.Min(bytes, 1 << 16)];
        for (long left = bytes; left > 0;)
        {
            int read = stream.Read(buffer, 0, (int)Math.Min(left, buffer.Length));
            if (read == 0)
                throw new EndOfStreamException("the content ends before the sample");
            left -= read;
        }
    }
}
