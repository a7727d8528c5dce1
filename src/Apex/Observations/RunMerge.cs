using Apex.Facts;

namespace Apex.Observations;

/// <summary>
/// Joins the shards of a run:
/// <code>
/// await RunMerge.JoinAsync("run", ["run-1of2", "run-2of2"]);
/// </code>
/// The observations, and the files that hold them, are those of one run over all samples, to the bit.
/// </summary>
public static class RunMerge
{
    /// <summary>Checks that shards belong together and are all there, and writes the run that they make up. Memory is that of one part.</summary>
    /// <param name="path">Folder of the run; it must not exist.</param>
    /// <param name="shards">Folders of the shards, in any order.</param>
    /// <param name="arguments">The command line, for the run's provenance.</param>
    /// <param name="progress">Told the samples written so far after each part.</param>
    /// <param name="cancellationToken">Stops it; nothing is left behind then.</param>
    /// <returns>The run as written.</returns>
    /// <exception cref="InvalidInputException">The shards do not make up a run; the message names the folder and what is wrong.</exception>
    public static async Task<RunInfo> JoinAsync(
        string path, IReadOnlyList<string> shards, IReadOnlyList<string>? arguments = null, IProgress<long>? progress = null,
        CancellationToken cancellationToken = default)
    {
        if (File.Exists(path) || Directory.Exists(path))
            throw new InvalidInputException($"{path}: is there already; give the merged run a new folder");
        var readers = Checked(shards);
        string temporary = Path.TrimEndingDirectorySeparator(path) + WholeFile.Unfinished;
        Clear(temporary);
        try
        {
            await using var writer = await RunWriter.CreateAsync(temporary, Describe([.. readers.Select(r => r.Info)], arguments ?? []));
            foreach (var reader in readers)
                await AppendAsync(writer, reader, progress, cancellationToken);
            await writer.EndAsync(RunStatus.Complete, readers.Sum(r => r.Info.Seconds));
            await writer.DisposeAsync();
            Directory.Move(temporary, path);
            WholeFile.FlushFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
            return writer.Info;
        }
        catch (IOException error)
        {
            throw new InvalidInputException($"{path}: cannot be written: {error.Message.ReplaceLineEndings(" ")}", error);
        }
        finally
        {
            if (Directory.Exists(temporary))
                Directory.Delete(temporary, recursive: true);
        }
    }

    /// <summary>The shards in order.</summary>
    private static List<RunReader> Checked(IReadOnlyList<string> shards)
    {
        if (shards.Count == 0)
            throw new InvalidInputException("no shard is given; name the folders that `ProbeJob.Shard` wrote");
        foreach (string shard in shards)
        {
            var info = RunReader.Describe(shard);
            if (info.Shard is null)
                throw new InvalidInputException(
                    $"{shard}: is {(info.Merged.Count > 0 ? "a merged run" : "a whole run")} and no shard of one; a shard is made with `ProbeJob.Shard`");
            if (info.Status != RunStatus.Complete)
                throw new InvalidInputException(
                    $"{shard}: shard {info.Shard} is {Words(info.Status)} with {info.Samples} of {info.Wanted} samples; " +
                    $"finish it{(info.Job is { ModelOptions: not null } ? $" with `ProbeJob.ResumeAsync({shard})`" : ", from the program that made it")}");
        }

        List<RunReader> readers = [.. shards.Select(s => RunReader.Open(s)).OrderBy(r => r.Info.Shard!.Index)];
        var (first, firstInfo) = (readers[0], readers[0].Info);
        foreach (var reader in readers.Skip(1))
        {
            if (reader.Info.Shard!.Count != firstInfo.Shard!.Count)
                throw new InvalidInputException(
                    $"{reader.Path}: is shard {reader.Info.Shard}, but {first.Path} is shard {firstInfo.Shard}; all must come from the same division");
            string[] differences = [.. RunDifferences.Between(firstInfo, reader.Info, $"in {first.Path}", $"in {reader.Path}")];
            if (differences.Length > 0)
                throw new InvalidInputException($"{reader.Path}: is a shard of another run than {first.Path}: {string.Join("; ", differences)}");
        }

        CheckComplete(readers);
        return readers;
    }

