using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Apex.Models.Onnx.Graphs;

/// <summary>Reading constants out of <see cref="TensorProto"/>.</summary>
internal static class OnnxTensor
{
    public const int ExternalLocation = 1;

    public static TensorProto Of(float value) => new() { DataType = (int)OnnxElementType.Float, FloatData = { value } };

    public static TensorProto Of(long value) => new() { DataType = (int)OnnxElementType.Int64, Int64Data = { value } };

    public static TensorProto Of(float[] values) => new() { DataType = (int)OnnxElementType.Float, Dims = { values.Length }, FloatData = { values } };

    public static long Elements(TensorProto tensor)
    {
        long elements = 1;
        foreach (long d in tensor.Dims)
            elements = checked(elements * d);
        return elements;
    }

    /// <summary>Bytes of one element, or null for strings and sub-byte types.</summary>
    public static int? ElementSize(int dataType) => (OnnxElementType)dataType switch
    {
        OnnxElementType.Float or OnnxElementType.Int32 or OnnxElementType.UInt32 => 4,
        OnnxElementType.UInt8 or OnnxElementType.Int8 or OnnxElementType.Bool => 1,
        OnnxElementType.UInt16 or OnnxElementType.Int16 or OnnxElementType.Float16 or OnnxElementType.BFloat16 => 2,
        OnnxElementType.Int64 or OnnxElementType.UInt64 or OnnxElementType.Double => 8,
        _ => null,
    };

    /// <summary>The value of a tensor with one element, or null.</summary>
    public static double? Scalar(TensorProto tensor)
    {
        if (tensor.DataLocation == ExternalLocation || tensor.Dims.Any(d => d != 1))
            return null;
        var raw = tensor.RawData.Span;
        return (OnnxElementType)tensor.DataType switch
        {
            OnnxElementType.Float => raw.Length == 4 ? BinaryPrimitives.ReadSingleLittleEndian(raw) : One(tensor.FloatData, v => v),
            OnnxElementType.Double => raw.Length == 8 ? BinaryPrimitives.ReadDoubleLittleEndian(raw) : One(tensor.DoubleData, v => v),
            OnnxElementType.Float16 => raw.Length == 2
                ? (double)BinaryPrimitives.ReadHalfLittleEndian(raw)
                : One(tensor.Int32Data, v => (double)BitConverter.UInt16BitsToHalf((ushort)v)),
            OnnxElementType.Int64 => raw.Length == 8 ? BinaryPrimitives.ReadInt64LittleEndian(raw) : One(tensor.Int64Data, v => v),
            OnnxElementType.Bool => raw.Length == 1 ? raw[0] : One(tensor.Int32Data, v => v),
            OnnxElementType.Int32 => raw.Length == 4 ? BinaryPrimitives.ReadInt32LittleEndian(raw) : One(tensor.Int32Data, v => v),
            _ => null,
        };
    }

    /// <summary>The smallest number of an integer type that quantisers use, or null for other types.</summary>
    public static long? Smallest(int dataType) => (OnnxElementType)dataType switch
    {
        OnnxElementType.UInt8 or OnnxElementType.UInt16 => 0,
        OnnxElementType.Int8 => sbyte.MinValue,
        OnnxElementType.Int16 => short.MinValue,
        _ => null,
    };

    /// <summary>The numbers of a tensor of one of those types that is no external data; none for any other.</summary>
    public static long[] Whole(TensorProto tensor)
    {
        if (tensor.DataLocation == ExternalLocation || Smallest(tensor.DataType) is null)
            return [];
        if (!tensor.HasRawData)
            return [.. tensor.Int32Data.Select(v => (long)v)];
        byte[] raw = tensor.RawData.ToByteArray();
        return (OnnxElementType)tensor.DataType switch
        {
            OnnxElementType.UInt8 => [.. raw.Select(b => (long)b)],
            OnnxElementType.Int8 => [.. raw.Select(b => (long)(sbyte)b)],
            OnnxElementType.UInt16 => [.. MemoryMarshal.Cast<byte, ushort>(raw).ToArray().Select(v => (long)v)],
            _ => [.. MemoryMarshal.Cast<byte, short>(raw).ToArray().Select(v => (long)v)],
        };
    }

    /// <summary>A float tensor that is no external data, as raw data would hold it.</summary>
    public static byte[] ToRaw(TensorProto tensor)
    {
        if (tensor.HasRawData)
            return tensor.RawData.ToByteArray();
        return (OnnxElementType)tensor.DataType switch
        {
            OnnxElementType.Float => [.. MemoryMarshal.AsBytes<float>([.. tensor.FloatData])],
            OnnxElementType.Double => [.. MemoryMarshal.AsBytes<double>([.. tensor.DoubleData])],
            OnnxElementType.Float16 => [.. MemoryMarshal.AsBytes<ushort>([.. tensor.Int32Data.Select(v => (ushort)v)])],
            var other => throw new ArgumentException($"a tensor of type {other}", nameof(tensor)),
        };
    }

    /// <summary>Raw float data as numbers.</summary>
    public static double[] ToDoubles(OnnxElementType type, ReadOnlySpan<byte> raw)
    {
        var values = new double[raw.Length / ElementSize((int)type)!.Value];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = type switch
            {
                OnnxElementType.Float => MemoryMarshal.Cast<byte, float>(raw)[i],
                OnnxElementType.Double => MemoryMarshal.Cast<byte, double>(raw)[i],
                OnnxElementType.Float16 => (double)MemoryMarshal.Cast<byte, Half>(raw)[i],
                _ => throw new ArgumentException($"a tensor of type {type}", nameof(type)),
            };
        }

        return values;
    }

    /// <summary>True where a stored float tensor holds a NaN.</summary>
    public static bool HasNaN(int dataType, ReadOnlySpan<byte> little)
    {
        switch ((OnnxElementType)dataType)
        {
            case OnnxElementType.Float:
                for (int i = 0; i + 4 <= little.Length; i += 4)
                {
                    if (float.IsNaN(BinaryPrimitives.ReadSingleLittleEndian(little[i..])))
                        return true;
                }

                return false;
            case OnnxElementType.Double:
                for (int i = 0; i + 8 <= little.Length; i += 8)
                {
                    if (double.IsNaN(BinaryPrimitives.ReadDoubleLittleEndian(little[i..])))
                        return true;
                }

                return false;
            case OnnxElementType.Float16:
                for (int i = 0; i + 2 <= little.Length; i += 2)
                {
                    if (Half.IsNaN(BinaryPrimitives.ReadHalfLittleEndian(little[i..])))
                        return true;
                }

                return false;
            default:
                return false;
        }
    }

    private static double? One<T>(IReadOnlyList<T> data, Func<T, double> value) => data.Count == 1 ? value(data[0]) : null;
}
