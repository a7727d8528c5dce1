using System.CommandLine;
using Apex.Analysis.LargeNoise;
using Apex.Reporting;

namespace Apex.Cli.Commands;

/// <summary><c>apex transition RUN</c>: at which noise does the model decide rather than the sample?</summary>
internal static class TransitionCommand
{
    public static Command Create()
    {
        var run = new Argument<string>("RUN") { Description = "The folder that `apex probe` wrote." };
        var shared = new AnalysisArguments();
        var command = new Command("transition", """
            From the sample to the model: how much of a prediction still depends on the sample at each noise level, the level at
            which half of that is gone, and where small noise ends and large noise begins.

            Examples:
              apex transition run
              apex probe model.onnx --data images/ --sigma 0.02:8:24 --out run && apex transition run --json
            """)
        { run };
        shared.AddTo(command, flipLevel: false, top: false);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var observations = await shared.ReadAsync(parsed, parsed.GetValue(run)!, cancellationToken);
            var report = new NoiseTransitionReport(observations.Info, AnalysisArguments.Ask(observations, () => NoiseTransition.Of(observations, shared.Seed(parsed))));
            Console.Out.Write(shared.Json(parsed) ? report.ToJson() : report.ToText());
            return ExitCode.Done;
        });
        return command;
    }
}
