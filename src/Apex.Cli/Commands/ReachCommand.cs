using System.CommandLine;
using Apex.Answers;
using Apex.Experiments;
using Apex.Questions;

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
        var limit = Typed.Whole("--limit", "N", "At most this many samples, evenly spaced.", DefaultLimit);
        var sites = ModelArguments.Sites();
        var probes = Typed.Whole(
            "--probes", "N", "Jacobian-vector products for each site and sample at most; where they bound the rank it is told as at least.", standard.Probes);
        var directions = Typed.Whole("--directions", "N", "Random directions for each site and sample.", standard.Directions);
        var seed = Typed.Seed("Keys probes and directions.");
        var threads = ModelArguments.Threads();
        var output = new Option<string?>("--out") { Description = "Write every site of every sample, as .csv or .parquet.", HelpName = "FILE" };
        var json = RunArguments.Json();
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
                Seed = parsed.GetValue(seed) ?? 0,
                Threads = parsed.GetValue(threads),
            };
            var (path, spec) = ProbeArguments.Choose(parsed.GetValue(model), parsed.GetValue(data));
            using var prepared = PreparedModel.Open(
                path, arguments.Options(parsed), arguments.Preprocessing(parsed), arguments.Classes(parsed), spec, parsed.GetValue(limit));
            using var progress = new ProgressDisplay("sites");
            var answer = await ModelQuestions.ReachAsync(prepared, path, spec, options, progress, cancellationToken);
            progress.Dispose();
            if (parsed.GetValue(output) is { } table)
                await answer.ToTable().WriteAsync(table);
            Print.Answer(answer, parsed.GetValue(json));
            return ExitCode.Done;
        });
        return command;
    }
}
