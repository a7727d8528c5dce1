using System.Buffers.Binary;

namespace Apex.Data;

/// <summary>A stored number type and how to read it.</summary>
internal sealed record NumberType(string Name, int Bytes, bool IsInteger)
{
    public delegate double Reader(ReadOnlySpan<byte> bytes);

    public required Reader Read { get; init; }

    public static NumberType UInt8 { get; } = new("uint8", 1, true) { Read = b => b[0] };

    public static NumberType Int8 { get; } = new("int8", 1, true) { Read = b => (sbyte)b[0] };

    public static NumberType Named(string name, bool bigEndian) => (name, bigEndian) switch
    {
        ("float32", false) => new(name, 4, false) { Read = b => BinaryPrimitives.ReadSingleLittleEndian(b) },
        ("float32", true) => new(name, 4, false) { Read = b => BinaryPrimitives.ReadSingleBigEndian(b) },
        ("float64", false) => new(name, 8, false) { Read = b => BinaryPrimitives.ReadDoubleLittleEndian(b) },
        ("float64", true) => new(name, 8, false) { Read = b => BinaryPrimitives.ReadDoubleBigEndian(b) },
        ("int64", false) => new(name, 8, true) { Read = b => BinaryPrimitives.ReadInt64LittleEndian(b) },
        ("int64", true) => new(name, 8, true) { Read = b => BinaryPrimitives.ReadInt64BigEndian(b) },
        ("int32", false) => new(name, 4, true) { Read = b => BinaryPrimitives.ReadInt32LittleEndian(b) },
        ("int32", true) => new(name, 4, true) { Read = b => BinaryPrimitives.ReadInt32BigEndian(b) },
        ("int16", false) => new(name, 2, true) { Read = b => BinaryPrimitives.ReadInt16LittleEndian(b) },
        ("int16", true) => new(name, 2, true) { Read = b => BinaryPrimitives.ReadInt16BigEndian(b) },
        _ => throw new ArgumentException($"number type {name}"),
    };

    /// <summary>All numbers of a record, each finite.</summary>
    public float[] Values(DatasetFile file, long id, ReadOnlySpan<byte> record)
    {
        var values = new float[record.Length / Bytes];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (float)Read(record.Slice(i * Bytes, Bytes));
            if (!float.IsFinite(values[i]))
                throw file.Bad($"sample {id} holds {values[i]} at element {i}; every number must be finite");
        }

        return values;
    }

    /// <summary>All numbers of a record as integers.</summary>
    public long[] Integers(ReadOnlySpan<byte> record)
    {
        var values = new long[record.Length / Bytes];
        for (int i = 0; i < values.Length; i++)
            values[i] = (long)Read(record.Slice(i * Bytes, Bytes));
        return values;
    }
}
