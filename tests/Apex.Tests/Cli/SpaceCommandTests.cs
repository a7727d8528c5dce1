using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Apex.Facts;
using Apex.Observations;
using Xunit;

namespace Apex.Tests.Cli;

/// <summary><c>apex probe --space</c>, and every command on the run that it writes.</summary>
public sealed class SpaceCommandTests(SpaceCommandTests.Runs runs) : IClassFixture<SpaceCommandTests.Runs>
{
    [Fact]
    public void A_parameter_run_says_what_was_perturbed()
    {
        var info = RunReader.Open(runs.Folder["parameter"]).Info;
        Assert.Equal((NoiseSpace.Parameter, NoiseScale.Relative), (info.Plan.Space, info.Plan.Scale));
        Assert.Empty(info.Plan.Sites);
        Assert.Equal(29, info.Plan.Parameters!.Count);
        Assert.All(info.Plan.Parameters, p => Assert.True(p.Rms > 0 && p.Elements == p.Shape.Aggregate(1, (a, d) => a * d) && p.Name.Length > 0));
        Assert.Equal(Runs.Samples * 5L * 6, info.Passes);
        Assert.Contains("77754 parameters in 29 tensors", runs.Told, StringComparison.Ordinal);
        Assert.Contains("29 parameter tensors", Text("show", "parameter"), StringComparison.Ordinal);
        var json = Json("show", "show", "parameter", "--json");
        Assert.Equal("parameter", json.GetProperty("space").GetString());
        Assert.Equal(29, json.GetProperty("parameters").GetArrayLength());
        double[] flips = [.. json.GetProperty("flipRate").EnumerateArray().Select(v => v.GetDouble())];
        Assert.True(flips[0] < 0.02 && flips[^1] > 0.5, string.Join(" ", flips));
    }

    [Theory]
    [InlineData("regularity", "regularity")]
    [InlineData("escape", "escape")]
    [InlineData("transitions", "transitions")]
    [InlineData("audit", "audit")]
    [InlineData("dependence", "dependence")]
    [InlineData("bias", "bias")]
    public void Every_analysis_reads_it(string schema, string command, params string[] extra)
    {
        Json(schema, [command, "parameter", .. extra, "--json"]);
        Assert.NotEmpty(Text([command, "parameter", .. extra]));
    }

    [Fact]
    public void Bias_names_the_parameters() => Assert.Contains("Noise on the parameters:", Text("bias", "parameter"), StringComparison.Ordinal);

