using System.CommandLine;
using Apex.Analysis.Labels;
using Apex.Data;
using Apex.Experiments;
using Apex.Reporting;

namespace Apex.Cli.Commands;

/// <summary><c>apex audit RUN</c>: which labels look wrong?</summary>
internal static class AuditCommand
{
    public static Command Create()
    {
        var run = new Argument<string>("RUN") { Description = "The folder that `apex probe` wrote, of labelled samples." };
        var truth = new Option<string?>("--truth") { Description = "To measure the audit: 1 for each sample whose label is known to be wrong, 0 for the others, as NPZ:KEY, NPY, CSV:COLUMN or Parquet:COLUMN.", HelpName = "FILE[:KEY]" };
        var output = new Option<string?>("--out") { Description = "Write every labelled sample with its evidence, as .csv or .parquet.", HelpName = "FILE" };
        var shared = new AnalysisArguments();
        var command = new Command("audit", """
            Rank labelled samples by how wrong their label looks: the model predicts something else, or it predicts the label and
            lets go of it as soon as noise sets in, as it does of what it memorised.

            Examples:
              apex audit run
              apex audit run --top 100 --out suspects.csv
              apex audit run --truth flipped.csv:flipped --json
            """)
        { run, truth, output };
        shared.AddTo(command, flipLevel: false);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            int? top = shared.GivenTop(parsed);
            if (parsed.GetValue(output) is { } target)
                TableFile.CheckTarget(target);
            var known = parsed.GetValue(truth) is { } file ? ScoreFile.Open(file) : null;
            var observations = await shared.ReadAsync(parsed, parsed.GetValue(run)!, cancellationToken);
            var audit = AnalysisArguments.Ask(observations, () => LabelAudit.Of(observations));
            IReadOnlyList<LabelDetection>? detection = null;
            if (known is not null)
            {
                var wrong = observations.Samples.Zip(observations.Match(known)).ToDictionary(p => p.First.SampleId, p => p.Second);
                if (wrong.Values.Any(w => w is not (0 or 1)))
                    throw new InvalidInputException($"{known.Spec}: '{known.Name}' holds other numbers than 0 and 1; give 1 for a wrong label, 0 for a right one");
                detection = audit.Against([.. audit.Suspects.Select(s => wrong[s.SampleId] == 1)], shared.Seed(parsed));
            }

            var report = new AuditReport(observations.Info, audit, detection, top, AnalysisArguments.Files(observations.Info, cancellationToken));
            if (parsed.GetValue(output) is { } table)
                await report.ToTable().WriteAsync(table);
            Console.Out.Write(shared.Json(parsed) ? report.ToJson() : report.ToText());
            return ExitCode.Done;
        });
        return command;
    }
}
