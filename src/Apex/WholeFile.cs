using System.Runtime.InteropServices;
using System.Text;

namespace Apex;

/// <summary>Files that appear whole under their name or not at all, and outlast a power cut once they are there.</summary>
internal static partial class WholeFile
{
    /// <summary>Ends the name of a file that is being written; one that stays behind belongs to a process that was killed.</summary>
    public const string Unfinished = ".tmp";

    /// <summary>Writes a file beside its place, flushes it to the disk, moves it there, and flushes the folder that now names it.</summary>
    /// <param name="path">The file; one of that name is replaced.</param>
    /// <param name="write">Writes the content.</param>
    public static Task ReplaceAsync(string path, Func<Stream, Task> write) => ReplaceAsync(path, path + Unfinished, write);

    private static async Task ReplaceAsync(string path, string temporary, Func<Stream, Task> write)
    {
        try
        {
            await using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.ReadWrite))
            {
                await write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            // On a full disk it takes room that the next try needs. What went wrong is told by the error on its way.
            Discard(temporary);
            throw;
        }

        FlushFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    /// <summary>
    /// As <see cref="ReplaceAsync(string, Func{Stream, Task})"/>, for files that nobody tidies up after: what is unfinished has a short name of its own, so
    /// that two processes do not share it and a long name has room.
    /// </summary>
    /// <param name="path">The file; one of that name is replaced.</param>
    /// <param name="write">Writes the content.</param>
    public static Task WriteAsync(string path, Func<Stream, Task> write) =>
        ReplaceAsync(path, Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, $".{Path.GetRandomFileName()}{Unfinished}"), write);

    /// <summary>As <see cref="WriteAsync"/>, of what is in memory.</summary>
    /// <param name="path">The file; one of that name is replaced.</param>
    /// <param name="content">What it will hold.</param>
    public static void Write(string path, byte[] content) => WriteAsync(path, InMemory(content)).GetAwaiter().GetResult();

    /// <summary>
    /// As <see cref="ReplaceAsync(string, Func{Stream, Task})"/>, of what is in memory; the folder is made where there is none. What a kill leaves behind has
    /// the name that the next try writes under and <see cref="Delete"/> knows.
    /// </summary>
    /// <param name="path">The file; one of that name is replaced.</param>
    /// <param name="content">What it will hold.</param>
    public static void Replace(string path, byte[] content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        ReplaceAsync(path, InMemory(content)).GetAwaiter().GetResult();
    }

    /// <inheritdoc cref="Replace(string, byte[])"/>
    public static void Replace(string path, string content) => Replace(path, Encoding.UTF8.GetBytes(content));

    /// <summary>Removes a file, and what a kill of its writer may have left beside it.</summary>
    /// <param name="path">The file; it need not be there.</param>
    public static void Delete(string path)
    {
        File.Delete(path);
        File.Delete(path + Unfinished);
    }

    private static Func<Stream, Task> InMemory(byte[] content) => stream =>
    {
        stream.Write(content);
        return Task.CompletedTask;
    };

    /// <summary>Makes the names in a folder durable, where the system can.</summary>
    public static void FlushFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
            return;
        int descriptor = Open(folder, 0);
        if (descriptor < 0)
            return;
        // Some file systems cannot flush a folder; there is no more to be done then.
        _ = Flush(descriptor);
        _ = Close(descriptor);
    }

    private static void Discard(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Of a run it is removed when that is resumed; elsewhere it is told by its name.
        }
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int Flush(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
