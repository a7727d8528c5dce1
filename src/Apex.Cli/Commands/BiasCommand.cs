using System.CommandLine;
using Apex.Analysis;
using Apex.Analysis.LargeNoise;
using Apex.Experiments;
using Apex.Facts;
using Apex.Observations;
using Apex.Probing;
using Apex.Reporting;

namespace Apex.Cli.Commands;

/// <summary><c>apex bias RUN|MODEL</c>: what does the model say when noise drowns the sample?</summary>
internal static class BiasCommand
{
    private const int LimitDraws = 10_000, FiniteDraws = 32;

    public static Command Create()
    {
        var target = new Argument<string?>("RUN|MODEL") { Description = "A run's folder, or an ONNX classifier. Without one, the built-in model.", Arity = ArgumentArity.ZeroOrOne };
        var sigma = new Option<string?>("--sigma") { Description = "For a model: inf for the exact limit, which needs no data, or levels as FROM:TO:COUNT or a list. Default: inf.", HelpName = "inf|GRID" };
        var data = new Option<string?>("--data") { Description = "For a model at finite levels: samples to feed. Default: inputs of noise.", HelpName = "SPEC" };
        var limit = new Option<int>("--limit") { Description = "At most this many samples, evenly spaced.", DefaultValueFactory = _ => 200, HelpName = "N" };
        var draws = new Option<int?>("--draws") { Description = $"Noise draws: of the limit (default {LimitDraws}), or for each sample and level (default {FiniteDraws}).", HelpName = "N" };
        var relative = new Option<bool>("--relative") { Description = "Scale the noise of each site by the rms of its activations." };
        var seed = new Option<ulong>("--seed") { Description = "Keys all noise.", HelpName = "SEED" };
        var threads = new Option<int>("--threads") { Description = "Worker threads; results do not depend on it. Default: one for each core.", HelpName = "N" };
        var partial = new Option<bool>("--partial") { Description = "Read what there is of a run that was killed or is still being written." };
        var json = new Option<bool>("--json") { Description = "Print JSON (schema: docs/cli.schema.json)." };
        var arguments = new ModelArguments();
        var command = new Command("bias", """
            What a model says when noise has drowned its input: class shares with intervals, how concentrated they are, and where in
            the network (early, middle or late sites) that bias lives. Of a run, over its noise levels; of a model, in the exact
            limit of infinite noise, for which no data is needed, or at levels of your choice.

            Examples:
              apex bias model.onnx
              apex bias model.onnx --sigma inf --draws 100000 --json
              apex bias model.onnx --sigma 0.1:100:12 --data images/
              apex bias run
            """)
        { target, sigma, data, limit, draws, relative, seed, threads, partial, json };
        arguments.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string path = parsed.GetValue(target) ?? ProbeArguments.DefaultModelPath;
            bool Given(Option option) => parsed.GetResult(option) is { Implicit: false };
            ulong key = parsed.GetValue(seed);
            string levels = parsed.GetValue(sigma) ?? "inf";
            BiasReport report;
            if (Directory.Exists(path))
            {
                if (((Option[])[sigma, data, limit, draws, relative, seed]).FirstOrDefault(Given) is { } given)
                    throw new InvalidInputException($"{path}: is a run, whose levels, data and noise are those it was probed with; {(given == sigma || given == data ? "--sigma and --data go" : $"{given.Name} goes")} with a model");
                var observations = await RunObservations.FromAsync(RunReader.Open(path, parsed.GetValue(partial)), cancellationToken);
                var info = observations.Info;
                report = BiasReport.Of(info, observations.Samples.Count, BiasCurve.Of(observations, RunAnalyses.SitesOf(info)));
            }
            else if (levels == "inf")
            {
                if (((Option[])[data, limit, relative]).FirstOrDefault(Given) is { } given)
                    throw new InvalidInputException($"{given.Name} goes with finite levels, e.g. --sigma 0.1:100:12; the limit of infinite noise needs no data");
                using var prepared = PreparedModel.Open(path, arguments.Options(parsed), arguments.Preprocessing(parsed), arguments.Classes(parsed));
                using var progress = new ProgressDisplay("draws of 100");
                var curves = await BiasProbe.LimitAsync(prepared, parsed.GetValue(draws) ?? LimitDraws, key, parsed.GetValue(threads), progress, cancellationToken);
                report = new BiasReport(path, "nothing", prepared.Classes, curves, NoiseScale.Absolute, key);
            }
            else
            {
                using var prepared = PreparedModel.Open(path, arguments.Options(parsed), arguments.Preprocessing(parsed), arguments.Classes(parsed), parsed.GetValue(data), parsed.GetValue(limit));
                var options = new ProbeOptions
                {
                    Sigmas = SigmaGrid.Parse(levels),
                    Draws = parsed.GetValue(draws) ?? FiniteDraws,
                    Scale = parsed.GetValue(relative) ? NoiseScale.Relative : NoiseScale.Absolute,
                    Seed = key,
                    Threads = parsed.GetValue(threads),
                };
                using var progress = new ProgressDisplay();
                var curves = await BiasProbe.RunAsync(prepared, options, progress, cancellationToken);
                string fed = prepared.Samples is { } samples ? $"{samples.Count} samples of {parsed.GetValue(data)}" : $"{BiasProbe.NoiseInputCount} inputs of noise";
                report = new BiasReport(path, fed, prepared.Classes, curves, options.Scale, key, prepared.Inputs?.Warnings);
            }

            Console.Out.Write(parsed.GetValue(json) ? report.ToJson() : report.ToText());
            return ExitCode.Done;
        });
        return command;
    }
}
