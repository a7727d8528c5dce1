using System.Reflection;
using System.Text.RegularExpressions;
using Xunit;

namespace Apex.Tests.Architecture;

/// <summary>Files are written in one way, by <see cref="WholeFile"/>: there as a whole or not at all.</summary>
public partial class WholeFileTests
{
    /// <summary>Who else opens a file for writing: one that is held, and has no content.</summary>
    private static readonly string[] Exceptions = ["Apex.WholeFile", "Apex.Observations.RunLock"];

    /// <summary>The same of the projects with TorchSharp, of which the source is read: their assemblies are not here.</summary>
    private static readonly string[] SourceExceptions =
    [
        // What a background process says, line by line.
        "src/Apex.Training/Zoo/Log.cs",
        // Locks.
        "src/Apex.Training/Zoo/ZooTrainer.cs",
        "src/Apex.Training/Studies/StudyCommand.cs",
    ];

    public static TheoryData<string> Assemblies => ["ApexProbe", "ApexProbe.Plots", "apex"];

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void Nothing_else_writes_a_file(string assembly)
    {
        string[] others = [.. WrittenFiles.Of(Assembly.Load(assembly)).Where(c => !Exceptions.Contains(c.Type)).Select(c => $"{c.Type}: {c.Call}")];
        Assert.True(others.Length == 0, string.Join('\n', others));
    }

    /// <summary>Without these the other test could not fail: a static call, a stream that writes, in a method that waits, and one in a plain one.</summary>
    [Theory]
    [InlineData("Apex.WholeFile", "File.Move")]
    [InlineData("Apex.WholeFile", "new FileStream")]
    [InlineData("Apex.Observations.RunLock", "new FileStream")]
    public void Writing_is_seen(string type, string call) => Assert.Contains((type, call), WrittenFiles.Of(typeof(WholeFile).Assembly));

    [Fact]
    public void Nothing_else_writes_a_file_with_TorchSharp()
    {
        string[] files = [.. ((string[])["src/Apex.Torch", "src/Apex.Training", "bench"]).SelectMany(Sources)];
        Assert.All(SourceExceptions, file => Assert.Matches(Writing(), Repository.Read(file)));
        string[] others = [.. files.Except(SourceExceptions).Where(file => Writing().IsMatch(Repository.Read(file)))];
        Assert.True(others.Length == 0, string.Join('\n', others));
    }

    private static IEnumerable<string> Sources(string folder) =>
        Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.cs", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Repository.Root, path).Replace('\\', '/'))
            .Where(file => !file.Split('/').Any(part => part is "obj" or "bin"));

    [GeneratedRegex(@"\bFile\.(WriteAll|Append|Create|Copy|Move|Replace|OpenWrite|OpenHandle|Open\()|new FileStream\(|new StreamWriter\(")]
    private static partial Regex Writing();
}
