using System.Text.RegularExpressions;
using Xunit;

namespace Apex.Tests.Architecture;

/// <summary>What <c>docs/architecture.md</c> says of rooms and files is so.</summary>
public partial class ArchitectureDocumentTests
{
    private static readonly string[] OtherProjects = ["Apex.Cli", "Apex.Plots", "Apex.Torch", "Apex.Training"];

    private static readonly string _document = Repository.Read("docs", "architecture.md");

    private static readonly string[] _rooms =
    [
        .. TypeReferences.Of(typeof(InvalidInputException).Assembly).Select(r => r.FromRoom)
            .Where(r => r == "Apex" || r.StartsWith("Apex.", StringComparison.Ordinal)).Distinct(),
    ];

    /// <summary>A room within a room may be told without the name of that.</summary>
    [Fact]
    public void It_has_every_room() => Assert.DoesNotContain(_rooms, room =>
        !_document.Contains($"`{room}`", StringComparison.Ordinal)
            && !_document.Contains($"`{room[Math.Max(0, room.LastIndexOf('.'))..]}`", StringComparison.Ordinal));

    [Fact]
    public void It_has_no_room_that_is_not_there() =>
        Assert.Empty(Rooms().Matches(_document).Select(m => m.Groups[1].Value).Except(_rooms).Except(OtherProjects));

    [Fact]
    public void Files_that_it_names_are_there()
    {
        string[] named = [.. Files().Matches(_document).Select(m => m.Groups[1].Value).Distinct()];
        Assert.True(named.Length > 15, "the names of files are not found any more");
        Assert.DoesNotContain(named, name => !Path.Exists(Path.Combine(Repository.Root, name)));
    }

    [GeneratedRegex("`(Apex(?:\\.[A-Za-z]+)*)`")]
    private static partial Regex Rooms();

    [GeneratedRegex("`((?:src|tests|docs|web|bench)(?:/[\\w.-]+)*)`")]
    private static partial Regex Files();
}
