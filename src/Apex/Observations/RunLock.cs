namespace Apex.Observations;

/// <summary>Holds a run for one process. The operating system lets go of it however the process ends.</summary>
internal sealed class RunLock : IDisposable
{
    /// <summary>Lies in the folder of a run that is not complete.</summary>
    public const string FileName = "run.lock";

    private readonly FileStream _file;
    private bool _removed;

    private RunLock(FileStream file) => _file = file;

    /// <summary>Takes hold of a run.</summary>
    /// <param name="run">Its folder.</param>
    /// <exception cref="InvalidInputException">Another process holds it, or the folder cannot be written.</exception>
    public static RunLock Take(string run)
    {
        try
        {
            return new RunLock(new FileStream(Path.Combine(run, FileName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException error) when (File.Exists(Path.Combine(run, FileName)))
        {
            throw new InvalidInputException($"{run}: another process is writing this run ({error.Message.ReplaceLineEndings(" ")})", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InvalidInputException($"{run}: the run cannot be written there: {error.Message.ReplaceLineEndings(" ")}", error);
        }
    }

    /// <summary>Removes what holds the run; only for one that nobody will write any more.</summary>
    public void Remove()
    {
        // Once: the folder may have another name by the second time.
        if (!_removed)
            File.Delete(_file.Name);
        _removed = true;
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
