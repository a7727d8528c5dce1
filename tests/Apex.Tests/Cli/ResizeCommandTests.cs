using System.Text.Json;
using System.Text.Json.Nodes;
using Apex.Models;
using Apex.Observations;
using Apex.Tests.Models;
using Xunit;

namespace Apex.Tests.Cli;

/// <summary>Images of another size than the network's, through the command.</summary>
public class ResizeCommandTests
{
    private static readonly string Border = Path.Combine(ResizedImage.Folder, "border"), Filter = Path.Combine(ResizedImage.Folder, "filter");

    [Fact]
    public async Task A_shrunk_image_is_Pillows_up_to_its_border()
    {
        using var folder = new TempFolder();
        string[] images = [Path.Combine(Border, "model.onnx"), "--data", Path.Combine(Border, "data.npy"), "--resize", "8", "--scale", "1"];
        Done(folder, ["probe", .. images, .. Small, "--out", "run"]);
        // A NPY file of 8x8 float32 begins with 128 bytes of header.
        float[] right = [.. File.ReadAllBytes(Path.Combine(Border, "right.npy")).Skip(128).Chunk(4).Select(b => BitConverter.ToSingle(b))];
        float[] logits = (await RunReader.Open(folder["run"]).ReadAsync().SingleAsync()).CleanLogits;
        Assert.Equal(64, right.Length);
        Assert.Equal(81.136, right[0], 1e-3);
        Assert.All(right.Zip(logits), p => Assert.Equal(p.First, p.Second, 1e-4));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1, "--resize-filter", "bicubic")]
    [InlineData(1, "--resize-filter", "BiCubic")]
    [InlineData(0, "--resize-filter", "bilinear")]
    public void A_network_is_right_with_the_filter_it_was_trained_with(double accuracy, params string[] filter)
    {
        using var folder = new TempFolder();
        Done(folder, ["probe", .. Images, .. filter, .. Small, "--out", "run"]);
        Assert.Equal(accuracy, JsonDocument.Parse(Done(folder, "show", "run", "--json").Out).RootElement.GetProperty("cleanAccuracy").GetDouble());
        Assert.Equal(filter.Length == 0 ? "bilinear" : filter[1].ToLowerInvariant(), Recorded(folder)["resizeFilter"]!.GetValue<string>());
    }

    [Fact]
    public void The_sidecar_says_it_by_the_same_word_and_the_option_wins()
    {
        using var folder = new TempFolder();
        File.Copy(Path.Combine(Filter, "model.onnx"), folder["m.onnx"]);
        folder.Write("m.apex.json", """{ "preprocessing": { "resize": [8, 8], "resizeFilter": "bicubic" } }""");
        Assert.Contains("resize 8x8 bicubic (from m.apex.json)", Done(folder, "sites", "m.onnx").Out, StringComparison.Ordinal);
        var json = JsonDocument.Parse(Done(folder, "sites", "m.onnx", "--resize-filter", "opencv-bilinear", "--json").Out).RootElement;
        CommandSchema.Check("sites", json);
        Assert.Equal("opencv-bilinear", json.GetProperty("preprocessing").GetProperty("resizeFilter").GetString());
    }

    [Theory]
    [InlineData("--resize-filter lanczos: give bilinear, bicubic, nearest, area or opencv-bilinear", "--resize", "8", "--resize-filter", "lanczos")]
    [InlineData("--resize-filter 1: give bilinear, bicubic, nearest, area or opencv-bilinear", "--resize", "8", "--resize-filter", "1")]
    [InlineData("--resize-filter area: nothing is resized; give --resize SIZE, or \"resize\" in model.apex.json", "--resize-filter", "area")]
    [InlineData("--no-preprocess and --resize-filter contradict each other", "--no-preprocess", "--resize-filter", "area")]
    public void What_cannot_be_meant_is_refused(string says, params string[] options)
    {
        using var folder = new TempFolder();
        Refused(CommandLine.Run(folder.Path, ["probe", .. Images[..3], .. options, .. Small, "--out", "run"]), says);
        Assert.False(Directory.Exists(folder["run"]));
    }

    [Theory]
    [InlineData("\"lanczos\"")]
    [InlineData("1")]
    [InlineData("[\"area\"]")]
    public void A_sidecar_with_another_word_is_refused(string word)
    {
        using var folder = new TempFolder();
        File.Copy(Path.Combine(Filter, "model.onnx"), folder["m.onnx"]);
        folder.Write("m.apex.json", $$"""{ "preprocessing": { "resize": [8, 8], "resizeFilter": {{word}} } }""");
        string says = $"resizeFilter {word.Trim('"')}: give bilinear, bicubic, nearest, area or opencv-bilinear";
        Refused(CommandLine.Run(folder.Path, "sites", "m.onnx"), "m.apex.json: not a valid sidecar: " + says);
    }

    [Fact]
    public void A_run_is_not_resumed_with_another_filter()
    {
        using var folder = new TempFolder();
        Done(folder, ["probe", .. Images, "--resize-filter", "bicubic", .. Small, "--out", "run"]);
        Change(folder, run => (run["status"], run["samples"]) = ("running", 5));
        var other = CommandLine.Run(folder.Path, "probe", "--resume", "run", "--resize-filter", "area");
        Refused(other, "the preprocessing is", "resize 8 bicubic in the run", "resize 8 area now");
        Done(folder, "probe", "--resume", "run", "--resize-filter", "bicubic", "--no-report");
        Assert.Equal(ResizeFilter.Bicubic, RunReader.Open(folder["run"]).Info.Model.Preprocessing.ResizeFilter);
    }

    [Fact]
    public void A_run_from_before_there_were_filters_is_read_but_not_resumed()
    {
        using var folder = new TempFolder();
        Done(folder, ["probe", .. Images, .. Small, "--out", "run"]);
        Change(folder, run =>
        {
            Assert.True(run["model"]!["preprocessing"]!.AsObject().Remove("resizeFilter"));
            // Nobody asked for one.
            Assert.False(run["job"]!["preprocessing"]!.AsObject().ContainsKey("resizeFilter"));
        });
        Done(folder, "show", "run");
        Change(folder, run => (run["status"], run["samples"]) = ("running", 5));
        // Its pixels at the border were others.
        Refused(CommandLine.Run(folder.Path, "probe", "--resume", "run"), "the preprocessing is", "resize 8 in the run", "resize 8 bilinear now");
    }

    private static string[] Images => [Path.Combine(Filter, "model.onnx"), "--data", Path.Combine(Filter, "images"), "--resize", "8"];

    private static string[] Small => ["--sigma", "0.001", "--draws", "8", "--no-report"];

    private static JsonNode Recorded(TempFolder folder) => JsonNode.Parse(File.ReadAllText(folder["run/run.json"]))!["model"]!["preprocessing"]!;

    private static void Change(TempFolder folder, Action<JsonNode> change)
    {
        var run = JsonNode.Parse(File.ReadAllText(folder["run/run.json"]))!;
        change(run);
        File.WriteAllText(folder["run/run.json"], run.ToJsonString());
    }

    private static CommandLine.Result Done(TempFolder folder, params string[] command)
    {
        var result = CommandLine.Run(folder.Path, command);
        Assert.True(result.ExitCode == 0, result.Error);
        return result;
    }

    private static void Refused(CommandLine.Result result, params string[] says)
    {
        Assert.True(result.ExitCode == 2, $"{result.ExitCode} {result.Error}");
        Assert.All(says, word => Assert.Contains(word, result.Error, StringComparison.Ordinal));
        Assert.Empty(result.Out);
        Assert.Single(result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }
}
