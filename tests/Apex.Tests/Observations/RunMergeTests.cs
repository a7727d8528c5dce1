using System.Text.Json.Nodes;
using Apex.Experiments;
using Apex.Facts;
using Apex.Observations;
using Apex.Probing;
using Xunit;

namespace Apex.Tests.Observations;

/// <summary>Shards are one run, to the byte; what does not belong together is refused by name.</summary>
public sealed class RunMergeTests : IDisposable
{
    /// <summary>So many classes that a part holds 37 samples.</summary>
    private const int ManyClasses = 8000;

    private readonly SmallProbe _probe = new(Nets.ResNet(), 60, 3, 8, 8);

    public void Dispose() => _probe.Dispose();

    [Theory]
    [InlineData("residual", 1)]
    [InlineData("residual", 3)]
    [InlineData("residual", 7)]
    [InlineData("residual", 16)]
    [InlineData("embedded", 3)]
    [InlineData("embedded", 16)]
    [InlineData("many classes", 3)]
    [InlineData("many classes", 7)]
    [InlineData("pilot", 3)]
    [InlineData("relative", 7)]
    [InlineData("input", 3)]
    [InlineData("parameter", 7)]
    [InlineData("first order", 3)]
    public void Shards_in_any_order_are_one_run(string kind, int shards)
    {
        using var probe = kind == "many classes" ? new SmallProbe(Nets.ReluMlp(1, 3, [4], ManyClasses), 140, 3) : new SmallProbe(Nets.ResNet(), 100, 3, 8, 8);
        string embedded = Path.Combine(AppContext.BaseDirectory, "Default");
        ProbeJob With(ProbeJob job) => kind == "embedded" ? new ProbeJob
        {
            Model = Path.Combine(embedded, "fashion-mnist-resnet8.onnx"),
            Data = Path.Combine(embedded, "t10k-images-idx3-ubyte.gz"),
            Selection = new() { Limit = 40 },
            Options = job.Options with { Draws = 2 },
            Out = job.Out,
        } : job with
        {
            FirstOrder = kind == "first order",
            Options = kind switch
            {
                "pilot" => job.Options with { Sigmas = null, PilotSigmas = 5 },
                "relative" => job.Options with { Scale = NoiseScale.Relative },
                "input" => job.Options with { Space = NoiseSpace.Input },
                "parameter" => job.Options with { Space = NoiseSpace.Parameter },
                _ => job.Options,
            },
        };
        probe.Probe("whole", With);
        string[] parts = [.. Enumerable.Range(1, shards).Select(i => $"s{i}")];
        foreach (var (i, part) in parts.Index())
            probe.Probe(part, job => With(job) with { Shard = new Shard(i + 1, shards) });
        new Random(shards).Shuffle(parts);
        var merged = Merge(probe, "merged", parts);
        Assert.Equal(SmallProbe.Observations(probe.Folder["whole"]), SmallProbe.Observations(probe.Folder["merged"]));
        Assert.Equal(SmallProbe.Bytes(probe.Folder["whole"]), SmallProbe.Bytes(probe.Folder["merged"]));
        Assert.Equal(kind == "many classes" ? 8 : 2, SmallProbe.Bytes(probe.Folder["merged"]).Count);
        var whole = RunReader.Open(probe.Folder["whole"]).Info;
        Assert.Equal((RunStatus.Complete, whole.Samples, whole.Passes, null), (merged.Status, merged.Samples, merged.Passes, merged.Shard));
        Assert.Equal(Enumerable.Range(1, shards), merged.Merged.Select(m => m.Shard.Index));
        Assert.False(Directory.Exists(probe.Folder["merged.tmp"]));
    }

    [Fact]
    public async Task Shards_with_small_parts_make_the_same_files()
    {
        using var probe = new SmallProbe(Nets.ReluMlp(1, 3, [4], ManyClasses), 90, 3);
        probe.Probe("whole");
        Shards(probe, 2);
        // As a shard that was given little memory.
        var shard = RunReader.Open(probe.Folder["s1"]);
        await using (var writer = await RunWriter.CreateAsync(probe.Folder["small"],
            shard.Info with { PartSamples = 10, Samples = 0, Status = RunStatus.Running }))
        {
            await foreach (var observation in shard.ReadAsync())
                await writer.AddAsync(observation);
            await writer.EndAsync(RunStatus.Complete, 1);
        }

        Assert.Equal(10, SmallProbe.Bytes(probe.Folder["small"]).Count);
        Merge(probe, "merged", "small", "s2");
        Assert.Equal(SmallProbe.Bytes(probe.Folder["whole"]), SmallProbe.Bytes(probe.Folder["merged"]));
    }

