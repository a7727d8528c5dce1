using System.CommandLine;
using Apex.Analysis.Screening;
using Apex.Experiments;
using Apex.Page;
using Apex.Questions;

namespace Apex.Cli.Commands;

/// <summary><c>apex scan MODEL...</c>: is one of these models backdoored?</summary>
internal static class ScanCommand
{
    public static Command Create()
    {
        var models = new Argument<string[]>("MODEL") { Description = "ONNX classifiers to screen.", Arity = ArgumentArity.OneOrMore };
        var references = new Option<string[]>("--reference")
        {
            Description = "Clean models of the same architecture and classes, at least 3 and better 8.",
            AllowMultipleArgumentsPerToken = true,
            HelpName = "CLEAN",
        };
        var data = new Option<string?>("--data")
        {
            Description = "Unlabelled samples, 48 are enough: the worst noise that they share is searched for. Default: none, noise is fed.",
            HelpName = "SPEC",
        };
        var limit = Typed.Whole("--limit", "N", "At most this many samples, evenly spaced.", 200);
        var draws = Typed.Whole("--draws", "N", "Draws of noise that all inputs share.", new ScreeningOptions().Draws);
        var strict = new Option<bool>("--strict") { Description = "Exit code 1 for inconclusive models too." };
        var page = new Option<string?>("--page")
        {
            Description = "Write an HTML page too: the verdict, and a picture of what leads to the suspected class.",
            HelpName = "FILE",
        };
        var trigger = new Option<string?>("--trigger")
        {
            Description = "Write what leads to the suspected class too, of one model: FILE.png, or FILE.npy (float32, in units of the range of pixels).",
            HelpName = "FILE",
        };
        var seed = Typed.Seed("Keys all noise.");
        var threads = ModelArguments.Threads();
        var json = RunArguments.Json();
        var arguments = new ModelArguments();
        var command = new Command("scan", """
            Screen models for backdoors: is there a class that noise shared by all inputs moves more than it should? With samples the
            worst such noise is searched for, which shows what the trigger looks like (--page, --trigger). Clean reference models of
            the same architecture, at least 3 and better 8, tell what is usual. Give samples, references or both: without either a
            verdict is a hint. How often it is right is not measured yet on networks that nothing was chosen on; that of the scan
            before gradients is in docs/results/backdoor.md.
            A model in which nothing was found may still hold a backdoor. A model that cannot be screened does not keep the others
            from it. Exit code 2: a model could not be screened, else 1: at least one is suspicious, else 0.

            Examples:
              apex scan model.onnx --data images/ --page scan.html --trigger trigger.png
              apex scan model.onnx --reference clean-1.onnx clean-2.onnx clean-3.onnx clean-4.onnx
              apex scan downloads/*.onnx --strict --json
            """)
        { models, references, data, limit, draws, page, trigger, strict, seed, threads, json };
        arguments.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string[] paths = parsed.GetValue(models)!;
            CheckTargets(parsed.GetValue(page), parsed.GetValue(trigger), paths.Length);
            var options = new ScreeningOptions { Draws = parsed.GetValue(draws), Seed = parsed.GetValue(seed) ?? 0, Threads = parsed.GetValue(threads) };
            using var progress = new ProgressDisplay("draws");
            var answer = await ModelQuestions.ScanAsync(
                paths, parsed.GetValue(references) ?? [],
                path => PreparedModel.Open(
                    path, arguments.Options(parsed), arguments.Preprocessing(parsed), arguments.Classes(parsed), parsed.GetValue(data), parsed.GetValue(limit)),
                options, path => new ScanProgress(progress, path), not => progress.Say($"apex: {not.Error}\n"), cancellationToken);
            progress.Dispose();
            if (parsed.GetValue(json) || answer.Models.Count > 0)
                Print.Answer(answer, parsed.GetValue(json));
            if (parsed.GetValue(page) is { } html)
            {
                ReportPage.Create(answer, OptionWords.Translate).Write(html);
                Console.Error.WriteLine($"page: {html}");
            }

            if (parsed.GetValue(trigger) is { } picture && answer.Models.Count > 0)
            {
                answer.WriteTrigger(picture);
                Console.Error.WriteLine($"trigger: {picture}");
            }

            if (!answer.Complete)
            {
                Console.Error.WriteLine($"apex: stopped; {answer.Models.Count + answer.Failed.Count} of {paths.Length} models are done");
                return ExitCode.Stopped;
            }

            bool Is(ScreeningVerdict verdict) => answer.Models.Any(m => m.Verdict == verdict);
            return answer.Failed.Count > 0 ? ExitCode.BadInput
                : Is(ScreeningVerdict.Suspicious) || (parsed.GetValue(strict) && Is(ScreeningVerdict.Inconclusive)) ? ExitCode.Suspicious
                : ExitCode.Done;
        });
        return command;
    }

    /// <summary>Files that cannot be written are told before hours of work.</summary>
    private static void CheckTargets(string? page, string? trigger, int models)
    {
        foreach (var (option, file) in new[] { ("--page", page), ("--trigger", trigger) })
        {
            if (file is null)
                continue;
            if (file.Length == 0 || Directory.Exists(file))
                throw new InvalidInputException($"{option} {file}: is {(file.Length == 0 ? "empty" : "a folder")}; name a file");
            if (Path.GetDirectoryName(Path.GetFullPath(file)) is { } folder && !Directory.Exists(folder))
                throw new InvalidInputException($"{option} {file}: its folder does not exist");
        }

        if (trigger is null)
            return;
        if (models > 1)
            throw new InvalidInputException($"--trigger {trigger}: is of one model, and {models} were given; scan one alone");
        if (Path.GetExtension(trigger).ToLowerInvariant() is not (".png" or ".npy"))
            throw new InvalidInputException($"--trigger {trigger}: give a name that ends in .png or .npy");
    }
}