    private static void CheckComplete(List<RunReader> readers)
    {
        foreach (var (a, b) in readers.Zip(readers.Skip(1)))
        {
            if (a.Info.Shard!.Index == b.Info.Shard!.Index)
                throw new InvalidInputException($"{b.Path}: is shard {b.Info.Shard}, and so is {a.Path}; give each shard once");
        }

        int count = readers[0].Info.Shard!.Count;
        int[] missing = [.. Enumerable.Range(1, count).Except(readers.Select(r => r.Info.Shard!.Index))];
        if (missing.Length > 0)
            throw new InvalidInputException(
                $"shard{(missing.Length == 1 ? "" : "s")} " +
                $"{string.Join(", ", missing.Take(12).Select(i => $"{i}/{count}"))}{(missing.Length > 12 ? ", ..." : "")} " +
                $"{(missing.Length == 1 ? "is" : "are")} missing; give all {count} shards");
        long next = 0;
        foreach (var reader in readers)
        {
            var shard = reader.Info.Shard!;
            if (shard.First != next || reader.Info.Samples != shard.Samples)
                throw new InvalidInputException(
                    $"{reader.Path}: shard {shard} holds {reader.Info.Samples} samples from position {shard.First} where {shard.Samples} from {next} were " +
                    $"expected; {(shard.First < next ? "it overlaps the one before it" : "some are missing")}");
            next += shard.Samples;
        }

        if (next != readers[0].Info.Data.Selected)
            throw new InvalidInputException($"{readers[^1].Path}: the shards end at sample {next} of {readers[0].Info.Data.Selected}");
    }

    private static RunInfo Describe(IReadOnlyList<RunInfo> shards, IReadOnlyList<string> arguments) => shards[0] with
    {
        Status = RunStatus.Running,
        Arguments = arguments,
        Shard = null,
        Started = shards.Min(s => s.Started),
        Finished = null,
        Seconds = 0,
        Samples = 0,
        Passes = 0,
        Resumes = [],
        // As a run that was never divided, whatever memory its shards were given.
        PartSamples = RunLayout.PartSamplesFor(shards[0].Plan, shards[0].Model.Classes.Count),
        Merged = [.. shards.Select(s => new MergedShard(s.Shard!, s.Machine, s.Started, s.Finished, s.Seconds, s.Arguments))],
    };

    /// <summary>Adds a shard. Parts that lie in it as they lie in the whole run are read to see that they are sound, and copied.</summary>
    private static async Task AppendAsync(RunWriter writer, RunReader shard, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        var (to, from) = (RunLayout.Of(writer.Info), RunLayout.Of(shard.Info));
        long position = shard.Info.Shard!.First;
        var part = PartColumns.Of(shard.Info);
        foreach (var (name, samples) in from.Parts(shard.Info.Samples))
        {
            cancellationToken.ThrowIfCancellationRequested();
            await shard.ReadPartAsync(part, name, samples, cancellationToken);
            bool isWhole = to.PartSamples == from.PartSamples && to.Range(to.PartOf(position), shard.Info.Data.Selected) == (position, position + samples);
            if (isWhole)
                await writer.TakePartAsync(shard.Path, name, samples);
            else
            {
                for (int i = 0; i < part.Count; i++)
                    await writer.AddAsync(part[i]);
            }

            position += samples;
            progress?.Report(position);
        }
    }

    /// <summary>Removes what a merge that was killed left behind, unless it is still at work.</summary>
    private static void Clear(string temporary)
    {
        if (!Directory.Exists(temporary))
            return;
        if (!File.Exists(Path.Combine(temporary, RunReader.InfoFile)) && Directory.EnumerateFileSystemEntries(temporary).Any())
            throw new InvalidInputException($"{temporary}: is in the way; remove it");
        using (RunLock.Take(temporary))
        {
            // Nobody holds it.
        }

        Directory.Delete(temporary, recursive: true);
    }

    private static string Words(RunStatus status) => status switch
    {
        RunStatus.Running => "still running, or was killed,",
        RunStatus.Interrupted => "interrupted",
        _ => "failed",
    };
}
