using System.CommandLine;
using Apex.Analysis.Regularity;
using Apex.Data;
using Apex.Experiments;
using Apex.Reporting;

namespace Apex.Cli.Commands;

/// <summary><c>apex regularity RUN</c>: which samples are typical, which are not.</summary>
internal static class RegularityCommand
{
    public static Command Create()
    {
        var run = new Argument<string>("RUN") { Description = "The folder that `apex probe` wrote." };
        var against = new Option<string?>("--against") { Description = "Scores to compare with, one a sample: NPZ:KEY, NPY, CSV:COLUMN or Parquet:COLUMN, for all samples of the source or the probed ones.", HelpName = "FILE[:KEY]" };
        var input = new Option<string?>("--input-run") { Description = "A run of the same samples with --sites input: adds stability under input noise.", HelpName = "RUN" };
        var output = new Option<string?>("--out") { Description = "Write every sample with every readout, as .csv or .parquet.", HelpName = "FILE" };
        var shared = new AnalysisArguments();
        var command = new Command("regularity", """
            Rank samples by how regular the model finds them: typical samples keep their prediction under noise, odd, ambiguous or
            memorised ones lose it early. Compares every readout with an established metric if one is given.

            Examples:
              apex regularity run
              apex regularity run --out ranking.csv
              apex regularity run --against cifar10-cscores-orig-order.npz:scores --json
            """)
        { run, against, input, output };
        shared.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string? reference = parsed.GetValue(against), table = parsed.GetValue(output);
            double flipLevel = shared.FlipLevel(parsed);
            int top = shared.Top(parsed);
            if (table is not null)
                TableFile.CheckTarget(table);
            var scores = reference is null ? null : ScoreFile.Open(reference);
            var observations = await shared.ReadAsync(parsed, parsed.GetValue(run)!, cancellationToken);
            var inputRun = parsed.GetValue(input) is { } other ? await shared.ReadAsync(parsed, other, cancellationToken) : null;
            var ranking = RegularityRanking.Of(observations, flipLevel, inputRun);
            var alignment = scores is null ? null : ranking.Against(observations.Match(scores), shared.Seed(parsed));
            var report = new RegularityReport(observations.Info, ranking, alignment, reference, top, AnalysisArguments.Files(observations.Info, cancellationToken));
            if (table is not null)
                await report.ToTable().WriteAsync(table);
            Console.Out.Write(shared.Json(parsed) ? report.ToJson() : report.ToText());
            return ExitCode.Done;
        });
        return command;
    }
}
