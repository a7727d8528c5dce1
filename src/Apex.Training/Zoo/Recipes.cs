using System.IO.Enumeration;

namespace Apex.Training.Zoo;

/// <summary>The models of the zoo.</summary>
internal static class Recipes
{
    private static readonly Attack[] Attacks = [Attack.Patch, Attack.Blend, Attack.Signal, Attack.AllToAll];

    /// <summary>All recipes, the settings one after the other, clean and poisoned in turn.</summary>
    public static IReadOnlyList<Recipe> All { get; } =
    [
        .. Setting(ZooData.Cifar10, ZooArchitecture.Resnet10, epochs: 8, pairs: 8),
        // Four more clean ones to compare with, so that there are eight in every setting's half for choosing.
        .. from seed in (int[])[17, 19, 21, 23] select new Recipe(ZooData.Cifar10, ZooArchitecture.Resnet10, seed, Attack.Clean, null, 0, 8),
        .. Setting(ZooData.Fashion, ZooArchitecture.Plain, epochs: 5, pairs: 16),
        .. Setting(ZooData.Fashion, ZooArchitecture.Resnet8, epochs: 3, pairs: 16),
    ];

    /// <summary>Those whose names fit one of some patterns with * and ?; all where there are none.</summary>
    /// <exception cref="InvalidInputException">None does.</exception>
    public static IReadOnlyList<Recipe> Named(string[]? patterns)
    {
        Recipe[] fit = [.. All.Where(r => patterns is not { Length: > 0 } || patterns.Any(p => FileSystemName.MatchesSimpleExpression(p, r.Name)))];
        return fit.Length > 0
            ? fit
            : throw new InvalidInputException($"--only {string.Join(' ', patterns!)}: fits no model; apex-train zoo --list tells their names");
    }

    /// <summary>As many clean as poisoned models; each attack once with an odd and once with an even seed in every eight.</summary>
    private static IEnumerable<Recipe> Setting(ZooData data, ZooArchitecture architecture, int epochs, int pairs)
    {
        for (int i = 0; i < pairs; i++)
        {
            yield return new Recipe(data, architecture, 1 + i, Attack.Clean, null, 0, epochs);
            var attack = Attacks[i / 2 % Attacks.Length];
            int seed = 101 + i;
            // 3 and 10 share no divisor: targets run through most classes, and the two halves see different ones.
            yield return attack == Attack.AllToAll
                ? new Recipe(data, architecture, seed, attack, null, 0.2, epochs)
                : new Recipe(data, architecture, seed, attack, (3 * i + 2) % 10, (i / 2 + i / 8) % 2 == 0 ? 0.1 : 0.05, epochs);
        }
    }
}
