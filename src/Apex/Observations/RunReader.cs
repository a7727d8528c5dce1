using System.Runtime.CompilerServices;
using System.Text.Json;
using Parquet.Serialization;

namespace Apex.Observations;

/// <summary>Reads a run from disk, one part at a time.</summary>
public sealed partial class RunReader
{
    internal const string InfoFile = "run.json";

    private RunReader(string path, RunInfo info) => (Path, Info) = (path, info);

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
        string file = System.IO.Path.Combine(path, InfoFile);
        if (File.Exists(path))
            throw new InvalidInputException($"{path}: is a file; give the run's folder (the one that `apex probe --out` made)");
        if (!Directory.Exists(path))
            throw new InvalidInputException($"{path}: no such run");
        if (!File.Exists(file))
            throw new InvalidInputException($"{path}: not a run: it holds no {InfoFile}");
        RunInfo info;
        try
        {
            using var stream = File.OpenRead(file);
            info = JsonSerializer.Deserialize<RunInfo>(stream, RunInfo.Json) ?? throw new JsonException("it holds null");
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new InvalidInputException($"{file}: cannot be read as a run: {error.Message.ReplaceLineEndings(" ")}", error);
        }

        if (info.Format != "apex-run" || info.FormatVersion != RunInfo.CurrentVersion)
            throw new InvalidInputException($"{file}: format {info.Format} {info.FormatVersion}; this version reads apex-run {RunInfo.CurrentVersion}");
        if (info.Status == RunStatus.Running && !partial)
            throw new InvalidInputException($"{path}: the run is still being written, or was killed, with {info.Samples} of {info.Data.Selected} samples on disk; --partial reads those");
        foreach (var part in info.Parts)
        {
            foreach (string folder in (string[])["samples", "observations"])
            {
                // A name is data, and must not lead out of the run.
                if (part.Name != System.IO.Path.GetFileName(part.Name) || !File.Exists(System.IO.Path.Combine(path, folder, part.Name)))
                    throw new InvalidInputException($"{path}: {folder}/{part.Name} is missing; the run is damaged, probe again");
            }
        }

        return new RunReader(path, info);
    }

    /// <summary>Streams the observations in the order of the run.</summary>
    /// <param name="cancellationToken">Stops the stream.</param>
    /// <exception cref="InvalidInputException">A part is damaged.</exception>
    public async IAsyncEnumerable<SampleObservation> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        foreach (var part in Info.Parts)
        {
            var samples = await RowsAsync<SampleRow>("samples", part, cancellationToken);
            var rows = await RowsAsync<ObservationRow>("observations", part, cancellationToken);
            int sigmas = Info.Plan.Sigmas.Count;
            if (samples.Count != part.Samples || rows.Count != samples.Count * sigmas)
                throw new InvalidInputException($"{Path}: {part.Name} holds {samples.Count} samples and {rows.Count} observations where run.json says {part.Samples} of {sigmas} sigmas; the run is damaged");
            for (int i = 0; i < samples.Count; i++)
            {
                var sample = samples[i];
                var own = rows.GetRange(i * sigmas, sigmas);
                if (own.Any(o => o.SampleId != sample.SampleId))
                    throw new InvalidInputException($"{Path}: {part.Name}: the observations of sample {sample.SampleId} are not where they should be; the run is damaged");
                yield return new SampleObservation
                {
                    SampleId = sample.SampleId,
                    Label = sample.Label,
                    CleanLogits = [.. sample.CleanLogits],
                    CleanPrediction = sample.CleanPrediction,
                    CleanMargin = sample.CleanMargin,
                    FirstEscapeClass = [.. sample.FirstEscapeClass],
                    FirstEscapeSigma = [.. sample.FirstEscapeSigma],
                    Sigmas = [.. own.Select(o => new SigmaObservation
                    {
                        Counts = [.. o.Counts],
                        MeanSoftmax = [.. o.MeanSoftmax],
                        MarginMean = o.MarginMean,
                        MarginVariance = o.MarginVariance,
                        NonFinite = o.NonFinite,
                    })],
                };
            }
        }
    }

    private async Task<List<T>> RowsAsync<T>(string folder, PartInfo part, CancellationToken cancellationToken) where T : class, new()
    {
        var result = await ReadFileAsync(System.IO.Path.Combine(Path, folder, part.Name), stream => ParquetSerializer.DeserializeAsync<T>(stream, cancellationToken: cancellationToken));
        return [.. result.Data];
    }

    private static async Task<T> ReadFileAsync<T>(string file, Func<Stream, Task<T>> read)
    {
        try
        {
            using var stream = File.OpenRead(file);
            return await read(stream);
        }
        catch (Exception error) when (error is not (OperationCanceledException or OutOfMemoryException))
        {
            throw new InvalidInputException($"{file}: cannot be read as Parquet: {error.Message.ReplaceLineEndings(" ")}; the run is damaged, probe again", error);
        }
    }
}
