using System.CommandLine;
using System.Text.RegularExpressions;
using Apex.Cli;
using Apex.Cli.Commands;
using Apex.Questions;
using Xunit;

namespace Apex.Tests.Architecture;

/// <summary>The library speaks of its properties, and one table of the command line has the option for each.</summary>
public partial class WordTests
{
    /// <summary>Words in backquotes that the command line has no option for.</summary>
    private static readonly string[] WithoutOption = [];

    private static readonly StringLiterals.Literal[] Library = [.. StringLiterals.Of(typeof(InvalidInputException).Assembly),
        .. StringLiterals.Of(typeof(Apex.Plots.RunPlots).Assembly)];

    private static readonly IReadOnlyList<Command> Commands = [.. CommandTree.Create().Subcommands];

    /// <summary>Without these the other tests could not fail: a string in a method, an iterator, a lambda, a constant, the default of a parameter.</summary>
    [Theory]
    [InlineData("Apex.Probing.Probe", "relative noise needs at least one sample to calibrate on")]
    [InlineData("Apex.Experiments.BiasProbe", "`draws` ")]
    [InlineData("Apex.Analysis.Regularity.Readouts", "`InputRun`: it has no sample ")]
    [InlineData("Apex.Observations.RunReader", "sites.parquet")]
    [InlineData("Apex.Probing.SigmaGrid", "`Sigmas`")]
    public void Strings_are_seen(string from, string text) => Assert.Contains(Library, l => l.From == from && l.Text == text);

    [Fact]
    public void The_library_names_no_option() => None(Library.Where(l => Option().IsMatch(l.Text)));

    [Fact]
    public void The_library_sends_nobody_to_the_command() => None(Library.Where(l => l.Text.Contains("`apex ", StringComparison.Ordinal)));

    [Fact]
    public void Every_word_of_the_library_has_its_option() => None(Library.Where(l => Word().Matches(l.Text).Select(m => m.Groups[1].Value)
        .Any(word => !OptionWords.Table.ContainsKey(word) && !WithoutOption.Contains(word))));

    [Fact]
    public void Every_word_of_the_table_is_said_by_the_library()
    {
        // The command line itself asks for the grid of single sites by its word.
        var said = Library.SelectMany(l => Word().Matches(l.Text)).Select(m => m.Groups[1].Value).Append("SingleSiteOptions.Sigmas").Append("ResizeFilter")
            .Concat(typeof(AskOptions).GetProperties().Select(property => property.Name));
        Assert.Empty(OptionWords.Table.Keys.Except(said));
    }

    [Fact]
    public void Every_option_of_the_table_is_one_of_the_command_line()
    {
        Assert.True(Commands.Count > 15, "the commands are not found any more");
        foreach (string told in OptionWords.Table.Values)
        {
            string[] words = told.Split(' ');
            var commands = words[0] == "apex" ? Commands.Where(c => c.Name == words[1]) : Commands;
            Assert.True(commands.Any(c => words.Where(w => w.StartsWith("--", StringComparison.Ordinal)).All(w => c.Options.Any(o => o.Name == w))), told);
        }
    }

    [Theory]
    [InlineData("`Sigmas` 0:1: give more", "--sigma 0:1: give more")]
    [InlineData("`SingleSites` and `Shard` contradict each other", "--by-site and --shard contradict each other")]
    [InlineData("go on with `ProbeJob.ResumeAsync(a run)`", "go on with `apex probe --resume a run`")]
    [InlineData("(see `IClassifier.Sites`)", "(see `apex sites MODEL`)")]
    [InlineData("`Sigmata`, `sigmas`, `apex show RUN`, List`1 and 5`", "`Sigmata`, `sigmas`, `apex show RUN`, List`1 and 5`")]
    public void Words_become_options_and_all_else_stays(string text, string told) => Assert.Equal(told, OptionWords.Translate(text));

    private static void None(IEnumerable<StringLiterals.Literal> broken)
    {
        string[] told = [.. broken.Select(l => $"{l.From}: {l.Text}").Order()];
        Assert.True(told.Length == 0, string.Join('\n', told));
    }

    [GeneratedRegex("--[A-Za-z]")]
    private static partial Regex Option();

    /// <summary>A word, or a method with its argument behind it.</summary>
    [GeneratedRegex(@"`([A-Za-z]\w*(?:\.[A-Z]\w*)?)[`(]")]
    private static partial Regex Word();
}
