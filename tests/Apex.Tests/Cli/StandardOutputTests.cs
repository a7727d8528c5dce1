using Xunit;

namespace Apex.Tests.Cli;

/// <summary>What becomes of a result that standard output does not take.</summary>
public sealed class StandardOutputTests : IDisposable
{
    private const string Full = "/dev/full";

    private readonly TempFolder _folder = new();

    public StandardOutputTests()
    {
        _folder.Write("m.onnx", Nets.ReluMlp(1, 3, [8], 3).ToBytes());
        _folder.Write("d.csv", "a,b,c,y\n" + string.Join('\n', Enumerable.Range(0, 30).Select(i => $"{i % 3},{i % 5},{i % 7},{i % 3}")));
        var made = CommandLine.Run(_folder.Path, "probe", "m.onnx", "--data", "d.csv", "--sigma", "0.05:2:6", "--draws", "16", "--out", "run", "--no-report");
        Assert.True(made.ExitCode == 0, made.Error);
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("show run")]
    [InlineData("show run --json")]
    [InlineData("sites m.onnx")]
    [InlineData("regularity run")]
    [InlineData("report run")]
    [InlineData("completion bash")]
    [InlineData("probe --help")]
    public void A_full_device_is_told_in_one_line(string command)
    {
        Assert.SkipUnless(File.Exists(Full), "no /dev/full here");
        var result = Bash($"\"$0\" {command} > {Full}");
        Assert.Equal(2, result.ExitCode);
        string line = Assert.Single(result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("apex: the result cannot be written to standard output: No space left on device", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("show run")]
    [InlineData("sites m.onnx --json")]
    [InlineData("regularity run")]
    public void A_reader_that_has_gone_is_no_error(string command)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs a POSIX shell");
        // The reader is gone before the first line.
        var result = Bash($"{{ sleep 0.2; \"$0\" {command}; echo \"exit code $?\" >&2; }} | true");
        Assert.Equal("exit code 0\n", result.Error);
    }

    private CommandLine.Result Bash(string script) =>
        CommandLine.Launch(_folder.Path, "bash", "-c", script, Path.Combine(AppContext.BaseDirectory, "apex")).Wait();
}
