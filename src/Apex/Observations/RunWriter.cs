using System.Diagnostics;
using System.Text.Json;
using Apex.Facts;

namespace Apex.Observations;

/// <summary>
/// Writes a run as it happens. Every file appears whole under its name (written beside it, flushed, renamed), so a reader never
/// sees a torn one, and what was done survives whatever stops the run. <c>run.json</c>, written last, says how many samples count.
/// </summary>
internal sealed partial class RunWriter : IAsyncDisposable
{
    /// <summary>Fewer samples than these are not worth keeping when the data turns out to be bad within the first <see cref="Checkpoint"/>.</summary>
    private const int WorthKeeping = 1024;

    private readonly PartColumns _part;
    private readonly IReadOnlyList<string> _created;
    private readonly RunLock _lock;
    private readonly RunLayout _layout;
    private readonly Stopwatch _session = Stopwatch.StartNew(), _sinceCommit = Stopwatch.StartNew();
    private readonly double _secondsBefore;
    private readonly bool _isNew;
    private RunInfo _info;
    private bool _ended;

    private RunWriter(string path, RunInfo info, IReadOnlyList<string> created, RunLock held, bool isNew)
    {
        (Path, _info, _created, _lock, _isNew) = (path, info, created, held, isNew);
        _layout = RunLayout.Of(info);
        _part = PartColumns.Of(info);
        _secondsBefore = info.Seconds;
    }

    /// <summary>The run's folder.</summary>
    public string Path { get; }

    /// <summary>The run as it stands on disk.</summary>
    public RunInfo Info => _info;

