using CsvHelper;

namespace Apex.Data;

/// <summary>The rows of a CSV file, streamed, a header among them.</summary>
internal static class CsvRows
{
    private static readonly CsvReaderOptions Options = new()
    {
        HasHeader = false,
        SkipEmptyLines = true,
        TrackLineNumbers = true,
        FieldCountMismatch = CsvFieldCountHandling.Allow,
        MaxRecordSize = 64 << 20,
    };

    /// <exception cref="InvalidInputException">A row cannot be read; the message names its line.</exception>
    public static IEnumerable<(string[] Row, int Line)> Of(DatasetFile file)
    {
        using var reader = CsvReader.Create(file.OpenContent(), Options, leaveOpen: false);
        while (true)
        {
            string[] row;
            try
            {
                if (!reader.Read())
                    yield break;
                row = new string[reader.FieldCount];
                for (int c = 0; c < row.Length; c++)
                    row[c] = reader.GetString(c);
            }
            catch (Exception error) when (error is CsvFormatException or InvalidOperationException or IOException)
            {
                throw file.Bad($"line {reader.LineNumber}: cannot be read as CSV");
            }

            yield return (row, (int)reader.LineNumber);
        }
    }
}
