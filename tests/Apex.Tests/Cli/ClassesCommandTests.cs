using System.Globalization;
using System.Text.Json;
using Apex.Facts;
using Apex.Observations;
using Apex.Tests.Data;
using Xunit;

namespace Apex.Tests.Cli;

/// <summary><c>apex classes</c>, through the real process, on runs of the built-in model.</summary>
public sealed class ClassesCommandTests(ClassesCommandTests.Probed probed) : IClassFixture<ClassesCommandTests.Probed>
{
    [Fact]
    public void Each_sample_is_of_one_class()
    {
        var json = Json("classes", "run");
        Assert.Equal("label", json.GetProperty("by").GetString());
        Assert.Equal((8, 0.02), (json.GetProperty("draws").GetInt32(), json.GetProperty("smallestSigma").GetDouble()));
        Assert.Equal(0.8, json.GetProperty("largestSigma").GetDouble(), 1e-12);
        var classes = Classes(json);
        Assert.Equal(Probed.Samples, classes.Sum(c => c.GetProperty("n").GetInt32()));
        var observed = probed.Observed("run");
        Assert.Equal(
            observed.GroupBy(o => o.Label!.Value).OrderBy(g => g.Key)
                .Select(g => (g.Key, g.Count(), g.Count(o => o.CleanPrediction == g.Key) / (double)g.Count())),
            classes.Select(c => (c.GetProperty("class").GetInt32(), c.GetProperty("n").GetInt32(), c.GetProperty("accuracy").GetDouble())));
        foreach (var c in classes)
        {
            foreach (string share in (string[])["accuracy", "flipRate", "leakShare"])
            {
                if (c.GetProperty(share).ValueKind == JsonValueKind.Null)
                    continue;
                var ends = c.GetProperty(share + "Interval");
                Assert.InRange(c.GetProperty(share).GetDouble(), ends[0].GetDouble(), ends[1].GetDouble());
                Assert.InRange(ends[0].GetDouble(), 0, 1);
                Assert.InRange(ends[1].GetDouble(), 0, 1);
            }

            Assert.Equal(c.GetProperty("escapes").GetInt64() == 0, c.GetProperty("leaksTo").ValueKind == JsonValueKind.Null);
            Assert.Equal(c.GetProperty("censoring").GetString() != "none", c.GetProperty("halfFlipSigma").ValueKind == JsonValueKind.Null);
            Assert.NotEqual(c.GetProperty("class").ToString(), c.GetProperty("leaksTo").ToString());
        }
    }

    [Fact]
    public void The_table_has_the_numbers_of_the_json()
    {
        var json = Json("classes", "run", "--top", "2", "--out", "classes.csv");
        string[][] rows = [.. File.ReadAllLines(probed.Folder["classes.csv"]).Select(line => line.Split(','))];
        var classes = Classes(json);
        Assert.Equal(classes.Count, rows.Length - 1);
        (string Column, Func<JsonElement, JsonElement?> Of, string Missing)[] columns =
        [
            ("class", c => c.GetProperty("class"), ""), ("name", c => c.GetProperty("name"), ""), ("n", c => c.GetProperty("n"), ""),
            ("accuracy", c => c.GetProperty("accuracy"), ""), ("accuracy_low", c => c.GetProperty("accuracyInterval")[0], ""),
            ("accuracy_high", c => c.GetProperty("accuracyInterval")[1], ""), ("flip_rate", c => c.GetProperty("flipRate"), ""),
            ("flip_rate_low", c => c.GetProperty("flipRateInterval")[0], ""), ("flip_rate_high", c => c.GetProperty("flipRateInterval")[1], ""),
            ("half_flip_sigma", c => c.GetProperty("halfFlipSigma"), ""), ("half_flip_low", c => c.GetProperty("halfLow"), ""),
            ("half_flip_high", c => c.GetProperty("halfHigh"), "inf"), ("censored", c => c.GetProperty("censoring"), ""),
            ("leaks_to", c => c.GetProperty("leaksTo"), "-1"), ("leaks_to_name", c => c.GetProperty("leaksToName"), ""),
            ("leak_share", c => c.GetProperty("leakShare"), ""), ("leak_share_low", c => End(c.GetProperty("leakShareInterval"), 0), ""),
            ("leak_share_high", c => End(c.GetProperty("leakShareInterval"), 1), ""), ("escapes", c => c.GetProperty("escapes"), ""),
        ];
        Assert.Equal(columns.Select(c => c.Column), rows[0]);
        foreach (var (i, c) in classes.Index())
        {
            foreach (var (k, (column, of, missing)) in columns.Index())
            {
                string expected = of(c) is { ValueKind: not JsonValueKind.Null } value
                    ? value.ValueKind == JsonValueKind.Number ? value.GetDouble().ToString(CultureInfo.InvariantCulture) : value.GetString()!
                    : missing;
                Assert.True(expected == rows[i + 1][k], $"class {i}, {column}: {expected} became {rows[i + 1][k]}");
            }
        }

        static JsonElement? End(JsonElement ends, int which) => ends.ValueKind == JsonValueKind.Null ? null : ends[which];
    }

