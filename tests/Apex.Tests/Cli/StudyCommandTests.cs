using Xunit;

namespace Apex.Tests.Cli;

/// <summary>The half of <c>apex study</c> that does not train; the other half is tested beside the training project.</summary>
public class StudyCommandTests
{
    [Fact]
    public void A_study_that_does_not_exist_is_refused_before_anything_is_built()
    {
        using var folder = new TempFolder();
        var result = CommandLine.Run(folder.Path, "study", "nothing", "--quick");
        Assert.Equal(2, result.ExitCode);
        Assert.StartsWith("apex: nothing: no such study; give all, or one of ", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("building", result.Error, StringComparison.Ordinal);
        Assert.Equal(2, CommandLine.Run(folder.Path, "study").ExitCode);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public void Help_tells_every_study()
    {
        using var folder = new TempFolder();
        string help = CommandLine.Run(folder.Path, "study", "--help").Out;
        Assert.Contains("  apex study all --quick", help, StringComparison.Ordinal);
        // These are held against the training project's registry by that project's tests.
        string[] studies = ["transition", "input", "regularity", "structure", "semantic", "bias", "spaces"];
        Assert.Contains($"all, or one of {string.Join(", ", studies)}.",
            string.Join(' ', help.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }
}
