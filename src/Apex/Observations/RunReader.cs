using System.Runtime.CompilerServices;
using System.Text.Json;
using Apex.Facts;

namespace Apex.Observations;

/// <summary>Reads a run from disk, one part at a time.</summary>
public sealed partial class RunReader
{
    internal const string InfoFile = "run.json";

    private readonly IReadOnlyList<(string Name, int Samples)> _parts;

    private RunReader(string path, RunInfo info, IReadOnlyList<(string, int)> parts) => (Path, Info, _parts) = (path, info, parts);

    /// <summary>The run's folder.</summary>
    public string Path { get; }

    /// <summary>What the folder is called.</summary>
    public string Name => System.IO.Path.GetFileName(System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(Path)));

    /// <summary>What <c>run.json</c> says.</summary>
    public RunInfo Info { get; }

    /// <summary>Opens a run.</summary>
    /// <param name="path">The run's folder.</param>
    /// <param name="partial">Accept a run that is still being written, or was killed.</param>
    /// <exception cref="InvalidInputException">It is no run, was not finished, or is damaged.</exception>
    public static RunReader Open(string path, bool partial = false)
    {
        var info = Describe(path);
        if (info.Status == RunStatus.Running && !partial)
        {
            throw new InvalidInputException(
                $"{path}: the run is still being written, or was killed, with {info.Samples} of {info.Wanted} samples on disk; " +
                $"`partial` reads those{(info.Job is { ModelOptions: not null } ? $", and `ProbeJob.ResumeAsync({path})` goes on with it" : "")}");
        }

        IReadOnlyList<(string Name, int Samples)> parts = [.. RunLayout.Of(info).Parts(info.Samples)];
        foreach (var (name, _) in parts)
        {
            foreach (string folder in (string[])["samples", "observations"])
            {
                if (!File.Exists(System.IO.Path.Combine(path, folder, name)))
                    throw new InvalidInputException($"{path}: {folder}/{name} is missing; the run is damaged, probe again");
            }
        }

        return new RunReader(path, info, parts);
    }

    /// <summary>Reads <c>run.json</c> alone.</summary>
    /// <exception cref="InvalidInputException">It is no run.</exception>
    internal static RunInfo Describe(string path)
    {
        string file = System.IO.Path.Combine(path, InfoFile);
        if (File.Exists(path))
            throw new InvalidInputException($"{path}: is a file; give the run's folder (the one that `ProbeJob.RunAsync` made)");
        if (!Directory.Exists(path))
            throw new InvalidInputException($"{path}: no such run");
        if (!File.Exists(file))
            throw new InvalidInputException($"{path}: not a run: it holds no {InfoFile}");
        RunInfo info;
        try
        {
            using var stream = File.OpenRead(file);
            info = JsonSerializer.Deserialize<RunInfo>(stream, RunJson.Options) ?? throw new JsonException("it holds null");
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new InvalidInputException($"{file}: cannot be read as a run: {error.Message.ReplaceLineEndings(" ")}", error);
        }

        if (info.Format != "apex-run" || info.FormatVersion != RunInfo.CurrentVersion)
            throw new InvalidInputException($"{file}: format {info.Format} {info.FormatVersion}; this version reads apex-run {RunInfo.CurrentVersion}");
        bool isSound = info is { PartSamples: >= 1, Samples: >= 0 } && info.Samples <= info.Wanted && info.Shard is null or { First: >= 0 };
        return isSound ? info : throw new InvalidInputException($"{file}: does not say which samples lie in which part; the run is damaged, probe again");
    }

    /// <summary>Streams the observations in the order of the run.</summary>
    /// <param name="cancellationToken">Stops the stream.</param>
    /// <exception cref="InvalidInputException">A part is damaged.</exception>
    public async IAsyncEnumerable<SampleObservation> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var part = PartColumns.Of(Info);
        foreach (var (name, count) in _parts)
        {
            await ReadPartAsync(part, name, count, cancellationToken);
            for (int i = 0; i < part.Count; i++)
                yield return part[i];
        }
    }

    /// <summary>Reads and checks one part.</summary>
    /// <param name="part">Takes it.</param>
    /// <param name="name">Its name.</param>
    /// <param name="count">Samples of it that count.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="InvalidInputException">It is damaged.</exception>
    internal async Task ReadPartAsync(PartColumns part, string name, int count, CancellationToken cancellationToken)
    {
        // The writer of a run that is not complete may have been stopped between the two files of its last part, or between them and run.json.
        bool mayHoldMore = Info.Status != RunStatus.Complete;
        await GuardedAsync("samples", stream => part.ReadSamplesAsync(stream, count, mayHoldMore, cancellationToken));
        await GuardedAsync("observations", stream => part.ReadObservationsAsync(stream, mayHoldMore, cancellationToken));

        async Task GuardedAsync(string folder, Func<Stream, Task> read)
        {
            string file = System.IO.Path.Combine(Path, folder, name);
            try
            {
                await using var stream = File.OpenRead(file);
                await read(stream);
            }
            catch (InvalidDataException error)
            {
                throw new InvalidInputException($"{file}: {error.Message}; the run is damaged, probe again", error);
            }
            catch (Exception error) when (error is not (OperationCanceledException or OutOfMemoryException))
            {
                throw new InvalidInputException(
                    $"{file}: cannot be read as Parquet: {error.Message.ReplaceLineEndings(" ")}; the run is damaged, probe again", error);
            }
        }
    }
}
