using System.Globalization;
using System.Text.Json;
using Apex.Answers;
using Apex.Facts;
using Apex.Observations;
using Apex.Questions;
using Xunit;

namespace Apex.Tests.Cli;

public class EndToEndTests
{
    private static readonly string[] Cifar = ["--mean", "0.485,0.456,0.406", "--std", "0.229,0.224,0.225"];

    [Fact]
    public void Sites_json_keeps_its_contract()
    {
        using var folder = new TempFolder();
        Nets.ResNet().Save(folder["m.onnx"]);
        var result = CommandLine.Run(folder.Path, "sites", "m.onnx", "--json");
        Assert.Equal(0, result.ExitCode);
        var json = JsonDocument.Parse(result.Out).RootElement;
        Assert.Equal(JsonValueKind.Object, json.GetProperty("input").ValueKind);
        Assert.Equal(JsonValueKind.String, json.GetProperty("output").ValueKind);
        Assert.Equal(4, json.GetProperty("classes").GetInt32());
        var first = json.GetProperty("sites")[0];
        Assert.Equal((1, "Relu", 384), (first.GetProperty("index").GetInt32(), first.GetProperty("op").GetString(), first.GetProperty("elements").GetInt32()));
        Assert.Equal([6, 8, 8], first.GetProperty("shape").EnumerateArray().Select(d => d.GetInt32()));
        Assert.False(string.IsNullOrEmpty(first.GetProperty("name").GetString()));
    }

    [Fact]
    public void Resnet20_on_cifar10_flips_as_a_first_experiment_saw()
    {
        string model = SharedData.Need("cifar10/resnet20.onnx"), data = SharedData.Need("cifar10/train_0000_1999.bin");
        using var folder = new TempFolder();
        var probe = CommandLine.Run(folder.Path,
            ["probe", model, "--data", data, .. Cifar, "--sigma", "0.02,0.2,0.4", "--draws", "16", "--limit", "200", "--out", "run"]);
        Assert.True(probe.ExitCode == 0, probe.Error);
        var json = Show(folder, "run");
        Assert.Equal(200, json.GetProperty("samples").GetInt32());
        Assert.InRange(json.GetProperty("cleanAccuracy").GetDouble(), 0.9885, 1);
        double[] flips = Numbers(json.GetProperty("flipRate"));
        // docs/method.md, section 5: 0.2 % at 0.02, 37 % at 0.2, 83 % at 0.4, on other samples and draws.
        Assert.InRange(flips[0], 0, 0.01);
        Assert.InRange(flips[1], 0.30, 0.44);
        Assert.InRange(flips[2], 0.78, 0.90);
        Assert.Equal("airplane", json.GetProperty("classes")[0].GetString());
        foreach (var row in json.GetProperty("classShares").EnumerateArray())
            Assert.Equal(1, Numbers(row).Sum(), 1e-9);
        Assert.Equal(0, json.GetProperty("nonFinite").GetInt32());
    }

    [Fact]
    public void An_image_folder_is_data_for_the_same_model()
    {
        string model = SharedData.Need("cifar10/resnet20.onnx"), data = SharedData.Need("cifar10/test-images");
        using var folder = new TempFolder();
        var probe = CommandLine.Run(folder.Path, ["probe", model, "--data", data, .. Cifar, "--sigma", "0.05", "--draws", "2", "--json", "--out", "run"]);
        Assert.True(probe.ExitCode == 0, probe.Error);
        var json = JsonDocument.Parse(probe.Out).RootElement;
        Assert.Equal(1000, json.GetProperty("samples").GetInt32());
        // 92 % on the lossless test images, less on these: JPEGs of 900 bytes.
        Assert.InRange(json.GetProperty("cleanAccuracy").GetDouble(), 0.75, 0.95);
    }

    [Fact]
    public void The_built_in_default_needs_no_argument()
    {
        using var folder = new TempFolder();
        var probe = CommandLine.Run(folder.Path, "probe", "--limit", "60", "--draws", "4");
        Assert.True(probe.ExitCode == 0, probe.Error);
        Assert.Contains("Clean accuracy", probe.Out, StringComparison.Ordinal);
        string run = Assert.Single(Directory.GetDirectories(folder["apex-runs"]));
        var json = Show(folder, run);
        double[] flips = Numbers(json.GetProperty("flipRate"));
        Assert.True(flips[0] < 0.01 && flips[^1] > 0.7, "the pilot's grid must span from calm to saturated");
        Assert.Equal("Bag", json.GetProperty("classes")[8].GetString());
        var info = RunReader.Open(run).Info;
        Assert.NotNull(info.Plan.Pilot);
        Assert.StartsWith("sha256:", info.Model.Hash, StringComparison.Ordinal);
        Assert.Equal("fashion-mnist-resnet8.apex.json", info.Model.Preprocessing.Source);
    }

    [Fact]
    public void Two_runs_of_one_command_are_the_same_but_for_their_times()
    {
        using var folder = new TempFolder();
        string[] command = ["probe", "--limit", "20", "--draws", "4", "--sigma", "0.05:0.4:3"];
        Assert.Equal(0, CommandLine.Run(folder.Path, [.. command, "--out", "a"]).ExitCode);
        Assert.Equal(0, CommandLine.Run(folder.Path, [.. command, "--out", "b", "--threads", "1"]).ExitCode);
        foreach (string part in (string[])["observations/part-00000.parquet", "samples/part-00000.parquet"])
            Assert.Equal(File.ReadAllBytes(folder["a/" + part]), File.ReadAllBytes(folder["b/" + part]));
    }

