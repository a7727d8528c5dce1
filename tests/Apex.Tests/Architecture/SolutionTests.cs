using System.Xml.Linq;
using Xunit;

namespace Apex.Tests.Architecture;

/// <summary>Two solutions: the one in the root is fast and needs no libtorch, the other holds every project.</summary>
public class SolutionTests
{
    [Fact]
    public void One_solution_holds_every_project()
    {
        string[] all = [.. ((string[])["src", "tests", "bench"])
            .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.csproj", SearchOption.AllDirectories))
            .Select(path => Path.GetRelativePath(Repository.Root, path).Replace('\\', '/')).Order(StringComparer.Ordinal)];
        Assert.NotEmpty(all);
        Assert.Equal(all, Projects("src/Apex.All.slnx"));
    }

    /// <summary><c>dotnet build</c> and <c>dotnet test</c> take the solution of the folder, and refuse where there are two.</summary>
    [Fact]
    public void The_root_has_one_solution_without_libtorch_and_browser()
    {
        Assert.Equal("Apex.slnx", Path.GetFileName(Assert.Single(Directory.EnumerateFiles(Repository.Root, "*.sln*"))));
        string[] fast = Projects("Apex.slnx");
        Assert.Equal(
            ["src/Apex.Cli/Apex.Cli.csproj", "src/Apex.Plots/Apex.Plots.csproj", "src/Apex/Apex.csproj", "tests/Apex.Tests/Apex.Tests.csproj"], fast);
        Assert.All(fast, project => Assert.DoesNotContain("TorchSharp", Repository.Read(project), StringComparison.Ordinal));
    }

    /// <summary>The projects of a solution, named from the root.</summary>
    private static string[] Projects(string solution) =>
        [.. XDocument.Load(Path.Combine(Repository.Root, solution)).Descendants("Project")
            .Select(p => Path.GetFullPath(Path.Combine(Repository.Root, Path.GetDirectoryName(solution)!, p.Attribute("Path")!.Value)))
            .Select(path => Path.GetRelativePath(Repository.Root, path).Replace('\\', '/')).Order(StringComparer.Ordinal)];
}
