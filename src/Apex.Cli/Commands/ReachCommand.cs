using System.CommandLine;
using Apex.Experiments;
using Apex.Reporting;

namespace Apex.Cli.Commands;

/// <summary><c>apex reach MODEL</c>: how much of activation space can input perturbation reach?</summary>
internal static class ReachCommand
{
    private const int DefaultLimit = 4;

    public static Command Create()
    {
        var standard = new ReachOptions();
        var model = new Argument<string?>("MODEL") { Description = "An ONNX classifier. Without one, the built-in model.", Arity = ArgumentArity.ZeroOrOne };
        var data = new Option<string?>("--data") { Description = "Samples at which the derivative is taken; needed for a model of yours.", HelpName = "SPEC" };
        var limit = new Option<int>("--limit") { Description = "At most this many samples, evenly spaced.", DefaultValueFactory = _ => DefaultLimit, HelpName = "N" };
        var sites = new Option<string[]>("--sites") { Description = "all, last, input, a name or glob, A..B, or an index; repeat to combine. Default: all.", HelpName = "SITES" };
        var probes = new Option<int>("--probes") { Description = "Jacobian-vector products for each site and sample at most; where they bound the rank it is told as at least.", DefaultValueFactory = _ => standard.Probes, HelpName = "N" };
        var directions = new Option<int>("--directions") { Description = "Random directions for each site and sample.", DefaultValueFactory = _ => standard.Directions, HelpName = "N" };
        var seed = new Option<ulong>("--seed") { Description = "Keys probes and directions.", HelpName = "SEED" };
        var threads = new Option<int>("--threads") { Description = "Worker threads; results do not depend on it. Default: one for each core.", HelpName = "N" };
        var output = new Option<string?>("--out") { Description = "Write every site of every sample, as .csv or .parquet.", HelpName = "FILE" };
        var json = new Option<bool>("--json") { Description = "Print JSON (schema: docs/cli.schema.json)." };
        var arguments = new ModelArguments();
        var command = new Command("reach", """
            How much of activation space can perturbing the input reach? For each hidden site the rank of the derivative of its
            activations by the input, and the share of a random direction's energy that lies in what the input can move. Noise on
            activations has no such bound.

            Examples:
              apex reach
              apex reach model.onnx --data images/ --limit 4
              apex reach model.onnx --data images/ --sites 1..3 --probes 256 --out reach.csv
            """)
        { model, data, limit, sites, probes, directions, seed, threads, output, json };
        arguments.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            if (parsed.GetValue(output) is { } target)
                TableFile.CheckTarget(target);
            var options = standard with
            {
                Sites = parsed.GetValue(sites) is { Length: > 0 } chosen ? chosen : ["all"],
                Probes = parsed.GetValue(probes),
                Directions = parsed.GetValue(directions),
                Seed = parsed.GetValue(seed),
                Threads = parsed.GetValue(threads),
            };
            var (path, spec) = ProbeArguments.Choose(parsed.GetValue(model), parsed.GetValue(data));
            using var prepared = PreparedModel.Open(path, arguments.Options(parsed), arguments.Preprocessing(parsed), arguments.Classes(parsed), spec, parsed.GetValue(limit));
            using var progress = new ProgressDisplay("sites");
            var reached = await Task.Run(() => ReachProbe.Measure(prepared.Classifier, prepared.Samples!, options, progress, cancellationToken), cancellationToken);
            progress.Dispose();
            var report = new ReachReport(path, spec, prepared.Classifier.Input.Elements, reached, options.Probes, options.Seed, prepared.Inputs?.Warnings);
            if (parsed.GetValue(output) is { } table)
                await report.ToTable().WriteAsync(table);
            Console.Out.Write(parsed.GetValue(json) ? report.ToJson() : report.ToText());
            return ExitCode.Done;
        });
        return command;
    }
}
