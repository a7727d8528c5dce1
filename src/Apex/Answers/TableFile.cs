using System.Globalization;
using Apex.Observations;
using CsvHelper;
using Parquet;
using Parquet.Schema;

namespace Apex.Answers;

/// <summary>A table for other programs, as CSV or Parquet by the file's ending. It appears whole under its name or not at all.</summary>
public sealed class TableFile
{
    private const int LongestName = 255;
    private readonly List<(string Name, Array Values)> _columns = [];

    /// <summary>Adds a column.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="values">One value a row; NaN stands for no value.</param>
    public TableFile Add(string name, IEnumerable<double> values) => AddColumn(name, [.. values]);

    /// <summary>Adds a column.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="values">One value a row.</param>
    public TableFile Add(string name, IEnumerable<long> values) => AddColumn<long>(name, [.. values]);

    /// <summary>Adds a column.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="values">One value a row.</param>
    public TableFile Add(string name, IEnumerable<string> values) => AddColumn<string>(name, [.. values]);

    /// <summary>Adds the column <c>file</c> where the files of the samples are known.</summary>
    internal TableFile AddFiles(SampleFiles files, IEnumerable<long> ids) => files.AreKnown ? Add("file", ids.Select(id => files.Of(id)!)) : this;

    /// <summary>Checks that a table can be written there, before any work is spent on it.</summary>
    /// <param name="path">A file ending in .csv or .parquet.</param>
    /// <exception cref="InvalidInputException">It ends in something else, or its folder does not exist.</exception>
    public static void CheckTarget(string path)
    {
        if (!IsCsv(path) && !path.EndsWith(".parquet", StringComparison.OrdinalIgnoreCase))
            throw new InvalidInputException($"`Out` {path}: a table is written as .csv or .parquet; end the name in one of them");
        if (System.Text.Encoding.UTF8.GetByteCount(Path.GetFileName(path)) > LongestName)
            throw new InvalidInputException($"`Out` {path}: the name is too long; file systems take {LongestName} bytes");
        if (Directory.Exists(path) || !Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(path))))
            throw new InvalidInputException($"`Out` {path}: its folder does not exist, or it is a folder itself");
    }

    /// <summary>Writes the table; a file of that name is replaced.</summary>
    /// <param name="path">A file ending in .csv or .parquet.</param>
    /// <exception cref="InvalidInputException">It cannot be written.</exception>
    public async Task WriteAsync(string path)
    {
        CheckTarget(path);
        try
        {
            await WholeFile.WriteAsync(path, stream => IsCsv(path) ? Task.Run(() => WriteCsv(stream)) : WriteParquetAsync(stream));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InvalidInputException($"`Out` {path}: cannot be written: {error.Message}", error);
        }
    }

    private static bool IsCsv(string path) => path.EndsWith(".csv", StringComparison.OrdinalIgnoreCase);

    private TableFile AddColumn<T>(string name, T[] values)
    {
        if (_columns.Count > 0 && _columns[0].Values.Length != values.Length)
            throw new ArgumentException($"column {name} has {values.Length} rows, the others {_columns[0].Values.Length}");
        _columns.Add((name, values));
        return this;
    }

    private void WriteCsv(Stream stream)
    {
        using var csv = CsvWriter.Create(stream, default, leaveOpen: true);
        foreach (var (name, _) in _columns)
            csv.WriteField(name);
        csv.EndRecord();
        for (int row = 0; row < (_columns.Count == 0 ? 0 : _columns[0].Values.Length); row++)
        {
            foreach (var (_, values) in _columns)
                csv.WriteField(Text(values.GetValue(row)!));
            csv.EndRecord();
        }
    }

    private static string Text(object value) => value switch
    {
        double.NaN => "",
        // As NumPy and pandas read it.
        double.PositiveInfinity => "inf",
        double.NegativeInfinity => "-inf",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => (string)value,
    };

    private async Task WriteParquetAsync(Stream stream)
    {
        DataField[] fields = [.. _columns.Select(c => c.Values switch
        {
            double[] => (DataField)new DataField<double>(c.Name),
            long[] => new DataField<long>(c.Name),
            _ => new DataField<string>(c.Name),
        })];
        await using var writer = await ParquetWriter.CreateAsync(new ParquetSchema(fields), stream);
        using var rows = writer.CreateRowGroup();
        for (int c = 0; c < fields.Length; c++)
        {
            switch (_columns[c].Values)
            {
                case double[] numbers: await rows.WriteAsync<double>(fields[c], numbers); break;
                case long[] integers: await rows.WriteAsync<long>(fields[c], integers); break;
                case string[] texts: await rows.WriteAsync(fields[c], texts); break;
            }
        }
    }
}
