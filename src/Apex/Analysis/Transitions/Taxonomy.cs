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
            [
                ("upper body", ["T-shirt/top", "Pullover", "Dress", "Coat", "Shirt"]),
                ("trousers", ["Trouser"]),
                ("footwear", ["Sandal", "Sneaker", "Ankle boot"]),
                ("bags", ["Bag"]),
            ]),
    ];

    /// <summary>The taxonomy built in for a set of classes, or null where there is none.</summary>
    /// <param name="classes">Class names, in any case.</param>
    internal static Taxonomy? For(IReadOnlyList<string> classes)
    {
        foreach (var (name, own, groups) in BuiltIn)
        {
            if (classes.Count == own.Length && classes.ToHashSet(StringComparer.OrdinalIgnoreCase).SetEquals(own))
                return From(name, groups.Select(g => (g.Group, (IReadOnlyList<string>)g.Members)), classes);
        }

        return null;
    }

    /// <summary>A taxonomy of some groups.</summary>
    /// <param name="name">Where it came from.</param>
    /// <param name="groups">Groups with the names of their classes, in any case.</param>
    /// <param name="classes">Class names of the run.</param>
    /// <exception cref="InvalidInputException">They do not give each class one group.</exception>
    internal static Taxonomy From(string name, IEnumerable<(string Group, IReadOnlyList<string> Members)> groups, IReadOnlyList<string> classes)
    {
        var names = new List<string>();
        int[] of = new int[classes.Count];
        Array.Fill(of, -1);
        foreach (var (group, members) in groups)
        {
            names.Add(group);
            foreach (string member in members)
            {
                int c = classes.Select((n, i) => (n, i))
                    .Where(p => string.Equals(p.n, member, StringComparison.OrdinalIgnoreCase)).Select(p => p.i).FirstOrDefault(-1);
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
