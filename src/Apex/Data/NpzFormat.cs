using System.IO.Compression;

namespace Apex.Data;

/// <summary>NumPy's NPZ: a zip of NPY arrays, of which one holds the samples and perhaps one their labels.</summary>
internal static class NpzFormat
{
    private static readonly string[] DataKeys = ["x", "images", "data", "inputs", "input", "tokens", "x_test", "x_train", "X", "arr_0"];
    private static readonly string[] LabelKeys = ["y", "labels", "label", "targets", "y_test", "y_train", "Y", "arr_1"];

    public static bool Is(DatasetFile file) => !file.IsGzip && file.Head is [(byte)'P', (byte)'K', 3, 4, ..];

    public static IDataset Open(DatasetFile file, DatasetOptions options)
    {
        var arrays = Headers(file);
        if (options.Inputs is { Count: > 1 } inputs)
            return OpenNamed(file, options, inputs, arrays);
        return OpenOne(file, options, arrays, KeyOf(file, options, arrays));
    }

    /// <summary>The arrays that a model of several inputs reads.</summary>
    private static NamedArraysDataset OpenNamed(DatasetFile file, DatasetOptions options, IReadOnlyList<string> inputs, Dictionary<string, NpyHeader> arrays)
    {
        string named = string.Join(", ", inputs);
        if (file.Key is not null)
            throw file.Bad(
                $"names one array, but the model reads {inputs.Count} inputs ({named}); leave ':{file.Key}' out, the arrays are found by those names");
        if (inputs.FirstOrDefault(i => !arrays.ContainsKey(i)) is { } missing)
            throw file.Bad($"holds no array '{missing}'; the model reads the inputs {named}, and the file has {string.Join(", ", arrays.Keys)}");
        if (inputs.FirstOrDefault(i => arrays[i].Shape.Length < 2) is { } flat)
            throw file.Bad($"array '{flat}' has shape [{string.Join(", ", arrays[flat].Shape)}]; samples of at least one axis were expected, [samples, ...]");
        long samples = arrays[inputs[0]].Shape[0];
        if (inputs.FirstOrDefault(i => arrays[i].Shape[0] != samples) is { } other)
            throw file.Bad($"array '{other}' has {arrays[other].Shape[0]} samples, '{inputs[0]}' has {samples}");
        return new NamedArraysDataset([.. inputs.Select((name, i) => (name, i == 0
            ? OpenOne(file, options, arrays.Where(a => a.Key == name || !inputs.Contains(a.Key)).ToDictionary(StringComparer.Ordinal), name)
            : NpyFormat.Open(file, "npz", () => OpenEntry(file, name), arrays[name])))]);
    }

    /// <summary>The array that holds the samples.</summary>
    private static string KeyOf(DatasetFile file, DatasetOptions options, Dictionary<string, NpyHeader> arrays)
    {
        string? key = file.Key ?? DataKeys.FirstOrDefault(k => arrays.TryGetValue(k, out var h) && h.Shape.Length > 1);
        if (key is null)
        {
            if (options.Inputs is [var only] && arrays.TryGetValue(only, out var own) && own.Shape.Length > 1)
                return only;
            var candidates = arrays.Where(a => a.Value.Shape.Length > 1).Select(a => a.Key).ToList();
            key = candidates.Count == 1
                ? candidates[0]
                : throw file.Bad($"holds the arrays {string.Join(", ", arrays.Keys)}; name the samples as {file.Path}:KEY");
        }

        if (!arrays.ContainsKey(key))
            throw file.Bad($"holds no array '{key}'; it has {string.Join(", ", arrays.Keys)}");
        return key;
    }

    /// <summary>One array as samples, with the labels that lie beside it.</summary>
    private static RecordDataset OpenOne(DatasetFile file, DatasetOptions options, Dictionary<string, NpyHeader> arrays, string key)
    {
        var header = arrays[key];
        bool IsOneEach(string k) => k != key && arrays.TryGetValue(k, out var h) && LabelSource.HoldsOneEach(h) && h.Shape[0] == header.Shape[0];
        string? labelKey = options.Labels is not null ? null
            : LabelKeys.FirstOrDefault(k => IsOneEach(k) && arrays[k].Type.IsInteger) ?? LabelKeys.FirstOrDefault(k => IsOneEach(k) && AreLikeClasses(file, k));
        var labels = labelKey is null ? null : ReadLabels(file, labelKey);
        return NpyFormat.Open(file, "npz", () => OpenEntry(file, key), header, labels);
    }

    /// <summary>One array of integers, e.g. labels.</summary>
    public static IReadOnlyList<int> Labels(DatasetFile file)
    {
        var arrays = Headers(file);
        string key = file.Key ?? LabelKeys.FirstOrDefault(arrays.ContainsKey) ?? (arrays.Count == 1
            ? arrays.Keys.First()
            : throw file.Bad($"holds the arrays {string.Join(", ", arrays.Keys)}; name the labels as {file.Path}:KEY"));
        return arrays.ContainsKey(key) ? ReadLabels(file, key) : throw file.Bad($"holds no array '{key}'; it has {string.Join(", ", arrays.Keys)}");
    }

    private static int[] ReadLabels(DatasetFile file, string key)
    {
        using var stream = OpenEntry(file, key);
        return LabelSource.ReadNpy(file, stream);
    }

    /// <summary>
    /// Whether floats that nobody called labels are class indices: whole numbers from 0, at least half of those up to the largest. A score, a year
    /// or another target of a regression is none.
    /// </summary>
    private static bool AreLikeClasses(DatasetFile file, string key)
    {
        using var stream = OpenEntry(file, key);
        double[] values = NpyFormat.ReadVector(file, stream, NpyFormat.ReadHeader(file, stream), "labels");
        return values.All(v => v >= 0 && v == Math.Floor(v)) && 2 * values.Distinct().Count() > values.Max();
    }

    /// <summary>The arrays with their headers, each checked against what the file can hold.</summary>
    public static Dictionary<string, NpyHeader> Headers(DatasetFile file)
    {
        using var zip = ZipFile.OpenRead(file.Path);
        var arrays = new Dictionary<string, NpyHeader>(StringComparer.Ordinal);
        foreach (var entry in zip.Entries.Where(e => e.FullName.EndsWith(".npy", StringComparison.Ordinal)))
        {
            // A packed entry can claim any size; what it can really hold is bounded by what is there.
            if (entry.Length > DatasetFile.LargestUnpacked(entry.CompressedLength))
                throw file.Bad($"'{entry.FullName}' claims {entry.Length} bytes packed into {entry.CompressedLength}; it is damaged or a zip bomb");
            using var stream = entry.Open();
            var header = NpyFormat.ReadHeader(file, stream);
            RecordDataset.CheckLength(file, entry.Length, header.ContentBytes);
            arrays[entry.FullName[..^4]] = header;
        }

        return arrays.Count > 0 ? arrays : throw file.Bad("is a zip file without .npy arrays; an NPZ was expected");
    }

    /// <summary>One array from its start.</summary>
    public static Stream OpenEntry(DatasetFile file, string key)
    {
        var zip = ZipFile.OpenRead(file.Path);
        return new EntryStream(zip, zip.GetEntry(key + ".npy")!.Open());
    }

    /// <summary>An entry's content that closes its archive with it.</summary>
    private sealed class EntryStream(ZipArchive zip, Stream content) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => content.Read(buffer, offset, count);

        public override int Read(Span<byte> buffer) => content.Read(buffer);

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                content.Dispose();
                zip.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