    /// <summary>What is done is written at least this often, so that no more is lost to a kill. Default: 30 seconds.</summary>
    public TimeSpan Checkpoint { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Whether the disk refused something: nothing more can be written then, and what <see cref="Info"/> says is there stays.</summary>
    internal bool HasFailed { get; private set; }

    /// <summary>Position of the next sample among the chosen ones.</summary>
    private long Next => _layout.First + _kept + _part.Count;

    /// <summary>Samples in the parts before the current one.</summary>
    private long _kept;

    /// <summary>Checks that a run can be written there, before any work is spent on it.</summary>
    /// <param name="path">Folder of the run; it must not exist, or be empty.</param>
    /// <exception cref="InvalidInputException">It exists with something in it, is a file, or cannot be made.</exception>
    public static void CheckTarget(string path)
    {
        if (File.Exists(path))
            throw new InvalidInputException($"{path}: is a file; `Out` names a folder for the run");
        // A kill may have come before run.json was there; what it left is nothing.
        bool IsNothing(string entry) => System.IO.Path.GetFileName(entry) is RunLock.FileName or RunReader.InfoFile + WholeFile.Unfinished;
        if (!Directory.Exists(path) || Directory.EnumerateFileSystemEntries(path).All(IsNothing))
            return;
        bool isRun = File.Exists(System.IO.Path.Combine(path, RunReader.InfoFile));
        throw new InvalidInputException(
            $"{path}: already holds " +
            $"{(isRun ? "a run; go on with it with `ResumeAsync`, choose another `Out` or remove it" : "something; choose another `Out` or remove it")}");
    }

    /// <summary>Makes the folder and its <c>run.json</c>.</summary>
    /// <param name="path">Folder of the run; it must not exist, or be empty.</param>
    /// <param name="info">What is known at the start.</param>
    /// <param name="checkpoint">See <see cref="Checkpoint"/>. Default: 30 seconds.</param>
    /// <exception cref="InvalidInputException">The folder cannot be made or written.</exception>
    public static async Task<RunWriter> CreateAsync(string path, RunInfo info, TimeSpan? checkpoint = null)
    {
        CheckTarget(path);
        // Folders that this run brings into being, innermost first, so that a run that leaves nothing leaves none of them.
        var created = new List<string>();
        for (string? at = System.IO.Path.GetFullPath(path); at is not null && !Directory.Exists(at); at = System.IO.Path.GetDirectoryName(at))
            created.Add(at);
        RunWriter? writer = null;
        try
        {
            Directory.CreateDirectory(path);
            int partSamples = info.PartSamples > 0 ? info.PartSamples : RunLayout.PartSamplesFor(info.Plan, info.Model.Classes.Count);
            var held = RunLock.Take(path);
            writer = new RunWriter(path, info with { PartSamples = partSamples }, created, held, isNew: true)
            {
                Checkpoint = checkpoint ?? TimeSpan.FromSeconds(30),
            };
            await writer.WriteInfoAsync(writer._info);
            writer.MakeFolders();
            foreach (string folder in created)
                WholeFile.FlushFolder(System.IO.Path.GetDirectoryName(folder)!);
            return writer;
        }
        catch (Exception error)
        {
            if (writer is not null)
                writer.Remove();
            else if (created.Count > 0 && Directory.Exists(created[^1]))
                Directory.Delete(created[^1], recursive: true);
            if (error is IOException or UnauthorizedAccessException)
                throw new InvalidInputException($"{path}: the run cannot be written there: {error.Message.ReplaceLineEndings(" ")}", error);
            throw;
        }
    }

    /// <summary>Goes on with a run, and clears away what a kill left half-written.</summary>
    /// <param name="path">Folder of the run.</param>
    /// <param name="held">The run, held for this process; it goes with the writer.</param>
    /// <param name="info">What <c>run.json</c> says.</param>
    /// <param name="checkpoint">See <see cref="Checkpoint"/>.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="InvalidInputException">A part is damaged, or the folder cannot be written.</exception>
    internal static async Task<RunWriter> ResumeAsync(string path, RunLock held, RunInfo info, TimeSpan checkpoint, CancellationToken cancellationToken)
    {
        var resumed = info with
        {
            Status = RunStatus.Running,
            Finished = null,
            Resumes = [.. info.Resumes, new ResumeInfo(DateTimeOffset.UtcNow, info.Samples)],
        };
        var writer = new RunWriter(path, resumed, [], held, isNew: false) { Checkpoint = checkpoint };
        var layout = writer._layout;
        var reader = RunReader.Open(path, partial: true);
        // The last part, unless it is full, is in memory until it is.
        if (info.Samples > 0
            && layout.PartOf(writer._layout.First + info.Samples) is var part && layout.Range(part, info.Samples) is var (from, to) && to > from)
        {
            await reader.ReadPartAsync(writer._part, RunLayout.NameOf(part), (int)(to - from), cancellationToken);
        }

        writer._kept = info.Samples - writer._part.Count;
        await writer.Guarded(() =>
        {
            writer.MakeFolders();
            foreach (string folder in (string[])["", "samples", "observations"])
            {
                foreach (string left in Directory.EnumerateFiles(System.IO.Path.Combine(path, folder), "*" + WholeFile.Unfinished))
                    File.Delete(left);
            }

            return writer.WriteInfoAsync(resumed);
        });
        return writer;
    }

    /// <summary>Opens a run that is complete, for what is added beside its samples.</summary>
    /// <param name="path">Folder of the run.</param>
    /// <param name="held">The run, held for this process; it goes with the writer.</param>
    /// <param name="info">What <c>run.json</c> says, with the job as it is now.</param>
    internal static RunWriter Reopen(string path, RunLock held, RunInfo info) => new(path, info, [], held, isNew: false) { _ended = true };

    /// <summary>Adds one sample; a part is written whenever it is full or the last writing long ago.</summary>
    /// <param name="observation">The next sample, in the order of the run.</param>
    /// <exception cref="InvalidInputException">The disk refuses it.</exception>
    public async Task AddAsync(SampleObservation observation)
    {
        _part.Add(observation);
        if (Next % _layout.PartSamples == 0 || _sinceCommit.Elapsed >= Checkpoint)
            await CommitAsync(RunStatus.Running, Seconds);
    }

    /// <summary>Takes a whole part from another run as it is. Nothing may be waiting in the current part.</summary>
    /// <param name="run">Folder of the other run.</param>
    /// <param name="name">Name of the part, there and here.</param>
    /// <param name="samples">Samples in it.</param>
    internal async Task TakePartAsync(string run, string name, int samples)
    {
        if (_part.Count > 0 || RunLayout.NameOf(_layout.PartOf(Next)) != name)
            throw new InvalidOperationException($"{name} is not the next part");
        await Guarded(async () =>
        {
            foreach (string folder in (string[])["observations", "samples"])
            {
                await using var source = File.OpenRead(System.IO.Path.Combine(run, folder, name));
                await WholeFile.ReplaceAsync(System.IO.Path.Combine(Path, folder, name), target => source.CopyToAsync(target));
            }

            _kept += samples;
            await WriteInfoAsync(Counted(RunStatus.Running, Seconds));
        });
    }

    /// <summary>Writes what is left and closes the run.</summary>
    /// <param name="status">How it ended.</param>
    /// <param name="seconds">Seconds of probing since the run was made or resumed.</param>
    /// <returns>False where a run that did not complete held no sample and its folder was removed again.</returns>
    public async Task<bool> EndAsync(RunStatus status, double seconds)
    {
        _ended = true;
        // Bad data near the start leaves nothing behind; further on, no work that was done is thrown away.
        bool isWorthKeeping = status != RunStatus.Failed || _info.Samples > 0 || _part.Count >= WorthKeeping;
        if (status != RunStatus.Complete && _isNew && !(isWorthKeeping && _kept + _part.Count > 0))
        {
            Remove();
            return false;
        }

        await CommitAsync(status, _secondsBefore + seconds);
        return true;
    }

    /// <summary>Leaves the run as a reader of a killed process would find it, or removes it where it is new and holds nothing.</summary>
    public ValueTask DisposeAsync()
    {
        if (!_ended && _isNew && !HasFailed && _info.Samples == 0)
            Remove();
        else if (_info.Status == RunStatus.Complete)
            _lock.Remove();
        _lock.Dispose();
        return ValueTask.CompletedTask;
    }

    private double Seconds => _secondsBefore + _session.Elapsed.TotalSeconds;

    private void MakeFolders()
    {
        foreach (string folder in (string[])["samples", "observations"])
            Directory.CreateDirectory(System.IO.Path.Combine(Path, folder));
    }

    private void Remove()
    {
        _ended = true;
        foreach (string folder in (string[])["samples", "observations"])
        {
            if (Directory.Exists(System.IO.Path.Combine(Path, folder)))
                Directory.Delete(System.IO.Path.Combine(Path, folder), recursive: true);
        }

        File.Delete(System.IO.Path.Combine(Path, RunReader.InfoFile));
        _lock.Remove();
        _lock.Dispose();
        foreach (string folder in _created.TakeWhile(f => !Directory.EnumerateFileSystemEntries(f).Any()))
            Directory.Delete(folder);
    }

    /// <summary>Writes the current part as far as it came, then what says that it counts.</summary>
    private async Task CommitAsync(RunStatus status, double seconds)
    {
        await Guarded(async () =>
        {
            if (_kept + _part.Count > _info.Samples)
            {
                string name = RunLayout.NameOf(_layout.PartOf(Next - 1));
                await WholeFile.ReplaceAsync(System.IO.Path.Combine(Path, "observations", name), _part.WriteObservationsAsync);
                await WholeFile.ReplaceAsync(System.IO.Path.Combine(Path, "samples", name), _part.WriteSamplesAsync);
            }

            await WriteInfoAsync(Counted(status, seconds));
        });
        _sinceCommit.Restart();
        if (Next % _layout.PartSamples != 0)
            return;
        _kept += _part.Count;
        _part.Clear();
    }

    private RunInfo Counted(RunStatus status, double seconds)
    {
        long samples = _kept + _part.Count;
        return _info with
        {
            Status = status,
            Finished = status == RunStatus.Running ? null : DateTimeOffset.UtcNow,
            Seconds = seconds,
            Samples = samples,
            Passes = samples * _info.Plan.Sigmas.Count * _info.Plan.Draws,
        };
    }

    private async Task Guarded(Func<Task> write)
    {
        try
        {
            await write();
        }
        catch (Exception error) when (Refusal(error) is not null)
        {
            HasFailed = true;
            string next = _info.Job is { ModelOptions: not null } ? $"; when it can be written again, go on with `ProbeJob.ResumeAsync({Path})`" : "";
            throw new InvalidInputException(
                $"{Path}: the run cannot be written any further: {Refusal(error)!.Message.ReplaceLineEndings(" ")}; " +
                $"{_info.Samples} of {_info.Wanted} samples are kept{next}", error);
        }
    }

    /// <summary>
    /// What the disk said. Parquet.Net tells it as an error of its own, and .NET calls a file that is larger than a limit allows an argument out of range.
    /// </summary>
    private static Exception? Refusal(Exception? error) =>
        error is null or IOException or UnauthorizedAccessException or ArgumentOutOfRangeException { ParamName: "value" }
            ? error
            : Refusal(error.InnerException);

    private async Task WriteInfoAsync(RunInfo info)
    {
        await WholeFile.ReplaceAsync(System.IO.Path.Combine(Path, RunReader.InfoFile), stream => JsonSerializer.SerializeAsync(stream, info, RunJson.Options));
        _info = info;
    }
}
