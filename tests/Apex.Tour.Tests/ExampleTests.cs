using Xunit;

namespace Apex.Tour.Tests;

/// <summary>The example of a question of one's own, on a run; the tour runs the other.</summary>
public sealed class ExampleTests(CleanClone clone)
{
    [Fact]
    public void A_question_of_ones_own_gets_an_answer_and_a_section_of_the_page()
    {
        string run = Path.Combine(clone.Path, "apex-runs", "asked");
        string[] probe = ["probe", "--limit", "20", "--sigma", "0.1,0.4", "--draws", "4", "--no-report", "--out", run];
        Done(clone.Run("dotnet", ["run", "-c", "Release", "--project", Path.Combine("src", "Apex.Cli"), "--", .. probe]));

        var asked = Done(clone.Run("dotnet", ["run", "-c", "Release", Path.Combine("examples", "own_question.cs"), run]));
        Assert.StartsWith("Share of samples whose prediction no draw moves", asked.Out, StringComparison.Ordinal);
        string page = File.ReadAllText(Path.Combine(clone.Path, "unmoved.html"));
        Assert.Contains("What nothing moves", page, StringComparison.Ordinal);
        Assert.Contains("At the largest noise", page, StringComparison.Ordinal);
    }

    private static CleanClone.Result Done(CleanClone.Result result)
    {
        Assert.True(result.ExitCode == 0, $"exit code {result.ExitCode}\n{result.Out}\n{result.Error}");
        return result;
    }
}