    [Fact]
    public void The_text_lists_as_many_as_top_the_one_that_gives_way_first_first()
    {
        var classes = Classes(Json("classes", "run"));
        string[] ranked = [.. classes.OrderBy(c => c.GetProperty("censoring").GetString() switch
        {
            "left" => 0,
            "right" => double.PositiveInfinity,
            _ => c.GetProperty("halfFlipSigma").GetDouble(),
        }).ThenByDescending(c => c.GetProperty("flipRate").GetDouble()).Select(c => c.GetProperty("name").GetString()!)];
        foreach (int top in (int[])[0, 1, 3, 20])
        {
            string text = Text("classes", "run", "--top", $"{top}");
            Assert.Equal(ranked.Take(top), Listed(text));
            Assert.Equal(top < ranked.Length, text.Contains($"({ranked.Length - top} more classes)", StringComparison.Ordinal));
            Assert.All(text.Split('\n'), line => Assert.Equal(line.TrimEnd('\r').TrimEnd(), line.TrimEnd('\r')));
        }

        Assert.Equal(ranked, Listed(Text("classes", "run")));

        IEnumerable<string> Listed(string text) => text.Split('\n').Where(line => line.StartsWith("  ", StringComparison.Ordinal))
            .Select(line => ranked.FirstOrDefault(name => line.StartsWith($"  {name}  ", StringComparison.Ordinal))).OfType<string>();
    }

    [Fact]
    public void The_seed_changes_ends_of_intervals_and_nothing_else()
    {
        var json = Json("classes", "run");
        Assert.True(JsonElement.DeepEquals(json, Json("classes", "run", "--seed", "0")));
        var other = Json("classes", "run", "--seed", "1");
        Assert.False(JsonElement.DeepEquals(json, other));
        foreach (var property in json.EnumerateObject().Where(p => p.Name != "classes"))
            Assert.True(JsonElement.DeepEquals(property.Value, other.GetProperty(property.Name)), property.Name);
        foreach (var (a, b) in Classes(json).Zip(Classes(other)))
        {
            foreach (var property in a.EnumerateObject().Where(p => p.Name is not ("halfLow" or "halfHigh" or "leakShareInterval")))
                Assert.True(JsonElement.DeepEquals(property.Value, b.GetProperty(property.Name)), property.Name);
        }
    }

    [Fact]
    public void A_run_without_labels_is_grouped_by_what_is_predicted()
    {
        var json = Json("classes", "bare", "--out", "bare.csv");
        Assert.Equal("prediction", json.GetProperty("by").GetString());
        Assert.Equal(
            probed.Observed("bare").GroupBy(o => o.CleanPrediction!.Value).OrderBy(g => g.Key).Select(g => (g.Key, g.Count())),
            Classes(json).Select(c => (c.GetProperty("class").GetInt32(), c.GetProperty("n").GetInt32())));
        Assert.All(Classes(json), c => Assert.Equal((JsonValueKind.Null, JsonValueKind.Null),
            (c.GetProperty("accuracy").ValueKind, c.GetProperty("accuracyInterval").ValueKind)));
        string text = Text("classes", "bare");
        Assert.Contains("because the run has no labels", text, StringComparison.Ordinal);
        Assert.DoesNotContain("accuracy", text, StringComparison.Ordinal);
        string[][] rows = [.. File.ReadAllLines(probed.Folder["bare.csv"]).Select(line => line.Split(','))];
        Assert.All(rows.Skip(1), row => Assert.Equal("", row[Array.IndexOf(rows[0], "accuracy")]));
    }

    [Fact]
    public void Help_has_examples()
    {
        string help = Text("classes", "--help").ReplaceLineEndings("\n");
        Assert.Contains("Examples:", help, StringComparison.Ordinal);
        Assert.Contains("  apex classes run\n", help, StringComparison.Ordinal);
        Assert.Contains("  apex classes run --out classes.csv\n", help, StringComparison.Ordinal);
        Assert.All((string[])["--top", "--seed", "--out", "--json"], option => Assert.Contains($"\n  {option}", help, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("--top -1", "--top", "-1")]
    [InlineData("--mode", "--mode")]
    [InlineData(".csv or .parquet", "--out", "classes.xlsx")]
    public void What_it_does_not_take_is_told_in_one_line(string says, params string[] options)
    {
        var result = CommandLine.Run(probed.Folder.Path, ["classes", "run", .. options]);
        Assert.Equal((2, ""), (result.ExitCode, result.Out));
        Assert.Contains(says, Assert.Single(result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    private static IReadOnlyList<JsonElement> Classes(JsonElement json) => [.. json.GetProperty("classes").EnumerateArray()];

    private string Text(params string[] command)
    {
        var result = CommandLine.Run(probed.Folder.Path, command);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.DoesNotContain("NaN", result.Out, StringComparison.Ordinal);
        return result.Out;
    }

    private JsonElement Json(params string[] command)
    {
        var json = JsonDocument.Parse(Text([.. command, "--json"])).RootElement;
        CommandSchema.Check("classes", json);
        return json;
    }

    /// <summary>A run with labels and one of random images without.</summary>
    public sealed class Probed : IDisposable
    {
        public const int Samples = 60;

        public Probed()
        {
            const int Images = 30;
            var random = new Random(1);
            // Images of one grey each and a little noise.
            float[] pixels = [.. Enumerable.Range(0, Images).SelectMany(i => Enumerable.Range(0, 28 * 28).Select(_ => (i + random.NextSingle()) / Images))];
            Folder.Write("d.npy", Files.Npy("<f4", $"({Images}, 1, 28, 28)", Files.Of(pixels)));
            string[] grid = ["--draws", "8", "--sigma", "0.02:0.8:8", "--no-report"];
            string[][] probes = [["probe", "--limit", $"{Samples}", .. grid, "--out", "run"], ["probe", "--data", "d.npy", .. grid, "--out", "bare"]];
            foreach (string[] probe in probes)
            {
                var result = CommandLine.Run(Folder.Path, probe);
                Assert.True(result.ExitCode == 0, result.Error);
            }
        }

        public TempFolder Folder { get; } = new();

        public void Dispose() => Folder.Dispose();

        internal List<SampleObservation> Observed(string run) =>
            Task.Run(async () => await RunReader.Open(Folder[run]).ReadAsync().ToListAsync()).GetAwaiter().GetResult();
    }
}
