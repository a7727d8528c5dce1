using System.Text.Json;
using Xunit;

namespace Apex.Tests.Cli;

/// <summary>The commands over runs, through the real process, on runs of the built-in model.</summary>
public sealed class AnalysisCommandTests(AnalysisCommandTests.Runs runs) : IClassFixture<AnalysisCommandTests.Runs>
{
    [Fact]
    public void Regularity_ranks_every_readout_and_compares_them()
    {
        string scores = runs.Folder.Write("scores.csv", "sample,score,label\n" + string.Concat(runs.Labels.Select((label, i) => $"{i},{(i * 37) % 61},{label}\n")));
        var json = Json("regularity", "regularity", "a", "--against", scores + ":score", "--input-run", "input", "--json");
        Assert.Equal(Runs.Samples, json.GetProperty("samples").GetInt32());
        string[] names = [.. json.GetProperty("readouts").EnumerateArray().Select(r => r.GetProperty("name").GetString()!)];
        Assert.Equal(["apex", "escape-mode", "escape-flip", "mean-softmax", "mean-margin", "flip-stability", "clean-margin", "confidence", "entropy", "loss", "input-stability"], names);
        foreach (var readout in json.GetProperty("readouts").EnumerateArray())
        {
            double value = readout.GetProperty("spearman").GetDouble();
            Assert.InRange(value, readout.GetProperty("low").GetDouble(), readout.GetProperty("high").GetDouble());
            Assert.InRange(readout.GetProperty("differenceFromMargin").GetDouble(), readout.GetProperty("differenceLow").GetDouble(), readout.GetProperty("differenceHigh").GetDouble());
        }

        string text = Text("regularity", "a", "--out", "ranking.csv");
        Assert.Contains("Most regular", text, StringComparison.Ordinal);
        Assert.Equal(Runs.Samples + 1, File.ReadAllLines(runs.Folder["ranking.csv"]).Length);
        // What it wrote is what it reads: each readout agrees with itself.
        var again = Json("regularity", "regularity", "a", "--against", runs.Folder["ranking.csv"] + ":apex", "--json");
        Assert.Equal(1, again.GetProperty("readouts")[0].GetProperty("spearman").GetDouble(), 1e-9);
        Text("regularity", "a", "--out", "ranking.parquet");
        Assert.Equal(1, Json("regularity", "regularity", "a", "--against", runs.Folder["ranking.parquet"] + ":apex", "--json").GetProperty("readouts")[0].GetProperty("spearman").GetDouble(), 1e-9);
    }

    [Fact]
    public void Escape_gives_intervals_and_survival()
    {
        var mode = Json("escape", "escape", "a", "--json");
        Assert.Equal("mode", mode.GetProperty("reading").GetString());
        var flip = Json("escape", "escape", "a", "--flip-level", "0.25", "--json");
        Assert.Equal(Runs.Samples, flip.GetProperty("escapes").GetArrayLength());
        foreach (var escape in flip.GetProperty("escapes").EnumerateArray().Where(e => e.GetProperty("censoring").GetString() == "none"))
            Assert.True(escape.GetProperty("low").GetDouble() <= escape.GetProperty("value").GetDouble());
        Assert.Contains("Kaplan-Meier", Text("escape", "a", "--out", "escape.csv"), StringComparison.Ordinal);
    }

    [Fact]
    public void An_adaptive_probe_agrees_with_the_whole_grid()
    {
        string[] job = ["--limit", "40", "--sigma", "0.02:1:16", "--draws", "24"];
        var adaptive = Json("escape", ["probe", .. job, "--adaptive", "--out", "adaptive.csv", "--json"]);
        Assert.Equal(0, CommandLine.Run(runs.Folder.Path, ["probe", .. job, "--out", "grid"]).ExitCode);
        var grid = Json("escape", "escape", "grid", "--flip-level", "0.5", "--json");
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
        string groups = runs.Folder.Write("groups.json", """{"garments": ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Shirt"], "rest": ["Sandal", "Sneaker", "Bag", "Ankle boot"]}""");
        Assert.Equal(["garments", "rest"], Json("transitions", "transitions", "a", "--taxonomy", groups, "--json").GetProperty("taxonomy").GetProperty("groups").EnumerateArray().Select(g => g.GetString()!));
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
        string labels = runs.Folder.Write("labels.txt", string.Concat(runs.Labels.Select((label, i) => $"{(flipped.Contains(i) ? (label + 5) % 10 : label)}\n")));
        string truth = runs.Folder.Write("truth.csv", "sample_id,flipped\n" + string.Concat(runs.Labels.Select((_, i) => $"{i},{(flipped.Contains(i) ? 1 : 0)}\n")));
        // Labels are for the whole source; the probe takes its first samples.
        File.AppendAllLines(labels, Enumerable.Repeat("0", 10_000 - Runs.Samples));
        string data = Path.Combine(AppContext.BaseDirectory, "Default", "t10k-images-idx3-ubyte.gz");
        var probe = CommandLine.Run(runs.Folder.Path, "probe", "--data", data, "--labels", labels, "--limit", $"{Runs.Samples}", "--sigma", "0.05:0.4:4", "--draws", "8", "--out", "flipped");
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
        string model = SharedData.Need("cifar10/resnet20.onnx"), data = SharedData.Need("cifar10/train_0000_1999.bin"), scores = SharedData.Need("cifar10/cscores_0000_1999.npz");
        string[] cifar = ["--mean", "0.485,0.456,0.406", "--std", "0.229,0.224,0.225"];
        var probe = CommandLine.Run(runs.Folder.Path, ["probe", model, "--data", data, .. cifar, "--limit", "300", "--sigma", "0.02:0.5:5", "--draws", "6", "--out", "cifar"]);
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

            Labels = [.. Observed("a").Select(o => o.Label!.Value)];
        }

        public TempFolder Folder { get; } = new();

        public IReadOnlyList<int> Labels { get; }

        public void Dispose() => Folder.Dispose();

        private List<Apex.Observations.SampleObservation> Observed(string run) =>
            Task.Run(async () => await Apex.Observations.RunReader.Open(Folder[run]).ReadAsync().ToListAsync()).GetAwaiter().GetResult();
    }
}
