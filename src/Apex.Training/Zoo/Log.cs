using System.Runtime.InteropServices;

namespace Apex.Training.Zoo;

/// <summary>Sends what a background process says to a file, and keeps it alive when its terminal closes.</summary>
internal sealed class Log : IDisposable
{
    private readonly StreamWriter _writer;
    private readonly PosixSignalRegistration _hangUp;

    private Log(string path)
    {
        _writer = new StreamWriter(path) { AutoFlush = true };
        Console.SetError(_writer);
        Console.SetOut(_writer);
        _hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context => context.Cancel = true);
    }

    /// <summary>Null where there is no log.</summary>
    public static Log? To(string? path) => path is null ? null : new Log(path);

    public void Dispose()
    {
        _hangUp.Dispose();
        _writer.Dispose();
    }
}
