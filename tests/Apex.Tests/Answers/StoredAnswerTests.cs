using System.Text.Json;
using System.Text.Json.Nodes;
using Apex.Tests.Cli;
using Xunit;

namespace Apex.Tests.Answers;

/// <summary>No field of an answer is lost: each command's JSON has all that it had at commit 455af9b, and is what its schema says.</summary>
public sealed class StoredAnswerTests(StoredAnswerTests.TwoRuns runs) : IClassFixture<StoredAnswerTests.TwoRuns>
{
    private static readonly Dictionary<string, (string Schema, string[] Command)> Commands = new()
    {
        ["probe-adaptive"] = ("escape", ["probe", "--limit", "20", "--draws", "8", "--sigma", "0.02:0.8:8", "--adaptive"]),
        ["show"] = ("show", ["show", "run"]),
        ["regularity"] = ("regularity", ["regularity", "run"]),
        ["regularity-against"] = ("regularity", ["regularity", "run", "--against", "scores.csv:score"]),
        ["escape"] = ("escape", ["escape", "run"]),
        ["transitions"] = ("transitions", ["transitions", "run"]),
        ["compare"] = ("compare", ["compare", "run", "run2"]),
        ["audit"] = ("audit", ["audit", "run", "--truth", "wrong.csv:w"]),
        // By its old name, which still runs.
        ["transition"] = ("dependence", ["transition", "run"]),
        ["bias-run"] = ("bias", ["bias", "run"]),
        ["bias-limit"] = ("bias", ["bias", "--draws", "200"]),
        ["bias-finite"] = ("bias", ["bias", "--sigma", "0.1,10", "--draws", "4", "--limit", "20"]),
        ["sensitivity"] = ("sensitivity", ["sensitivity", "run"]),
        ["scan"] = ("scan", ["scan", Shipped, "nothere.onnx", "--draws", "16"]),
        ["sites"] = ("sites", ["sites", Shipped]),
        ["reach"] = ("reach", ["reach", "--limit", "1", "--probes", "32", "--directions", "4"]),
        ["plot"] = ("plot", ["plot", "run", "flips"]),
        ["report"] = ("report", ["report", "run"]),
    };

    private static string Shipped => Path.Combine(AppContext.BaseDirectory, "Default", "fashion-mnist-resnet8.onnx");

    public static TheoryData<string> Names => [.. Commands.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_field_of_before_is_there(string name)
    {
        var (schema, command) = Commands[name];
        Check(schema, name, CommandLine.Run(runs.Folder.Path, [.. command, "--json"]));
    }

    [Fact]
    public void A_probe_answers_as_show_does() => Check("show", "probe", runs.Probe);

    /// <summary>Without this the others could not fail.</summary>
    [Fact]
    public void What_is_lost_is_seen()
    {
        var stored = StoredAnswer.Read("audit");
        var now = JsonNode.Parse(stored.GetRawText())!;
        now["suspects"]![0]!.AsObject().Remove("score");
        now.AsObject().Remove("draws");
        now["samples"] = "60";
        now["classes"] = new JsonArray();
        Assert.Equal([".classes is empty", ".draws is missing", ".samples: Number became String", ".suspects[].score is missing"],
            StoredAnswer.Missing(stored, JsonDocument.Parse(now.ToJsonString()).RootElement).Order());
    }

    private static void Check(string schema, string name, CommandLine.Result printed)
    {
        Assert.True(printed.Out.Length > 0, printed.Error);
        var now = JsonDocument.Parse(printed.Out).RootElement;
        CommandSchema.Check(schema, now);
        Assert.Empty(StoredAnswer.Missing(StoredAnswer.Read(name), now));
    }

    public sealed class TwoRuns : IDisposable
    {
        public TwoRuns()
        {
            string[] probe = ["probe", "--limit", "60", "--draws", "8", "--sigma", "0.02:0.8:8"];
            Probe = CommandLine.Run(Folder.Path,
                [.. probe, "--by-site", "20", "--by-site-draws", "4", "--by-site-sigma", "0.25:8:4", "--out", "run", "--json"]);
            Assert.Equal(0, CommandLine.Run(Folder.Path, [.. probe, "--seed", "1", "--no-report", "--out", "run2"]).ExitCode);
            var random = new Random(1);
            var scores = Enumerable.Range(0, 60).Select(_ => FormattableString.Invariant($"{random.NextDouble()}"));
            File.WriteAllLines(Folder["scores.csv"], scores.Prepend("score"));
            File.WriteAllLines(Folder["wrong.csv"], [.. Enumerable.Range(0, 60).Select(i => i % 7 == 0 ? "1" : "0").Prepend("w")]);
        }

        public TempFolder Folder { get; } = new();

        public CommandLine.Result Probe { get; }

        public void Dispose() => Folder.Dispose();
    }
}
