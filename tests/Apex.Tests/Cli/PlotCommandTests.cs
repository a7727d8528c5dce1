using System.Text.Json;
using Apex.Plots;
using Apex.Tests.Plots;
using Xunit;

namespace Apex.Tests.Cli;

/// <summary><c>apex plot</c> through the real process, on runs of the built-in model.</summary>
public sealed class PlotCommandTests(PlotCommandTests.Runs runs) : IClassFixture<PlotCommandTests.Runs>
{
    [Fact]
    public void Every_plot_lies_beside_its_run_and_its_name_is_printed()
    {
        foreach (var (name, _) in RunPlots.Known)
        {
            var result = CommandLine.Run(runs.Folder.Path, ["plot", "a", name, .. name == "sample" ? (string[])["--sample", "3"] : []]);
            Assert.True(result.ExitCode == 0, result.Error);
            string file = Path.Combine("a", name == "sample" ? "sample-3.svg" : name + ".svg");
            Assert.Equal(file + "\n", result.Out);
            var svg = new SvgFigure(File.ReadAllBytes(runs.Folder[file]));
            Assert.StartsWith("85mm", svg.Width, StringComparison.Ordinal);
        }

        // The folder is still a run.
        Assert.Equal(0, CommandLine.Run(runs.Folder.Path, "show", "a").ExitCode);
    }

    [Theory]
    [InlineData("png")]
    [InlineData("svg")]
    [InlineData("pdf")]
    public void The_figure_is_that_of_the_library_and_the_same_each_time(string format)
    {
        string[] command = ["plot", "a", "flips", "--with", "b", "--out", $"both.{format}", "--json"];
        byte[][] twice = [.. Enumerable.Range(0, 2).Select(_ =>
        {
            var result = CommandLine.Run(runs.Folder.Path, command);
            Assert.True(result.ExitCode == 0, result.Error);
            var json = JsonDocument.Parse(result.Out).RootElement;
            CommandSchema.Check("plot", json);
            Assert.Equal(format, json.GetProperty("format").GetString());
            Assert.Equal($"both.{format}", json.GetProperty("file").GetString());
            Assert.Equal(["a", "b"], json.GetProperty("runs").EnumerateArray().Select(r => r.GetString()!));
            return File.ReadAllBytes(runs.Folder[$"both.{format}"]);
        })];
        Assert.Equal(twice[0], twice[1]);
        PlottedRun[] read = [.. ((string[])["a", "b"]).Select(r => PlottedRun.OpenAsync(runs.Folder[r]).GetAwaiter().GetResult())];
        Assert.Equal(twice[0], RunPlots.Draw(read, "flips", Enum.Parse<PlotFormat>(format, ignoreCase: true)));
    }

    [Fact]
    public void The_flips_are_those_that_show_prints()
    {
        Assert.Equal(0, CommandLine.Run(runs.Folder.Path, "plot", "a", "flips", "--out", "flips.svg").ExitCode);
        var summary = JsonDocument.Parse(CommandLine.Run(runs.Folder.Path, "show", "a", "--json").Out).RootElement;
        double[] rates = [.. summary.GetProperty("flipRate").EnumerateArray().Select(r => r.GetDouble())];
        var line = Assert.Single(new SvgFigure(File.ReadAllBytes(runs.Folder["flips.svg"])).Lines("#0B5CAD"));
        Assert.Equal(rates, line.Select(p => p.Share), (a, b) => Math.Abs(a - b) < 1e-4);
    }

    [Fact]
    public void The_sites_are_those_that_sensitivity_prints()
    {
        Assert.Equal(0, CommandLine.Run(runs.Folder.Path, "plot", "a", "sensitivity", "--out", "sites.svg").ExitCode);
        var sites = JsonDocument.Parse(CommandLine.Run(runs.Folder.Path, "sensitivity", "a", "--json").Out).RootElement
            .GetProperty("sites").EnumerateArray().ToList();
        var svg = new SvgFigure(File.ReadAllBytes(runs.Folder["sites.svg"]));
        Assert.Equal(7, sites.Count);
        Assert.All(sites, s => Assert.Contains(s.GetProperty("name").GetString(), svg.Texts));
        Assert.Equal(sites.Select(s => s.GetProperty("halfFlipSigma").GetDouble()),
            svg.Marks("#0B5CAD").Select(m => m.Sigma), (a, b) => Math.Abs(a / b - 1) < 1e-4);
        Assert.Equal(sites.Select(s => (s.GetProperty("halfLow").GetDouble(), s.GetProperty("halfHigh").GetDouble())),
            svg.Ranges("#0B5CAD").Select(r => (r.Low, r.High)), (a, b) => Math.Abs(a.Item1 / b.Item1 - 1) < 1e-4 && Math.Abs(a.Item2 / b.Item2 - 1) < 1e-4);
    }

