using System.CommandLine;

namespace Apex.Cli.Commands;

/// <summary>What a command line got wrong, in one line, with what may have been meant.</summary>
internal static class Misspelt
{
    private const int MostEdits = 2;

    /// <summary>The line; null where the command line is right.</summary>
    /// <param name="root">All commands.</param>
    /// <param name="parsed">The command line.</param>
    /// <param name="arguments">Its words.</param>
    public static string? Find(RootCommand root, ParseResult parsed, IReadOnlyList<string> arguments)
    {
        var command = parsed.CommandResult.Command;
        if (command == root && arguments.FirstOrDefault(a => !a.StartsWith('-')) is { } unknown)
            return $"no such command: {unknown}{Meant(unknown, root.Subcommands.Where(c => !c.Hidden).Select(c => c.Name))}";
        // A misspelt option would be taken for an argument, and the complaint would name something else.
        string[] known = [.. command.Options.Concat(root.Options).SelectMany(o => o.Aliases.Append(o.Name))];
        string? option = arguments.TakeWhile(a => a != "--").Select(a => a.Split('=', ':')[0])
            .FirstOrDefault(a => a.StartsWith("--", StringComparison.Ordinal) && !known.Contains(a));
        if (option is not null)
            return $"no such option: {option}{Meant(option, known.Where(k => k.StartsWith("--", StringComparison.Ordinal)))}";
        return parsed.Errors.Count == 0 ? null : string.Join(" ", parsed.Errors.Select(e => e.Message)).ReplaceLineEndings(" ");
    }

    private static string Meant(string word, IEnumerable<string> known)
    {
        var (nearest, edits) = known.Select(k => (Word: k, Edits: Edits(word, k))).MinBy(k => k.Edits);
        bool begins = word.TrimStart('-').Length > 2 && nearest.StartsWith(word, StringComparison.Ordinal);
        return edits <= MostEdits || begins ? $"; did you mean {nearest}?" : "";
    }

    /// <summary>Letters to put in, take out, change or swap with their neighbour to make one word of another (Damerau and Levenshtein).</summary>
    private static int Edits(string a, string b)
    {
        var edits = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
        {
            for (int j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    edits[i, j] = i + j;
                    continue;
                }

                int changed = edits[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                edits[i, j] = Math.Min(changed, 1 + Math.Min(edits[i - 1, j], edits[i, j - 1]));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    edits[i, j] = Math.Min(edits[i, j], 1 + edits[i - 2, j - 2]);
            }
        }

        return edits[a.Length, b.Length];
    }
}
