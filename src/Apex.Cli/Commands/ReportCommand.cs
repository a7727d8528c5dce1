using System.CommandLine;
using Apex.Observations;
using Apex.Reporting.Page;

namespace Apex.Cli.Commands;

/// <summary><c>apex report RUN [RUN_B]</c>: a page to look at.</summary>
internal static class ReportCommand
{
    /// <summary>What the page of a run is called in its folder.</summary>
    public const string FileName = "report.html";

    public static Command Create()
    {
        var runs = new Argument<string[]>("RUN") { Description = "The folder that `apex probe` wrote; two of them stand side by side.", Arity = new ArgumentArity(1, 2) };
        var output = new Option<string?>("--out") { Description = $"The HTML file. Default: {FileName} in the run's folder, in the first of two.", HelpName = "FILE" };
        var scan = new Option<string?>("--scan") { Description = "What `apex scan MODEL --json` printed of the run's model, to be shown too; of the first of two runs.", HelpName = "FILE" };
        var partial = new Option<bool>("--partial") { Description = "Read what there is of a run that was killed or is still being written." };
        var command = new Command("report", """
            Make a page of a run that can be looked at in any browser: one HTML file without anything to fetch. A slider over the
            noise, what it does to the predictions, the samples from odd to typical with the path of each, where noise leads, and
            where all of it comes from. Two runs stand side by side: structured and random labels, two spaces, two models.

            Examples:
              apex report run
              apex report run --out look.html --scan scan.json
              apex report run-a run-b --out both.html
            """)
        { runs, output, scan, partial };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string[] paths = parsed.GetValue(runs)!;
            string target = parsed.GetValue(output) ?? Path.Combine(paths[0], FileName);
            if (Path.GetDirectoryName(Path.GetFullPath(target)) is { } folder && !Directory.Exists(folder))
                throw new InvalidInputException($"--out {target}: its folder does not exist");
            if (Directory.Exists(target))
                throw new InvalidInputException($"--out {target}: is a folder; name a file, e.g. {Path.Combine(target, FileName)}");
            string? scanned = parsed.GetValue(scan) is { } file ? ReadScan(file) : null;
            RunReader[] readers = [.. paths.Select(p => RunReader.Open(p, parsed.GetValue(partial)))];
            (await ReportPage.OfAsync(readers, [scanned, .. readers.Skip(1).Select(_ => (string?)null)], cancellationToken)).Write(target);
            Console.Out.WriteLine(target);
            return ExitCode.Done;
        });
        return command;
    }

    private static string ReadScan(string file)
    {
        if (!File.Exists(file))
            throw new InvalidInputException($"--scan {file}: not there; make it with: apex scan MODEL --json > {file}");
        string text = File.ReadAllText(file);
        try
        {
            using var document = System.Text.Json.JsonDocument.Parse(text);
            if (document.RootElement.TryGetProperty("models", out var models) && models.ValueKind == System.Text.Json.JsonValueKind.Array)
                return text;
        }
        catch (Exception error) when (error is System.Text.Json.JsonException or InvalidOperationException)
        {
            // Told below.
        }

        throw new InvalidInputException($"--scan {file}: not what `apex scan MODEL --json` prints");
    }
}
