using System.CommandLine;
using Apex.Answers;
using Apex.Observations;

namespace Apex.Cli.Commands;

/// <summary><c>apex merge OUT SHARD...</c>: join the shards of a run.</summary>
internal static class MergeCommand
{
    public static Command Create()
    {
        var output = new Argument<string>("OUT") { Description = "Folder of the merged run; it must not exist." };
        var shards = new Argument<string[]>("SHARD")
        {
            Description = "The folders that `apex probe --shard I/N` wrote, all N, in any order.",
            Arity = ArgumentArity.OneOrMore,
        };
        var json = RunArguments.Json();
        var command = new Command("merge", """
            Join the shards of a run. Their observations are then those of one run over all samples, to the bit.

            Examples:
              apex merge run run-1 run-2 run-3
              apex merge run shards/*
            """)
        { output, shards, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string run = parsed.GetValue(output)!;
            var info = await RunMerge.JoinAsync(run, parsed.GetValue(shards)!, Environment.GetCommandLineArgs()[1..], cancellationToken: cancellationToken);
            string[] processors = [.. info.Merged.Select(m => $"{m.Machine.Architecture} {m.Machine.Instructions}").Distinct()];
            if (processors.Length > 1)
            {
                string kinds = string.Join(", ", processors);
                Console.Error.WriteLine($"apex: note: the shards were probed on processors of different kinds ({kinds}); "
                    + "the last bits may not be those of a run on one of them");
            }

            Print.Answer(new MergeAnswer(run, info.Samples, info.Merged.Count) { Warnings = info.Warnings ?? [] }, parsed.GetValue(json));
            Console.Error.WriteLine($"Look at it with: apex show {run}, or apex report {run}");
            return ExitCode.Done;
        });
        return command;
    }
}
