using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Xunit;

namespace Apex.Tests.Cli;

/// <summary>The time that a probe tells is the time that its user waited.</summary>
public sealed partial class ProbeTimeTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false, "--sigma", "0.1,0.4", "--draws", "8")]
    [InlineData(true, "--draws", "2")]
    [InlineData(true, "--draws", "2", "--no-report")]
    [InlineData(false, "--sigma", "0.1,0.4", "--draws", "8", "--by-site", "4", "--by-site-draws", "2")]
    public void The_whole_command_is_told_beside_the_passes(bool pilot, params string[] options)
    {
        var clock = Stopwatch.StartNew();
        var result = CommandLine.Run(_folder.Path, ["probe", "--limit", "20", .. options, "--out", "run"]);
        double waited = clock.Elapsed.TotalSeconds;
        Assert.True(result.ExitCode == 0, result.Error);
        double whole = double.Parse(Whole().Match(result.Error).Groups[1].Value, CultureInfo.InvariantCulture);
        var passes = Passes().Match(result.Out);
        // The process starts a little after the clock and ends a little before it.
        Assert.InRange(whole, double.Parse(passes.Groups[1].Value, CultureInfo.InvariantCulture), waited + 0.1);
        Assert.True(whole > 0.5 * waited, $"{whole} s of {waited} s");
        Assert.Equal(pilot ? ", pilot not counted" : "", passes.Groups[2].Value);
        Assert.Equal(passes.Value, Passes().Match(CommandLine.Run(_folder.Path, "show", "run").Out).Value);
    }

    [GeneratedRegex(@"^The whole command took (\d+\.\d) s\r?$", RegexOptions.Multiline)]
    private static partial Regex Whole();

    [GeneratedRegex(@"noisy passes in (\d+\.\d) s \([\d,]+/s\)(.*?)\r?$", RegexOptions.Multiline)]
    private static partial Regex Passes();
}
