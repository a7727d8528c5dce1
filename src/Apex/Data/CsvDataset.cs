using System.Globalization;
using System.Text;

namespace Apex.Data;

/// <summary>CSV of numbers, one sample a row, with or without a header and a label column. Streamed; only labels are held.</summary>
internal sealed class CsvDataset : IDataset
{
    private static readonly string[] LabelNames = ["label", "target", "class", "y"];

    private readonly DatasetFile _file;
    private readonly Layout _layout;

    private CsvDataset(DatasetFile file, Layout layout, long count, IReadOnlyList<int>? labels, IReadOnlyList<string>? names) =>
        (_file, _layout, Count, Labels, ClassNames) = (file, layout, count, labels, names);

    public string Spec => _file.Spec;

    public string Format => "csv";

    public long Count { get; }

    public SampleKind Kind => SampleKind.Values;

    public int[]? Shape => [_layout.Columns - (_layout.LabelColumn < 0 ? 0 : 1)];

    public IReadOnlyList<string>? ClassNames { get; }

    public IReadOnlyList<int>? Labels { get; }

    public IReadOnlyList<string> Files => [_file.Path];

    /// <summary>Text whose first lines have the same number of cells, with numbers among them.</summary>
    public static bool Is(DatasetFile file)
    {
        if (file.IsGzip || file.Head.Any(b => b < 0x20 && b is not ((byte)'\n' or (byte)'\r' or (byte)'\t')))
            return false;
        string text = Encoding.UTF8.GetString(file.Head);
        return text.Any(char.IsAsciiDigit) && text.IndexOfAny([',', ';', '\t']) > 0;
    }

    public static IDataset Open(DatasetFile file, DatasetOptions options)
    {
        Layout? layout = null;
        var words = new List<string>();
        long count = 0;
        foreach (var (row, line) in CsvRows.Of(file))
        {
            if (layout is null)
            {
                layout = Layout.Find(file, row, options);
                if (layout.HasHeader)
                    continue;
            }

            layout.Parse(file, row, line);
            if (layout.LabelColumn >= 0)
                words.Add(string.Intern(row[layout.LabelColumn].Trim()));
            count++;
        }

        if (layout is null || count == 0)
            throw file.Bad("holds no rows of numbers");
        if (layout.Columns - (layout.LabelColumn < 0 ? 0 : 1) < 1)
            throw file.Bad("has no column of numbers beside the label");
        var (labels, names) = layout.LabelColumn < 0 ? (null, null) : LabelSource.FromWords(file, words, options.ClassNames);
        return new CsvDataset(file, layout, count, labels, names);
    }

    public IEnumerable<SampleInput> Read(IReadOnlyList<long> ids, CancellationToken cancellationToken = default)
    {
        int next = 0;
        long id = _layout.HasHeader ? -1 : 0;
        foreach (var (row, line) in CsvRows.Of(_file))
        {
            if (next == ids.Count)
                yield break;
            if (id == ids[next])
            {
                cancellationToken.ThrowIfCancellationRequested();
                var values = _layout.Parse(_file, row, line);
                yield return new SampleInput(id, SampleKind.Values, [values.Length], values, [], Labels?[checked((int)id)]);
                next++;
            }

            id++;
        }
    }

    /// <param name="Columns">Cells of every row.</param>
    /// <param name="LabelColumn">Index of the label's, or -1.</param>
    /// <param name="HasHeader">True where the first row holds names.</param>
    private sealed record Layout(int Columns, int LabelColumn, bool HasHeader)
    {
        public static Layout Find(DatasetFile file, string[] first, DatasetOptions options)
        {
            bool[] numbers = [.. first.Select(IsNumber)];
            bool header = !numbers.Contains(true);
            int label = -1;
            if (options.LabelColumn is { } wanted)
            {
                label = header ? Array.FindIndex(first, c => c.Trim() == wanted) : -1;
                if (label < 0 && int.TryParse(wanted, NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index < first.Length)
                    label = index;
                if (label < 0)
                    throw file.Bad(
                        $"has no column '{wanted}'; " +
                        $"{(header ? $"its columns are {string.Join(", ", first.Take(12))}" : $"it has {first.Length} columns, numbered from 0")}");
            }
            else if (options.Labels is null)
            {
                label = header
                    ? Array.FindIndex(first, c => LabelNames.Contains(c.Trim(), StringComparer.OrdinalIgnoreCase))
                    : numbers.Count(n => !n) == 1 ? Array.IndexOf(numbers, false) : -1;
            }

            return new Layout(first.Length, label, header);
        }

        public float[] Parse(DatasetFile file, string[] row, int line)
        {
            if (row.Length != Columns)
                throw file.Bad($"line {line} has {row.Length} cells where the first row has {Columns}");
            var values = new float[Columns - (LabelColumn < 0 ? 0 : 1)];
            for (int c = 0, at = 0; c < Columns; c++)
            {
                if (c == LabelColumn)
                    continue;
                if (!float.TryParse(row[c], NumberStyles.Float, CultureInfo.InvariantCulture, out float value) || !float.IsFinite(value))
                    throw file.Bad($"line {line}, column {c}: '{(row[c].Length > 40 ? row[c][..40] : row[c])}' is not a finite number");
                values[at++] = value;
            }

            return values;
        }

        private static bool IsNumber(string cell) => double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out _);
    }
}
