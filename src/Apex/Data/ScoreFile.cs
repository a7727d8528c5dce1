using System.Globalization;
using System.Numerics;
using Parquet;
using Parquet.Schema;

namespace Apex.Data;

/// <summary>
/// One score for each sample from elsewhere, e.g. published C-scores: an array of an NPZ (<c>FILE:KEY</c>), an NPY, or a column of a CSV or
/// Parquet file (<c>FILE:COLUMN</c>). Labels and sample ids beside it are read too, so that a mismatch is noticed.
/// </summary>
internal sealed class ScoreFile
{
    private const int HeadBytes = 16;
    private static readonly string[] ScoreNames = ["scores", "score", "cscores", "c_score", "cscore"];
    private static readonly string[] LabelNames = ["labels", "label", "targets", "target", "y"];
    private static readonly string[] IdNames = ["sample_id", "sample", "id", "index"];

    private ScoreFile(string spec, string name, double[] values, long[]? labels, long[]? ids) =>
        (Spec, Name, Values, Labels, Ids) = (spec, name, values, labels, ids);

    /// <summary>As given.</summary>
    public string Spec { get; }

    /// <summary>Name of the array or column.</summary>
    public string Name { get; }

    /// <summary>The scores.</summary>
    public IReadOnlyList<double> Values { get; }

    /// <summary>Labels beside them, or null.</summary>
    public IReadOnlyList<long>? Labels { get; }

    /// <summary>Sample ids beside them, or null.</summary>
    public IReadOnlyList<long>? Ids { get; }

    /// <summary>Reads scores.</summary>
    /// <param name="spec">The file, with the array's or column's name after a colon where there is a choice.</param>
    /// <exception cref="InvalidInputException">It is missing, damaged, or holds no such scores.</exception>
    public static ScoreFile Open(string spec)
    {
        var file = DatasetFile.Open(spec, HeadBytes);
        if (file.Key is not null && NpyFormat.Is(file))
            throw file.Bad($"is an NPY file, which holds one array without a name; leave ':{file.Key}' out");
        return file.Guarded(() =>
            NpzFormat.Is(file) ? Npz(file) :
            NpyFormat.Is(file) ? Npy(file) :
            file.Head is [(byte)'P', (byte)'A', (byte)'R', (byte)'1', ..] ? Parquet(file) :
            !file.Head.Contains((byte)0) ? Csv(file) :
            throw file.Bad($"holds no scores (it begins with {file.DescribeHead()}); NPZ:KEY, NPY, CSV:COLUMN or Parquet:COLUMN were expected"));
    }

    /// <summary>
    /// The scores of some samples. Where the file has ids, by id. Otherwise a file with as many scores as the source has samples, or with
    /// more whose labels agree, is a full list, indexed by id; one with as many scores as there are samples here is taken in order.
    /// </summary>
    /// <param name="ids">The samples' ids.</param>
    /// <param name="labels">Their labels, null where unknown.</param>
    /// <param name="sourceCount">Samples in the source that the ids index.</param>
    /// <param name="probed">Samples of the run, of which these are some; the length of a list in the order of the run.</param>
    /// <param name="position">Position of each of these samples in the run.</param>
    /// <returns>One score for each id; NaN where the file has none.</returns>
    /// <exception cref="InvalidInputException">The lengths or the labels do not fit.</exception>
    public double[] For(IReadOnlyList<long> ids, IReadOnlyList<int?> labels, long sourceCount, long probed, IReadOnlyList<int> position)
    {
        var rows = Rows(ids, sourceCount, probed, position);
        var result = new double[ids.Count];
        for (int i = 0; i < result.Length; i++)
        {
            if (Labels is not null && labels[i] is { } label && Labels[rows[i]] != label)
                throw new InvalidInputException(
                    $"{Spec}: row {rows[i]} has label {Labels[rows[i]]}, but sample {ids[i]} of the run has label {label}; " +
                    "the scores are of other samples, or in another order");
            result[i] = Values[rows[i]];
        }

        // A longer list is the right one only if something else says so than its length.
        if (Ids is null && Values.Count > sourceCount && (Labels is null || labels.All(l => l is null)))
            throw new InvalidInputException(
                $"{Spec}: {Values.Count} scores for a source of {sourceCount} samples, and no labels on both sides to tell which are whose; " +
                $"give the scores of the {sourceCount} samples, or of the {probed} probed ones");
        return result;
    }

