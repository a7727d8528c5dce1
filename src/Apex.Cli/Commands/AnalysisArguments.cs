using System.CommandLine;
using Apex.Analysis;
using Apex.Analysis.Regularity;
using Apex.Experiments;
using Apex.Facts;
using Apex.Observations;

namespace Apex.Cli.Commands;

/// <summary>The options that commands over runs share.</summary>
internal sealed class AnalysisArguments
{
    private readonly Option<int> _top = new("--top") { Description = "How many to list in text.", DefaultValueFactory = _ => 10, HelpName = "N" };
    private readonly Option<ulong> _seed = new("--seed") { Description = "Keys bootstrap and permutations.", HelpName = "SEED" };
    private readonly Option<double> _flipLevel = new("--flip-level") { Description = "tau of the flip-level reading of escape noise, between 0 and 1.", DefaultValueFactory = _ => EscapeNoise.DefaultFlipLevel, HelpName = "TAU" };
    private readonly Option<bool> _partial = new("--partial") { Description = "Read what there is of a run that was killed or is still being written." };
    private readonly Option<bool> _json = new("--json") { Description = "Print JSON (schema: docs/cli.schema.json)." };

    public void AddTo(Command command, bool flipLevel = true, bool top = true, bool seed = true)
    {
        if (top)
            command.Options.Add(_top);
        if (flipLevel)
            command.Options.Add(_flipLevel);
        if (seed)
            command.Options.Add(_seed);
        command.Options.Add(_partial);
        command.Options.Add(_json);
    }

    public ulong Seed(ParseResult parsed) => parsed.GetValue(_seed);

    public bool Json(ParseResult parsed) => parsed.GetValue(_json);

    public int Top(ParseResult parsed)
    {
        int top = parsed.GetValue(_top);
        return top >= 0 ? top : throw new InvalidInputException($"--top {top}: give 0 or more");
    }

    /// <summary>The number given, or null where none was.</summary>
    public int? GivenTop(ParseResult parsed) => parsed.GetResult(_top) is { Implicit: false } ? Top(parsed) : null;

    public bool IsFlipLevelGiven(ParseResult parsed) => parsed.GetResult(_flipLevel) is { Implicit: false };

    public double FlipLevel(ParseResult parsed) => EscapeNoise.CheckedFlipLevel(parsed.GetValue(_flipLevel));

    public Task<RunObservations> ReadAsync(ParseResult parsed, string run, CancellationToken cancellationToken) => RunObservations.FromAsync(Open(parsed, run), cancellationToken);

    /// <summary>The files of a run's samples; says why where they should be there and are not.</summary>
    public static SampleFiles Files(RunInfo info, CancellationToken cancellationToken)
    {
        var files = SampleFiles.Of(info, cancellationToken);
        if (files.Note is { } note)
            Console.Error.WriteLine($"apex: note: {note}");
        return files;
    }

    /// <summary>What an analysis says of a run; where it cannot tell, what looks wrong about the run may be why.</summary>
    public static T Ask<T>(RunObservations run, Func<T> analysis)
    {
        try
        {
            return analysis();
        }
        catch (InvalidInputException)
        {
            Warn.Say(run.Info.Warnings);
            throw;
        }
    }

    public RunReader Open(ParseResult parsed, string run)
    {
        var reader = RunReader.Open(run, parsed.GetValue(_partial));
        if (reader.Info.Status != RunStatus.Complete)
            Console.Error.WriteLine($"apex: note: {run} is {reader.Info.Status.ToString().ToLowerInvariant()}: {reader.Info.Samples} of {reader.Info.Data.Selected} samples are read");
        return reader;
    }
}
