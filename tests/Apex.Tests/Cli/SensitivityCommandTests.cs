using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Apex.Facts;
using Apex.Observations;
using Xunit;

namespace Apex.Tests.Cli;

/// <summary><c>apex probe --by-site</c> and <c>apex sensitivity</c>, through the real process.</summary>
public sealed class SensitivityCommandTests(SensitivityCommandTests.Runs runs) : IClassFixture<SensitivityCommandTests.Runs>
{
    [Fact]
    public void Every_site_is_what_a_probe_of_it_alone_shows()
    {
        var json = Json("sensitivity", "run", "--json");
        CommandSchema.Check("sensitivity", json);
        var sites = json.GetProperty("sites").EnumerateArray().ToList();
        Assert.Equal([.. Enumerable.Range(1, 7)], sites.Select(s => s.GetProperty("index").GetInt32()));
        Assert.Equal([.. Enumerable.Range(1, 7)], sites.Select(s => s.GetProperty("rank").GetInt32()).Order());
        Assert.Equal((30, 6), (json.GetProperty("samples").GetInt32(), json.GetProperty("draws").GetInt32()));
        var info = RunReader.Open(runs.Folder["run"]).SingleSites;
        foreach (int index in (int[])[1, 4, 7])
        {
            var site = sites[index - 1];
            string name = site.GetProperty("name").GetString()!;
            Ok("probe", "--limit", "30", "--sites", name, "--relative", "--draws", "6",
                "--sigma", Runs.Grid, "--seed", "3", "--no-report", "--out", $"site-{index}");
            var plain = Json("show", $"site-{index}", "--json");
            foreach (string field in (string[])["flipRate", "flipRateInterval"])
                Assert.True(JsonElement.DeepEquals(plain.GetProperty(field), site.GetProperty(field)), $"{name}: {field}");
            var plan = RunReader.Open(runs.Folder[$"site-{index}"]).Info.Plan;
            Assert.Equal((plan.SiteScales[0], plan.Rows), (info.Rms[index - 1], info.Rows[index - 1]));
            Assert.Equal((double)plan.SiteScales[0], site.GetProperty("rms").GetDouble());
        }
    }

    [Fact]
    public async Task Counts_on_disk_are_those_of_a_probe_of_the_site()
    {
        Ok("probe", "--limit", "30", "--sites", "3", "--relative", "--draws", "6", "--sigma", Runs.Grid, "--seed", "3", "--no-report", "--out", "alone");
        var plain = await RunReader.Open(runs.Folder["alone"]).ReadAsync().ToListAsync();
        var own = await RunReader.Open(runs.Folder["run"]).ReadSitesAsync().Where(o => o.Site == 3).ToListAsync();
        Assert.Equal(plain.Select(o => (o.SampleId, o.CleanPrediction)), own.Select(o => (o.SampleId, o.CleanPrediction)));
        Assert.Equal(plain.SelectMany(o => o.Sigmas.SelectMany(s => s.Counts)), own.SelectMany(o => o.Counts.SelectMany(c => c)));
    }

    [Fact]
    public void It_ranks_the_sites_in_words()
    {
        string text = Ok("sensitivity", "run", "--out", "sites.csv").Out;
        var ranked = Json("sensitivity", "run", "--json").GetProperty("sites").EnumerateArray()
            .OrderBy(s => s.GetProperty("rank").GetInt32()).Select(s => s.GetProperty("name").GetString()!).ToList();
        int[] places = [.. ranked.Select(n => text.IndexOf(n + " ", StringComparison.Ordinal))];
        Assert.All(places, p => Assert.True(p > 0));
        Assert.Equal(places.Order(), places);
        // The last site pools its noise away: on this grid its draws do not flip.
        Assert.Contains("above 8", text, StringComparison.Ordinal);
        Assert.Contains("nothing is extrapolated", text, StringComparison.Ordinal);
        Assert.Equal(1 + 7 * 7, File.ReadAllLines(runs.Folder["sites.csv"]).Length);
        Assert.Contains("7 sites", Ok("show", "run").Out, StringComparison.Ordinal);
        Assert.Contains("Which layers matter", File.ReadAllText(runs.Folder["run/report.html"]), StringComparison.Ordinal);
    }

