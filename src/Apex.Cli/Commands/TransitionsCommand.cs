using System.CommandLine;
using Apex.Analysis.Transitions;
using Apex.Experiments;
using Apex.Reporting;

namespace Apex.Cli.Commands;

/// <summary><c>apex transitions RUN</c>: which classes does the model hold to be close?</summary>
internal static class TransitionsCommand
{
    public static Command Create()
    {
        var run = new Argument<string>("RUN") { Description = "The folder that `apex probe` wrote." };
        var taxonomy = new Option<string?>("--taxonomy") { Description = "Groups of classes: JSON {\"group\": [\"class\", ...], ...}. Built in for CIFAR-10 and Fashion-MNIST.", HelpName = "FILE" };
        var shared = new AnalysisArguments();
        var command = new Command("transitions", """
            Where small noise takes predictions: the matrix of first escapes from class to class, whether they stay among like
            classes, and the strongest transitions in words.

            Examples:
              apex transitions run
              apex transitions run --taxonomy groups.json --json
            """)
        { run, taxonomy };
        shared.AddTo(command, flipLevel: false);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            int top = shared.Top(parsed);
            var observations = await shared.ReadAsync(parsed, parsed.GetValue(run)!, cancellationToken);
            var classes = observations.Info.Model.Classes;
            var groups = parsed.GetValue(taxonomy) is { } file ? Taxonomy.Read(file, classes) : Taxonomy.For(classes);
            var report = new TransitionsReport(observations.Info, AnalysisArguments.Ask(observations, () => ClassTransitions.Of(observations, groups, shared.Seed(parsed))), top);
            Console.Out.Write(shared.Json(parsed) ? report.ToJson() : report.ToText());
            return ExitCode.Done;
        });
        return command;
    }
}
