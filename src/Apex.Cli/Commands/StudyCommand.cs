using System.CommandLine;
using System.Diagnostics;

namespace Apex.Cli.Commands;

/// <summary><c>apex study NAME|all</c>: hands over to the training project, which brings libtorch, so that nothing else has to.</summary>
internal static class StudyCommand
{
    private const string Trainer = "apex-train", Project = "Apex.Training";

    public static Command Create()
    {
        var name = new Argument<string>("NAME") { Description = "all, transition, structure or semantic." };
        var quick = new Option<bool>("--quick") { Description = "Smaller models, fewer seeds and samples, trained on the built-in images." };
        var output = new Option<string>("--out") { Description = "Folder of models, runs and results; what is there already is not made again.", DefaultValueFactory = _ => "apex-studies", HelpName = "DIR" };
        var fashion = new Option<string?>("--fashion") { Description = "Folder with Fashion-MNIST's four gzipped IDX files. Default: where Debian's package puts them; a quick study does without.", HelpName = "DIR" };
        var json = new Option<bool>("--json") { Description = "Print JSON (schema: docs/cli.schema.json)." };
        var command = new Command("study", """
            Put claims of the method to the test on networks that are trained here: each claim with its figures, intervals and a
            verdict. Needs the training project (TorchSharp), from a clone of the repository or beside this command. Can be stopped
            at any time and goes on where it was.

            Examples:
              apex study all --quick
              apex study structure --out studies --json
            """)
        { name, quick, output, fashion, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            List<string> arguments = ["study", parsed.GetValue(name)!, "--out", parsed.GetValue(output)!];
            if (parsed.GetValue(quick))
                arguments.Add("--quick");
            if (parsed.GetValue(fashion) is { } folder)
                arguments.AddRange(["--fashion", folder]);
            if (parsed.GetValue(json))
                arguments.Add("--json");
            var start = Beside() ?? FromClone() ?? throw new InvalidInputException(
                $"study: needs {Trainer}, which is neither beside this command nor in a clone of the repository around it; build src/{Project}, or run from a clone");
            foreach (string argument in arguments)
                start.ArgumentList.Add(argument);
            using var process = Process.Start(start)!;
            try
            {
                await process.WaitForExitAsync(cancellationToken);
            }
            catch (OperationCanceledException)
            {
                // Ctrl-C reaches it too where both have a terminal; elsewhere it must not stay behind.
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
            if (File.Exists(project))
                return new ProcessStartInfo("dotnet") { UseShellExecute = false, ArgumentList = { "run", "-c", "Release", "--project", project, "--" } };
        }

        return null;
    }
}
