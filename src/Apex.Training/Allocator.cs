using System.Runtime.InteropServices;

namespace Apex.Training;

/// <summary>Settings of the C library's allocator.</summary>
internal static partial class Allocator
{
    private const int TrimThreshold = -1, TopPad = -2, MapThreshold = -3;

    /// <summary>
    /// Keeps freed memory for the next tensor instead of handing it back to the system, which would have to clear it again at every
    /// batch: a tenth to a third of the time of training on a processor. Does nothing where the C library is not glibc.
    /// </summary>
    public static void KeepFreedMemory()
    {
        if (!OperatingSystem.IsLinux())
            return;
        try
        {
            _ = SetOption(TrimThreshold, int.MaxValue);
            _ = SetOption(TopPad, 256 << 20);
            _ = SetOption(MapThreshold, 32 << 20);
        }
        catch (EntryPointNotFoundException)
        {
            // musl has no such settings.
        }
    }

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int SetOption(int option, int value);
}
