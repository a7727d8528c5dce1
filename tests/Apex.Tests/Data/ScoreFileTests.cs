using Apex.Answers;
using Apex.Data;
using Parquet;
using Parquet.Schema;
using Xunit;

namespace Apex.Tests.Data;

public class ScoreFileTests
{
    private static readonly double[] Scores = [0.5, double.NaN, 0.25];

    [Fact]
    public void Npz_finds_scores_and_the_labels_and_ids_beside_them()
    {
        using var folder = new TempFolder();
        var scores = ScoreFile.Open(folder.Write("s.npz", Files.Npz(
            ("other", Files.Npy("<f4", "(3,)", Files.Of(7f, 8, 9))),
            ("scores", Files.Npy("<f8", "(3,)", Doubles(Scores))),
            ("labels", Files.Npy("<i8", "(3,)", Files.Of(2L, 0, 1))),
            ("index", Files.Npy("<i8", "(3,)", Files.Of(9L, 4, 6))))));
        Assert.Equal("scores", scores.Name);
        Assert.Equal(Scores, scores.Values);
        Assert.Equal([2, 0, 1], scores.Labels!);
        Assert.Equal([9, 4, 6], scores.Ids!);
    }

    [Fact]
    public void Npz_takes_a_key_also_of_whole_numbers()
    {
        using var folder = new TempFolder();
        string path = folder.Write("s.npz", Files.Npz(("a", Files.Npy("<f4", "(2,)", Files.Of(1f, 2))),
            ("b", Files.Npy("<f4", "(2,)", Files.Of(3f, 4))), ("flipped", Files.Npy("|u1", "(2,)", [0, 1]))));
        Assert.Equal([3, 4], ScoreFile.Open(path + ":b").Values);
        Assert.Equal([0, 1], ScoreFile.Open(path + ":flipped").Values);
        Bad(path, "holds the arrays a, b, flipped; name the scores as");
        Bad(path + ":c", "holds no array 'c'; it has a, b, flipped");
    }

    [Fact]
    public void Npz_with_one_array_of_numbers_needs_no_key()
    {
        using var folder = new TempFolder();
        var scores = ScoreFile.Open(
            folder.Write("s.npz", Files.Npz(("odd", Files.Npy("<f4", "(2,)", Files.Of(1f, 2))),
                ("images", Files.Npy("<f4", "(1, 2)", Files.Of(1f, 2))), ("labels", Files.Npy("<i8", "(3,)", Files.Of(1L, 2, 3))))));
        Assert.Equal("odd", scores.Name);
        // Labels of another length are of something else.
        Assert.Null(scores.Labels);
        Bad(folder.Write("t.npz", Files.Npz(("scores", Files.Npy("<f4", "(1, 2)", Files.Of(1f, 2))))) + ":scores", "one number a sample was expected");
    }

    [Theory]
    [InlineData("<f4")]
    [InlineData("<i8")]
    public void Npy_is_a_list_of_scores(string type)
    {
        using var folder = new TempFolder();
        var scores = ScoreFile.Open(folder.Write("anything", Files.Npy(type, "(3,)", type == "<f4" ? Files.Of(1f, -2, 3) : Files.Of(1L, -2, 3))));
        Assert.Equal([1, -2, 3], scores.Values);
        Assert.Null(scores.Labels);
        Bad(folder.Write("two", Files.Npy("<f4", "(1, 3)", Files.Of(1f, 2, 3))), "holds no scores");
        Bad(folder.Write("short", Files.Npy("<f4", "(4,)", Files.Of(1f, 2, 3))), "damaged or truncated");
    }

    [Fact]
    public void Csv_reads_scores_labels_ids_and_blank_cells()
    {
        using var folder = new TempFolder();
        var scores = ScoreFile.Open(folder.Write("s.csv", "Sample_ID, label,note,score\n9,2,x,0.5\n4,0,\"a,b\",\n6,1,z, 0.25\n"));
        Assert.Equal("score", scores.Name);
        Assert.Equal(Scores, scores.Values);
        Assert.Equal([2, 0, 1], scores.Labels!);
        Assert.Equal([9, 4, 6], scores.Ids!);
    }

