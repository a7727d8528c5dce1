using System.Globalization;
using Apex.Answers;
using Parquet;
using Parquet.Schema;
using Xunit;
using static System.Double;

namespace Apex.Tests.Answers;

public class TableFileTests
{
    private static readonly double[] Numbers = [0.1, NaN, PositiveInfinity, NegativeInfinity, -1e-300, 1 / 3.0, double.MaxValue];
    private static readonly long[] Whole = [0, -1, long.MaxValue, long.MinValue, 5, 6, 7];
    private static readonly string[] Texts = ["plain", "a,b", "say \"hi\"", "two\nlines", "", "café ∞", " spaced "];

    [Fact]
    public async Task Csv_keeps_every_number_and_text()
    {
        using var folder = new TempFolder();
        await Table().WriteAsync(folder["t.csv"]);
        var rows = Parse(await File.ReadAllTextAsync(folder["t.csv"]));
        Assert.Equal(["number", "whole", "with, comma"], rows[0]);
        Assert.Equal(Whole, rows.Skip(1).Select(r => long.Parse(r[1], CultureInfo.InvariantCulture)));
        Assert.Equal(Texts, rows.Skip(1).Select(r => r[2]));
        Assert.Equal(["0.1", "", "inf", "-inf"], rows.Skip(1).Take(4).Select(r => r[0]));
        Assert.Equal(Numbers[4..], rows.Skip(5).Select(r => double.Parse(r[0], CultureInfo.InvariantCulture)));
        Assert.Equal(["t.csv"], folder.Names());
    }

    [Fact]
    public async Task Parquet_keeps_every_number_and_text()
    {
        using var folder = new TempFolder();
        await Table().WriteAsync(folder["t.PARQUET"]);
        await using var stream = File.OpenRead(folder["t.PARQUET"]);
        await using var reader = await ParquetReader.CreateAsync(stream);
        DataField[] fields = reader.Schema.GetDataFields();
        Assert.Equal(["number", "whole", "with, comma"], fields.Select(f => f.Name));
        Assert.Equal([typeof(double), typeof(long)], fields.Take(2).Select(f => f.ClrType));
        using var rows = reader.OpenRowGroupReader(0);
        double[] numbers = new double[rows.RowCount];
        long[] whole = new long[rows.RowCount];
        string?[] texts = new string?[rows.RowCount];
        await rows.ReadAsync<double>(fields[0], numbers.AsMemory());
        await rows.ReadAsync<long>(fields[1], whole.AsMemory());
        await rows.ReadAsync(fields[2], texts.AsMemory());
        Assert.Equal(Numbers, numbers);
        Assert.Equal(Whole, whole);
        Assert.Equal(Texts, texts);
        Assert.Equal(["t.PARQUET"], folder.Names());
    }

    [Fact]
    public async Task Csv_does_not_depend_on_the_culture()
    {
        using var folder = new TempFolder();
        var before = CultureInfo.CurrentCulture;
        try
        {
            var comma = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            (comma.NumberFormat.NumberDecimalSeparator, comma.NumberFormat.NegativeSign) = (",", "~");
            CultureInfo.CurrentCulture = comma;
            Assert.Equal("~0,5", (-0.5).ToString(CultureInfo.CurrentCulture));
            await new TableFile().Add("a", [-0.5]).Add("b", [-3L]).WriteAsync(folder["t.csv"]);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }

        Assert.Equal([["a", "b"], ["-0.5", "-3"]], Parse(await File.ReadAllTextAsync(folder["t.csv"])));
    }

    [Theory]
    [InlineData("t.csv")]
    [InlineData("t.parquet")]
    public async Task A_table_replaces_what_was_there(string name)
    {
        using var folder = new TempFolder();
        folder.Write(name, new string('x', 100_000));
        await Table().WriteAsync(folder[name]);
        Assert.Equal([name], folder.Names());
        Assert.InRange(new FileInfo(folder[name]).Length, 1, 10_000);
    }

