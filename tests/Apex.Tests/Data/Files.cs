using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Apex.Tests.Data;

/// <summary>Writes data files byte by byte, from the formats' own descriptions.</summary>
internal static class Files
{
    public static byte[] Idx(byte type, uint[] dims, byte[] content)
    {
        byte[] header = new byte[4 + 4 * dims.Length];
        (header[2], header[3]) = (type, (byte)dims.Length);
        for (int i = 0; i < dims.Length; i++)
            BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(4 + 4 * i), dims[i]);
        return [.. header, .. content];
    }

    public static byte[] Npy(string type, string shape, byte[] content, byte version = 1)
    {
        string header = $"{{'descr': '{type}', 'fortran_order': False, 'shape': {shape}, }}".PadRight(117) + "\n";
        byte[] size = version == 1 ? BitConverter.GetBytes((ushort)header.Length) : BitConverter.GetBytes(header.Length);
        return [0x93, .. "NUMPY"u8, version, 0, .. size, .. Encoding.ASCII.GetBytes(header), .. content];
    }

    public static byte[] Npz(params (string Name, byte[] Content)[] arrays)
    {
        using var memory = new MemoryStream();
        using (var zip = new ZipArchive(memory, ZipArchiveMode.Create))
        {
            foreach (var (name, content) in arrays)
            {
                using var stream = zip.CreateEntry(name + ".npy", CompressionLevel.Optimal).Open();
                stream.Write(content);
            }
        }

        return memory.ToArray();
    }

    public static byte[] Gzip(byte[] content)
    {
        using var memory = new MemoryStream();
        using (var gzip = new GZipStream(memory, CompressionLevel.Fastest))
            gzip.Write(content);
        return memory.ToArray();
    }

    public static byte[] Pixels(int count, int seed = 1)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public static byte[] Of(params float[] values) => [.. values.SelectMany(BitConverter.GetBytes)];

    public static byte[] Of(params long[] values) => [.. values.SelectMany(BitConverter.GetBytes)];
}
