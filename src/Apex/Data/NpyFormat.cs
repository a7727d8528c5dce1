using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Apex.Data;

/// <summary>
/// NumPy's NPY (versions 1 to 3). Read here and not by a library, because the ones at hand load whole arrays and this one streams.
/// </summary>
internal static partial class NpyFormat
{
    private const int LongestHeader = 1 << 16;

    public static bool Is(DatasetFile file) => !file.IsGzip && file.Head is [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', ..];

    public static IDataset Open(DatasetFile file, DatasetOptions options)
    {
        NpyHeader header;
        using (var stream = file.OpenContent())
            header = ReadHeader(file, stream);
        RecordDataset.CheckLength(file, file.Length, header.ContentBytes);
        return Open(file, "npy", file.OpenContent, header);
    }

    /// <summary>An array of 32-bit floats as a file of version 1.</summary>
    /// <param name="values">The numbers, row-major.</param>
    /// <param name="shape">Its shape.</param>
    public static byte[] Encode(ReadOnlySpan<float> values, IReadOnlyList<int> shape)
    {
        const int Preamble = 10, Alignment = 64;
        string axes = string.Join(", ", shape) + (shape.Count == 1 ? "," : "");
        string header = $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({axes}), }}";
        int padded = (Preamble + header.Length + 1 + Alignment - 1) / Alignment * Alignment - Preamble;
        byte[] text = Encoding.ASCII.GetBytes(header.PadRight(padded - 1) + "\n");
        var file = new byte[Preamble + padded + sizeof(float) * values.Length];
        ((byte[])[0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 1, 0, (byte)padded, (byte)(padded >> 8)]).CopyTo(file, 0);
        text.CopyTo(file, Preamble);
        for (int i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteSingleLittleEndian(file.AsSpan(Preamble + padded + sizeof(float) * i), values[i]);
        return file;
    }

    /// <summary>A data set over an array whose length has been checked.</summary>
    public static RecordDataset Open(DatasetFile file, string format, Func<Stream> open, NpyHeader header, IReadOnlyList<int>? labels = null)
    {
        if (header.Shape.Length < 2)
            throw file.Bad($"its array has shape [{string.Join(", ", header.Shape)}]; samples of at least one axis were expected, [samples, ...]");
        int[] perSample = [.. header.Shape[1..].Select(d => checked((int)d))];
        var type = header.Type;
        var (kind, shape, lastChannels) = Describe(type, perSample);
        float[] Values(long id, ReadOnlySpan<byte> record) =>
            lastChannels ? ChannelsFirst(type.Values(file, id, record), shape) : type.Values(file, id, record);
        SampleInput Decode(long id, ReadOnlySpan<byte> record) => kind == SampleKind.Tokens
            ? new SampleInput(id, kind, shape, [], type.Integers(record), null)
            : new SampleInput(id, kind, shape, Values(id, record), [], null);
        return new RecordDataset(file, format, open, header.HeaderBytes, header.Shape[0], header.RecordBytes, kind, shape, Decode) { Labels = labels };
    }

