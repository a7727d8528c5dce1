using System.CommandLine;
using Apex.Answers;
using Apex.Experiments;
using Apex.Facts;
using Apex.Probing;
using Apex.Questions;

namespace Apex.Cli.Commands;

/// <summary><c>apex bias RUN|MODEL</c>: what does the model say when noise drowns the sample?</summary>
internal static class BiasCommand
{
    private const int LimitDraws = 10_000, FiniteDraws = 32;

    public static Command Create()
    {
        var target = new Argument<string?>("RUN|MODEL")
        {
            Description = "A run's folder, or an ONNX classifier. Without one, the built-in model.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var sigma = new Option<string?>("--sigma")
        {
            Description = "For a model: inf for the exact limit, which needs no data, or levels as FROM:TO:COUNT or a list. Default: inf.",
            HelpName = "inf|GRID",
        };
        var data = new Option<string?>("--data")
        {
            Description = "For a model at finite levels: samples to feed. Default: inputs of noise.",
            HelpName = "SPEC",
        };
        var limit = Typed.Whole("--limit", "N", "At most this many samples, evenly spaced.", 200);
        var draws = Typed.Whole("--draws", "N", $"Noise draws: of the limit (default {LimitDraws}), or for each sample and level (default {FiniteDraws}).");
        var relative = new Option<bool>("--relative") { Description = "Scale the noise of each site by the rms of its activations." };
        var seed = Typed.Seed("Keys all noise.");
        var threads = ModelArguments.Threads();
        var partial = RunArguments.Partial();
        var json = RunArguments.Json();
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
            Option? Given(params Option[] options) => options.FirstOrDefault(o => parsed.GetResult(o) is { Implicit: false });
            string levels = parsed.GetValue(sigma) ?? "inf";
            var (key, fed) = (parsed.GetValue(seed) ?? 0, parsed.GetValue(data));
            PreparedModel Open(string? spec) =>
                PreparedModel.Open(path, arguments.Options(parsed), arguments.Preprocessing(parsed), arguments.Classes(parsed), spec, parsed.GetValue(limit));
            BiasAnswer answer;
            if (Directory.Exists(path))
            {
                if (Given(sigma, data, limit, draws, relative, seed) is { } given)
                {
                    string goes = given == sigma || given == data ? "--sigma and --data go" : $"{given.Name} goes";
                    throw new InvalidInputException($"{path}: is a run, whose levels, data and noise are those it was probed with; {goes} with a model");
                }

                answer = await RunQuestions.Bias.AskAsync(RunArguments.Open(path, parsed.GetValue(partial)), null, cancellationToken);
            }
            else if (levels == "inf")
            {
                if (Given(data, limit, relative) is { } given)
                    throw new InvalidInputException(
                        $"{given.Name} goes with finite levels, e.g. --sigma 0.1:100:12; the limit of infinite noise needs no data");
                using var model = Open(null);
                using var progress = new ProgressDisplay("draws of 100");
                answer = await ModelQuestions.BiasAsync(
                    model, path, parsed.GetValue(draws) ?? LimitDraws, key, parsed.GetValue(threads), progress, cancellationToken);
            }
            else
            {
                using var model = Open(fed);
                var options = new ProbeOptions
                {
                    Sigmas = SigmaGrid.Parse(levels),
                    Draws = parsed.GetValue(draws) ?? FiniteDraws,
                    Scale = parsed.GetValue(relative) ? NoiseScale.Relative : NoiseScale.Absolute,
                    Seed = key,
                    Threads = parsed.GetValue(threads),
                };
                using var progress = new ProgressDisplay();
                answer = await ModelQuestions.BiasAsync(model, path, fed, options, progress, cancellationToken);
            }

            Print.Answer(answer, parsed.GetValue(json));
            return ExitCode.Done;
        });
        return command;
    }
}
