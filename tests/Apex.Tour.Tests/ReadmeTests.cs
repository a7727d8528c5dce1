using Xunit;

namespace Apex.Tour.Tests;

/// <summary>The README's script, as it is written.</summary>
public class ReadmeTests(CleanClone clone)
{
    /// <summary>A grey image of 28 x 28 pixels.</summary>
    private const string Png =
        "iVBORw0KGgoAAAANSUhEUgAAABwAAAAcCAAAAABXZoBIAAAAL0lEQVR42mNg4BSSVtE1s/cIjErOKa1r"
        + "nzBz0eote4+dv/Hw1WeGUclRyVFJmCQAPPF0KIuahP0AAAAASUVORK5CYII=";

    [Fact]
    public void The_script_runs_again_and_again()
    {
        string[] script = [.. File.ReadAllText(Path.Combine(clone.Path, "README.md")).Split("```csharp\n").Skip(1).Select(rest => rest.Split("```")[0])];
        File.WriteAllText(Path.Combine(clone.Path, "my-probe.cs"), Assert.Single(script));
        string built = Path.Combine(clone.Path, "src", "Apex.Cli", "Default", "fashion-mnist-resnet8");
        File.Copy(built + ".onnx", Path.Combine(clone.Path, "model.onnx"));
        File.Copy(built + ".apex.json", Path.Combine(clone.Path, "model.apex.json"));
        foreach (string name in (string[])["Bag", "Coat"])
        {
            Directory.CreateDirectory(Path.Combine(clone.Path, "images", name));
            File.WriteAllBytes(Path.Combine(clone.Path, "images", name, "1.png"), Convert.FromBase64String(Png));
        }

        for (int time = 1; time <= 2; time++)
        {
            var result = clone.Run("dotnet", ["run", "my-probe.cs"]);
            Assert.True(result.ExitCode == 0, $"time {time}, exit code {result.ExitCode}\n{result.Out}\n{result.Error}");
            Assert.Equal(2, result.Out.Split('\n').Count(line => line.Contains(": margin ", StringComparison.Ordinal)));
        }

        Assert.Equal(2, Directory.GetDirectories(clone.Path, "run-*").Length);
    }
}
