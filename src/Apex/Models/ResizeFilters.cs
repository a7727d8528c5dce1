namespace Apex.Models;

/// <summary>The words for resize filters, on the command line and in files.</summary>
public static class ResizeFilters
{
    private static readonly (ResizeFilter Filter, string Name)[] Named =
    [
        (ResizeFilter.Bilinear, "bilinear"),
        (ResizeFilter.Bicubic, "bicubic"),
        (ResizeFilter.Nearest, "nearest"),
        (ResizeFilter.Area, "area"),
        (ResizeFilter.OpenCvBilinear, "opencv-bilinear"),
    ];

    /// <summary>All of them, the default first.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Named.Select(n => n.Name)];

    /// <summary>All of them in a sentence.</summary>
    internal static string List => $"{string.Join(", ", Names.SkipLast(1))} or {Names[^1]}";

    /// <summary>The word for a filter.</summary>
    /// <param name="filter">One of the values.</param>
    public static string Name(this ResizeFilter filter) => Named.Single(n => n.Filter == filter).Name;

    /// <summary>The filter of a word.</summary>
    /// <param name="name">The word, in small or capital letters.</param>
    /// <param name="source">What gave it, for the message, e.g. <c>`ResizeFilter`</c>.</param>
    /// <exception cref="InvalidInputException">There is no such word.</exception>
    public static ResizeFilter Parse(string name, string source)
    {
        foreach (var (filter, own) in Named)
        {
            if (own.Equals(name, StringComparison.OrdinalIgnoreCase))
                return filter;
        }

        throw new InvalidInputException($"{source} {name}: give {List}");
    }
}
