using System.CommandLine;
using Apex.Analysis.Comparison;
using Apex.Reporting;

namespace Apex.Cli.Commands;

/// <summary><c>apex compare RUN_A RUN_B</c>: structure or memorised labels?</summary>
internal static class CompareCommand
{
    public static Command Create()
    {
        var a = new Argument<string>("RUN_A") { Description = "A run, e.g. of a model trained on true labels, on its training samples." };
        var b = new Argument<string>("RUN_B") { Description = "Another, e.g. of the same architecture trained on labels in doubt." };
        var shared = new AnalysisArguments();
        var command = new Command("compare", """
            Do the samples of one run escape at larger noise than those of another? A model that memorised random labels lets go of
            its training samples at far smaller noise than one that learned structure.

            Examples:
              apex compare run-true-labels run-random-labels
              apex compare run-a run-b --flip-level 0.25 --json
            """)
        { a, b };
        shared.AddTo(command, top: false);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            double flipLevel = shared.FlipLevel(parsed);
            var first = await shared.ReadAsync(parsed, parsed.GetValue(a)!, cancellationToken);
            var second = await shared.ReadAsync(parsed, parsed.GetValue(b)!, cancellationToken);
            var report = new ComparisonReport(first.Info, second.Info, RunComparison.Of(first, second, flipLevel, shared.Seed(parsed)));
            Console.Out.Write(shared.Json(parsed) ? report.ToJson() : report.ToText());
            return ExitCode.Done;
        });
        return command;
    }
}
