using System.Text.RegularExpressions;
using Xunit;

namespace Apex.Tour.Tests;

/// <summary><c>docs/tour.md</c>, as it is written.</summary>
public partial class TourTests(CleanClone clone)
{
    [Fact]
    public void Every_command_of_the_tour_works_and_prints_what_the_page_shows()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the tour is written for a POSIX shell");
        string python = Python() ?? "";
        Assert.SkipWhen(python.Length == 0, "no python3 with PyTorch here: apt-get install python3-torch, or pip install torch");
        string page = File.ReadAllText(Path.Combine(clone.Path, "docs", "tour.md"));
        string[] commands = [.. Blocks(page, "sh").SelectMany(b => b.Split('\n'))];
        Assert.True(commands.Length > 10);

        var result = clone.Run("bash", ["-exuo", "pipefail", "-c", string.Join('\n', commands)], path: Path.GetDirectoryName(python));
        Assert.True(result.ExitCode == 0, $"exit code {result.ExitCode}\n{result.Error}\n{result.Out}");

        string said = result.Out + result.Error;
        // Percentages depend on weights, and these on the processor.
        string[] shown = [.. Blocks(page, "").SelectMany(b => b.Split('\n')).Where(line => line.Trim().Length > 0 && !line.Contains('%'))];
        Assert.True(shown.Length > 5);
        Assert.All(shown.Where(line => !line.StartsWith("class ", StringComparison.Ordinal)),
            line => Assert.Contains(line.TrimEnd(), said, StringComparison.Ordinal));
        Assert.All((string[])["run/run.json", "run/report.html", "run/flips.svg", "transitions.pdf", "suspects.csv"],
            file => Assert.True(File.Exists(Path.Combine(clone.Path, "tour", file)), file));
        // What the page tells of these two, with the digits of another processor.
        Assert.Matches(@"(?m)^Half of the sample dependence is gone at sigma \d+(\.\d+)? \(95 % interval \d", result.Out);
        string report = File.ReadAllText(Path.Combine(clone.Path, "tour", "run", "report.html"));
        Assert.DoesNotContain("cannot be told", result.Out + report, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^  apex +0\.\d{3} \[[^]]+\] +0\.\d{3} \[[^]]+\] +-0\.\d{3} \[", result.Out);
        Assert.Matches(@"(?m)^  self-confidence +0\.\d{3} \[[^]]+\] +0\.\d{3} \[[^]]+\] +\(baseline\)", result.Out);
        // Training says how far it is.
        Assert.Equal(30, Regex.Count(result.Out, @"(?m)^epoch \d+ of 30: loss \d"));
    }

    [Fact]
    public void A_python_without_numpy_is_told_in_one_line()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs a python3 on the PATH");
        // Without site packages, whatever is installed.
        var result = clone.Run("python3", ["-I", "-S", Path.Combine("examples", "pytorch", "train.py"), Path.Combine("src", "Apex.Cli", "Default")]);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("has no module numpy; install it with",
            Assert.Single(result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_link_of_the_documents_leads_to_a_file()
    {
        string[] pages = [.. Directory.GetFiles(clone.Path, "*.md"), .. Directory.GetFiles(Path.Combine(clone.Path, "docs"),
            "*.md", SearchOption.AllDirectories), .. Directory.GetFiles(Path.Combine(clone.Path, "examples"), "*.md")];
        Assert.True(pages.Length > 20);
        var broken = pages.SelectMany(page => Link().Matches(File.ReadAllText(page)).Select(m => m.Groups[1].Value)
            .Where(link => !link.Contains(':') && !Path.Exists(Path.Combine(Path.GetDirectoryName(page)!, link.Split('#')[0])))
            .Select(link => $"{Path.GetRelativePath(clone.Path, page)}: {link}"));
        Assert.Empty(broken);
    }

    /// <summary>Blocks of code in a language, in order.</summary>
    private static string[] Blocks(string page, string language) => [.. Block().Matches(page)
        .Where(m => m.Groups[1].Value == language).Select(m => m.Groups[2].Value.TrimEnd('\n'))];

    /// <summary>A python3 that has PyTorch: the first on the PATH that does.</summary>
    private string? Python() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, "python3"))
        .FirstOrDefault(python => File.Exists(python) && clone.Run(python, ["-c", "import numpy, torch"], Path.GetTempPath()).ExitCode == 0);

    [GeneratedRegex(@"^```(\w*)\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@"\]\(([^)#\s][^)\s]*)\)")]
    private static partial Regex Link();
}