    public static NpyHeader ReadHeader(DatasetFile file, Stream stream)
    {
        var start = new byte[8];
        stream.ReadExactly(start);
        int sizeBytes = start[6] switch
        {
            1 => 2,
            2 or 3 => 4,
            _ => throw file.Bad($"NPY version {start[6]}; versions 1 to 3 are known"),
        };
        if (start[0] != 0x93 || start[1] != 'N')
            throw file.Bad("holds an array that does not begin as NPY does");
        var size = new byte[4];
        stream.ReadExactly(size.AsSpan(0, sizeBytes));
        long length = BitConverter.ToUInt32(size);
        if (length > LongestHeader)
            throw file.Bad($"its NPY header declares {length} bytes; at most {LongestHeader} are plausible");
        var text = new byte[length];
        stream.ReadExactly(text);
        string dictionary = Encoding.UTF8.GetString(text);
        string descr = Descr().Match(dictionary) is { Success: true } d ? d.Groups[1].Value : throw file.Bad("its NPY header names no plain 'descr'");
        if (!dictionary.Contains("'fortran_order': False", StringComparison.Ordinal))
            throw file.Bad("is in Fortran order; save np.ascontiguousarray(array)");
        string shapeText = ShapeTuple().Match(dictionary) is { Success: true } m ? m.Groups[1].Value : throw file.Bad("its NPY header names no 'shape'");
        var shape = new List<long>();
        foreach (string part in shapeText.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (!long.TryParse(part.TrimEnd('L'), NumberStyles.None, CultureInfo.InvariantCulture, out long dim) || dim > int.MaxValue)
                throw file.Bad($"its NPY header declares shape ({shapeText}); each axis must lie between 0 and {int.MaxValue}");
            shape.Add(dim);
        }

        if (shape.Contains(0))
            throw file.Bad($"its array of shape ({shapeText}) is empty");
        var type = descr switch
        {
            "|u1" or "<u1" => NumberType.UInt8,
            "|i1" => NumberType.Int8,
            "<f4" => NumberType.Named("float32", false),
            "<f8" => NumberType.Named("float64", false),
            "<i8" => NumberType.Named("int64", false),
            "<i4" => NumberType.Named("int32", false),
            "<i2" => NumberType.Named("int16", false),
            _ => throw file.Bad(
                $"its array has type {descr}; float32, float64, uint8, int64 and int32 in little-endian order are supported (array.astype('float32'))"),
        };
        long record = type.Bytes;
        foreach (long dim in shape.Skip(1))
        {
            record = checked(record * dim);
            if (record > RecordDataset.LargestRecord)
                throw file.Bad($"declares shape ({shapeText}), more than {RecordDataset.LargestRecord} bytes a sample; the header is damaged");
        }

        return new NpyHeader(type, [.. shape], 8 + sizeBytes + length, record);
    }

    /// <summary>All numbers of an array with one axis.</summary>
    /// <param name="file">For messages.</param>
    /// <param name="stream">Where its content begins.</param>
    /// <param name="header">Its header, which has been read.</param>
    /// <param name="what">What the numbers are, in the plural.</param>
    public static double[] ReadVector(DatasetFile file, Stream stream, NpyHeader header, string what)
    {
        if (header.ContentBytes > DatasetFile.LargestUnpacked(file.Length))
            throw file.Bad($"truncated: its header declares more {what} than the file holds");
        var values = new double[header.Shape[0]];
        var number = new byte[header.Type.Bytes];
        for (int i = 0; i < values.Length; i++)
        {
            stream.ReadExactly(number);
            values[i] = header.Type.Read(number);
        }

        return values;
    }

    private static (SampleKind Kind, int[] Shape, bool LastChannels) Describe(NumberType type, int[] perSample)
    {
        if (type.IsInteger && type.Bytes >= 2 && perSample.Length == 1)
            return (SampleKind.Tokens, perSample, false);
        if (type != NumberType.UInt8 || perSample.Length is not (2 or 3))
            return (SampleKind.Values, perSample, false);
        if (perSample.Length == 2)
            return (SampleKind.Image, [1, .. perSample], false);
        bool last = perSample[2] is 1 or 3 or 4 && perSample[0] is not (1 or 3 or 4);
        return (SampleKind.Image, last ? [perSample[2], perSample[0], perSample[1]] : perSample, last);
    }

    private static float[] ChannelsFirst(float[] pixels, int[] shape)
    {
        var result = new float[pixels.Length];
        int channels = shape[0], plane = shape[1] * shape[2];
        for (int i = 0; i < plane; i++)
        {
            for (int c = 0; c < channels; c++)
                result[c * plane + i] = pixels[i * channels + c];
        }

        return result;
    }

    [GeneratedRegex(@"'descr'\s*:\s*'([^']+)'")]
    private static partial Regex Descr();

    [GeneratedRegex(@"'shape'\s*:\s*\(([^)]*)\)")]
    private static partial Regex ShapeTuple();
}

/// <summary>What an NPY header says.</summary>
/// <param name="Type">Number type.</param>
/// <param name="Shape">All axes, samples first.</param>
/// <param name="HeaderBytes">Where the numbers begin.</param>
/// <param name="RecordBytes">Bytes of one sample.</param>
internal sealed record NpyHeader(NumberType Type, long[] Shape, long HeaderBytes, long RecordBytes)
{
    public long ContentBytes => checked(HeaderBytes + (Shape.Length == 0 ? 1 : Shape[0]) * RecordBytes);
}
