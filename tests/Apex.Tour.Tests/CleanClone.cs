using System.Diagnostics;
using Apex.Tour.Tests;
using Xunit;
using Xunit.v3;

[assembly: AssemblyFixture(typeof(CleanClone))]
[assembly: Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]

namespace Apex.Tour.Tests;

/// <summary>The repository as a clone would hold it, without anything that was built, and a home that nothing was installed in.</summary>
public sealed class CleanClone : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(15);
    private readonly TempFolder _folder = new();

    public CleanClone()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(System.IO.Path.Combine(root.FullName, "Apex.slnx")))
            root = root.Parent ?? throw new DirectoryNotFoundException("the repository's root");
        // What git knows or would take: a clone of the tree as it is being worked on.
        var listed = Start("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], root.FullName, []);
        foreach (string name in listed.Out.Split('\0', StringSplitOptions.RemoveEmptyEntries).Where(n => File.Exists(System.IO.Path.Combine(root.FullName, n))))
        {
            string target = System.IO.Path.Combine(Path, name);
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(target)!);
            File.Copy(System.IO.Path.Combine(root.FullName, name), target);
        }

        Directory.CreateDirectory(Home);
        // Where packages come from is the machine's business, not the home's.
        string own = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        if (File.Exists(System.IO.Path.Combine(own, NuGetConfig)))
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(System.IO.Path.Combine(Home, NuGetConfig))!);
            File.Copy(System.IO.Path.Combine(own, NuGetConfig), System.IO.Path.Combine(Home, NuGetConfig));
        }

        Packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? System.IO.Path.Combine(own, ".nuget", "packages");
    }

    private static string NuGetConfig { get; } = System.IO.Path.Combine(".nuget", "NuGet", "NuGet.Config");

    /// <summary>Where the clone lies.</summary>
    public string Path => _folder["apex"];

    /// <summary>The home of whoever works in it.</summary>
    public string Home => _folder["home"];

    /// <summary>NuGet packages that were fetched before, to be used again.</summary>
    public string Packages { get; }

    /// <summary>Runs a command in the clone, or another folder.</summary>
    public Result Run(string command, string[] arguments, string? folder = null, string? path = null) => Start(command, arguments, folder ?? Path, new()
    {
        ["HOME"] = Home,
        ["DOTNET_CLI_HOME"] = Home,
        ["NUGET_PACKAGES"] = Packages,
        ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1",
        ["DOTNET_NOLOGO"] = "1",
        ["PATH"] = (path is null ? "" : path + System.IO.Path.PathSeparator) + Environment.GetEnvironmentVariable("PATH"),
        // Variables by which a test runner tells its children of itself.
        ["MSBUILDDISABLENODEREUSE"] = "1",
    });

    public void Dispose() => _folder.Dispose();

    private static Result Start(string command, string[] arguments, string folder, Dictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(command, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        if (!process.WaitForExit(Patience))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{command} {string.Join(' ', arguments)} did not end");
        }

        return new Result(process.ExitCode, output.Result, error.Result);
    }

    /// <param name="ExitCode">Exit code.</param>
    /// <param name="Out">stdout.</param>
    /// <param name="Error">stderr.</param>
    public sealed record Result(int ExitCode, string Out, string Error);
}
