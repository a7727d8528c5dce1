using System.CommandLine;
using Apex.Facts;
using Apex.Questions;

namespace Apex.Cli.Commands;

/// <summary>What commands over runs share.</summary>
internal static class RunArguments
{
    public static Argument<string> Run(string description = "The folder that `apex probe` wrote.") => new("RUN") { Description = description };

    public static Option<bool> Partial() => new("--partial") { Description = "Read what there is of a run that was killed or is still being written." };

    public static Option<bool> Json() => new("--json") { Description = "Print JSON (schema: docs/cli.schema.json)." };

    /// <summary>Opens a run; says so where it is not whole.</summary>
    public static AskedRun Open(string path, bool partial)
    {
        var run = AskedRun.Open(path, partial);
        if (run.Info.Status != RunStatus.Complete)
            Console.Error.WriteLine($"apex: note: {path} is {run.Info.Status.ToString().ToLowerInvariant()}: "
                + $"{run.Info.Samples} of {run.Info.Wanted} samples are read");
        return run;
    }
}
