using System.CommandLine;
using Apex.Analysis;
using Apex.Analysis.Sensitivity;
using Apex.Experiments;
using Apex.Reporting;

namespace Apex.Cli.Commands;

/// <summary><c>apex sensitivity RUN</c>: which layers matter?</summary>
internal static class SensitivityCommand
{
    public static Command Create()
    {
        var run = new Argument<string>("RUN") { Description = "The folder that `apex probe ... --by-site` wrote." };
        var output = new Option<string?>("--out") { Description = "Write every level of every site, as .csv or .parquet.", HelpName = "FILE" };
        var shared = new AnalysisArguments();
        var command = new Command("sensitivity", """
            Which layers matter: what noise on each site alone does to the predictions, from the most sensitive site to the least.
            Noise is in units of each site's rms, so that sites of different scale can be compared. The run must have been
            probed with --by-site.

            Examples:
              apex probe model.onnx --data images/ --by-site --out run && apex sensitivity run
              apex sensitivity run --out sites.csv
            """)
        { run, output };
        shared.AddTo(command, flipLevel: false, top: false);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            if (parsed.GetValue(output) is { } target)
                TableFile.CheckTarget(target);
            var reader = shared.Open(parsed, parsed.GetValue(run)!);
            var report = new SensitivityReport(await PredictionTally.WarnedAsync(reader, cancellationToken), await SingleSiteSensitivity.FromAsync(reader.Info, reader.SingleSites, reader.ReadSitesAsync(cancellationToken), shared.Seed(parsed), cancellationToken: cancellationToken));
            if (parsed.GetValue(output) is { } table)
                await report.ToTable().WriteAsync(table);
            Console.Out.Write(shared.Json(parsed) ? report.ToJson() : report.ToText());
            return ExitCode.Done;
        });
        return command;
    }
}