    private int[] Rows(IReadOnlyList<long> ids, long sourceCount, long probed, IReadOnlyList<int> position)
    {
        if (Ids is not null)
        {
            var row = new Dictionary<long, int>();
            for (int i = 0; i < Ids.Count; i++)
            {
                if (!row.TryAdd(Ids[i], i))
                    throw new InvalidInputException($"{Spec}: sample {Ids[i]} is there twice");
            }

            return
            [
                .. ids.Select(id => row.TryGetValue(id, out int r) ? r : throw new InvalidInputException(
                    $"{Spec}: no score for sample {id} of the run; give a row for each of its samples, with a blank where there is no score")),
            ];
        }

        if (Values.Count >= sourceCount)
            return [.. ids.Select(id => checked((int)id))];
        return Values.Count == probed
            ? [.. position]
            : throw new InvalidInputException(
                $"{Spec}: {Values.Count} scores for a source of {sourceCount} samples of which {probed} were probed; give one for each of either");
    }

    private static ScoreFile Npz(DatasetFile file)
    {
        var headers = NpzFormat.Headers(file);
        string name = Choose(
            file, [.. headers.Where(h => h.Value.Shape.Length == 1 && !h.Value.Type.IsInteger).Select(h => h.Key)], [.. headers.Keys], "array");
        double[] Read(string key)
        {
            using var stream = NpzFormat.OpenEntry(file, key);
            return Numbers(file, stream);
        }

        double[] values = Read(name);
        bool IsBeside(string k) =>
            k != name && headers.TryGetValue(k, out var h) && h.Type.IsInteger && h.Shape.Length == 1 && h.Shape[0] == values.Length;
        long[]? Beside(string[] names) => names.FirstOrDefault(IsBeside) is { } key
            ? [.. Read(key).Select(v => (long)v)]
            : null;
        return new ScoreFile(file.Spec, name, values, Beside(LabelNames), Beside(IdNames));
    }

    private static ScoreFile Npy(DatasetFile file)
    {
        using var stream = file.OpenContent();
        return new ScoreFile(file.Spec, "scores", Numbers(file, stream), null, null);
    }

    private static double[] Numbers(DatasetFile file, Stream stream)
    {
        var header = NpyFormat.ReadHeader(file, stream);
        if (header.Shape.Length != 1)
            throw file.Bad($"its array of {header.Type.Name} [{string.Join(", ", header.Shape)}] holds no scores; one number a sample was expected");
        return NpyFormat.ReadVector(file, stream, header, "numbers");
    }

    private static ScoreFile Csv(DatasetFile file)
    {
        string[]? columns = null;
        int score = -1, label = -1, id = -1;
        string name = "";
        var (values, labels, ids) = (new List<double>(), new List<long>(), new List<long>());
        foreach (var (row, line) in CsvRows.Of(file))
        {
            if (columns is null)
            {
                columns = [.. row.Select(c => c.Trim())];
                if (columns.All(c => double.TryParse(c, NumberStyles.Float, CultureInfo.InvariantCulture, out _)))
                    throw file.Bad("holds no header line; the first line of a CSV of scores names its columns");
                name = Choose(file, Unclaimed(columns), columns, "column");
                (score, label, id) = (Array.IndexOf(columns, name), IndexOf(columns, LabelNames, name), IndexOf(columns, IdNames, name));
                continue;
            }

            if (row.Length != columns.Length)
                throw file.Bad($"line {line}: {row.Length} cells where the header has {columns.Length}");
            values.Add(row[score].Trim().Length == 0 ? double.NaN : Number(row[score]) is { } value
                ? value
                : throw file.Bad($"line {line}: '{row[score]}' in column '{name}' is not a number"));
            // Labels by name cannot be checked against class indices here.
            if (label >= 0 && long.TryParse(row[label], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long y))
                labels.Add(y);
            if (id >= 0)
            {
                ids.Add(long.TryParse(row[id], NumberStyles.None, CultureInfo.InvariantCulture, out long i)
                    ? i
                    : throw file.Bad($"line {line}: '{row[id]}' in column '{columns[id]}' is not a sample id"));
            }
        }

        if (values.Count == 0)
            throw file.Bad("holds a header line and no scores");
        return new ScoreFile(file.Spec, name, [.. values], labels.Count == values.Count ? [.. labels] : null, ids.Count == values.Count ? [.. ids] : null);
    }

