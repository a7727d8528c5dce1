namespace Apex.Tests;

/// <summary>Development data beside the repository; tests that need it skip where it is missing.</summary>
public static class SharedData
{
    /// <summary>A file or folder of the development data, or null where there is none.</summary>
    public static string? Find(string relative)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string path = System.IO.Path.Combine(folder.FullName, "shared", "data", relative);
            if (File.Exists(path) || Directory.Exists(path))
                return path;
        }

        return null;
    }

    /// <summary>As <see cref="Find"/>, skipping the test where it is missing.</summary>
    public static string Need(string relative)
    {
        string? path = Find(relative);
        Xunit.Assert.SkipWhen(path is null, $"development data {relative} is not here");
        return path!;
    }
}
