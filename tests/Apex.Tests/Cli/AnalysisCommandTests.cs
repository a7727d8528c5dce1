using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Apex.Facts;
using Apex.Observations;
using SkiaSharp;
using Xunit;

namespace Apex.Tests.Cli;

/// <summary>The commands over runs, through the real process, on runs of the built-in model.</summary>
public sealed partial class AnalysisCommandTests(AnalysisCommandTests.Runs runs) : IClassFixture<AnalysisCommandTests.Runs>
{
    [Fact]
    public void Regularity_ranks_every_readout_and_compares_them()
    {
        string scores = runs.Folder.Write("scores.csv",
            "sample,score,label\n" + string.Concat(runs.Labels.Select((label, i) => $"{i},{(i * 37) % 61},{label}\n")));
        var json = Json("regularity", "regularity", "a", "--against", scores + ":score", "--input-run", "input", "--json");
        Assert.Equal(Runs.Samples, json.GetProperty("samples").GetInt32());
        string[] names = [.. json.GetProperty("readouts").EnumerateArray().Select(r => r.GetProperty("name").GetString()!)];
        Assert.Equal(["apex", "escape-mode", "escape-flip", "mean-softmax", "mean-margin",
            "flip-stability", "clean-margin", "first-order", "confidence", "entropy", "loss", "input-stability"], names);
        foreach (var readout in json.GetProperty("readouts").EnumerateArray())
        {
            double value = readout.GetProperty("spearman").GetDouble();
            Assert.InRange(value, readout.GetProperty("low").GetDouble(), readout.GetProperty("high").GetDouble());
            Assert.InRange(readout.GetProperty("differenceFromMargin").GetDouble(),
                readout.GetProperty("differenceLow").GetDouble(), readout.GetProperty("differenceHigh").GetDouble());
        }

        string text = Text("regularity", "a", "--out", "ranking.csv");
        Assert.Contains("Most regular", text, StringComparison.Ordinal);
        Assert.Equal(Runs.Samples + 1, File.ReadAllLines(runs.Folder["ranking.csv"]).Length);
        // What it wrote is what it reads: each readout agrees with itself.
        var again = Json("regularity", "regularity", "a", "--against", runs.Folder["ranking.csv"] + ":apex", "--json");
        Assert.Equal(1, again.GetProperty("readouts")[0].GetProperty("spearman").GetDouble(), 1e-9);
        Text("regularity", "a", "--out", "ranking.parquet");
        var itself = Json("regularity", "regularity", "a", "--against", runs.Folder["ranking.parquet"] + ":apex", "--json");
        Assert.Equal(1, itself.GetProperty("readouts")[0].GetProperty("spearman").GetDouble(), 1e-9);
    }

