using System.Globalization;
using System.Text;

namespace Apex.Data;

/// <summary>Where names of classes that somebody else gave (folders, words in a file) stand in a known order.</summary>
internal static class ClassOrder
{
    private const int Listed = 12;

    /// <summary>The index of each name in a known order, or null where one of them is none of it.</summary>
    /// <param name="known">The classes in the order of the logits.</param>
    /// <param name="names">What is looked for: a class by its name, or all of them by index where none is a name and each is a whole number.</param>
    public static int[]? Find(IReadOnlyList<string> known, IReadOnlyList<string> names)
    {
        int[] found = [.. names.Select(n => IndexOf(known, n))];
        if (found.All(i => i >= 0))
            return found;
        return found.All(i => i < 0) && Numbers(names) is { } numbers && numbers.All(n => n < known.Count) ? [.. numbers.Select(n => (int)n)] : null;
    }

    /// <summary>
    /// The position of a name among others: exactly, else ignoring case, blanks, <c>_</c>, <c>-</c> and what folders cannot be called; -1 where it is none,
    /// or could be two.
    /// </summary>
    public static int IndexOf(IReadOnlyList<string> known, string name)
    {
        for (int i = 0; i < known.Count; i++)
        {
            if (known[i] == name)
                return i;
        }

        string folded = Folded(name);
        int[] alike = [.. Enumerable.Range(0, known.Count).Where(i => Folded(known[i]) == folded)];
        return alike.Length == 1 ? alike[0] : -1;
    }

    /// <summary>Names in the order that counts where no other is known: whole numbers as numbers, anything else by its characters.</summary>
    public static string[] Sorted(IEnumerable<string> names)
    {
        string[] all = [.. names.Order(StringComparer.Ordinal)];
        return Numbers(all) is { } numbers ? [.. numbers.Zip(all).OrderBy(p => p.First).Select(p => p.Second)] : all;
    }

    /// <summary>Some names for a message.</summary>
    public static string List(IReadOnlyList<string> names) =>
        $"{string.Join(", ", names.Take(Listed))}{(names.Count > Listed ? $", ... ({names.Count.ToString(CultureInfo.InvariantCulture)} in all)" : "")}";

    private static long[]? Numbers(IReadOnlyList<string> names)
    {
        var numbers = new long[names.Count];
        for (int i = 0; i < numbers.Length; i++)
        {
            if (!long.TryParse(names[i], NumberStyles.None, CultureInfo.InvariantCulture, out numbers[i]))
                return null;
        }

        return numbers;
    }

    private static string Folded(string name)
    {
        var text = new StringBuilder(name.Length);
        foreach (char c in name)
        {
            if (!char.IsWhiteSpace(c) && c is not ('_' or '-' or '/' or '\\' or ':'))
                text.Append(char.ToLowerInvariant(c));
        }

        return text.ToString();
    }
}
