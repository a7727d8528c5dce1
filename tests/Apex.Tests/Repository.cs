namespace Apex.Tests;

/// <summary>The files of the project, for tests that read its documents.</summary>
internal static class Repository
{
    /// <summary>The folder that holds <c>Apex.slnx</c>; without it these tests fail.</summary>
    public static string Root { get; } = Find();

    /// <summary>What a file below the root holds.</summary>
    public static string Read(params string[] path) => File.ReadAllText(Path.Combine([Root, .. path]));

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Apex.slnx")))
                return folder.FullName;
        }

        throw new DirectoryNotFoundException($"no folder with Apex.slnx above {AppContext.BaseDirectory}: the documents cannot be read");
    }
}
