using System.CommandLine;
using Apex.Analysis.Screening;
using Apex.Experiments;
using Apex.Facts;
using Apex.Reporting;

namespace Apex.Cli.Commands;

/// <summary><c>apex scan MODEL...</c>: is one of these models backdoored?</summary>
internal static class ScanCommand
{
    public static Command Create()
    {
        var models = new Argument<string[]>("MODEL") { Description = "ONNX classifiers to screen.", Arity = ArgumentArity.OneOrMore };
        var references = new Option<string[]>("--reference") { Description = "Clean models of the same architecture and classes, at least 3 and better 8.", AllowMultipleArgumentsPerToken = true, HelpName = "CLEAN" };
        var data = new Option<string?>("--data")
        {
            Description = $"Unlabelled samples, 200 are plenty: used with references only. Default: none, noise is fed, which found more ({ScreeningRates.Source}).",
            HelpName = "SPEC",
        };
        var limit = new Option<int>("--limit") { Description = "At most this many samples, evenly spaced.", DefaultValueFactory = _ => 200, HelpName = "N" };
        var draws = new Option<int>("--draws") { Description = "Draws of noise that all inputs share.", DefaultValueFactory = _ => new ScreeningOptions().Draws, HelpName = "N" };
        var strict = new Option<bool>("--strict") { Description = "Exit code 1 for inconclusive models too." };
        var seed = new Option<ulong>("--seed") { Description = "Keys all noise.", HelpName = "SEED" };
        var threads = new Option<int>("--threads") { Description = "Worker threads; results do not depend on it. Default: one for each core.", HelpName = "N" };
        var json = new Option<bool>("--json") { Description = "Print JSON (schema: docs/cli.schema.json)." };
        var arguments = new ModelArguments();
        var (alone, against) = (ScreeningRates.Alone, ScreeningRates.AgainstReferences);
        var command = new Command("scan", $"""
            Screen models for backdoors: is there a class that noise shared by all inputs moves more than it should? Give clean
            reference models of the same architecture, at least 3 and better 8, and no data: that is how it found most. Of
            networks that nothing was chosen on it called suspicious ({ScreeningRates.Source})
              with {ScreeningRates.ReferencesThere} references: {against.Poisoned.Called} of {against.Poisoned.Models} poisoned ones, {against.Clean.Called} of {against.Clean.Models} clean ones
              without:           {alone.Poisoned.Called} of {alone.Poisoned.Models} poisoned ones, {alone.Clean.Called} of {alone.Clean.Models} clean ones
            A model in which nothing was found may still hold a backdoor. A model that cannot be screened does not keep the others
            from it. Exit code 2: a model could not be screened, else 1: at least one is suspicious, else 0.

            Examples:
              apex scan model.onnx --reference clean-1.onnx clean-2.onnx clean-3.onnx clean-4.onnx
              apex scan model.onnx
              apex scan downloads/*.onnx --strict --json
            """)
        { models, references, data, limit, draws, strict, seed, threads, json };
        arguments.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var options = new ScreeningOptions { Draws = parsed.GetValue(draws), Seed = parsed.GetValue(seed), Threads = parsed.GetValue(threads) };
            using var progress = new ProgressDisplay("draws");
            var warnings = new List<RunWarning>();
            async Task<ScreeningProfile> Measure(string path)
            {
                using var prepared = PreparedModel.Open(path, arguments.Options(parsed), arguments.Preprocessing(parsed), arguments.Classes(parsed), parsed.GetValue(data), parsed.GetValue(limit));
                // The same for models whose preprocessing is one: once is enough.
                warnings.AddRange((prepared.Inputs?.Warnings ?? []).Except(warnings));
                var told = new ScanProgress(progress, path);
                return await ScreeningProbe.MeasureAsync(
                    prepared.Classifier, prepared.Classes, prepared.Samples, options, told, cancellationToken);
            }

            var clean = new List<ScreeningProfile>();
            foreach (string path in parsed.GetValue(references) ?? [])
                clean.Add(await Measure(path));
            BackdoorScreen.CheckReferences(clean);
            string[] paths = parsed.GetValue(models)!;
            var scans = new List<(ScreeningProfile Profile, BackdoorScreen Screen)>();
            var failed = new List<(string Model, string Error)>();
            bool stopped = false;
            foreach (string path in paths)
            {
                try
                {
                    var profile = await Measure(path);
                    scans.Add((profile, BackdoorScreen.Of(profile, clean)));
                }
                catch (InvalidInputException error)
                {
                    failed.Add((path, error.Message.ReplaceLineEndings(" ")));
                    progress.Say($"apex: {failed[^1].Error}\n");
                }
                catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
                {
                    stopped = true;
                    break;
                }
            }

            progress.Dispose();
            var report = new ScanReport(scans, failed, warnings);
            if (parsed.GetValue(json))
                Console.Out.Write(report.ToJson());
            else if (scans.Count > 0)
                Console.Out.Write(report.ToText());
            if (stopped)
            {
                Console.Error.WriteLine($"apex: stopped; {scans.Count + failed.Count} of {paths.Length} models are done");
                return ExitCode.Stopped;
            }

            bool Is(ScreeningVerdict verdict) => scans.Any(s => s.Screen.Verdict == verdict);
            return failed.Count > 0 ? ExitCode.BadInput
                : Is(ScreeningVerdict.Suspicious) || (parsed.GetValue(strict) && Is(ScreeningVerdict.Inconclusive)) ? ExitCode.Suspicious
                : ExitCode.Done;
        });
        return command;
    }
}