    [Fact]
    public void Csv_without_ids_or_labels_and_with_labels_that_are_names()
    {
        using var folder = new TempFolder();
        var scores = ScoreFile.Open(folder.Write("s.csv", "anything\n1e-3\n-Infinity\n-2\n"));
        Assert.Equal([1e-3, double.NegativeInfinity, -2], scores.Values);
        Assert.Null(scores.Labels);
        Assert.Null(scores.Ids);
        Assert.Null(ScoreFile.Open(folder.Write("t.csv", "score,label\n1,cat\n2,dog\n")).Labels);
        // A label as the column asked for is a score.
        Assert.Equal([3, 4], ScoreFile.Open(folder.Write("u.csv", "label,score\n3,1\n4,2\n") + ":label").Values);
    }

    [Fact]
    public void Csv_of_spreadsheets_begins_with_a_byte_order_mark()
    {
        using var folder = new TempFolder();
        var scores = ScoreFile.Open(folder.Write("s.csv", "\uFEFFid,score\r\n3,0.5\r\n4,1\r\n"));
        Assert.Equal([0.5, 1], scores.Values);
        Assert.Equal([3, 4], scores.Ids!);
    }

    /// <summary>A blank cell of the only column is a sample without a score, not a line that is not there.</summary>
    [Fact]
    public void Csv_of_one_column_may_hold_blank_cells()
    {
        using var folder = new TempFolder();
        Assert.Equal([0.5, double.NaN, 0.25], ScoreFile.Open(folder.Write("quoted.csv", "score\n0.5\n\"\"\n0.25\n")).Values);
    }

    [Theory]
    [InlineData("a,b\n1,2\n", "", "holds the columns a, b; name the scores as")]
    [InlineData("a,b\n1,2\n", ":c", "holds no column 'c'; it has a, b")]
    [InlineData("1,2\n3,4\n", "", "no header line")]
    [InlineData("score,b\n1,2\n3\n", "", "line 3: 1 cells where the header has 2")]
    [InlineData("score,b\n1,2\nx,4\n", "", "line 3: 'x' in column 'score' is not a number")]
    [InlineData("score,id\n1,2\n1,-4\n", "", "line 3: '-4' in column 'id' is not a sample id")]
    [InlineData("score\n", "", "no scores")]
    public void What_is_wrong_with_a_csv_is_told(string text, string key, string part)
    {
        using var folder = new TempFolder();
        Bad(folder.Write("s.csv", text) + key, part);
    }

    [Fact]
    public async Task Parquet_reads_floats_doubles_and_integers_with_and_without_blanks()
    {
        using var folder = new TempFolder();
        await Parquet(folder["s.parquet"], 2, [9L, 4, 6], [2, 0, 1], [0.5f, -1, 0.25f], [0.5f, null, 0.25f], [0.5, null, 0.25], [5, null, 7]);
        var scores = ScoreFile.Open(folder["s.parquet"] + ":single");
        // Two row groups of the same.
        Assert.Equal([0.5, -1, 0.25, 0.5, -1, 0.25], scores.Values);
        Assert.Equal([9, 4, 6, 9, 4, 6], scores.Ids!);
        Assert.Equal([2, 0, 1, 2, 0, 1], scores.Labels!);
        Assert.Equal([.. Scores, .. Scores], ScoreFile.Open(folder["s.parquet"] + ":single_blank").Values);
        Assert.Equal([.. Scores, .. Scores], ScoreFile.Open(folder["s.parquet"] + ":double_blank").Values);
        Assert.Equal([5, double.NaN, 7, 5, double.NaN, 7], ScoreFile.Open(folder["s.parquet"] + ":whole_blank").Values);
        Bad(folder["s.parquet"] + ":none", "holds no column 'none'; it has sample_id, label, single");
        Bad(folder["s.parquet"] + ":text", "float32, float64, int32 and int64 are");
    }

    [Fact]
    public async Task A_column_of_text_is_called_so()
    {
        using var folder = new TempFolder();
        await new TableFile().Add("score", ["a", "b"]).WriteAsync(folder["t.parquet"]);
        Assert.DoesNotContain("`", Assert.Throws<InvalidInputException>(() => ScoreFile.Open(folder["t.parquet"])).Message, StringComparison.Ordinal);
    }

    /// <summary>As NumPy and pandas write them, and this library's own tables.</summary>
    [Fact]
    public void Csv_reads_inf_and_nan_in_any_spelling()
    {
        using var folder = new TempFolder();
        Assert.Equal(
            [double.PositiveInfinity, double.NegativeInfinity, double.NaN, double.NaN, double.PositiveInfinity],
            ScoreFile.Open(folder.Write("s.csv", "score,x\ninf,1\n-inf,1\nnan,1\nNaN,1\nInfinity,1\n")).Values);
    }