    [Fact]
    public void Nothing_is_left_of_a_merge_that_is_stopped_and_a_killed_one_is_no_obstacle()
    {
        Shards(_probe, 2);
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() =>
            Task.Run(() => RunMerge.JoinAsync(_probe.Folder["merged"], [_probe.Folder["s1"], _probe.Folder["s2"]], cancellationToken: stop.Token))
                .GetAwaiter().GetResult());
        Assert.Empty(Directory.GetFileSystemEntries(_probe.Folder.Path, "merged*"));
        Copy(_probe.Folder["s1"], _probe.Folder["merged.tmp"]);
        Merge(_probe, "merged", "s1", "s2");
        Assert.Equal(["merged"], Directory.GetFileSystemEntries(_probe.Folder.Path, "merged*").Select(Path.GetFileName));
    }

    [Fact]
    public void What_does_not_belong_together_is_refused_by_name()
    {
        Shards(_probe, 3);
        string[] all = ["s1", "s2", "s3"];
        Refused(["shard 2/3 is missing"], "s1", "s3");
        Refused(["shards 1/3, 3/3 are missing"], "s2");
        Refused(["s2", "is shard 2/3, and so is"], "s1", "s2", "s2", "s3");
        Variant("fourth", job => job with { Shard = new Shard(2, 4) });
        Refused(["fourth", "is shard 2/4", "shard 1/3"], "s1", "fourth", "s3");
        _probe.Probe("run");
        Refused(["run", "is a whole run and no shard"], "run", "s1", "s2", "s3");
        Merge(_probe, "merged", all);
        Refused(["merged", "is a merged run and no shard"], "merged", "s2");
        Refused(["no such run"], "s1", "nowhere");

        Nets.ResNet().Save(_probe.Folder["same.onnx"]);
        var graph = Nets.ResNet();
        graph.Constant("unused", 1f);
        graph.Save(_probe.Folder["other.onnx"]);
        Variant("model", job => job with { Model = _probe.Folder["other.onnx"] });
        Refused(["model", "the model (its hash) is sha256:"], "s1", "model", "s3");
        _probe.Folder.Write("e.npy", [.. File.ReadAllBytes(_probe.Folder["d.npy"])[..^1], 63]);
        Variant("data", job => job with { Data = _probe.Folder["e.npy"] });
        Refused(["data", "the data (its hash)"], "s1", "data", "s3");
        _probe.Folder.Write("z.txt", string.Join('\n', Enumerable.Range(0, 60).Select(i => i % 2)));
        Variant("labels", job => job with { DataOptions = new() { Labels = _probe.Folder["z.txt"] } });
        Refused(["labels", "the labels (their hash)"], "s1", "labels", "s3");
        Variant("limit", job => job with { Selection = new() { Limit = 30 } });
        Refused(["limit", "`Limit` is none in", "30 in"], "s1", "limit", "s3");
        Variant("scale", job => job with { Preprocessing = new() { Scale = 2, Source = "--scale" } });
        Refused(["scale", "the preprocessing is", "scale 2"], "s1", "scale", "s3");
        Variant("classes", job => job with { Classes = ["a", "b", "c", "d"] });
        Refused(["classes", "the classes is 0,1,2,3 in", "a,b,c,d"], "s1", "classes", "s3");
        foreach (var (name, says, change) in new (string, string, Func<ProbeOptions, ProbeOptions>)[]
        {
            ("seed", "`Seed` is 0 in", o => o with { Seed = 5 }),
            ("grid", "`Sigmas` is 0.1,0.3,0.9 in", o => o with { Sigmas = [0.1, 0.3, 0.8] }),
            ("draws", "`Draws` is 4 in", o => o with { Draws = 5 }),
            ("sites", "`Sites` is 1,2,3,4,5 in", o => o with { Sites = ["last"] }),
            ("relative", "`ProbeOptions.Scale` is absolute in", o => o with { Scale = NoiseScale.Relative }),
            ("space", "`Space` is activation in", o => o with { Space = NoiseSpace.Parameter }),
            ("rows", "`Rows` is 12 in", o => o with { Rows = 6 }),
        })
        {
            Variant(name, job => job with { Options = change(job.Options) });
            Refused([name, says], "s1", name, "s3");
        }

        Edited("version", j => j["versions"]!["onnxruntime"] = "1.0");
        Refused(["version", "the version of ONNX Runtime is"], "s1", "version", "s3");
        Edited("older", j => j["formatVersion"] = 1);
        Refused(["older", "format apex-run 1"], "s1", "older", "s3");
        Edited("newer", j => j["formatVersion"] = 3);
        Refused(["newer", "format apex-run 3"], "s1", "newer", "s3");
        Edited("running", j => j["status"] = "running");
        Refused(["running", "still running, or was killed", "`ProbeJob.ResumeAsync("], "s1", "running", "s3");
        Edited("interrupted", j => j["status"] = "interrupted");
        Refused(["interrupted", "is interrupted"], "s1", "interrupted", "s3");
        Edited("overlap", j => j["shard"]!["first"] = 19);
        Refused(["overlap", "overlaps the one before it"], "s1", "overlap", "s3");
        foreach (string file in (string[])["samples", "observations"])
        {
            Edited("damaged", _ => { });
            string part = _probe.Folder[$"damaged/{file}/part-00000.parquet"];
            File.WriteAllBytes(part, File.ReadAllBytes(part)[..^100]);
            Refused(["damaged", file, "cannot be read as Parquet"], "s1", "damaged", "s3");
            File.Delete(part);
            Refused(["damaged", $"{file}/part-00000.parquet is missing"], "s1", "damaged", "s3");
            Directory.Delete(_probe.Folder["damaged"], recursive: true);
        }

        var taken = Assert.Throws<InvalidInputException>(() => Merge(_probe, "merged", all));
        Assert.Contains("is there already", taken.Message, StringComparison.Ordinal);
        // After all of that the right ones still make a run.
        Merge(_probe, "again", all);
        Assert.Equal(SmallProbe.Bytes(_probe.Folder["merged"]), SmallProbe.Bytes(_probe.Folder["again"]));
    }

    [Theory]
    [InlineData("0/3")]
    [InlineData("4/3")]
    [InlineData("1")]
    [InlineData("1/0")]
    [InlineData("a/b")]
    [InlineData("-1/3")]
    [InlineData("1/3/5")]
    public void A_shard_is_one_of_so_many(string text) =>
        Assert.Contains($"`Shard` {text}", Assert.Throws<InvalidInputException>(() => Shard.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Shares_cover_all_samples_once()
    {
        foreach (var (samples, count) in new[] { (16L, 16), (17, 16), (1_281_167, 16), (5, 3), (1000, 999) })
        {
            long next = 0;
            foreach (var shard in Enumerable.Range(1, count).Select(i => new Shard(i, count).Of(samples)))
            {
                Assert.Equal(next, shard.First);
                Assert.InRange(shard.Samples, samples / count, samples / count + 1);
                next += shard.Samples;
            }

            Assert.Equal(samples, next);
        }

        Assert.Contains("only 2 samples", Assert.Throws<InvalidInputException>(() => new Shard(1, 3).Of(2)).Message, StringComparison.Ordinal);
    }

    private static void Shards(SmallProbe probe, int count)
    {
        for (int i = 1; i <= count; i++)
            probe.Probe($"s{i}", job => job with { Shard = new Shard(i, count) });
    }

    private static RunInfo Merge(SmallProbe probe, string run, params string[] shards) =>
        Task.Run(() => RunMerge.JoinAsync(probe.Folder[run], [.. shards.Select(s => probe.Folder[s])])).GetAwaiter().GetResult();

    /// <summary>Shard 2 of 3, but for one thing.</summary>
    private void Variant(string name, Func<ProbeJob, ProbeJob> change) => _probe.Probe(name, job => change(job with { Shard = new Shard(2, 3) }));

    /// <summary>A copy of shard 2 of 3 that says something else.</summary>
    private void Edited(string name, params Action<JsonNode>[] edits)
    {
        Copy(_probe.Folder["s2"], _probe.Folder[name]);
        var json = JsonNode.Parse(File.ReadAllText(_probe.Folder[name + "/run.json"]))!;
        foreach (var edit in edits)
            edit(json);
        File.WriteAllText(_probe.Folder[name + "/run.json"], json.ToJsonString());
    }

    private void Refused(string[] says, params string[] shards)
    {
        var error = Assert.Throws<InvalidInputException>(() => Merge(_probe, "refused", shards));
        Assert.All(says, word => Assert.Contains(word, error.Message, StringComparison.Ordinal));
        Assert.DoesNotContain('\n', error.Message);
        Assert.Empty(Directory.GetFileSystemEntries(_probe.Folder.Path, "refused*"));
    }

    private static void Copy(string from, string to)
    {
        foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}
