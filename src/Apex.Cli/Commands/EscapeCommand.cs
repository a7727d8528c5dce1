using System.CommandLine;
using Apex.Analysis.Regularity;
using Apex.Reporting;

namespace Apex.Cli.Commands;

/// <summary><c>apex escape RUN</c>: at which noise does each sample lose its prediction?</summary>
internal static class EscapeCommand
{
    public static Command Create()
    {
        var run = new Argument<string>("RUN") { Description = "The folder that `apex probe` wrote." };
        var mode = new Option<bool>("--mode") { Description = "Instead of the flip level read the level of the grid where another class becomes most frequent." };
        var output = new Option<string?>("--out") { Description = "Write every sample's escape noise, as .csv or .parquet.", HelpName = "FILE" };
        var shared = new AnalysisArguments();
        var command = new Command("escape", """
            The noise at which each sample escapes its clean prediction, with intervals, and how many samples of each class still
            hold at which noise (Kaplan-Meier, because those that never escape on the grid are censored).
            `apex probe --adaptive` finds the same with a fraction of the passes.

            Examples:
              apex escape run
              apex escape run --flip-level 0.25 --out escape.csv
              apex escape run --mode
            """)
        { run, mode, output };
        shared.AddTo(command, seed: false);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            double? tau = parsed.GetValue(mode) ? null : shared.FlipLevel(parsed);
            if (tau is null && shared.IsFlipLevelGiven(parsed))
                throw new InvalidInputException("--mode and --flip-level contradict each other: they are two readings; give one of them");
            if (parsed.GetValue(output) is { } target)
                TableFile.CheckTarget(target);
            var observations = await shared.ReadAsync(parsed, parsed.GetValue(run)!, cancellationToken);
            var summary = EscapeSummary.Of(observations, tau);
            var report = new EscapeReport(summary, observations.Info.Model.Classes, shared.Top(parsed), observations.Info.Warnings);
            if (parsed.GetValue(output) is { } table)
                await report.ToTable().WriteAsync(table);
            Console.Out.Write(shared.Json(parsed) ? report.ToJson() : report.ToText());
            return ExitCode.Done;
        });
        return command;
    }
}
