using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Apex.Experiments;
using Apex.Facts;
using Apex.Observations;
using Apex.Tests.Observations;
using Xunit;

namespace Apex.Tests.Cli;

/// <summary>A run that was stopped, however, and resumed is the run that was never stopped, to the byte.</summary>
public sealed class ResumeTests
{
    private const int Samples = 1200, Killed = 137;

    [Theory]
    [InlineData(10)]
    [InlineData(5, "--space", "input", "--sigma", "0.1:1:6")]
    [InlineData(5, "--space", "parameter", "--sigma", "0.1:1:6")]
    public void Killed_at_random_moments(int kills, params string[] options)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "sends a POSIX signal");
        using var probe = Probe();
        // Without --sigma a pilot finds the levels: those of the run are used, not found again.
        string[] command = [.. Command, .. options, "--draws", "24", "--checkpoint", "0.05", "--out"];
        Done(probe, [.. command, "whole"]);
        var whole = SmallProbe.Observations(probe.Folder["whole"]);
        var random = new Random(kills);
        for (int killed = 0; killed < kills;)
        {
            bool isThere = File.Exists(probe.Folder["run/run.json"]);
            long before = isThere ? RunReader.Open(probe.Folder["run"], partial: true).Info.Samples : 0;
            var running = CommandLine.Start(probe.Folder.Path,
                isThere ? ["probe", "--resume", "run", "--no-report", "--checkpoint", "0.05"] : [.. command, "run"]);
            // Every other kill waits for samples, so that kills come while they are written too.
            for (int i = 0; killed % 2 == 0 && i < 400 && !running.Process.HasExited
                && (!File.Exists(probe.Folder["run/run.json"]) || RunReader.Open(probe.Folder["run"], partial: true).Info.Samples == before); i++)
                Thread.Sleep(10);
            running.Process.WaitForExit(random.Next(killed % 2 == 0 ? 150 : 900));
            running.Process.Kill();
            killed += running.Wait().ExitCode == Killed ? 1 : 0;
            if (!File.Exists(probe.Folder["run/run.json"]))
                continue;
            var kept = RunReader.Open(probe.Folder["run"], partial: true);
            Assert.True(kept.Info.Samples >= before, "a resumed run lost samples");
            Assert.Equal(whole[..(int)kept.Info.Samples], SmallProbe.Observations(probe.Folder["run"], partial: true));
            if (kept.Info.Status != RunStatus.Complete)
                continue;
            Same(probe);
            Directory.Delete(probe.Folder["run"], recursive: true);
        }

        if (File.Exists(probe.Folder["run/run.json"]))
        {
            Done(probe, "probe", "--resume", "run", "--no-report");
            Same(probe);
        }
    }

    [Fact]
    public void Stopped_again_and_again_by_ctrl_c()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "sends a POSIX signal");
        using var probe = Probe();
        string[] command = [.. Command, "--sigma", "0.1:1:6", "--draws", "24", "--out"];
        Done(probe, [.. command, "whole"]);
        for (int stops = 0; stops < 4; stops++)
        {
            long before = stops == 0 ? 0 : RunReader.Open(probe.Folder["run"]).Info.Samples;
            var running = CommandLine.Start(probe.Folder.Path,
                stops == 0 ? [.. command, "run", "--checkpoint", "0"] : ["probe", "--resume", "run", "--checkpoint", "0", "--threads", "1", "--no-report"]);
            for (int i = 0; i < 3000 && !running.Process.HasExited
                && (!File.Exists(probe.Folder["run/run.json"]) || RunReader.Open(probe.Folder["run"], partial: true).Info.Samples == before); i++)
                Thread.Sleep(10);
            using (var kill = Process.Start("kill", ["-INT", running.Process.Id.ToString(CultureInfo.InvariantCulture)]))
                kill.WaitForExit();
            var result = running.Wait();
            Assert.True(result.ExitCode == 130, $"{result.ExitCode} {result.Error}");
            Assert.Contains("probe --resume run", result.Error, StringComparison.Ordinal);
            var info = RunReader.Open(probe.Folder["run"]).Info;
            Assert.Equal(RunStatus.Interrupted, info.Status);
            Assert.InRange(info.Samples, before + 1, Samples - 1);
            Assert.Equal(stops, info.Resumes.Count);
        }

        Done(probe, "probe", "--resume", "run", "--no-report");
        Same(probe);
        Assert.False(File.Exists(probe.Folder["run/run.lock"]));
    }

    [Fact]
    public void Of_a_disk_that_is_full_what_was_done_is_kept()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "limits the size of files with prlimit");
        using var probe = Probe();
        string[] command = [.. Command, "--sigma", "0.1:1:6", "--draws", "24", "--checkpoint", "0.02", "--out"];
        Done(probe, [.. command, "whole"]);
        long largest = new FileInfo(probe.Folder["whole/observations/part-00000.parquet"]).Length;
        // A limit on the size of a file is told to a process as a full disk is, but for the number of the error. The runtime's own memory must not be a
        // file then.
        var result = CommandLine.Launch(probe.Folder.Path, "env",
            ["--ignore-signal=XFSZ", "DOTNET_EnableWriteXorExecute=0", "prlimit", $"--fsize={largest / 2}", Apex, .. command, "run"]).Wait();
        Refused(result, "run", "cannot be written any further", "samples are kept", "apex probe --resume run");
        Assert.Empty(Directory.EnumerateFiles(probe.Folder["run"], "*.tmp", SearchOption.AllDirectories));
        Assert.InRange(RunReader.Open(probe.Folder["run"], partial: true).Info.Samples, 1, Samples - 1);
        Done(probe, "probe", "--resume", "run", "--no-report");
        Same(probe);
    }

    [Fact]
    public void On_a_file_system_that_is_full()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "mounts a file system");
        using var probe = Probe();
        Directory.CreateDirectory(probe.Folder["small"]);
        Assert.SkipUnless(Shell("mount", "-t", "tmpfs", "-o", "size=256k", "apex-test", probe.Folder["small"]),
            "mounting a small file system is not allowed here");
        try
        {
            string[] command = [.. Command, "--sigma", "0.1:1:24", "--draws", "8", "--checkpoint", "0.05", "--out"];
            Done(probe, [.. command, "whole"]);
            var result = CommandLine.Run(probe.Folder.Path, [.. command, "small/run"]);
            Refused(result, "small/run", "cannot be written any further", "No space left", "apex probe --resume small/run");
            Assert.Empty(Directory.EnumerateFiles(probe.Folder["small/run"], "*.tmp", SearchOption.AllDirectories));
            Assert.True(Shell("mount", "-o", "remount,size=64m", probe.Folder["small"]));
            Done(probe, "probe", "--resume", "small/run", "--no-report");
            Same(probe, "small/run");
        }
        finally
        {
            Shell("umount", probe.Folder["small"]);
        }
    }

    [Fact]
    public void Torn_files_and_leftovers_do_not_matter()
    {
        using var probe = new SmallProbe(Nets.ResNet(), 60, 3, 8, 8);
        probe.Probe("whole");
        probe.Probe("shorter", job => job with { Selection = new() { Limit = 40 } });
        void Torn(string observations, string samples, int counted)
        {
            if (Directory.Exists(probe.Folder["run"]))
                Directory.Delete(probe.Folder["run"], recursive: true);
            Directory.CreateDirectory(probe.Folder["run"]);
            Edit(probe, "whole", "run", j => (j["status"], j["samples"], j["finished"]) = ("running", counted, null));
            foreach (var (folder, from) in new[] { ("observations", observations), ("samples", samples) })
            {
                if (from.Length == 0)
                    continue;
                Directory.CreateDirectory(probe.Folder[$"run/{folder}"]);
                File.Copy(probe.Folder[$"{from}/{folder}/part-00000.parquet"], probe.Folder[$"run/{folder}/part-00000.parquet"]);
                probe.Folder.Write($"run/{folder}/part-00000.parquet.tmp", "half of some");
            }

            probe.Folder.Write("run/run.json.tmp", "{ \"form");
            Assert.Equal(counted, SmallProbe.Observations(probe.Folder["run"], partial: true).Count);
            var resumed = Resume(probe);
            Assert.Equal((RunStatus.Complete, 60L), (resumed.Status, resumed.Samples));
            Same(probe);
            Assert.Equal(["run.json"], Directory.GetFiles(probe.Folder["run"]).Select(Path.GetFileName));
        }

        Torn("whole", "whole", 60);
        Torn("whole", "whole", 25);
        Torn("whole", "shorter", 40);
        Torn("whole", "shorter", 25);
        Torn("", "", 0);
        Torn("whole", "", 0);
    }

    [Fact]
    public void A_part_that_is_missing_or_damaged_is_named()
    {
        using var probe = new SmallProbe(Nets.ResNet(), 60, 3, 8, 8);
        probe.Probe("run");
        Edit(probe, "run", "run", j => (j["status"], j["samples"]) = ("running", 50));
        string part = probe.Folder["run/samples/part-00000.parquet"];
        byte[] sound = File.ReadAllBytes(part);
        File.WriteAllBytes(part, sound[..^9]);
        Assert.Contains("samples/part-00000.parquet: cannot be read",
            Assert.Throws<InvalidInputException>(() => Resume(probe)).Message, StringComparison.Ordinal);
        File.Delete(part);
        Assert.Contains("samples/part-00000.parquet is missing", Assert.Throws<InvalidInputException>(() => Resume(probe)).Message, StringComparison.Ordinal);
        File.WriteAllBytes(part, sound);
        Edit(probe, "run", "run", j => j["samples"] = 61);
        Assert.Contains("the run is damaged", Assert.Throws<InvalidInputException>(() => Resume(probe)).Message, StringComparison.Ordinal);
        Edit(probe, "run", "run", j => j["samples"] = 50);
        Assert.Equal(RunStatus.Complete, Resume(probe).Status);
    }

    [Fact]
    public void What_would_change_the_results_is_refused_by_name()
    {
        using var probe = Probe();
        Done(probe, [.. Command, "--sigma", "0.1,0.3", "--draws", "2", "--limit", "30", "--scale", "0.5", "--out", "run"]);
        var complete = Done(probe, "probe", "--resume", "run");
        Assert.Contains("is complete, all 30 samples are there; nothing to do", complete.Error, StringComparison.Ordinal);
        Assert.Empty(complete.Out);
        Edit(probe, "run", "run", j => (j["status"], j["samples"]) = ("running", 20));
        foreach (var (says, options) in new (string, string[])[]
        {
            ("--draws is 2 in the run and 3 now", ["--draws", "3"]),
            ("--sigma is 0.1,0.3 in the run and 0.1,0.2 now", ["--sigma", "0.1,0.2"]),
            ("--seed is 0 in the run and 4 now", ["--seed", "4"]),
            ("--limit is 30 in the run and 40 now", ["--limit", "40"]),
            ("--indices is none in the run and 0:30 now", ["--indices", "0:30"]),
            ("--only-class is none in the run and 1 now", ["--only-class", "1"]),
            ("--sites is 1,2,3,4,5 in the run and 5 now", ["--sites", "last"]),
            ("--space is activation in the run and parameter now", ["--space", "parameter"]),
            ("--relative is absolute in the run and relative now", ["--relative"]),
            ("the preprocessing is scale 0.5 in the run and scale 0.25 now", ["--scale", "0.25"]),
            ("the classes is 0,1,2,3 in the run and a,b,c,d now", ["--classes", "a,b,c,d"]),
            ("--rows is 4 in the run and 2 now", ["--rows", "2"]),
            ("--shard is none in the run and 1/2 now", ["--shard", "1/2"]),
            ("--resume and --out contradict", ["--out", "other"]),
            ("--adaptive", ["--adaptive"]),
            ("the labels (their hash)", ["--labels", probe.Folder.Write("z.txt", string.Join('\n', Enumerable.Repeat(1, Samples)))]),
        })
            Refused(CommandLine.Run(probe.Folder.Path, ["probe", "--resume", "run", .. options]), says);

        byte[] model = File.ReadAllBytes(probe.Folder["m.onnx"]), data = File.ReadAllBytes(probe.Folder["d.npy"]);
        var other = Nets.ResNet();
        other.Constant("unused", 1f);
        other.Save(probe.Folder["m.onnx"]);
        Refused(CommandLine.Run(probe.Folder.Path, "probe", "--resume", "run"), "the model (its hash) is sha256:");
        File.WriteAllBytes(probe.Folder["m.onnx"], model);
        File.WriteAllBytes(probe.Folder["d.npy"], [.. data[..^1], 63]);
        Refused(CommandLine.Run(probe.Folder.Path, "probe", "--resume", "run"), "the data (its hash) is sha256:");
        File.WriteAllBytes(probe.Folder["d.npy"], data);
        probe.Folder.Write("m.apex.json", "{ \"preprocessing\": { \"mean\": [1] } }");
        Refused(CommandLine.Run(probe.Folder.Path, "probe", "--resume", "run"), "the preprocessing is scale 0.5 in the run and scale 0.5, mean 1 now");
        File.Delete(probe.Folder["m.apex.json"]);

        // Elsewhere, but the same; said again, but the same; and on one thread.
        File.Move(probe.Folder["m.onnx"], probe.Folder["n.onnx"]);
        Refused(CommandLine.Run(probe.Folder.Path, "probe", "--resume", "run"), "m.onnx", "no such model");
        Done(probe, "probe", "n.onnx", "--resume", "run", "--draws", "2", "--sigma", "0.1,0.3",
            "--scale", "0.5", "--rows", "64", "--threads", "1", "--memory", "2G", "--no-report");
        Assert.Equal("n.onnx", RunReader.Open(probe.Folder["run"]).Info.Model.Path);
    }

    [Fact]
    public void Only_one_process_writes_a_run()
    {
        using var probe = Probe();
        var running = CommandLine.Start(probe.Folder.Path, [.. Command, "--sigma", "0.1:1:24", "--draws", "2000", "--checkpoint", "0", "--out", "run"]);
        for (int i = 0; i < 3000 && !running.Process.HasExited && !File.Exists(probe.Folder["run/run.json"]); i++)
            Thread.Sleep(10);
        Refused(CommandLine.Run(probe.Folder.Path, "probe", "--resume", "run"), "run: another process is writing this run");
        Refused(CommandLine.Run(probe.Folder.Path, [.. Command, "--out", "run"]), "run: already holds a run", "--resume");
        running.Process.Kill();
        running.Wait();
    }

    [Fact]
    public void Runs_that_do_not_record_enough_say_so()
    {
        using var probe = new SmallProbe(Nets.ResNet(), 20, 3, 8, 8);
        probe.Probe("whole");
        Directory.CreateDirectory(probe.Folder["run"]);
        Edit(probe, "whole", "run", j => j["formatVersion"] = 1);
        Assert.Contains("format apex-run 1; this version reads apex-run 2",
            Assert.Throws<InvalidInputException>(() => Resume(probe)).Message, StringComparison.Ordinal);
        Edit(probe, "whole", "run", j => (j["status"], j["samples"], j["job"]) = ("running", 0, null));
        Assert.Contains("does not record what is needed", Assert.Throws<InvalidInputException>(() => Resume(probe)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("5")]
    [InlineData("{\"provider\": \"x\"}")]
    public void Damaged_options_of_the_model_are_told_as_damage(string options)
    {
        using var probe = new SmallProbe(Nets.ResNet(), 20, 3, 8, 8);
        probe.Probe("whole");
        Directory.CreateDirectory(probe.Folder["run"]);
        Edit(probe, "whole", "run", j => (j["status"], j["samples"], j["job"]!["modelOptions"]) = ("running", 0, JsonNode.Parse(options)));
        Assert.Contains("its modelOptions cannot be read", Assert.Throws<InvalidInputException>(() => Resume(probe)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_shard_is_resumed_and_merged()
    {
        using var probe = Probe();
        string[] command = [.. Command, "--draws", "2", "--limit", "50"];
        Done(probe, [.. command, "--out", "whole"]);
        Done(probe, [.. command, "--shard", "1/2", "--out", "s1"]);
        Done(probe, [.. command, "--shard", "2/2", "--out", "s2"]);
        Edit(probe, "s2", "s2", j => (j["status"], j["samples"]) = ("running", 7));
        Refused(CommandLine.Run(probe.Folder.Path, "merge", "run", "s2", "s1"),
            "s2: shard 2/2 is still running, or was killed, with 7 of 25 samples", "apex probe --resume");
        Assert.Contains("7 of 25 samples are there", Done(probe, "probe", "--resume", "s2").Error, StringComparison.Ordinal);
        Assert.Contains("50 samples of 2 shards", Done(probe, "merge", "run", "s2", "s1").Out, StringComparison.Ordinal);
        Same(probe);
        Refused(CommandLine.Run(probe.Folder.Path, "merge", "run", "s2", "s1"), "run: is there already");
    }

    private static string Apex => Path.Combine(AppContext.BaseDirectory, "apex");

    private static string[] Command => ["probe", "m.onnx", "--data", "d.npy", "--labels", "y.txt", "--no-report"];

    private static SmallProbe Probe() => new(Nets.ResNet(), Samples, 3, 8, 8);

    private static CommandLine.Result Done(SmallProbe probe, params string[] command)
    {
        var result = CommandLine.Run(probe.Folder.Path, command);
        Assert.True(result.ExitCode == 0, result.Error);
        return result;
    }

    private static void Refused(CommandLine.Result result, params string[] says)
    {
        Assert.True(result.ExitCode == 2, $"{result.ExitCode} {result.Error}");
        Assert.All(says, word => Assert.Contains(word, result.Error.TrimEnd().Split('\n')[^1], StringComparison.Ordinal));
        Assert.Empty(result.Out);
    }

    private static RunInfo Resume(SmallProbe probe) =>
        Task.Run(() => ProbeJob.ResumeAsync(probe.Folder["run"], job => job with { Options = job.Options with { Threads = 1 } })).GetAwaiter().GetResult();

    private static void Same(SmallProbe probe, string run = "run") =>
        Assert.Equal(SmallProbe.Bytes(probe.Folder["whole"]), SmallProbe.Bytes(probe.Folder[run]));

    /// <summary>Writes what one run says, changed, into the folder of another.</summary>
    private static void Edit(SmallProbe probe, string from, string to, Action<JsonNode> edit)
    {
        var json = JsonNode.Parse(File.ReadAllText(probe.Folder[from + "/run.json"]))!;
        edit(json);
        File.WriteAllText(probe.Folder[to + "/run.json"], json.ToJsonString());
    }

    private static bool Shell(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