    [Fact]
    public void Compare_names_the_spaces()
    {
        var json = Json("compare", "compare", "activation", "parameter", "--json");
        Assert.Equal(("activation", "parameter"),
            (json.GetProperty("a").GetProperty("space").GetString(), json.GetProperty("b").GetProperty("space").GetString()));
        Assert.True(json.GetProperty("paired").GetBoolean());
        string text = Text("compare", "activation", "parameter");
        Assert.Contains("activation in A and parameter in B", text, StringComparison.Ordinal);
        Assert.Contains("noise on 29 parameter tensors", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Input_space_is_sites_input_to_the_byte()
    {
        string[] command = ["probe", "--limit", "30", "--draws", "4", "--sigma", "0.1:2:3"];
        foreach (var (name, extra) in new[] { ("space", (string[])["--space", "input"]), ("sites", ["--sites", "input"]) })
            Assert.Equal(0, CommandLine.Run(runs.Folder.Path, [.. command, .. extra, "--out", "input-" + name]).ExitCode);
        foreach (string part in (string[])["observations/part-00000.parquet", "samples/part-00000.parquet"])
            Assert.Equal(File.ReadAllBytes(runs.Folder["input-space/" + part]), File.ReadAllBytes(runs.Folder["input-sites/" + part]));
        Assert.Equal(NoiseSpace.Input, RunReader.Open(runs.Folder["input-sites"]).Info.Plan.Space);
        Assert.Contains("the input:", Text("show", "input-space"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_bytes_for_one_thread_and_for_a_part_of_the_samples()
    {
        Assert.Equal(0, CommandLine.Run(runs.Folder.Path, [.. Runs.Parameter, "--limit", $"{Runs.Samples}", "--threads", "1", "--out", "one"]).ExitCode);
        foreach (string part in (string[])["observations/part-00000.parquet", "samples/part-00000.parquet"])
            Assert.Equal(File.ReadAllBytes(runs.Folder["parameter/" + part]), File.ReadAllBytes(runs.Folder["one/" + part]));
    }

    [Fact]
    public void A_run_from_before_spaces_reads_as_activation()
    {
        string file = Directory.CreateDirectory(runs.Folder["old"]).FullName + "/run.json";
        foreach (string folder in (string[])["samples", "observations"])
        {
            Directory.CreateDirectory(runs.Folder["old/" + folder]);
            File.Copy(runs.Folder[$"activation/{folder}/part-00000.parquet"], runs.Folder[$"old/{folder}/part-00000.parquet"]);
        }

        var json = JsonNode.Parse(File.ReadAllText(runs.Folder["activation/run.json"]))!;
        Assert.True(json["plan"]!.AsObject().Remove("space"));
        json["plan"]!.AsObject().Remove("parameters");
        File.WriteAllText(file, json.ToJsonString());
        Assert.Equal(NoiseSpace.Activation, RunReader.Open(runs.Folder["old"]).Info.Plan.Space);
        Assert.Equal("activation", Json("show", "show", "old", "--json").GetProperty("space").GetString());
        Assert.DoesNotContain("different spaces", Text("compare", "old", "activation"), StringComparison.Ordinal);
    }

    [Fact]
    public void Ctrl_c_keeps_the_samples_that_are_whole()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "sends a POSIX signal");
        using var folder = new TempFolder();
        var running = CommandLine.Start(folder.Path, "probe", "--space", "parameter",
            "--limit", "10000", "--sigma", "0.01:1:40", "--draws", "1", "--checkpoint", "1", "--out", "run");
        for (int i = 0; i < 900 && !File.Exists(folder["run/samples/part-00000.parquet"]); i++)
            Thread.Sleep(100);
        using (var kill = System.Diagnostics.Process.Start("kill", ["-INT", running.Process.Id.ToString(CultureInfo.InvariantCulture)]))
            kill.WaitForExit();
        var result = running.Wait();
        Assert.Equal(130, result.ExitCode);
        var reader = RunReader.Open(folder["run"]);
        Assert.Equal(RunStatus.Interrupted, reader.Info.Status);
        Assert.InRange(reader.Info.Samples, 1, 9999);
    }

    [Fact]
    public void A_bad_sample_on_the_way_keeps_those_before_it()
    {
        using var folder = new TempFolder();
        Nets.ReluMlp(1, 3, [4], 2).Save(folder["m.onnx"]);
        const int Count = 1500, Bad = 1400;
        float[] values = [.. Enumerable.Range(0, Count * 3).Select(i => i == 3 * Bad ? float.NaN : i % 7)];
        folder.Write("d.npy", Data.Files.Npy("<f4", $"({Count}, 3)", Data.Files.Of(values)));
        var result = CommandLine.Run(folder.Path, "probe", "m.onnx", "--data", "d.npy",
            "--space", "parameter", "--sigma", "0.1", "--draws", "2", "--out", "run");
        Assert.Equal(2, result.ExitCode);
        Assert.Contains($"sample {Bad}", result.Error, StringComparison.Ordinal);
        var info = RunReader.Open(folder["run"]).Info;
        Assert.Equal((RunStatus.Failed, (long)Bad), (info.Status, info.Samples));
    }

    private JsonElement Json(string schema, params string[] arguments)
    {
        var json = JsonDocument.Parse(Text(arguments)).RootElement;
        CommandSchema.Check(schema, json);
        return json;
    }

    private string Text(params string[] arguments)
    {
        var result = CommandLine.Run(runs.Folder.Path, arguments);
        Assert.True(result.ExitCode == 0, result.Error);
        return result.Out;
    }

    /// <summary>One run of each space over the same samples.</summary>
    public sealed class Runs : IDisposable
    {
        public const int Samples = 150;
        public static readonly string[] Parameter = ["probe", "--space", "parameter", "--sigma", "0.01:0.8:6", "--draws", "5"];

        public Runs()
        {
            var made = CommandLine.Run(Folder.Path, [.. Parameter, "--limit", $"{Samples}", "--out", "parameter"]);
            Assert.True(made.ExitCode == 0, made.Error);
            Told = made.Error;
            made = CommandLine.Run(Folder.Path, "probe", "--sigma", "0.01:0.8:6", "--draws", "5", "--limit", $"{Samples}", "--out", "activation");
            Assert.True(made.ExitCode == 0, made.Error);
        }

        public TempFolder Folder { get; } = new();

        public string Told { get; }

        public void Dispose() => Folder.Dispose();
    }
}
