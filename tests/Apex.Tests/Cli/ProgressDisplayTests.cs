using System.Globalization;
using System.Text.RegularExpressions;
using Xunit;

namespace Apex.Tests.Cli;

/// <summary>The bar on a terminal.</summary>
public sealed partial class ProgressDisplayTests : IDisposable
{
    private const string Terminal = "/usr/bin/script";

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("NO_COLOR=1 TERM=xterm-256color")]
    [InlineData("NO_COLOR=1 TERM=xterm")]
    [InlineData("TERM=dumb")]
    public void Without_colour_the_bar_tells_what_is_done_from_what_is_left(string environment)
    {
        string drawn = Drawn(environment);
        var bars = Plain().Matches(drawn);
        Assert.True(bars.Count > 1, drawn);
        foreach (Match bar in bars)
        {
            int done = int.Parse(bar.Groups["done"].Value, CultureInfo.InvariantCulture);
            int total = int.Parse(bar.Groups["total"].Value, CultureInfo.InvariantCulture);
            Assert.Equal((30 * done / total, 30 - 30 * done / total), (bar.Groups["filled"].Length, bar.Groups["left"].Length));
            Assert.Equal(100 * done / total, int.Parse(bar.Groups["percent"].Value, CultureInfo.InvariantCulture));
        }

        Assert.Contains(bars, bar => bar.Groups["left"].Length > 0);
        Assert.DoesNotContain("━", drawn, StringComparison.Ordinal);
        if (environment == "TERM=dumb")
            Assert.DoesNotContain("\u001b", drawn, StringComparison.Ordinal);
    }

    [Fact]
    public void With_colour_the_bar_is_one_line_in_two_colours()
    {
        string drawn = Drawn("TERM=xterm-256color");
        Assert.Matches("\u001b\\[[0-9;]*m━+\u001b\\[0m\u001b\\[[0-9;]*m━+\u001b\\[0m +\\d+ % \\d+/40 samples", drawn);
        Assert.DoesNotMatch(Plain(), drawn);
    }

    /// <summary>All that a terminal gets of a probe.</summary>
    private string Drawn(string environment)
    {
        Assert.SkipUnless(File.Exists(Terminal), "no script command here");
        string apex = Path.Combine(AppContext.BaseDirectory, "apex");
        // Programs that run without a person to look at them are told apart by variables.
        string command = $"env -u CI -u GITHUB_ACTIONS -u NO_COLOR {environment} '{apex}' probe --limit 40 --sigma 0.1:0.8:8 --draws 32 --out run --no-report";
        var result = CommandLine.Launch(_folder.Path, Terminal, "-qec", command, "/dev/null").Wait();
        Assert.True(result.ExitCode == 0, result.Out);
        return result.Out;
    }

    [GeneratedRegex(@"(?=[#.])(?<filled>#*)(?<left>\.*) +(?<percent>\d+) % (?<done>\d+)/(?<total>\d+) samples")]
    private static partial Regex Plain();
}
