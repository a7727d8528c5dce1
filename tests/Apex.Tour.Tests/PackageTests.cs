using System.Globalization;
using Xunit;

namespace Apex.Tour.Tests;

/// <summary>The packages, installed where nothing else is.</summary>
public sealed class PackageTests : IDisposable
{
    private readonly TempFolder _empty = new();
    private readonly CleanClone _clone;

    // A version of its own: NuGet keeps what it has seen of a version, and would give an older build of this one.
    private readonly string _version = $"0.0.0-test.{DateTime.UtcNow.ToString("yyyyMMddHHmmss", CultureInfo.InvariantCulture)}";

    public PackageTests(CleanClone clone) => _clone = clone;

    public void Dispose()
    {
        foreach (string package in (string[])["apexprobe", "apexprobe.plots", "apexprobe.torch", "apexprobe.tool"])
        {
            string kept = Path.Combine(_clone.Packages, package, _version);
            if (Directory.Exists(kept))
                Directory.Delete(kept, recursive: true);
        }

        _empty.Dispose();
    }

    [Fact]
    public void Tool_and_library_install_into_an_empty_folder_and_work_there()
    {
        Done(_clone.Run("dotnet", ["pack", "-c", "Release", "--output", _empty["packages"], $"-p:Version={_version}"]));
        Assert.Equal(
            [$"ApexProbe.{_version}.nupkg", $"ApexProbe.Plots.{_version}.nupkg", $"ApexProbe.Tool.{_version}.nupkg"],
            Directory.GetFiles(_empty["packages"]).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal));
        // Below what a feed takes (250 MB), and what one waits for.
        Assert.InRange(new FileInfo(_empty[$"packages/ApexProbe.Tool.{_version}.nupkg"]).Length, 10_000_000, 120_000_000);

        Directory.CreateDirectory(_empty["elsewhere"]);
        Done(_clone.Run("dotnet",
            ["tool", "install", "ApexProbe.Tool", "--tool-path", "tools", "--version", _version, "--add-source", _empty["packages"]], _empty["elsewhere"]));
        string apex = _empty[OperatingSystem.IsWindows() ? "elsewhere/tools/apex.exe" : "elsewhere/tools/apex"];
        Assert.StartsWith(_version, Done(_clone.Run(apex, ["--version"], _empty["elsewhere"])).Out, StringComparison.Ordinal);
        var probed = Done(_clone.Run(apex, ["probe", "--limit", "20", "--sigma", "0.1,0.4", "--draws", "4", "--out", "run"], _empty["elsewhere"]));
        Assert.Contains("Clean accuracy", probed.Out, StringComparison.Ordinal);
        Assert.True(File.Exists(_empty["elsewhere/run/report.html"]));
        Done(_clone.Run(apex, ["plot", "run", "flips", "--out", "flips.pdf"], _empty["elsewhere"]));
        Assert.True(File.Exists(_empty["elsewhere/flips.pdf"]));

        _empty.Write("app/app.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <RestoreAdditionalProjectSources>{_empty["packages"]}</RestoreAdditionalProjectSources>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="ApexProbe" Version="{_version}" />
              </ItemGroup>
            </Project>
            """);
        _empty.Write("app/Program.cs", """
            using Apex.Experiments;
            using Apex.Observations;
            using Apex.Probing;
            using Apex.Questions;

            string model = Path.Combine(args[0], "fashion-mnist-resnet8.onnx"), data = Path.Combine(args[0], "t10k-images-idx3-ubyte.gz");
            var options = new ProbeOptions { Draws = 4, Sigmas = [0.1, 0.4] };
            await new ProbeJob { Model = model, Data = data, Out = "run", Selection = new() { Limit = 5 }, Options = options }.RunAsync();
            int samples = 0;
            await foreach (var o in RunReader.Open("run").ReadAsync())
                samples++;
            var show = await RunQuestions.Show.AskAsync(AskedRun.Open("run"));
            Console.WriteLine($"{samples} samples, {show.Samples} shown");
            """);
        var app = Done(_clone.Run("dotnet", ["run", "-c", "Release", "--", Path.Combine(_clone.Path, "src", "Apex.Cli", "Default")], _empty["app"]));
        Assert.Contains("5 samples, 5 shown", app.Out, StringComparison.Ordinal);
    }

    private static CleanClone.Result Done(CleanClone.Result result)
    {
        Assert.True(result.ExitCode == 0, $"exit code {result.ExitCode}\n{result.Out}\n{result.Error}");
        return result;
    }
}
