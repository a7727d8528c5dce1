using Xunit;

namespace Apex.Tests.Architecture;

/// <summary>Lines of code end by column 160, so that two files stand side by side.</summary>
public class LineTests
{
    private const int Longest = 160;

    private static readonly string[] CodeFolders = ["src", "tests", "bench", "examples", "web/src"];

    /// <summary>Made by tools, or not ours.</summary>
    private static readonly string[] Skipped = ["obj", "bin", "node_modules", "generated"];

    [Fact]
    public void Lines_end_by_column_160()
    {
        string[] files = [.. Files()];
        Assert.True(files.Length > 100, $"{files.Length} files of code were found");
        string[] longer = [.. files.SelectMany(TooLong)];
        Assert.True(longer.Length == 0, $"{longer.Length} lines go beyond column {Longest}:\n{string.Join('\n', longer)}");
    }

    /// <summary>Without this the other test could not fail.</summary>
    [Fact]
    public void A_long_line_is_named()
    {
        string[] lines = ["short", new string('a', Longest), new string('b', Longest + 1)];
        Assert.Equal(["made.cs:3: 161 columns"], TooLong("made.cs", lines));
    }

    private static IEnumerable<string> TooLong(string file) => TooLong(file, File.ReadLines(Path.Combine(Repository.Root, file)));

    private static IEnumerable<string> TooLong(string file, IEnumerable<string> lines) =>
        lines.Index().Where(l => l.Item.Length > Longest).Select(l => $"{file}:{l.Index + 1}: {l.Item.Length} columns");

    /// <summary>Every file of code, named from the root of the project, with slashes.</summary>
    private static IEnumerable<string> Files() =>
        from folder in CodeFolders
        from pattern in (string[])["*.cs", "*.ts"]
        from path in Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), pattern, SearchOption.AllDirectories)
        let file = Path.GetRelativePath(Repository.Root, path).Replace('\\', '/')
        where !file.Split('/').Any(part => Skipped.Contains(part, StringComparer.OrdinalIgnoreCase))
        orderby file
        select file;
}