    [Fact]
    public void The_run_says_how_and_is_otherwise_the_same_as_without()
    {
        Ok([.. Runs.Probe, "--no-report", "--threads", "1", "--out", "without"]);
        var (with, without) = (RunReader.Open(runs.Folder["run"]).Info, RunReader.Open(runs.Folder["without"]).Info);
        Assert.Null(without.SingleSites);
        Assert.False(File.Exists(runs.Folder["without/sites.parquet"]));
        Assert.Equal((RunInfo.CurrentVersion, with.Passes, with.Samples), (with.FormatVersion, without.Passes, without.Samples));
        Assert.Equal((7 * 30 * 7 * 6L, 30, 7), (with.SingleSites!.Passes, with.SingleSites.Samples, with.SingleSites.Sigmas.Count));
        Same("run", "without", "observations/part-00000.parquet", "samples/part-00000.parquet");
        Assert.Contains("then each alone: 30 samples, 7 sigmas 0.125 to 8", runs.Told, StringComparison.Ordinal);
        Assert.Contains("single sites: 210/210 samples", runs.Told, StringComparison.Ordinal);

        Ok([.. Runs.Probe, .. Runs.BySite, "--no-report", "--threads", "1", "--out", "again"]);
        Same("run", "again", "sites.parquet");
    }

    [Fact]
    public void A_run_from_before_single_sites_reads_as_one_without()
    {
        Ok([.. Runs.Probe, "--no-report", "--out", "old"]);
        var json = JsonNode.Parse(File.ReadAllText(runs.Folder["old/run.json"]))!;
        Assert.True(json.AsObject().Remove("singleSites"));
        File.WriteAllText(runs.Folder["old/run.json"], json.ToJsonString());
        Ok("show", "old");
        Ok("report", "old");
        Assert.DoesNotContain("\"sensitivity\":{", File.ReadAllText(runs.Folder["old/report.html"]), StringComparison.Ordinal);
        Refused("--by-site", "sensitivity", "old");
    }

    [Fact]
    public void A_damaged_file_takes_nothing_from_the_run()
    {
        Directory.CreateDirectory(runs.Folder["damaged"]);
        foreach (string file in Directory.EnumerateFiles(runs.Folder["run"], "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(runs.Folder["damaged"], Path.GetRelativePath(runs.Folder["run"], file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        string sites = runs.Folder["damaged/sites.parquet"];
        File.WriteAllBytes(sites, File.ReadAllBytes(sites)[..^500]);
        Refused("cannot be read as Parquet", "sensitivity", "damaged");
        File.Delete(sites);
        Refused("sites.parquet", "sensitivity", "damaged");
        var json = JsonNode.Parse(File.ReadAllText(runs.Folder["damaged/run.json"]))!;
        json["singleSites"]!["samples"] = 31;
        File.WriteAllText(runs.Folder["damaged/run.json"], json.ToJsonString());
        File.Copy(runs.Folder["run/sites.parquet"], sites);
        Refused("31 samples of 7 sites", "sensitivity", "damaged");
        Ok("show", "damaged");
        Ok("report", "damaged");
        Assert.Contains("31 samples of 7 sites", File.ReadAllText(runs.Folder["damaged/report.html"]), StringComparison.Ordinal);
    }

    [Fact]
    public void Large_rows_come_in_several_groups()
    {
        using var folder = new TempFolder();
        Nets.ReluMlp(1, 4, [6, 6], 800).Save(folder["m.onnx"]);
        folder.Write("d.csv", "a,b,c,d\n" + string.Join('\n', Enumerable.Range(0, 120).Select(i => $"{i % 3},{i % 5},{i % 7},1")));
        var made = CommandLine.Run(folder.Path, "probe", "m.onnx", "--data", "d.csv",
            "--sigma", "0.3", "--draws", "2", "--by-site", "110", "--no-report", "--out", "run");
        Assert.True(made.ExitCode == 0, made.Error);
        var sites = JsonDocument.Parse(CommandLine.Run(folder.Path, "sensitivity", "run", "--json").Out).RootElement;
        Assert.Equal((110, 2), (sites.GetProperty("samples").GetInt32(), sites.GetProperty("sites").GetArrayLength()));
    }

    [Fact]
    public void One_site_is_enough_and_fewer_samples_than_asked_are_all()
    {
        using var folder = new TempFolder();
        Nets.ReluMlp(1, 5, [8], 3).Save(folder["m.onnx"]);
        folder.Write("d.csv", "a,b,c,d,e\n1,2,3,4,5\n5,4,3,2,1\n0,1,0,1,0\n");
        var made = CommandLine.Run(folder.Path, "probe", "m.onnx", "--data", "d.csv", "--sigma", "0.3", "--out", "run", "--by-site");
        Assert.True(made.ExitCode == 0, made.Error);
        Assert.Contains("report.html", made.Error, StringComparison.Ordinal);
        var json = JsonDocument.Parse(CommandLine.Run(folder.Path, "sensitivity", "run", "--json").Out).RootElement;
        Assert.Equal((3, 16, 19), (json.GetProperty("samples").GetInt32(), json.GetProperty("draws").GetInt32(), json.GetProperty("sigmas").GetArrayLength()));
        Assert.Equal(1, json.GetProperty("sites")[0].GetProperty("depth").GetDouble());
    }

    [Fact]
    public void Ctrl_c_while_sites_are_probed_alone_keeps_the_run_and_nothing_half()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "sends a POSIX signal");
        using var folder = new TempFolder();
        var running = CommandLine.Start(folder.Path, "probe", "--limit", "5000", "--sigma", "0.1", "--draws", "1", "--by-site", "5000", "--out", "run");
        for (int i = 0; i < 900 && !File.Exists(folder["run/sites.parquet.tmp"]); i++)
            Thread.Sleep(100);
        using (var kill = Process.Start("kill", ["-INT", running.Process.Id.ToString(CultureInfo.InvariantCulture)]))
            kill.WaitForExit();
        var result = running.Wait();
        Assert.Equal(130, result.ExitCode);
        Assert.Contains("the run is complete without that part", result.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(folder["run"], "sites*"));
        var info = RunReader.Open(folder["run"]).Info;
        Assert.Equal((RunStatus.Complete, 5000L), (info.Status, info.Samples));
        Assert.Null(info.SingleSites);
        Assert.Equal(2, CommandLine.Run(folder.Path, "sensitivity", "run").ExitCode);
    }

