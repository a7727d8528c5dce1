using System.Text.Json;
using Parquet.Serialization;

namespace Apex.Observations;

/// <summary>
/// Writes a run as it happens. Every file appears whole under its name (written beside it, flushed, renamed), so a reader never
/// sees a torn one, and what was done survives whatever stops the run.
/// </summary>
public sealed partial class RunWriter : IAsyncDisposable
{
    /// <summary>Numbers that a part may hold; a part is kept in memory until it is written.</summary>
    private const long NumbersPerPart = 1 << 18;
    private const int SamplesPerPart = 1024;

    private readonly List<SampleRow> _samples = [];
    private readonly List<ObservationRow> _observations = [];
    private readonly List<PartInfo> _parts = [];
    private readonly IReadOnlyList<string> _created;
    private RunInfo _info;
    private bool _ended;

    private RunWriter(string path, RunInfo info, IReadOnlyList<string> created) => (Path, _info, _created) = (path, info, created);

    /// <summary>The run's folder.</summary>
    public string Path { get; }

    /// <summary>The run as it stands.</summary>
    public RunInfo Info => _info;

    /// <summary>Checks that a run can be written there, before any work is spent on it.</summary>
    /// <param name="path">Folder of the run; it must not exist, or be empty.</param>
    /// <exception cref="InvalidInputException">It exists with something in it, is a file, or cannot be made.</exception>
    public static void CheckTarget(string path)
    {
        if (File.Exists(path))
            throw new InvalidInputException($"{path}: is a file; --out names a folder for the run");
        if (Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any())
            throw new InvalidInputException($"{path}: already holds something; choose another --out or remove it");
    }

    /// <summary>Makes the folder and its <c>run.json</c>.</summary>
    /// <param name="path">Folder of the run; it must not exist, or be empty.</param>
    /// <param name="info">What is known at the start.</param>
    /// <exception cref="InvalidInputException">The folder cannot be made or written.</exception>
    public static async Task<RunWriter> CreateAsync(string path, RunInfo info)
    {
        CheckTarget(path);
        // Folders that this run brings into being, innermost first, so that a run that leaves nothing leaves none of them.
        var created = new List<string>();
        for (string? folder = System.IO.Path.GetFullPath(path); folder is not null && !Directory.Exists(folder); folder = System.IO.Path.GetDirectoryName(folder))
            created.Add(folder);
        try
        {
            Directory.CreateDirectory(System.IO.Path.Combine(path, "samples"));
            Directory.CreateDirectory(System.IO.Path.Combine(path, "observations"));
            var writer = new RunWriter(path, info, created);
            await writer.WriteInfoAsync();
            return writer;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InvalidInputException($"{path}: the run cannot be written there: {error.Message}", error);
        }
    }

    /// <summary>Adds one sample; a part is written whenever enough has come together.</summary>
    /// <param name="observation">The next sample, in the order of the run.</param>
    /// <exception cref="InvalidInputException">The disk refuses it.</exception>
    public async Task AddAsync(SampleObservation observation)
    {
        _samples.Add(new SampleRow
        {
            SampleId = observation.SampleId,
            Label = observation.Label,
            CleanPrediction = observation.CleanPrediction,
            CleanMargin = observation.CleanMargin,
            CleanLogits = [.. observation.CleanLogits],
            FirstEscapeClass = [.. observation.FirstEscapeClass],
            FirstEscapeSigma = [.. observation.FirstEscapeSigma],
        });
        for (int s = 0; s < observation.Sigmas.Length; s++)
        {
            var at = observation.Sigmas[s];
            _observations.Add(new ObservationRow
            {
                SampleId = observation.SampleId,
                SigmaIndex = s,
                Sigma = _info.Plan.Sigmas[s],
                Counts = [.. at.Counts],
                MeanSoftmax = [.. at.MeanSoftmax],
                MarginMean = at.MarginMean,
                MarginVariance = at.MarginVariance,
                NonFinite = at.NonFinite,
            });
        }

        long numbers = (long)_observations.Count * (2 * observation.CleanLogits.Length + 6);
        if (_samples.Count >= SamplesPerPart || numbers >= NumbersPerPart)
            await FlushAsync();
    }

    /// <summary>Writes what is left and closes the run.</summary>
    /// <param name="status">How it ended.</param>
    /// <param name="seconds">Seconds of probing.</param>
    /// <returns>False where a run that did not complete held no sample and its folder was removed again.</returns>
    public async Task<bool> EndAsync(RunStatus status, double seconds)
    {
        _ended = true;
        // Bad data near the start leaves nothing behind; further on, no work that was done is thrown away.
        if (status != RunStatus.Failed || _parts.Count > 0)
            await FlushAsync();
        if (status != RunStatus.Complete && _parts.Count == 0)
        {
            Remove();
            return false;
        }

        _info = _info with { Status = status, Finished = DateTimeOffset.UtcNow, Seconds = seconds };
        await Guarded(WriteInfoAsync);
        return true;
    }

    /// <summary>Leaves the run as a reader of a killed process would find it, or removes it where it holds nothing.</summary>
    public ValueTask DisposeAsync()
    {
        if (!_ended && _parts.Count == 0)
            Remove();
        return ValueTask.CompletedTask;
    }

    private void Remove()
    {
        Directory.Delete(System.IO.Path.Combine(Path, "samples"), recursive: true);
        Directory.Delete(System.IO.Path.Combine(Path, "observations"), recursive: true);
        File.Delete(System.IO.Path.Combine(Path, RunReader.InfoFile));
        foreach (string folder in _created.TakeWhile(f => !Directory.EnumerateFileSystemEntries(f).Any()))
            Directory.Delete(folder);
    }

    private async Task FlushAsync()
    {
        if (_samples.Count == 0)
            return;
        string name = $"part-{_parts.Count:d5}.parquet";
        await Guarded(async () =>
        {
            await ReplaceAsync(System.IO.Path.Combine(Path, "observations", name), stream => ParquetSerializer.SerializeAsync(_observations, stream));
            await ReplaceAsync(System.IO.Path.Combine(Path, "samples", name), stream => ParquetSerializer.SerializeAsync(_samples, stream));
            _parts.Add(new PartInfo(name, _samples.Count, _samples.Min(s => s.SampleId), _samples.Max(s => s.SampleId)));
            long samples = _info.Samples + _samples.Count;
            _info = _info with { Parts = [.. _parts], Samples = samples, Passes = samples * _info.Plan.Sigmas.Count * _info.Plan.Draws };
            await WriteInfoAsync();
        });
        _samples.Clear();
        _observations.Clear();
    }

    private async Task Guarded(Func<Task> write)
    {
        try
        {
            await write();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InvalidInputException($"{Path}: the run cannot be written any further: {error.Message}", error);
        }
    }

    private Task WriteInfoAsync() => ReplaceAsync(
        System.IO.Path.Combine(Path, RunReader.InfoFile), stream => JsonSerializer.SerializeAsync(stream, _info, RunInfo.Json));

    private static async Task ReplaceAsync(string path, Func<Stream, Task> write)
    {
        string temporary = path + ".tmp";
        await using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.ReadWrite))
        {
            await write(stream);
            stream.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
    }
}