    [Theory]
    [InlineData("t.csv")]
    [InlineData("t.parquet")]
    public async Task A_table_may_have_no_rows(string name)
    {
        using var folder = new TempFolder();
        await new TableFile().Add("a", (double[])[]).Add("b", (string[])[]).WriteAsync(folder[name]);
        if (name.EndsWith("csv", StringComparison.Ordinal))
        {
            Assert.Equal([["a", "b"]], Parse(await File.ReadAllTextAsync(folder[name])));
            return;
        }

        await using var stream = File.OpenRead(folder[name]);
        await using var reader = await ParquetReader.CreateAsync(stream);
        Assert.Equal(["a", "b"], reader.Schema.GetDataFields().Select(f => f.Name));
    }

    [Theory]
    [InlineData("t.txt")]
    [InlineData("t")]
    [InlineData("csv")]
    [InlineData("t.csv.gz")]
    public async Task Another_ending_is_bad_input(string name)
    {
        using var folder = new TempFolder();
        Assert.Contains(".csv or .parquet", Assert.Throws<InvalidInputException>(() => TableFile.CheckTarget(folder[name])).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<InvalidInputException>(() => Table().WriteAsync(folder[name]));
        Assert.Empty(folder.Names());
    }

    [Fact]
    public void A_missing_folder_is_bad_input_and_a_folder_is_no_file()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["sub.csv"]);
        foreach (string path in (string[])[folder["missing/t.csv"], folder["sub.csv"]])
        {
            string message = Assert.Throws<InvalidInputException>(() => TableFile.CheckTarget(path)).Message;
            Assert.Contains(path, message, StringComparison.Ordinal);
            Assert.Contains("folder", message, StringComparison.Ordinal);
        }

        TableFile.CheckTarget(folder["t.csv"]);
        TableFile.CheckTarget("t.CSV");
    }

    [Fact]
    public async Task What_cannot_be_written_is_told_and_leaves_nothing()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs a folder in which nobody can make a file");
        string message = (await Assert.ThrowsAsync<InvalidInputException>(() => Table().WriteAsync("/proc/t.csv"))).Message;
        Assert.StartsWith("`Out` /proc/t.csv: cannot be written", message, StringComparison.Ordinal);
    }

    /// <summary>File systems allow names of 255 bytes; beside it the name of the unfinished file must fit too, or be told.</summary>
    [Theory]
    [InlineData(253)]
    [InlineData(300)]
    public async Task A_name_that_is_too_long_is_bad_input(int length)
    {
        using var folder = new TempFolder();
        string path = folder[new string('n', length - 4) + ".csv"];
        try
        {
            await Table().WriteAsync(path);
            Assert.Single(folder.Names());
        }
        catch (InvalidInputException error)
        {
            Assert.Contains("too long", error.Message, StringComparison.Ordinal);
            Assert.Empty(folder.Names());
        }
    }

    [Fact]
    public void Columns_have_the_same_length() =>
        Assert.Throws<ArgumentException>(() => new TableFile().Add("a", [1.0, 2]).Add("b", [1L]));

    private static TableFile Table() => new TableFile().Add("number", Numbers).Add("whole", Whole).Add("with, comma", Texts);

    /// <summary>RFC 4180 by hand, so that the reader is not the writer's.</summary>
    private static List<string[]> Parse(string text)
    {
        var rows = new List<string[]>();
        var row = new List<string>();
        for (int i = 0; i < text.Length;)
        {
            var cell = new System.Text.StringBuilder();
            if (text[i] == '"')
            {
                for (i++; text[i] != '"' || (i + 1 < text.Length && text[i + 1] == '"'); i++)
                {
                    cell.Append(text[i]);
                    if (text[i] == '"')
                        i++;
                }

                i++;
            }

            while (i < text.Length && text[i] is not (',' or '\r' or '\n'))
                cell.Append(text[i++]);
            row.Add(cell.ToString());
            if (i < text.Length && text[i] == ',')
            {
                i++;
                continue;
            }

            rows.Add([.. row]);
            row.Clear();
            i += i < text.Length && text[i] == '\r' ? 1 : 0;
            i += i < text.Length && text[i] == '\n' ? 1 : 0;
        }

        return rows;
    }
}

internal static class FolderContent
{
    public static string[] Names(this TempFolder folder) =>
        [.. Directory.EnumerateFileSystemEntries(folder.Path).Select(p => System.IO.Path.GetFileName(p)!).Order(StringComparer.Ordinal)];
}
