namespace Apex.Data;

/// <summary>
/// The binary version of CIFAR-10 (1 label byte, then 3,072 pixels, channels first) and of CIFAR-100 (coarse and fine label, then
/// the pixels; the fine one is used). A. Krizhevsky, 2009.
/// </summary>
internal static class CifarFormat
{
    private const int Pixels = 3 * 32 * 32;

    public static bool Is(DatasetFile file) => !file.IsGzip && LabelBytes(file) > 0;

    public static IDataset Open(DatasetFile file, DatasetOptions options)
    {
        int labelBytes = LabelBytes(file);
        long record = labelBytes + Pixels, count = file.Length / record;
        var labels = ReadLabels(file, labelBytes, count)!;
        int[] shape = [3, 32, 32];
        return new RecordDataset(file, labelBytes == 1 ? "cifar10" : "cifar100", file.OpenContent, 0, count, record, SampleKind.Image, shape,
            (id, bytes) => new SampleInput(id, SampleKind.Image, shape, NumberType.UInt8.Values(file, id, bytes[labelBytes..]), [], null))
        {
            Labels = labels,
            ClassNames = Names(file, labelBytes),
        };
    }

    /// <summary>1 for CIFAR-10, 2 for CIFAR-100, 0 for neither: size and every label byte must fit.</summary>
    private static int LabelBytes(DatasetFile file)
    {
        foreach (int labelBytes in (int[])[1, 2])
        {
            long record = labelBytes + Pixels;
            if (file.Length % record == 0 && file.Guarded(() => ReadLabels(file, labelBytes, file.Length / record)) is not null)
                return labelBytes;
        }

        return 0;
    }

    private static int[]? ReadLabels(DatasetFile file, int labelBytes, long count)
    {
        using var stream = new FileStream(file.Path, FileMode.Open, FileAccess.Read, FileShare.Read, 1);
        var labels = new int[checked((int)count)];
        Span<byte> bytes = stackalloc byte[2];
        for (long i = 0; i < count; i++)
        {
            stream.Position = i * (labelBytes + Pixels);
            stream.ReadExactly(bytes[..labelBytes]);
            if (labelBytes == 1 ? bytes[0] > 9 : bytes[0] > 19 || bytes[1] > 99)
                return null;
            labels[i] = bytes[labelBytes - 1];
        }

        return labels;
    }

    private static List<string>? Names(DatasetFile file, int labelBytes)
    {
        string path = Path.Combine(Path.GetDirectoryName(file.Path) ?? "", labelBytes == 1 ? "batches.meta.txt" : "fine_label_names.txt");
        if (!File.Exists(path))
            return null;
        List<string> names = [.. File.ReadAllLines(path).Select(l => l.Trim()).Where(l => l.Length > 0)];
        return names.Count == (labelBytes == 1 ? 10 : 100) ? names : null;
    }
}
