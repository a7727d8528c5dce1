using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics;

namespace Apex.Cli.Commands;

/// <summary><c>apex study NAME|all</c>: hands over to the training project, which brings libtorch, so that nothing else has to.</summary>
internal static class StudyCommand
{
    private const string Trainer = "apex-train", Project = "Apex.Training";

    /// <summary>Those of the training project's registry, which this command does not load.</summary>
    private static readonly string[] Studies = ["transition", "input", "regularity", "structure", "semantic", "bias", "spaces"];

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public static Command Create()
    {
        var name = new Argument<string>("NAME") { Description = $"all, or one of {string.Join(", ", Studies)}." };
        var quick = new Option<bool>("--quick") { Description = "Smaller models, fewer seeds and samples, trained on the built-in images: minutes, and nothing to download." };
        var output = new Option<string>("--out") { Description = "Folder of models, runs and results; what is there already is not made again. Default: apex-studies.", HelpName = "DIR" };
        var fashion = new Option<string>("--fashion") { Description = "Folder with Fashion-MNIST's four gzipped IDX files. Default: where Debian's dataset-fashion-mnist puts them; a quick study does without.", HelpName = "DIR" };
        var zoo = new Option<string>("--zoo") { Description = "Folder of the zoo of clean and poisoned networks, trained where they are not there. Default: in --out.", HelpName = "DIR" };
        var cifar = new Option<string>("--cifar10") { Description = "CIFAR-10's training images (binary archive or folder), for the zoo's networks of them. Default: those are left out.", HelpName = "PATH" };
        var scores = new Option<string>("--cscores") { Description = "Published C-scores to hold regularity against.", HelpName = "FILE" };
        var scoreData = new Option<string>("--cscore-data") { Description = "The images that they score.", HelpName = "SPEC" };
        var scoreModel = new Option<string>("--cscore-model") { Description = "An ONNX classifier of those images, with its sidecar.", HelpName = "MODEL" };
        var json = new Option<bool>("--json") { Description = "Print JSON (schema: docs/cli.schema.json)." };
        var command = new Command("study", """
            Put claims of the method to the test on networks that are trained here: each claim with its figures, intervals and a
            verdict. Needs the training project (TorchSharp), from a clone of the repository or beside this command. Can be stopped
            at any time and goes on where it was.

            Examples:
              apex study all --quick
              apex study structure --out studies --json
            """)
        { name, quick, output, fashion, zoo, cifar, scores, scoreData, scoreModel, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string study = parsed.GetValue(name)!;
            if (study != "all" && !Studies.Contains(study))
                throw new InvalidInputException($"{study}: no such study; give all, or one of {string.Join(", ", Studies)}");
            var start = Beside() ?? FromClone() ?? throw new InvalidInputException(
                $"study: needs {Trainer}, which is neither beside this command nor in a clone of the repository around it; build src/{Project}, or run from a clone");
            start.ArgumentList.Add("study");
            start.ArgumentList.Add(study);
            foreach (var option in command.Options)
            {
                if (parsed.GetResult(option) is not OptionResult { Implicit: false } given)
                    continue;
                start.ArgumentList.Add(option.Name);
                foreach (var token in given.Tokens)
                    start.ArgumentList.Add(token.Value);
            }

            // Its standard input closes when this process ends, even by a kill, and it ends too.
            start.ArgumentList.Add("--attached");
            start.RedirectStandardInput = true;
            using var process = Process.Start(start)!;
            try
            {
                await process.WaitForExitAsync(cancellationToken);
            }
            catch (OperationCanceledException)
            {
                // Ctrl-C reaches it too where both have a terminal; elsewhere its input, which ends now, tells it to stop.
                process.StandardInput.Close();
                if (!process.WaitForExit(Patience))
                    process.Kill(entireProcessTree: true);
                throw;
            }

            return process.ExitCode;
        });
        return command;
    }

    private static ProcessStartInfo? Beside()
    {
        string path = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? Trainer + ".exe" : Trainer);
        return File.Exists(path) ? new ProcessStartInfo(path) { UseShellExecute = false } : null;
    }

    private static ProcessStartInfo? FromClone()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string project = Path.Combine(folder.FullName, "src", Project, Project + ".csproj");
            if (!File.Exists(project))
                continue;
            Console.Error.WriteLine("building the training project where it changed (the first time it fetches libtorch, 200 MB)");
            return new ProcessStartInfo("dotnet") { UseShellExecute = false, ArgumentList = { "run", "-c", "Release", "--project", project, "--" } };
        }

        return null;
    }
}
