using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics;

namespace Apex.Cli.Commands;

/// <summary><c>apex study NAME|all</c>: hands over to the training project, which brings libtorch, so that nothing else has to.</summary>
internal static class StudyCommand
{
    private const string Trainer = "apex-train", Project = "Apex.Training";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public static Command Create()
    {
        var arguments = new StudyArguments();
        var command = arguments.CreateCommand();
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string study = StudyArguments.Checked(parsed.GetValue(arguments.Name)!);
            var start = Beside() ?? FromClone() ?? throw new InvalidInputException(
                $"study: needs {Trainer}, which is neither beside this command nor in a clone of the repository around it; "
                    + $"build src/{Project}, or run from a clone");
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