    [Theory]
    [InlineData("t.csv")]
    [InlineData("t.parquet")]
    public async Task A_table_of_this_library_can_be_read_as_scores(string name)
    {
        using var folder = new TempFolder();
        await new TableFile().Add("sample_id", [3L, 1]).Add("label", [0L, 1])
            .Add("apex", [0.1, double.PositiveInfinity]).Add("entropy", [double.NaN, -1]).WriteAsync(folder[name]);
        var scores = ScoreFile.Open(folder[name] + ":apex");
        Assert.Equal([0.1, double.PositiveInfinity], scores.Values);
        Assert.Equal([3, 1], scores.Ids!);
        Assert.Equal([double.NaN, -1], ScoreFile.Open(folder[name] + ":entropy").Values);
    }

    [Fact]
    public void A_full_list_is_indexed_by_id_and_one_of_the_probed_taken_in_order()
    {
        using var folder = new TempFolder();
        var full = Open(folder, "score\n10\n11\n12\n13\n14\n");
        Assert.Equal([14, 12], full.For([4, 2], [null, null], 5, 3, [0, 2]));
        var probed = Open(folder, "score\n1\n2\n3\n");
        Assert.Equal([1, 3], probed.For([4, 2], [null, null], 5, 3, [0, 2]));
        // All samples of the source were probed, in another order: the list is still that of the source.
        Assert.Equal([3, 1, 2], probed.For([2, 0, 1], [null, null, null], 3, 3, [0, 1, 2]));
    }

    [Fact]
    public void Ids_are_followed_in_any_order()
    {
        using var folder = new TempFolder();
        var scores = Open(folder, "id,score,label\n7,70,1\n2,20,0\n4,,0\n");
        Assert.Equal([double.NaN, 70, 20], scores.For([4, 7, 2], [0, 1, null], 5, 3, [0, 1, 2]));
        Refused(scores, [4, 5], [null, null], 9, 2, "no score for sample 5 of the run");
        Refused(Open(folder, "id,score\n7,1\n7,2\n"), [7], [null], 9, 1, "sample 7 is there twice");
    }

    [Fact]
    public void Lists_of_another_length_and_labels_that_differ_are_refused()
    {
        using var folder = new TempFolder();
        Refused(Open(folder, "score\n1\n2\n"), [0], [null], 5, 3, "2 scores for a source of 5 samples of which 3 were probed");
        var labelled = Open(folder, "score,label\n1,0\n2,1\n3,0\n");
        Assert.Equal([2, 3], labelled.For([1, 2], [1, 0], 3, 3, [1, 2]));
        Refused(labelled, [1, 2], [1, 1], 3, 3, "row 2 has label 0, but sample 2 of the run has label 1");
    }

    [Fact]
    public void A_longer_list_needs_labels_on_both_sides()
    {
        using var folder = new TempFolder();
        // Scores of five samples, of which the source holds the first three.
        var labelled = Open(folder, "score,label\n1,0\n2,1\n3,0\n4,1\n5,1\n");
        Assert.Equal([1, 2, 3], labelled.For([0, 1, 2], [0, 1, null], 3, 3, [0, 1, 2]));
        Refused(labelled, [0, 1, 2], [0, 1, 1], 3, 3, "row 2 has label 0");
        Refused(labelled, [0, 1, 2], [null, null, null], 3, 3, "no labels on both sides");
        Refused(Open(folder, "score\n1\n2\n3\n4\n5\n"), [0, 1, 2], [0, 1, 0], 3, 3, "no labels on both sides");
    }

    [Theory]
    [InlineData("missing.npz", "no such file")]
    [InlineData("missing.npz:scores", "no such file")]
    [InlineData(".", "is a directory")]
    public void What_is_not_there_is_told(string name, string part)
    {
        using var folder = new TempFolder();
        Bad(folder[name], part);
    }

    [Fact]
    public void Files_of_another_kind_are_told()
    {
        using var folder = new TempFolder();
        Bad(folder.Write("empty", ""), "empty");
        Bad(folder.Write("png", [0x89, .. "PNG"u8, 13, 10, 26, 10, 0, 0, 0, 13]), "holds no scores");
        Bad(folder.Write("zip.npz", Files.Npz()), "");
    }