    [Fact]
    public void A_complete_run_or_one_merged_from_shards_gets_the_part_by_resume()
    {
        foreach (int shard in (int[])[1, 2])
            Ok([.. Runs.Probe, "--shard", $"{shard}/2", "--out", $"shard-{shard}"]);
        Refused("merge the shards", [.. Runs.Probe, .. Runs.BySite, "--shard", "1/2", "--out", "none"]);
        Ok("merge", "merged", "shard-2", "shard-1");
        Ok(["probe", "--resume", "merged", .. Runs.BySite]);
        Same("run", "merged", "sites.parquet", "samples/part-00000.parquet");
        Assert.Contains("nothing to do", Ok(["probe", "--resume", "merged", .. Runs.BySite]).Error, StringComparison.Ordinal);
        Assert.Contains("nothing to do", Ok("probe", "--resume", "merged").Error, StringComparison.Ordinal);
        Refused("other options of --by-site", "probe", "--resume", "merged", "--by-site", "20");

        // What a kill in the second half of the work leaves: the run is complete, and says what was asked for.
        var json = JsonNode.Parse(File.ReadAllText(runs.Folder["merged/run.json"]))!;
        json["singleSites"] = null;
        File.WriteAllText(runs.Folder["merged/run.json"], json.ToJsonString());
        File.Delete(runs.Folder["merged/sites.parquet"]);
        Ok("probe", "--resume", "merged");
        Same("run", "merged", "sites.parquet");
        Assert.Empty(Directory.EnumerateFiles(runs.Folder["merged"], "*.lock"));
    }

    private void Same(string a, string b, params string[] files) =>
        Assert.All(files, f => Assert.Equal(File.ReadAllBytes(runs.Folder[$"{a}/{f}"]), File.ReadAllBytes(runs.Folder[$"{b}/{f}"])));

    private void Refused(string told, params string[] arguments)
    {
        var result = CommandLine.Run(runs.Folder.Path, arguments);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(told, Assert.Single(result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    private JsonElement Json(params string[] arguments) => JsonDocument.Parse(Ok(arguments).Out).RootElement;

    private CommandLine.Result Ok(params string[] arguments)
    {
        var result = CommandLine.Run(runs.Folder.Path, arguments);
        Assert.True(result.ExitCode == 0, result.Error);
        return result;
    }

    /// <summary>A run of the built-in model with its sites probed alone.</summary>
    public sealed class Runs : IDisposable
    {
        public const string Grid = "0.125:8:7";
        public static readonly string[] Probe = ["probe", "--limit", "50", "--sigma", "0.05,0.2", "--draws", "8", "--seed", "3"];
        public static readonly string[] BySite = ["--by-site", "30", "--by-site-sigma", Grid, "--by-site-draws", "6"];

        public Runs()
        {
            var made = CommandLine.Run(Folder.Path, [.. Probe, .. BySite, "--out", "run"]);
            Assert.True(made.ExitCode == 0, made.Error);
            Told = made.Error;
        }

        public TempFolder Folder { get; } = new();

        public string Told { get; }

        public void Dispose() => Folder.Dispose();
    }
}
