using System.Text;

namespace Apex.Training;

/// <summary>
/// Files that are there as a whole or not at all, whenever the process or the machine stops: written beside their place first, and moved there once they
/// are on the disk.
/// </summary>
internal static class WholeFile
{
    /// <summary>Writes a file and the folder that it lies in.</summary>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        Apex.WholeFile.Replace(path, PartOf(path), content.ToArray());
    }

    /// <inheritdoc cref="Write(string, ReadOnlySpan{byte})"/>
    public static void Write(string path, string text) => Write(path, Encoding.UTF8.GetBytes(text));

    /// <summary>Removes a file, and what a kill may have left beside it.</summary>
    public static void Delete(string path)
    {
        File.Delete(path);
        File.Delete(PartOf(path));
    }

    private static string PartOf(string path) => path + ".part";
}
