using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Apex.Questions;

namespace Apex.Cli.Commands;

/// <summary>All commands, in groups, each with a line that says what it is for; its own help says more.</summary>
internal static class CommandTree
{
    private sealed record Entry(Command Command, string Line);

    private sealed record Group(string Title, IReadOnlyList<Entry> Entries);

    public static Option<bool> Verbose { get; } = new("--verbose") { Description = "Show the stack trace of an error.", Recursive = true };

    public static RootCommand Create()
    {
        Group[] groups =
        [
            new("Look at a model",
            [
                new(SitesCommand.Create(), "what of it can be perturbed, and what data looks like to it"),
                new(BiasCommand.Create(), "what it says when noise drowns the sample (of a run as well)"),
                new(ReachCommand.Create(), "how much of activation space the input can reach"),
            ]),
            new("Probe", [new(ProbeCommand.Create(), "add noise, and write what the predictions do to a run")]),
            new("Ask a run",
            [
                .. RunQuestions.All.Where(q => q != RunQuestions.Bias).Select(q => new Entry(QuestionCommand.Create(q), q.Asks)),
                new(CompareCommand.Create(), "two runs: structure against memorised labels"),
                new(ReportCommand.Create(), "a page to look at in a browser"),
                new(PlotCommand.Create(), "figures for papers"),
            ]),
            new("Screen", [new(ScanCommand.Create(), "is a model backdoored?")]),
            new("Long runs",
            [
                new(MergeCommand.Create(), "join the shards of a run"),
                new(StudyCommand.Create(), "claims of the method put to the test"),
                new(CompletionCommand.Create(), "make a shell complete what is typed after apex"),
            ]),
        ];
        var root = new RootCommand(
            "APEX probes a trained classifier at inference time: it adds Gaussian noise to hidden activations and reads what the predictions do.");
        foreach (var entry in groups.SelectMany(g => g.Entries))
            root.Subcommands.Add(entry.Command);
        root.Subcommands.Add(Renamed("transition", RunQuestions.Dependence));
        root.Options.Add(Verbose);
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new RootHelp((HelpAction)help.Action!, root, groups);
        root.SetAction(_ =>
        {
            Write(Console.Out, root, groups);
            return ExitCode.Done;
        });
        return root;
    }

    /// <summary>The old name of a question, for one version.</summary>
    private static Command Renamed(string old, Question question)
    {
        var command = QuestionCommand.Create(question, old);
        command.Hidden = true;
        return command;
    }

    private static void Write(TextWriter output, RootCommand root, Group[] groups)
    {
        output.WriteLine(root.Description);
        output.WriteLine();
        output.WriteLine("  apex probe                         the built-in model and data");
        output.WriteLine("  apex probe MODEL --data SPEC       a model and data of yours");
        output.WriteLine("  apex COMMAND --help                what a command takes, with examples");
        int width = groups.SelectMany(g => g.Entries).Max(e => e.Command.Name.Length);
        foreach (var group in groups)
        {
            output.WriteLine();
            output.WriteLine(group.Title);
            foreach (var entry in group.Entries)
                output.WriteLine($"  {entry.Command.Name.PadRight(width)}  {entry.Line}");
        }

        output.WriteLine();
        output.WriteLine("Options: --help, --version, and --verbose for the stack trace of an error. "
            + "Exit codes: 0 done, 1 a scan found something, 2 bad input, 70 a bug, 130 stopped.");
    }

    private sealed class RootHelp(HelpAction each, RootCommand root, Group[] groups) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            if (parseResult.CommandResult.Command != root)
                return each.Invoke(parseResult);
            Write(parseResult.InvocationConfiguration.Output, root, groups);
            return ExitCode.Done;
        }
    }
}
