using System.Diagnostics;
using Xunit;

namespace Apex.Tests.Cli;

public class CompletionCommandTests
{
    [Theory]
    [InlineData("apex re", "reach regularity report")]
    [InlineData("apex probe --dr", "--draws")]
    [InlineData("apex probe --space ", "activation input parameter")]
    [InlineData("apex sites --resize-filter ", "bilinear bicubic nearest area opencv-bilinear")]
    public void Bash_completes_what_the_command_knows(string line, string expected)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows() || !File.Exists("/bin/bash"), "needs bash");
        using var folder = new TempFolder();
        folder.Write("apex.bash", CommandLine.Run(folder.Path, "completion", "bash").Out);
        // What bash itself sets before it calls the function.
        string script = $"""
            source apex.bash
            COMP_LINE='{line}' COMP_POINT={line.Length}
            COMP_WORDS=({line} {(line.EndsWith(' ') ? "''" : "")}) COMP_CWORD=$((${"{#COMP_WORDS[@]}"} - 1))
            _apex; echo "${"{COMPREPLY[@]}"}"
            """;
        var start = new ProcessStartInfo("/bin/bash", ["-c", script]) { WorkingDirectory = folder.Path, RedirectStandardOutput = true };
        start.Environment["PATH"] = AppContext.BaseDirectory + Path.PathSeparator + Environment.GetEnvironmentVariable("PATH");
        using var bash = Process.Start(start)!;
        var found = bash.StandardOutput.ReadToEnd().Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        Assert.Superset(expected.Split(' ').ToHashSet(), found.ToHashSet());
        Assert.All(found, word => Assert.StartsWith(line.Split(' ')[^1], word, StringComparison.Ordinal));
    }

    [Fact]
    public void Another_shell_is_refused_by_name()
    {
        using var folder = new TempFolder();
        var result = CommandLine.Run(folder.Path, "completion", "tcsh");
        Assert.Equal((2, ""), (result.ExitCode, result.Out));
        Assert.Contains("tcsh: there is one for bash, zsh, fish, pwsh", result.Error, StringComparison.Ordinal);
    }
}
