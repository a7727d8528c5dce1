using System.Text.Json;

namespace Apex.Analysis.Transitions;

/// <summary>Which classes belong together.</summary>
/// <param name="Name">Where it came from, e.g. <c>CIFAR-10</c> or a file's path.</param>
/// <param name="Groups">Names of the groups.</param>
/// <param name="Of">Index of each class's group, shape <c>[classes]</c>.</param>
public sealed record Taxonomy(string Name, IReadOnlyList<string> Groups, IReadOnlyList<int> Of)
{
    private static readonly (string Name, string[] Classes, (string Group, string[] Members)[] Groups)[] BuiltIn =
    [
        ("CIFAR-10", ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"],
            [("animals", ["bird", "cat", "deer", "dog", "frog", "horse"]), ("vehicles", ["airplane", "automobile", "ship", "truck"])]),
        ("Fashion-MNIST", ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"],
            [("upper body", ["T-shirt/top", "Pullover", "Dress", "Coat", "Shirt"]), ("trousers", ["Trouser"]), ("footwear", ["Sandal", "Sneaker", "Ankle boot"]), ("bags", ["Bag"])]),
    ];

    /// <summary>The taxonomy built in for a set of classes, or null where there is none.</summary>
    /// <param name="classes">Class names, in any case.</param>
    public static Taxonomy? For(IReadOnlyList<string> classes)
    {
        foreach (var (name, own, groups) in BuiltIn)
        {
            if (classes.Count == own.Length && classes.ToHashSet(StringComparer.OrdinalIgnoreCase).SetEquals(own))
                return From(name, groups.Select(g => (g.Group, (IReadOnlyList<string>)g.Members)), classes);
        }

        return null;
    }

    /// <summary>Reads <c>{"group": ["class", ...], ...}</c>.</summary>
    /// <param name="path">A JSON file.</param>
    /// <param name="classes">Class names of the run.</param>
    /// <exception cref="InvalidInputException">It is no such file, or does not give each class one group.</exception>
    public static Taxonomy Read(string path, IReadOnlyList<string> classes)
    {
        const string Right = "give {\"group\": [\"class\", ...], ...}";
        if (!File.Exists(path))
            throw new InvalidInputException($"{path}: no such file; {Right}");
        Dictionary<string, string[]>? groups;
        try
        {
            groups = JsonSerializer.Deserialize<Dictionary<string, string[]>>(File.ReadAllText(path), Observations.RunInfo.Json);
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new InvalidInputException($"{path}: not a taxonomy{(error is JsonException { LineNumber: { } line } ? $" (line {line + 1})" : $": {error.Message.ReplaceLineEndings(" ")}")}; {Right}", error);
        }

        if (groups is null || groups.Count == 0 || groups.Values.Any(g => g is null))
            throw new InvalidInputException($"{path}: not a taxonomy; {Right}");
        return From(path, groups.Select(g => (g.Key, (IReadOnlyList<string>)g.Value)), classes);
    }

    private static Taxonomy From(string name, IEnumerable<(string Group, IReadOnlyList<string> Members)> groups, IReadOnlyList<string> classes)
    {
        var names = new List<string>();
        int[] of = new int[classes.Count];
        Array.Fill(of, -1);
        foreach (var (group, members) in groups)
        {
            names.Add(group);
            foreach (string member in members)
            {
                int c = classes.Select((n, i) => (n, i)).Where(p => string.Equals(p.n, member, StringComparison.OrdinalIgnoreCase)).Select(p => p.i).FirstOrDefault(-1);
                if (c < 0)
                    throw new InvalidInputException($"{name}: '{member}' is no class of this run; the classes are {string.Join(", ", classes.Take(20))}");
                if (of[c] >= 0)
                    throw new InvalidInputException($"{name}: class '{member}' is there twice, in '{names[of[c]]}' and in '{group}'");
                of[c] = names.Count - 1;
            }
        }

        int missing = Array.IndexOf(of, -1);
        return missing < 0 ? new Taxonomy(name, names, of) : throw new InvalidInputException($"{name}: class '{classes[missing]}' is in no group");
    }
}
