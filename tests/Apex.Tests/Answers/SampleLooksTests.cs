using System.Text.Json;
using System.Text.RegularExpressions;
using Apex.Tests.Cli;
using Apex.Tests.Data;
using SkiaSharp;
using Xunit;

namespace Apex.Tests.Answers;

/// <summary>A page shows the samples wherever it is made, as long as the data is where the run says and what it was.</summary>
public sealed partial class SampleLooksTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("npy")]
    [InlineData("npz")]
    [InlineData("idx")]
    [InlineData("folder")]
    [InlineData("labels apart")]
    public void Samples_are_shown_from_another_folder(string kind)
    {
        int samples = Probe(kind);
        var (looks, notes) = Page("elsewhere", "../here/run");
        Assert.Equal(samples, looks);
        Assert.DoesNotContain(notes, n => n.Contains("not shown", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("npy", "d.npy")]
    [InlineData("npz", "d.npz:x")]
    [InlineData("idx", "d.idx")]
    [InlineData("folder", "images")]
    [InlineData("labels apart", "y.txt")]
    public void Data_that_is_gone_is_said_to_be_missing_at_its_full_path(string kind, string spec)
    {
        Probe(kind);
        string gone = _folder["here/" + spec.Split(':')[0]];
        if (Directory.Exists(gone))
            Directory.Delete(gone, recursive: true);
        else
            File.Delete(gone);
        var (looks, notes) = Page("elsewhere", "../here/run");
        Assert.Equal(0, looks);
        Assert.Contains(notes, n => n.Contains($"missing at {_folder["here/" + spec]}", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("npy", "d.npy")]
    [InlineData("idx", "d.idx")]
    [InlineData("folder", "images/a/0.png")]
    public void Data_that_has_changed_is_said_to_have(string kind, string file)
    {
        Probe(kind);
        byte[] content = File.ReadAllBytes(_folder["here/" + file]);
        content[^1] ^= 1;
        File.WriteAllBytes(_folder["here/" + file], content);
        var (looks, notes) = Page("elsewhere", "../here/run");
        Assert.Equal(0, looks);
        Assert.Contains(notes, n => n.Contains("is not what it was", StringComparison.Ordinal) && n.Contains(_folder["here"], StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("npy")]
    [InlineData("idx")]
    [InlineData("folder")]
    public void A_run_that_was_taken_elsewhere_with_its_data_finds_it_there(string kind)
    {
        int samples = Probe(kind);
        Directory.Delete(_folder["elsewhere"]);
        Directory.Move(_folder["here"], _folder["elsewhere"]);
        Assert.Equal(samples, Page("elsewhere", "run").Looks);
    }

    /// <summary>A run in the folder here, of data that is named relative to it.</summary>
    private int Probe(string kind)
    {
        Directory.CreateDirectory(_folder["here"]);
        Directory.CreateDirectory(_folder["elsewhere"]);
        const int Samples = 6;
        byte[] pixels = [.. Enumerable.Range(0, Samples * 16).Select(i => (byte)(i * 7))];
        _folder.Write("here/m.onnx", kind == "folder" ? Nets.ResNet().ToBytes() : Nets.ReluMlp(1, 16, [8], 2).ToBytes());
        byte[] npy = Files.Npy("<f4", $"({Samples}, 16)", Files.Of([.. pixels.Select(p => p / 255f)]));
        _folder.Write("here/d.npy", npy);
        _folder.Write("here/d.npz", Files.Npz(("x", npy)));
        _folder.Write("here/y.txt", "0\n1\n0\n1\n0\n1\n");
        _folder.Write("here/d.idx", [0, 0, 8, 2, 0, 0, 0, Samples, 0, 0, 0, 16, .. pixels]);
        for (int i = 0; i < Samples; i++)
        {
            using var bitmap = new SKBitmap(8, 8);
            bitmap.Erase(new SKColor((byte)(i * 40), 100, 0));
            using var encoded = bitmap.Encode(SKEncodedImageFormat.Png, 100);
            _folder.Write($"here/images/{(i % 2 == 0 ? "a" : "b")}/{i}.png", encoded.ToArray());
        }

        string[] data = kind switch
        {
            "npy" => ["d.npy"],
            "npz" => ["d.npz:x"],
            "idx" => ["d.idx"],
            "folder" => ["images", "--mean", "0,0,0", "--std", "1,1,1"],
            _ => ["d.npy", "--labels", "y.txt"],
        };
        string[] options = ["--sigma", "0.1,1", "--draws", "4", "--out", "run", "--no-report"];
        var result = CommandLine.Run(_folder["here"], ["probe", "m.onnx", "--data", .. data, .. options]);
        Assert.True(result.ExitCode == 0, result.Error);
        return Samples;
    }

    private (int Looks, string[] Notes) Page(string from, string run)
    {
        var result = CommandLine.Run(_folder[from], "report", run, "--out", "page.html");
        Assert.True(result.ExitCode == 0, result.Error);
        using var page = JsonDocument.Parse(Embedded().Match(File.ReadAllText(_folder[from + "/page.html"])).Groups[1].Value);
        var shown = page.RootElement.GetProperty("runs")[0];
        string[] notes = [.. shown.GetProperty("notes").EnumerateArray().Select(n => n.GetString()!)];
        return (shown.GetProperty("samples").GetProperty("looks").EnumerateObject().Count(), notes);
    }

    [GeneratedRegex("<script type=\"application/json\" id=\"data\">(.*?)</script>", RegexOptions.Singleline)]
    private static partial Regex Embedded();
}