    [Fact]
    public void Escape_gives_intervals_and_survival()
    {
        var mode = Json("escape", "escape", "a", "--mode", "--json");
        Assert.Equal(("mode", JsonValueKind.Null), (mode.GetProperty("reading").GetString(), mode.GetProperty("flipLevel").ValueKind));
        Assert.Contains("mode reading", Text("escape", "a", "--mode"), StringComparison.Ordinal);
        var flip = Json("escape", "escape", "a", "--flip-level", "0.25", "--json");
        Assert.Equal(Runs.Samples, flip.GetProperty("escapes").GetArrayLength());
        foreach (var escape in flip.GetProperty("escapes").EnumerateArray().Where(e => e.GetProperty("censoring").GetString() == "none"))
            Assert.True(escape.GetProperty("low").GetDouble() <= escape.GetProperty("value").GetDouble());
        Assert.Contains("Kaplan-Meier", Text("escape", "a", "--out", "escape.csv"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a")]
    [InlineData("b")]
    [InlineData("input")]
    public void Every_answer_about_escape_noise_reads_the_same_flip_level(string run)
    {
        var escape = Json("escape", "escape", run, "--json");
        Assert.Equal(("flip-level", 0.5), (escape.GetProperty("reading").GetString(), escape.GetProperty("flipLevel").GetDouble()));
        Assert.Contains("flip level 0.5", Text("escape", run), StringComparison.Ordinal);
        Assert.Equal(0.5, Json("regularity", "regularity", run, "--json").GetProperty("flipLevel").GetDouble());
        // The median of a comparison with itself is that of the command.
        var compare = Json("compare", "compare", run, run, "--json");
        Assert.Equal(0.5, compare.GetProperty("flipLevel").GetDouble());
        Assert.True(
            JsonElement.DeepEquals(Value(escape.GetProperty("curves")[0].GetProperty("median")), Value(compare.GetProperty("escape").GetProperty("medianA"))));
        var page = Page(run);
        Assert.Equal(0.5, page.GetProperty("flipLevel").GetDouble());
        // The gallery has numbers to seven digits.
        Assert.Equal(escape.GetProperty("escapes").EnumerateArray().Select(e => Digits(e.GetProperty("value"))),
            page.GetProperty("samples").GetProperty("escape").EnumerateArray().Select(Digits));
        Text("plot", run, "escape", "--out", $"escape-{run}.svg");
        Assert.Contains("flip level 0.5", File.ReadAllText(runs.Folder[$"escape-{run}.svg"]), StringComparison.Ordinal);

        static JsonElement Value(JsonElement ends) => ends.GetProperty("value");
        static float? Digits(JsonElement number) => number.ValueKind == JsonValueKind.Number ? (float)number.GetDouble() : null;
    }

    [Theory]
    [InlineData("a")]
    [InlineData("b")]
    [InlineData("input")]
    public void Every_list_of_samples_has_one_order(string run)
    {
        var regularity = Json("regularity", "regularity", run, "--json");
        var show = Json("show", "show", run, "--top", "10", "--json");
        foreach (string list in (string[])["mostRegular", "leastRegular"])
        {
            Assert.Equal(regularity.GetProperty(list).EnumerateArray().Select(s => (s.GetProperty("sample").GetInt64(), s.GetProperty("score").GetDouble())),
                show.GetProperty(list).EnumerateArray().Select(s => (s.GetProperty("id").GetInt64(), s.GetProperty("score").GetDouble())));
            Assert.Equal(10, show.GetProperty(list).GetArrayLength());
        }

        var samples = Page(run).GetProperty("samples");
        long[] byRank = [.. samples.GetProperty("rank").EnumerateArray().Select(r => r.GetInt32())
            .Zip(samples.GetProperty("id").EnumerateArray().Select(i => i.GetInt64())).OrderBy(p => p.First).Select(p => p.Second)];
        Assert.Equal(regularity.GetProperty("leastRegular").EnumerateArray().Select(s => s.GetProperty("sample").GetInt64()), byRank.Take(10));
        Assert.Equal(regularity.GetProperty("mostRegular").EnumerateArray().Select(s => s.GetProperty("sample").GetInt64()), byRank.Reverse().Take(10));
        // In text too.
        Assert.Equal(Listed(Text("regularity", run, "--top", "5")), Listed(Text("show", run)));

        static string[] Listed(string text) => [.. SampleNumber().Matches(text).Select(m => m.Value)];
    }

    [GeneratedRegex("#[0-9]+")]
    private static partial Regex SampleNumber();

    [Theory]
    [InlineData("a")]
    [InlineData("b")]
    [InlineData("input")]
    public void Columns_hold_what_their_names_say(string run)
    {
        Text("regularity", run, "--out", $"columns-{run}.csv");
        Text("audit", run, "--out", $"labels-{run}.csv");
        var regularity = Table($"columns-{run}.csv");
        var audit = Table($"labels-{run}.csv").ToDictionary(r => r["sample_id"]);
        var suspects = Json("audit", "audit", run, "--json").GetProperty("suspects").EnumerateArray().ToDictionary(s => s.GetProperty("sample").GetInt64());
        string[] classes = [.. Json("show", "show", run, "--json").GetProperty("classes").EnumerateArray().Select(c => c.GetString()!)];
        var observed = Runs.Observed(runs.Folder[run]);
        Assert.Equal(observed.Count, regularity.Count);
        foreach (var (o, row) in observed.Zip(regularity))
        {
            double[] powers = [.. o.CleanLogits.Select(s => Math.Exp((double)s - o.CleanLogits.Max()))], softmax = [.. powers.Select(p => p / powers.Sum())];
            int label = o.Label!.Value, predicted = o.CleanPrediction!.Value;
            Assert.Equal(softmax[predicted], Number(row["confidence"]), 1e-9);
            Assert.Equal(-Math.Log(softmax[label]), Number(row["loss"]), 1e-9);
            Assert.Equal(-softmax.Sum(p => p * Math.Log(p)), Number(row["entropy"]), 1e-9);
            Assert.Equal((classes[label], classes[predicted]), (row["label_name"], row["clean_prediction_name"]));

            var suspect = suspects[o.SampleId];
            var labelled = audit[row["sample_id"]];
            Assert.Equal(softmax[label], Number(labelled["self_confidence"]), 1e-9);
            Assert.Equal(softmax[label], suspect.GetProperty("selfConfidence").GetDouble(), 1e-9);
            Assert.Equal((classes[label], classes[predicted]), (labelled["label_name"], labelled["clean_prediction_name"]));
            Assert.Equal((classes[label], classes[predicted]),
                (suspect.GetProperty("labelName").GetString(), suspect.GetProperty("predictedName").GetString()));
            Assert.Equal(suspect.GetProperty("escapesTo") is { ValueKind: JsonValueKind.Number } to ? classes[to.GetInt32()] : "", labelled["escapes_to_name"]);
        }

        // Images of one file have no file of their own.
        Assert.DoesNotContain("file", regularity[0].Keys);
        Assert.DoesNotContain("file", audit.Values.First().Keys);
        Assert.Equal(JsonValueKind.Null, suspects.Values.First().GetProperty("file").ValueKind);
    }

    /// <summary>How an image folder is named, and from where its run is asked.</summary>
    public static TheoryData<string, string[], string> Folders => new()
    {
        { "photos", [], "." },
        { "photos", ["--limit", "7"], "elsewhere" },
        { "photos", ["--indices", "3:20:4", "--labels", "photo-labels.txt"], "." },
    };

    [Theory]
    [MemberData(nameof(Folders))]
    public void Samples_of_an_image_folder_are_told_by_their_files(string data, string[] choice, string from)
    {
        string[] files = Photos(data);
        runs.Folder.Write("photo-labels.txt", string.Concat(files.Select((_, i) => $"{i % 3}\n")));
        using var folder = new TempFolder();
        string run = folder["run"], there = from == "." ? runs.Folder.Path : folder.Path;
        var probe = CommandLine.Run(runs.Folder.Path, ["probe", "--data", data, .. choice, "--sigma", "0.05,0.2", "--draws", "4", "--out", run]);
        Assert.True(probe.ExitCode == 0, probe.Error);
        foreach (string command in (string[])["regularity", "audit"])
        {
            var result = CommandLine.Run(there, command, run, "--top", "100", "--json", "--out", folder["table.csv"]);
            Assert.True(result.ExitCode == 0, result.Error);
            var json = JsonDocument.Parse(result.Out).RootElement;
            CommandSchema.Check(command, json);
            var listed = json.GetProperty(command == "audit" ? "suspects" : "mostRegular").EnumerateArray().ToList();
            Assert.Equal(choice.Length == 0 ? files.Length : choice[0] == "--limit" ? 7 : 5, listed.Count);
            Assert.All(listed, s => Assert.Equal(files[s.GetProperty("sample").GetInt32()], s.GetProperty("file").GetString()));
            Assert.All(Table(folder["table.csv"]), row => Assert.Equal(files[int.Parse(row["sample_id"], CultureInfo.InvariantCulture)], row["file"]));
            string text = CommandLine.Run(there, command, run, "--top", "100").Out;
            Assert.All(listed, s => Assert.Contains(text.Split('\n'), line =>
                line.StartsWith($"  #{s.GetProperty("sample").GetInt64()} ", StringComparison.Ordinal)
                && line.Contains($" {s.GetProperty("file").GetString()} ", StringComparison.Ordinal)));
        }
    }

    [Theory]
    [InlineData("renamed")]
    [InlineData("one more")]
    [InlineData("gone")]
    public void Files_of_a_folder_that_has_changed_are_not_guessed(string change)
    {
        string data = runs.Folder[$"changed {change}"], run = $"run {change}";
        string[] files = Photos(data);
        var probe = CommandLine.Run(runs.Folder.Path, ["probe", "--data", data, "--limit", "6", "--sigma", "0.05,0.2", "--draws", "4", "--out", run]);
        Assert.True(probe.ExitCode == 0, probe.Error);
        switch (change)
        {
            case "renamed": File.Move(Path.Combine(data, files[0]), Path.Combine(data, Path.GetDirectoryName(files[0])!, "0009.png")); break;
            case "one more": File.Copy(Path.Combine(data, files[0]), Path.Combine(data, Path.GetDirectoryName(files[0])!, "0000-copy.png")); break;
            default: Directory.Delete(data, recursive: true); break;
        }

        foreach (string command in (string[])["regularity", "audit"])
        {
            var result = CommandLine.Run(runs.Folder.Path, command, run, "--out", $"table {change}.csv", "--json");
            Assert.True(result.ExitCode == 0, result.Error);
            Assert.StartsWith("apex: note: samples are told by number alone, without their files: ",
                Assert.Single(result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
            Assert.DoesNotContain("file", Table($"table {change}.csv")[0].Keys);
            Assert.All(JsonDocument.Parse(result.Out).RootElement.GetProperty(command == "audit" ? "suspects" : "mostRegular").EnumerateArray(),
                s => Assert.Equal(JsonValueKind.Null, s.GetProperty("file").ValueKind));
        }
    }

    /// <summary>Eight images of each of three classes of the built-in model; their names in the order of the folder.</summary>
    private string[] Photos(string data)
    {
        string[] names = [.. ((string[])["Bag", "Coat", "Dress"]).SelectMany(c => Enumerable.Range(1, 8).Select(i => $"{c}/{i:d4}.png"))];
        foreach (var (n, name) in names.Index())
        {
            using var bitmap = new SKBitmap(new SKImageInfo(28, 28, SKColorType.Gray8));
            for (int i = 0; i < 28 * 28; i++)
                bitmap.SetPixel(i % 28, i / 28, new SKColor((byte)(i * n), (byte)(i * n), (byte)(i * n)));
            using var encoded = bitmap.Encode(SKEncodedImageFormat.Png, 100);
            runs.Folder.Write(Path.Combine(data, name), encoded.ToArray());
        }

        return names;
    }

    /// <summary>What a run's page holds of it.</summary>
    private JsonElement Page(string run)
    {
        Text("report", run, "--out", $"page-{run}.html");
        string data = PageData().Match(File.ReadAllText(runs.Folder[$"page-{run}.html"])).Groups[1].Value;
        return JsonDocument.Parse(data).RootElement.GetProperty("runs")[0];
    }

    [GeneratedRegex("<script[^>]*id=\"data\"[^>]*>(.*?)</script>", RegexOptions.Singleline)]
    private static partial Regex PageData();

    /// <summary>The rows of a CSV whose fields hold no comma.</summary>
    private List<Dictionary<string, string>> Table(string file)
    {
        string[][] rows = [.. File.ReadAllLines(runs.Folder[file]).Select(line => line.Split(','))];
        return [.. rows.Skip(1).Select(row => rows[0].Zip(row).ToDictionary(p => p.First, p => p.Second))];
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    [Fact]
    public void An_adaptive_probe_agrees_with_the_whole_grid()
    {
        string[] job = ["--limit", "40", "--sigma", "0.02:1:16", "--draws", "24"];
        var adaptive = Json("escape", ["probe", .. job, "--adaptive", "--out", "adaptive.csv", "--json"]);
        Assert.Equal(0, CommandLine.Run(runs.Folder.Path, ["probe", .. job, "--out", "grid"]).ExitCode);
        var grid = Json("escape", "escape", "grid", "--json");
        Assert.True(adaptive.GetProperty("passes").GetInt64() * 3 < adaptive.GetProperty("gridPasses").GetInt64());
        int overlapping = adaptive.GetProperty("escapes").EnumerateArray().Zip(grid.GetProperty("escapes").EnumerateArray())
            .Count(p => Low(p.First) <= High(p.Second) && Low(p.Second) <= High(p.First));
        Assert.Equal(40, overlapping);
        Assert.Equal(41, File.ReadAllLines(runs.Folder["adaptive.csv"]).Length);

        static double Low(JsonElement e) => e.GetProperty("low").GetDouble();
        static double High(JsonElement e) => e.GetProperty("high") is { ValueKind: JsonValueKind.Number } high ? high.GetDouble() : double.PositiveInfinity;
    }

    [Fact]
    public void Transitions_stay_among_like_garments()
    {
        var json = Json("transitions", "transitions", "a", "--json");
        var matrix = json.GetProperty("matrix").EnumerateArray().Select(row => row.EnumerateArray().ToList()).ToList();
        for (int i = 0; i < matrix.Count; i++)
            Assert.True(matrix[i][i].ValueKind == JsonValueKind.Null || matrix[i][i].GetDouble() == 0);
        Assert.True(json.GetProperty("coherence").GetDouble() > json.GetProperty("expected").GetDouble());
        Assert.InRange(json.GetProperty("pValue").GetDouble(), 0, 0.01);
        Assert.Contains("->", Text("transitions", "a"), StringComparison.Ordinal);
        string groups = runs.Folder.Write("groups.json",
            """{"garments": ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Shirt"], "rest": ["Sandal", "Sneaker", "Bag", "Ankle boot"]}""");
        var told = Json("transitions", "transitions", "a", "--taxonomy", groups, "--json");
        Assert.Equal(["garments", "rest"], told.GetProperty("taxonomy").GetProperty("groups").EnumerateArray().Select(g => g.GetString()!));
    }

    [Fact]
    public void A_run_compared_with_another_seed_shows_no_difference()
    {
        var json = Json("compare", "compare", "a", "b", "--json");
        var escape = json.GetProperty("escape");
        Assert.InRange(0.5, escape.GetProperty("low").GetDouble(), escape.GetProperty("high").GetDouble());
        Assert.True(json.GetProperty("paired").GetBoolean());
        Assert.StartsWith("No difference", Text("compare", "a", "b"), StringComparison.Ordinal);
    }

    [Fact]
    public void Audit_puts_flipped_labels_first()
    {
        int[] flipped = [3, 17, 29, 41];
        string labels = runs.Folder.Write("labels.txt",
            string.Concat(runs.Labels.Select((label, i) => $"{(flipped.Contains(i) ? (label + 5) % 10 : label)}\n")));
        string truth = runs.Folder.Write("truth.csv",
            "sample_id,flipped\n" + string.Concat(runs.Labels.Select((_, i) => $"{i},{(flipped.Contains(i) ? 1 : 0)}\n")));
        // Labels are for the whole source; the probe takes its first samples.
        File.AppendAllLines(labels, Enumerable.Repeat("0", 10_000 - Runs.Samples));
        string data = Path.Combine(AppContext.BaseDirectory, "Default", "t10k-images-idx3-ubyte.gz");
        var probe = CommandLine.Run(runs.Folder.Path, "probe", "--data", data, "--labels", labels,
            "--limit", $"{Runs.Samples}", "--sigma", "0.05:0.4:4", "--draws", "8", "--out", "flipped");
        Assert.True(probe.ExitCode == 0, probe.Error);
        var json = Json("audit", "audit", "flipped", "--truth", truth, "--json");
        Assert.Equal(Runs.Samples, json.GetProperty("suspects").GetArrayLength());
        Assert.True(json.GetProperty("suspects").EnumerateArray().Take(8).Count(s => flipped.Contains(s.GetProperty("sample").GetInt32())) >= 3);
        Assert.InRange(json.GetProperty("detection")[0].GetProperty("auroc").GetDouble(), 0.9, 1);
        Assert.Contains("predicted as another class", Text("audit", "flipped", "--out", "suspects.csv"), StringComparison.Ordinal);
    }

    [Fact]
    public void Regularity_against_published_c_scores_keeps_its_contract()
    {
        string model = SharedData.Need("cifar10/resnet20.onnx"), data = SharedData.Need("cifar10/train_0000_1999.bin"),
            scores = SharedData.Need("cifar10/cscores_0000_1999.npz");
        string[] cifar = ["--mean", "0.485,0.456,0.406", "--std", "0.229,0.224,0.225"];
        var probe = CommandLine.Run(runs.Folder.Path,
            ["probe", model, "--data", data, .. cifar, "--limit", "300", "--sigma", "0.02:0.5:5", "--draws", "6", "--out", "cifar"]);
        Assert.True(probe.ExitCode == 0, probe.Error);
        var json = Json("regularity", "regularity", "cifar", "--against", scores + ":scores", "--json");
        Assert.Equal(300, json.GetProperty("samples").GetInt32());
        Assert.InRange(json.GetProperty("readouts")[0].GetProperty("spearman").GetDouble(), 0.6, 0.9);
        var transitions = Json("transitions", "transitions", "cifar", "--json");
        Assert.Equal("CIFAR-10", transitions.GetProperty("taxonomy").GetProperty("name").GetString());
        Assert.InRange(transitions.GetProperty("pValue").GetDouble(), 0, 0.001);
    }

    public static TheoryData<string, string, string[]> Wrong => new()
    {
        { "no run", "no such run", ["regularity", "nothing"] },
        { "scores missing", "no such file", ["regularity", "a", "--against", "nothing.npz:scores"] },
        { "scores of another length", "2 scores", ["regularity", "a", "--against", "two.csv:score"] },
        { "scores of other labels", "label", ["regularity", "a", "--against", "labels.csv:score"] },
        { "no such column", "x, score", ["regularity", "a", "--against", "columns.csv:other"] },
        { "table of no kind", ".csv or .parquet", ["regularity", "a", "--out", "table.xlsx"] },
        { "table in no folder", "folder does not exist", ["escape", "a", "--out", "nowhere/table.csv"] },
        { "flip level", "between 0 and 1", ["escape", "a", "--flip-level", "1.5"] },
        { "two readings of escape noise", "contradict", ["escape", "a", "--mode", "--flip-level", "0.5"] },
        { "flip level of a comparison", "between 0 and 1", ["compare", "a", "b", "--flip-level", "0"] },
        { "top", "--top", ["transitions", "a", "--top", "-1"] },
        { "taxonomy missing", "no such file", ["transitions", "a", "--taxonomy", "nothing.json"] },
        { "taxonomy of other classes", "'cat' is no class", ["transitions", "a", "--taxonomy", "cats.json"] },
        { "input run with hidden sites", "--sites input", ["regularity", "a", "--input-run", "b"] },
        { "one run to compare", "Required argument", ["compare", "a"] },
        { "width without adaptive", "--adaptive", ["probe", "--width", "1.5"] },
        { "width of nothing", "--width 0.5", ["probe", "--adaptive", "--width", "0.5"] },
        { "adaptive into a folder", ".csv or .parquet", ["probe", "--adaptive", "--out", "run2"] },
        { "truth of other numbers", "0 and 1", ["audit", "a", "--truth", "columns.csv:x"] },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Bad_input_is_told_in_one_line(string name, string says, string[] command)
    {
        runs.Folder.Write("two.csv", "score\n1\n2\n");
        runs.Folder.Write("labels.csv", "score,label\n" + string.Concat(runs.Labels.Select(l => $"1,{(l + 1) % 10}\n")));
        runs.Folder.Write("columns.csv", "x,score\n" + string.Concat(runs.Labels.Select((_, i) => $"{i},1\n")));
        runs.Folder.Write("cats.json", """{"cats": ["cat"]}""");
        string[] before = Entries();
        var result = CommandLine.Run(runs.Folder.Path, command);
        Assert.True(result.ExitCode == 2, $"{name}: exit {result.ExitCode}, {result.Error}");
        Assert.Contains(says, Assert.Single(result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.Empty(result.Out);
        Assert.Equal(before, Entries());

        string[] Entries() => [.. Directory.GetFileSystemEntries(runs.Folder.Path).Order(StringComparer.Ordinal)];
    }

    private string Text(params string[] command)
    {
        var result = CommandLine.Run(runs.Folder.Path, command);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.DoesNotContain("NaN", result.Out, StringComparison.Ordinal);
        return result.Out;
    }

    [Fact]
    public void Report_says_what_it_wrote()
    {
        var told = Json("report", "report", "a", "--out", "told.html", "--json");
        Assert.Equal("told.html", told.GetProperty("file").GetString());
        Assert.Equal(new FileInfo(runs.Folder["told.html"]).Length, told.GetProperty("bytes").GetInt64());
    }

    private JsonElement Json(string schema, params string[] command)
    {
        var result = CommandLine.Run(runs.Folder.Path, command);
        Assert.True(result.ExitCode == 0, result.Error);
        var json = JsonDocument.Parse(result.Out).RootElement;
        CommandSchema.Check(schema, json);
        return json;
    }

    /// <summary>Runs that all tests read.</summary>
    public sealed class Runs : IDisposable
    {
        public const int Samples = 60;

        public Runs()
        {
            foreach (var (name, extra) in ((string, string[])[])[("a", []), ("b", ["--seed", "1"]), ("input", ["--sites", "input"])])
            {
                var probe = CommandLine.Run(Folder.Path, ["probe", "--limit", $"{Samples}", "--sigma", "0.05:0.6:6", "--draws", "16", "--out", name, .. extra]);
                Assert.True(probe.ExitCode == 0, probe.Error);
            }

            Labels = [.. Observed(Folder["a"]).Select(o => o.Label!.Value)];
        }

        public TempFolder Folder { get; } = new();

        public IReadOnlyList<int> Labels { get; }

        public void Dispose() => Folder.Dispose();

        internal static List<SampleObservation> Observed(string run) =>
            Task.Run(async () => await RunReader.Open(run).ReadAsync().ToListAsync()).GetAwaiter().GetResult();
    }
}
