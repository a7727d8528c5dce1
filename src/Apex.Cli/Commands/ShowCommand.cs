using System.CommandLine;
using Apex.Analysis.Summary;
using Apex.Observations;
using Apex.Reporting;

namespace Apex.Cli.Commands;

/// <summary><c>apex show RUN</c>: the summary of a run.</summary>
internal static class ShowCommand
{
    public static Command Create()
    {
        var run = new Argument<string>("RUN") { Description = "The folder that `apex probe` wrote." };
        var top = new Option<int>("--top") { Description = "How many samples to list at each end.", DefaultValueFactory = _ => 5, HelpName = "N" };
        var partial = new Option<bool>("--partial") { Description = "Read what there is of a run that was killed or is still being written." };
        var json = new Option<bool>("--json") { Description = "Print JSON (schema: docs/cli.schema.json)." };
        var command = new Command("show", """
            Summarise a run: accuracy, flip rate by sigma, the most and least regular samples, the class shares at the largest sigma.

            Examples:
              apex show run
              apex show run --json
            """)
        { run, top, partial, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            if (parsed.GetValue(top) < 0)
                throw new InvalidInputException($"--top {parsed.GetValue(top)}: give 0 or more");
            var reader = RunReader.Open(parsed.GetValue(run)!, parsed.GetValue(partial));
            var summary = await RunSummary.FromAsync(reader.Info, reader.ReadAsync(cancellationToken), parsed.GetValue(top), cancellationToken);
            var report = new SummaryReport(reader.Info, summary, reader.Path);
            Console.Out.Write(parsed.GetValue(json) ? report.ToJson() : report.ToText());
            return ExitCode.Done;
        });
        return command;
    }
}