    [Fact]
    public void Ctrl_c_keeps_what_is_done()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "sends a POSIX signal");
        using var folder = new TempFolder();
        var running = CommandLine.Start(folder.Path, "probe", "--limit", "10000", "--sigma", "0.01:1:40", "--draws", "4", "--checkpoint", "1", "--out", "run");
        for (int i = 0; i < 600 && !File.Exists(folder["run/samples/part-00000.parquet"]); i++)
            Thread.Sleep(100);
        using (var kill = System.Diagnostics.Process.Start("kill", ["-INT", running.Process.Id.ToString(CultureInfo.InvariantCulture)]))
            kill.WaitForExit();
        var result = running.Wait();
        Assert.Equal(130, result.ExitCode);
        var reader = RunReader.Open(folder["run"]);
        Assert.Equal(RunStatus.Interrupted, reader.Info.Status);
        Assert.InRange(reader.Info.Samples, 1, 9999);
        Assert.Equal(reader.Info.Samples, Show(folder, "run").GetProperty("samples").GetInt64());
    }

    [Fact]
    public void Bad_input_found_on_the_way_keeps_the_parts_before_it()
    {
        using var folder = new TempFolder();
        Nets.ReluMlp(1, 3, [4], 2).Save(folder["m.onnx"]);
        const int Count = 1500, Bad = 1400;
        float[] values = [.. Enumerable.Range(0, Count * 3).Select(i => i == 3 * Bad ? float.NaN : i % 7)];
        folder.Write("d.npy", Data.Files.Npy("<f4", $"({Count}, 3)", Data.Files.Of(values)));
        var result = CommandLine.Run(folder.Path, "probe", "m.onnx", "--data", "d.npy", "--sigma", "0.1", "--draws", "2", "--out", "run");
        Assert.Equal(2, result.ExitCode);
        Assert.Contains($"sample {Bad}", result.Error, StringComparison.Ordinal);
        var info = RunReader.Open(folder["run"]).Info;
        Assert.Equal(RunStatus.Failed, info.Status);
        Assert.InRange(info.Samples, 1, Bad);
    }

    [Theory]
    [InlineData("probe", "--help")]
    [InlineData("sites", "--help")]
    [InlineData("show", "--help")]
    [InlineData("regularity", "--help")]
    [InlineData("escape", "--help")]
    [InlineData("transitions", "--help")]
    [InlineData("compare", "--help")]
    [InlineData("audit", "--help")]
    [InlineData("sensitivity", "--help")]
    public void Help_shows_examples(params string[] arguments)
    {
        using var folder = new TempFolder();
        var result = CommandLine.Run(folder.Path, arguments);
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("Examples:", result.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData]
    [InlineData("--help")]
    public void Without_a_command_the_commands_are_told_in_groups(params string[] arguments)
    {
        using var folder = new TempFolder();
        var result = CommandLine.Run(folder.Path, arguments);
        Assert.Equal(0, result.ExitCode);
        string[] groups = ["Look at a model", "Probe", "Ask a run", "Screen", "Long runs"];
        Assert.Equal(groups, result.Out.Split('\n').Select(line => line.TrimEnd('\r')).Where(groups.Contains));
        Assert.Contains("\n  apex probe ", result.Out, StringComparison.Ordinal);
        foreach (var question in RunQuestions.All.Where(q => q.Answer.Assembly == typeof(Answer).Assembly))
            Assert.Contains($"\n  {question.Name} ", result.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("transition ", result.Out, StringComparison.Ordinal);
        Assert.True(result.Out.Split('\n').Length <= 45, "short enough to be seen at once");
    }

    [Theory]
    [InlineData("no such command: plto; did you mean plot?", "plto", "run")]
    [InlineData("no such command: transition-matrix (see `apex --help`)", "transition-matrix")]
    [InlineData("no such option: --sigm; did you mean --sigma?", "probe", "--sigm", "1")]
    [InlineData("no such option: --resise; did you mean --resize?", "sites", "model.onnx", "--resise", "8")]
    [InlineData("no such option: --quite-another (see `apex show --help`)", "show", "run", "--quite-another")]
    [InlineData("--top many: give a whole number", "show", "run", "--top", "many")]
    [InlineData("--seed -1: give a whole number from 0", "audit", "run", "--seed", "-1")]
    [InlineData("--flip-level half: give a number", "escape", "run", "--flip-level", "half")]
    public void A_slip_is_told_with_what_was_meant(string told, params string[] arguments)
    {
        using var folder = new TempFolder();
        var result = CommandLine.Run(folder.Path, arguments);
        Assert.Equal((2, ""), (result.ExitCode, result.Out));
        Assert.StartsWith($"apex: {told}", result.Error, StringComparison.Ordinal);
        Assert.Single(result.Error.TrimEnd().Split('\n'));
    }

    private static JsonElement Show(TempFolder folder, string run)
    {
        var result = CommandLine.Run(folder.Path, "show", run, "--json");
        Assert.True(result.ExitCode == 0, result.Error);
        return JsonDocument.Parse(result.Out).RootElement;
    }

    private static double[] Numbers(JsonElement array) => [.. array.EnumerateArray().Select(v => v.GetDouble())];
}