    [Fact]
    public void Damage_to_single_sites_takes_no_other_plot()
    {
        string file = runs.Folder["a/sites.parquet"];
        byte[] whole = File.ReadAllBytes(file);
        try
        {
            File.WriteAllBytes(file, whole[..^500]);
            var refused = CommandLine.Run(runs.Folder.Path, "plot", "a", "sensitivity", "--out", "damaged.svg");
            Assert.Equal(2, refused.ExitCode);
            Assert.Matches("sites.parquet.*cannot be read as Parquet.*; it has flips, .*sample",
                Assert.Single(refused.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)));
            Assert.Equal(0, CommandLine.Run(runs.Folder.Path, "plot", "a", "flips", "--out", "whole.svg").ExitCode);
            Assert.False(File.Exists(runs.Folder["damaged.svg"]));
        }
        finally
        {
            File.WriteAllBytes(file, whole);
        }
    }

    [Fact]
    public void A_killed_run_needs_partial_and_says_what_there_is()
    {
        string info = Path.Combine(runs.Folder["b"], "run.json"), whole = File.ReadAllText(info);
        try
        {
            File.WriteAllText(info, whole.Replace("\"status\": \"complete\"", "\"status\": \"running\"", StringComparison.Ordinal));
            var refused = CommandLine.Run(runs.Folder.Path, "plot", "b", "flips", "--out", "partial.svg");
            Assert.Equal((2, true), (refused.ExitCode, refused.Error.Contains("--partial", StringComparison.Ordinal)));
            Assert.Equal(0, CommandLine.Run(runs.Folder.Path, "plot", "b", "flips", "--out", "partial.svg", "--partial").ExitCode);
            Assert.Contains($"running, {Runs.Samples} of {Runs.Samples} samples",
                new SvgFigure(File.ReadAllBytes(runs.Folder["partial.svg"])).Words, StringComparison.Ordinal);
        }
        finally
        {
            File.WriteAllText(info, whole);
            File.Delete(runs.Folder["partial.svg"]);
        }
    }

    public static TheoryData<string, string[]> Wrong => new()
    {
        { "no such run", ["nothing", "flips"] },
        { "Required argument", ["a"] },
        { "there are flips, dependence, shares, escape, regularity, transitions, sensitivity, sample", ["a", "flop"] },
        { "two are laid over each other in flips, dependence, escape, sensitivity", ["a", "shares", "--with", "b"] },
        { "--sample says which, e.g. --sample ", ["a", "sample"] },
        { "`apex probe ... --by-site` does that; it has flips, dependence, shares, escape, regularity, transitions, sample", ["b", "sensitivity"] },
        { "plot sensitivity of b: its sites", ["a", "sensitivity", "--with", "b", "--out", "f.svg"] },
        { "no such sample", ["a", "sample", "--sample", "9999"] },
        { "give svg, png or pdf", ["a", "flips", "--format", "jpg"] },
        { "end the name in", ["a", "flips", "--out", "flips.jpg"] },
        { "another format", ["a", "flips", "--out", "flips.pdf", "--format", "svg"] },
        { "folder does not exist", ["a", "flips", "--out", "nowhere/flips.svg"] },
        { "is a folder", ["a", "flips", "--out", "a", "--format", "svg"] },
        { "is empty", ["a", "flips", "--out", "", "--format", "svg"] },
        { "WIDTHxHEIGHT", ["a", "flips", "--size", "85", "--out", "f.svg"] },
        { "30 to 1000", ["a", "flips", "--size", "85x6", "--out", "f.svg"] },
        { "too little room", ["a", "shares", "--size", "85x35", "--out", "f.svg"] },
        { "50 to 1200", ["a", "flips", "--dpi", "7", "--out", "f.png"] },
        { "between 0 and 1", ["a", "escape", "--flip-level", "1", "--out", "f.svg"] },
        { "--font nothing.ttf", ["a", "flips", "--font", "nothing.ttf", "--out", "f.svg"] },
        { "at least two, and better hundreds; it has flips", ["one", "dependence", "--out", "f.svg"] },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Bad_input_is_told_in_one_line_and_leaves_nothing(string says, string[] command)
    {
        string[] before = Entries();
        var result = CommandLine.Run(runs.Folder.Path, ["plot", .. command]);
        Assert.True(result.ExitCode == 2, $"exit {result.ExitCode}, {result.Error}");
        Assert.Contains(says, Assert.Single(result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.Empty(result.Out);
        Assert.Equal(before, Entries());

        string[] Entries() => [.. Directory.GetFileSystemEntries(runs.Folder.Path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
    }

    /// <summary>Runs that all tests read.</summary>
    public sealed class Runs : IDisposable
    {
        public const int Samples = 60;

        public Runs()
        {
            foreach (var (name, extra) in ((string, string[])[])[("a", ["--limit", $"{Samples}", "--by-site", "20", "--by-site-draws", "4"]),
                ("b", ["--limit", $"{Samples}", "--seed", "1"]), ("one", ["--limit", "1"])])
            {
                var probe = CommandLine.Run(Folder.Path, ["probe", "--sigma", "0.05:0.6:6", "--draws", "16", "--no-report", "--out", name, .. extra]);
                Assert.True(probe.ExitCode == 0, probe.Error);
            }
        }

        public TempFolder Folder { get; } = new();

        public void Dispose() => Folder.Dispose();
    }
}