    private static ScoreFile Parquet(DatasetFile file)
    {
        try
        {
            return Task.Run(() => ParquetAsync(file)).GetAwaiter().GetResult();
        }
        catch (Exception error) when (error is not (InvalidInputException or OutOfMemoryException))
        {
            // The library throws of many kinds on damaged files.
            throw file.Bad($"cannot be read as Parquet: {DatasetFile.OneLine(error)}");
        }
    }

    private static async Task<ScoreFile> ParquetAsync(DatasetFile file)
    {
        await using var stream = File.OpenRead(file.Path);
        await using var reader = await ParquetReader.CreateAsync(stream);
        DataField[] fields = reader.Schema.GetDataFields();
        string[] columns = [.. fields.Select(f => f.Name)];
        string name = Choose(file, Unclaimed(columns), columns, "column");
        Task<double[]> Read(string column) =>
            fields.First(f => f.Name == column) is var field && field.ClrType == typeof(double) ? Column<double>(reader, field)
            : field.ClrType == typeof(float) ? Column<float>(reader, field)
            : field.ClrType == typeof(long) ? Column<long>(reader, field)
            : field.ClrType == typeof(int) ? Column<int>(reader, field)
            : throw file.Bad($"column '{column}' holds no numbers that are read here; float32, float64, int32 and int64 are");

        async Task<long[]?> Beside(string[] names) => Named(columns, names, name) is { } column && IsInteger(fields.First(f => f.Name == column))
            ? [.. (await Read(column)).Select(v => (long)v)]
            : null;
        return new ScoreFile(file.Spec, name, await Read(name), await Beside(LabelNames), await Beside(IdNames));
    }

    /// <summary>A column of all row groups; NaN where a cell is empty.</summary>
    private static async Task<double[]> Column<T>(ParquetReader reader, DataField field)
        where T : unmanaged, INumber<T>
    {
        var values = new List<double>();
        for (int group = 0; group < reader.RowGroupCount; group++)
        {
            using var rows = reader.OpenRowGroupReader(group);
            if (field.IsNullable)
            {
                var cells = new T?[rows.RowCount];
                await rows.ReadAsync<T>(field, cells.AsMemory());
                values.AddRange(cells.Select(c => c is { } value ? double.CreateChecked(value) : double.NaN));
            }
            else
            {
                var cells = new T[rows.RowCount];
                await rows.ReadAsync<T>(field, cells.AsMemory());
                values.AddRange(cells.Select(double.CreateChecked));
            }
        }

        return [.. values];
    }

    private static bool IsInteger(DataField field) => field.ClrType == typeof(int) || field.ClrType == typeof(long);

    private static double? Number(string text) => text.Trim().ToLowerInvariant() switch
    {
        "inf" or "+inf" or "infinity" => double.PositiveInfinity,
        "-inf" or "-infinity" => double.NegativeInfinity,
        // As pandas writes flags.
        "true" => 1,
        "false" => 0,
        var other => double.TryParse(other, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : null,
    };

    /// <summary>Columns that are neither labels nor ids; all of them where nothing else is there.</summary>
    private static string[] Unclaimed(string[] columns) =>
        columns.Where(c => !LabelNames.Concat(IdNames).Contains(c, StringComparer.OrdinalIgnoreCase)).ToArray() is { Length: > 0 } others ? others : columns;

    private static int IndexOf(string[] columns, string[] names, string except) =>
        Named(columns, names, except) is { } name ? Array.IndexOf(columns, name) : -1;

    private static string? Named(IReadOnlyList<string> columns, string[] names, string except) =>
        columns.FirstOrDefault(c => c != except && names.Contains(c, StringComparer.OrdinalIgnoreCase));

    private static string Choose(DatasetFile file, IReadOnlyList<string> candidates, IReadOnlyList<string> all, string what)
    {
        if (file.Key is { } key)
            return all.Contains(key) ? key : throw file.Bad($"holds no {what} '{key}'; it has {string.Join(", ", all)}");
        return candidates.FirstOrDefault(c => ScoreNames.Contains(c, StringComparer.OrdinalIgnoreCase)) ?? (candidates.Count == 1
            ? candidates[0]
            : throw file.Bad($"holds the {what}s {string.Join(", ", all)}; name the scores as {file.Path}:{what.ToUpperInvariant()}"));
    }
}
