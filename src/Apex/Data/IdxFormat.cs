using System.Buffers.Binary;

namespace Apex.Data;

/// <summary>IDX, the format of MNIST and Fashion-MNIST (Y. LeCun): big-endian, gzipped or not.</summary>
internal static class IdxFormat
{
    public static bool Is(DatasetFile file) => file.Head is [0, 0, 0x08 or 0x09 or 0x0B or 0x0C or 0x0D or 0x0E, >= 1 and <= 8, ..];

    public static IDataset Open(DatasetFile file, DatasetOptions options)
    {
        var (type, dims, header) = Header(file);
        if (dims.Length < 2)
            throw file.Bad("holds one number a sample, as a label file does; give it with `Labels` and the images with `Data`");
        int[] perSample = [.. dims[1..].Select(d => checked((int)d))];
        long recordBytes = Product(file, perSample.Select(d => (long)d)) * type.Bytes;
        CheckSize(file, dims[0], recordBytes, header);
        bool image = type == NumberType.UInt8 && perSample.Length is 2 or 3;
        int[] shape = image && perSample.Length == 2 ? [1, .. perSample] : perSample;
        var kind = image ? SampleKind.Image : SampleKind.Values;
        IReadOnlyList<int>? labels = null;
        if (options.Labels is null && Sibling(file.Path) is { } sibling)
        {
            labels = LabelSource.Read(sibling, null).Values;
            if (labels.Count != dims[0])
                labels = null;
        }

        return new RecordDataset(file, "idx", file.OpenContent, header, dims[0], recordBytes, kind, shape,
            (id, record) => new SampleInput(id, kind, shape, type.Values(file, id, record), [], null))
        { Labels = labels };
    }

    /// <summary>Labels of an IDX file with one axis.</summary>
    public static IReadOnlyList<int> Labels(DatasetFile file)
    {
        var (type, dims, header) = Header(file);
        if (dims.Length != 1 || !type.IsInteger)
            throw file.Bad($"has {dims.Length} axes; labels are one integer a sample");
        CheckSize(file, dims[0], type.Bytes, header);
        using var stream = file.OpenContent();
        stream.ReadExactly(new byte[header]);
        var bytes = new byte[checked((int)(dims[0] * type.Bytes))];
        stream.ReadExactly(bytes);
        return [.. type.Integers(bytes).Select(v => checked((int)v))];
    }

    private static (NumberType Type, long[] Dims, int Header) Header(DatasetFile file)
    {
        int axes = file.Head[3];
        int header = 4 + 4 * axes;
        if (file.Head.Length < header)
            throw file.Bad($"truncated inside its header of {header} bytes");
        var type = file.Head[2] switch
        {
            0x08 => NumberType.UInt8,
            0x09 => NumberType.Int8,
            0x0B => NumberType.Named("int16", bigEndian: true),
            0x0C => NumberType.Named("int32", bigEndian: true),
            0x0D => NumberType.Named("float32", bigEndian: true),
            _ => NumberType.Named("float64", bigEndian: true),
        };
        long[] dims = [.. Enumerable.Range(0, axes).Select(a => (long)BinaryPrimitives.ReadUInt32BigEndian(file.Head.AsSpan(4 + 4 * a)))];
        if (dims.Any(d => d is 0 or > int.MaxValue))
            throw file.Bad($"declares dimensions {string.Join(" x ", dims)}; each must lie between 1 and {int.MaxValue}");
        return (type, dims, header);
    }

    private static void CheckSize(DatasetFile file, long count, long recordBytes, int header)
    {
        long expected = checked(header + count * recordBytes);
        if (expected > file.LargestContent)
            throw file.Bad($"truncated, or its dimensions are wrong: they need {expected} bytes, the file has {file.Length}");
        if (!file.IsGzip)
        {
            RecordDataset.CheckLength(file, file.Length, expected);
            return;
        }

        using var stream = file.OpenContent();
        RecordDataset.CheckPackedLength(file, stream, expected);
    }

    private static long Product(DatasetFile file, IEnumerable<long> dims)
    {
        long product = 1;
        foreach (long d in dims)
        {
            product = checked(product * d);
            if (product > RecordDataset.LargestRecord)
                throw file.Bad($"declares samples of more than {RecordDataset.LargestRecord} numbers; the header is damaged");
        }

        return product;
    }

    /// <summary>The label file that belongs to an image file by the naming of MNIST's distribution.</summary>
    private static string? Sibling(string path)
    {
        string name = Path.GetFileName(path);
        string labels = name
            .Replace("images-idx3", "labels-idx1", StringComparison.Ordinal).Replace("images.idx3", "labels.idx1", StringComparison.Ordinal);
        string sibling = Path.Combine(Path.GetDirectoryName(path) ?? "", labels);
        return sibling != path && Path.GetFileName(sibling) != name && File.Exists(sibling) ? sibling : null;
    }
}
