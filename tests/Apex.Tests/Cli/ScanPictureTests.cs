using System.Text.Json;
using Apex.Tests.Data;
using Xunit;

namespace Apex.Tests.Cli;

/// <summary><c>apex scan --data</c>: directed noise, and the picture of what leads to the suspected class, through the real process.</summary>
public sealed class ScanPictureTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public ScanPictureTests()
    {
        _folder.Write("planted.onnx", Nets.Planted(classes: 10).ToBytes());
        int edge = Nets.PlantedEdge;
        byte[] pixels = [.. Nets.PlantedImages(0, 48).Select(p => (byte)Math.Round(255 * p))];
        _folder.Write("x.npy", Files.Npy("|u1", $"(48, 3, {edge}, {edge})", pixels));
    }

    private CommandLine.Result Scan(params string[] arguments) => CommandLine.Run(_folder.Path,
        ["scan", "planted.onnx", "--data", "x.npy", "--mean", "0.25,0.25,0.25", "--std", "0.5,0.5,0.5", "--draws", "32", .. arguments]);

    [Fact]
    public void A_planted_patch_is_found_without_references_where_it_is()
    {
        var result = Scan("--json");
        Assert.Equal((1, ""), (result.ExitCode, result.Error.Contains("Warning", StringComparison.Ordinal) ? result.Error : ""));
        var json = JsonDocument.Parse(result.Out).RootElement;
        CommandSchema.Check("scan", json);
        var model = json.GetProperty("models")[0];
        Assert.Equal(("suspicious", 2), (model.GetProperty("verdict").GetString(), model.GetProperty("target").GetInt32()));
        Assert.Equal(["directed-noise"],
            model.GetProperty("views").EnumerateArray().Select(v => v.GetProperty("name").GetString()!));
        Assert.All(model.GetProperty("views").EnumerateArray(), v => Assert.Equal(10, v.GetProperty("scores").GetArrayLength()));
        var trigger = model.GetProperty("trigger");
        Assert.Equal("window", trigger.GetProperty("place").GetString());
        int[] window = [.. trigger.GetProperty("window").EnumerateArray().Select(n => n.GetInt32())];
        // The window covers the patch or lies in it.
        Assert.InRange(window[0], Nets.PlantedTop - 2, Nets.PlantedTop);
        Assert.InRange(window[1], Nets.PlantedLeft - 2, Nets.PlantedLeft);
        Assert.Equal(1, trigger.GetProperty("share").GetDouble());
        Assert.StartsWith("data:image/png;base64,", trigger.GetProperty("image").GetString(), StringComparison.Ordinal);
        Assert.Equal(6, trigger.GetProperty("without").GetArrayLength());
        Assert.All(trigger.GetProperty("after").EnumerateArray(), c => Assert.Contains("2", c.GetString(), StringComparison.Ordinal));
        double[] shares = [.. trigger.GetProperty("shares").EnumerateArray().Select(n => n.GetDouble())];
        Assert.Equal(trigger.GetProperty("radii").GetArrayLength(), shares.Length);
        Assert.True(shares[^1] > shares[0], string.Join(", ", shares));
    }

    [Fact]
    public void The_picture_is_written_as_an_image_and_as_an_array()
    {
        Assert.Equal(1, Scan("--trigger", "t.png", "--page", "scan.html").ExitCode);
        using (var image = SkiaSharp.SKBitmap.Decode(_folder["t.png"]))
            Assert.Equal((Nets.PlantedEdge, Nets.PlantedEdge), (image.Width, image.Height));
        Assert.Contains("\"trigger\":", File.ReadAllText(_folder["scan.html"]), StringComparison.Ordinal);
        Assert.Equal(1, Scan("--trigger", "t.npy").ExitCode);
        byte[] npy = File.ReadAllBytes(_folder["t.npy"]);
        int header = BitConverter.ToUInt16(npy, 8);
        string told = System.Text.Encoding.ASCII.GetString(npy, 10, header);
        Assert.Contains($"'shape': (3, {Nets.PlantedEdge}, {Nets.PlantedEdge})", told, StringComparison.Ordinal);
        Assert.Equal(0, (10 + header) % 64);
        Assert.Equal(sizeof(float) * 3 * Nets.PlantedEdge * Nets.PlantedEdge, npy.Length - 10 - header);
    }

    public static TheoryData<string, string[]> Bad => new()
    {
        { "--trigger t.gif: give a name that ends in .png or .npy", ["--trigger", "t.gif"] },
        { "--page nowhere/p.html: its folder does not exist", ["--page", "nowhere/p.html"] },
        { "--trigger t.png: is of one model, and 2 were given", ["other.onnx", "--trigger", "t.png"] },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public void What_cannot_be_written_is_told_before_any_work(string says, string[] given)
    {
        var result = Scan(given);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(says, result.Error, StringComparison.Ordinal);
        Assert.Empty(result.Out);
        Assert.DoesNotContain("noise", result.Error, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
