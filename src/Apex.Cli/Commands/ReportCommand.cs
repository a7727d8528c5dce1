using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Apex.Answers;
using Apex.Page;
using Apex.Questions;

namespace Apex.Cli.Commands;

/// <summary><c>apex report RUN [RUN_B]</c>: a page to look at.</summary>
internal static class ReportCommand
{
    /// <summary>What the page of a run is called in its folder.</summary>
    public const string FileName = "report.html";

    /// <summary>Of each model of a scan.</summary>
    private static readonly string[] Required = ["model", "verdict", "targetName"];

    public static Command Create()
    {
        var runs = new Argument<string[]>("RUN")
        {
            Description = "The folder that `apex probe` wrote; two of them stand side by side.",
            Arity = new ArgumentArity(1, 2),
        };
        var output = new Option<string?>("--out")
        {
            Description = $"The HTML file. Default: {FileName} in the run's folder; of two runs report-with-B.html in the first.",
            HelpName = "FILE",
        };
        var scan = new Option<string?>("--scan")
        {
            Description = "What `apex scan MODEL --json` printed of the run's model, to be shown too; of the first of two runs.",
            HelpName = "FILE",
        };
        var partial = RunArguments.Partial();
        var json = RunArguments.Json();
        var command = new Command("report", """
            Make a page of a run that can be looked at in any browser: one HTML file without anything to fetch. A slider over the
            noise, what it does to the predictions, the samples from odd to typical with the path of each, where noise leads, and
            where all of it comes from. Two runs stand side by side: structured and random labels, two spaces, two models.

            Examples:
              apex report run
              apex report run --out look.html --scan scan.json
              apex report run-a run-b --out both.html
            """)
        { runs, output, scan, partial, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string[] paths = parsed.GetValue(runs)!;
            AskedRun[] asked = [.. paths.Select(p => RunArguments.Open(p, parsed.GetValue(partial)))];
            string? given = parsed.GetValue(output);
            if (given is { Length: 0 })
                throw new InvalidInputException("--out: is empty; name a file, e.g. report.html");
            string target = given ?? Path.Combine(paths[0], paths.Length == 1 ? FileName : $"report-with-{asked[1].Name}.html");
            if (Path.GetDirectoryName(Path.GetFullPath(target)) is { } folder && !Directory.Exists(folder))
                throw new InvalidInputException($"--out {target}: its folder does not exist");
            if (Directory.Exists(target))
                throw new InvalidInputException($"--out {target}: is a folder; name a file, e.g. {Path.Combine(target, FileName)}");
            string? scanned = parsed.GetValue(scan) is { } file ? ReadScan(file, asked[0].Info.Model.Path) : null;
            var page = await Task.Run(() => ReportPage.OfAsync(asked, [scanned], OptionWords.Translate, cancellationToken), cancellationToken)
                .WaitAsync(cancellationToken);
            page.Write(target);
            Print.Answer(new ReportAnswer(target, new FileInfo(target).Length, paths), parsed.GetValue(json));
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>The part of a scan that is about the run's model.</summary>
    private static string ReadScan(string file, string model)
    {
        const string Right = "make it with: apex scan MODEL --json > FILE";
        JsonNode? read;
        try
        {
            read = JsonNode.Parse(File.ReadAllText(file));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new InvalidInputException($"--scan {file}: {(error is JsonException ? "is not JSON" : "cannot be read")}; {Right}", error);
        }

        if ((read as JsonObject)?["models"] is not JsonArray models || !models.All(m => m is JsonObject one
            && Required.All(w => one[w] is JsonValue value && value.GetValueKind() == JsonValueKind.String)
            && one["references"] is JsonValue))
            throw new InvalidInputException($"--scan {file}: not what `apex scan MODEL --json` prints; {Right}");
        // By name: a scan may have been made from another folder.
        JsonNode[] own = [.. models.Where(m => Path.GetFileName(m!["model"]!.GetValue<string>()) == Path.GetFileName(model)).Select(m => m!.DeepClone())];
        return own.Length > 0
            ? new JsonObject { ["models"] = new JsonArray(own) }.ToJsonString()
            : throw new InvalidInputException($"--scan {file}: says nothing of {model}, the run's model; {Right}");
    }
}