    [Theory]
    [InlineData("npz")]
    [InlineData("npy")]
    [InlineData("csv")]
    [InlineData("gz")]
    [InlineData("parquet")]
    public async Task Damage_is_told_as_bad_input_and_as_nothing_else(string format)
    {
        using var folder = new TempFolder();
        await new TableFile().Add("sample_id", [3L, 1, 2]).Add("label", [0L, 1, 0]).Add("score", [0.1, 0.2, 0.3]).WriteAsync(folder["t.parquet"]);
        byte[] csv = "id,label,score\n3,0,0.1\n1,1,0.2\n2,0,0.3\n"u8.ToArray();
        byte[] sound = format switch
        {
            "npz" => Files.Npz(("scores", Files.Npy("<f8", "(3,)", Doubles(Scores))), ("labels", Files.Npy("<i8", "(3,)", Files.Of(2L, 0, 1)))),
            "npy" => Files.Npy("<f4", "(3,)", Files.Of(1f, 2, 3)),
            "csv" => csv,
            "gz" => Files.Gzip(csv),
            _ => await File.ReadAllBytesAsync(folder["t.parquet"]),
        };
        Assert.Equal(3, ScoreFile.Open(folder.Write("sound", sound)).Values.Count);
        var random = new Random(3);
        var others = new Dictionary<string, int>();
        for (int trial = 0; trial < 200; trial++)
        {
            byte[] spoilt = trial % 2 == 0 ? sound[..random.Next(1, sound.Length)] : [.. sound];
            for (int flips = trial % 4; flips > 0; flips--)
                spoilt[random.Next(spoilt.Length)] = (byte)random.Next(256);
            string path = folder.Write("d", spoilt);
            try
            {
                _ = ScoreFile.Open(path);
            }
            catch (InvalidInputException error)
            {
                Assert.DoesNotContain('\n', error.Message);
                Assert.Contains(path, error.Message, StringComparison.Ordinal);
            }
            catch (Exception error)
            {
                string what = $"{error.GetType().Name}: {error.Message}";
                others[what] = others.GetValueOrDefault(what) + 1;
            }
        }

        Assert.True(others.Count == 0, string.Join("; ", others.Select(o => $"{o.Value} x {o.Key}")));
    }

    private static void Bad(string spec, string part)
    {
        string message = Assert.Throws<InvalidInputException>(() => ScoreFile.Open(spec)).Message;
        Assert.Contains(part, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    private static void Refused(ScoreFile scores, long[] ids, int?[] labels, long source, long probed, string part) => Assert.Contains(
        part, Assert.Throws<InvalidInputException>(() => scores.For(ids, labels, source, probed, [.. Enumerable.Range(0, ids.Length)])).Message,
        StringComparison.Ordinal);

    private static ScoreFile Open(TempFolder folder, string csv) => ScoreFile.Open(folder.Write("list.csv", csv));

    private static byte[] Doubles(double[] values) => [.. values.SelectMany(BitConverter.GetBytes)];

    private static async Task Parquet(string path, int groups, long[] ids, int[] labels,
        float[] single, float?[] singleBlank, double?[] doubleBlank, int?[] wholeBlank)
    {
        var schema = new ParquetSchema(
            new DataField<long>("sample_id"), new DataField<int>("label"), new DataField<float>("single"),
            new DataField<float?>("single_blank"), new DataField<double?>("double_blank"),
            new DataField<int?>("whole_blank"), new DataField<string>("text"));
        await using var stream = File.Create(path);
        await using var writer = await ParquetWriter.CreateAsync(schema, stream);
        DataField[] fields = schema.GetDataFields();
        for (int g = 0; g < groups; g++)
        {
            using var rows = writer.CreateRowGroup();
            await rows.WriteAsync<long>(fields[0], ids);
            await rows.WriteAsync<int>(fields[1], labels);
            await rows.WriteAsync<float>(fields[2], single);
            await rows.WriteAsync<float>(fields[3], singleBlank);
            await rows.WriteAsync<double>(fields[4], doubleBlank);
            await rows.WriteAsync<int>(fields[5], wholeBlank);
            await rows.WriteAsync(fields[6], (string[])["a", "b", "c"]);
        }
    }
}
