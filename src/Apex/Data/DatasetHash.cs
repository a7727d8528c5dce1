using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Apex.Data;

/// <summary>A fingerprint of a data set for the provenance of a run.</summary>
internal static class DatasetHash
{
    /// <summary>
    /// SHA-256 as <c>sha256:hex</c>: of the bytes of each file in order; for an image folder of the names and contents of the
    /// chosen files in order, so that ten images of a million cost ten.
    /// </summary>
    /// <param name="data">The data set.</param>
    /// <param name="ids">The chosen samples.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    public static string Compute(IDataset data, IReadOnlyList<long> ids, CancellationToken cancellationToken = default)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 16];
        bool folder = data.Format == "folder";
        foreach (string file in folder ? ids.Select(id => data.Files[checked((int)id)]) : data.Files)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (folder)
                hash.AppendData(Encoding.UTF8.GetBytes(Path.GetRelativePath(data.Spec, file).Replace('\\', '/') + "\0"));
            using var stream = File.OpenRead(file);
            for (int read; (read = stream.Read(buffer)) > 0;)
                hash.AppendData(buffer, 0, read);
        }

        return "sha256:" + Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>
    /// SHA-256 as <c>sha256:hex</c> over id and label of each chosen sample; null where there are no labels. Labels may come from a file that
    /// <see cref="Compute"/> does not see.
    /// </summary>
    /// <param name="data">The data set.</param>
    /// <param name="ids">The chosen samples.</param>
    public static string? OfLabels(IDataset data, IReadOnlyList<long> ids)
    {
        if (data.Labels is not { } labels)
            return null;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> entry = stackalloc byte[sizeof(long) + sizeof(int)];
        foreach (long id in ids)
        {
            BinaryPrimitives.WriteInt64LittleEndian(entry, id);
            BinaryPrimitives.WriteInt32LittleEndian(entry[sizeof(long)..], labels[checked((int)id)]);
            hash.AppendData(entry);
        }

        return "sha256:" + Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
