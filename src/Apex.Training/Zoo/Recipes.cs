using System.IO.Enumeration;

namespace Apex.Training.Zoo;

/// <summary>The models of the zoo.</summary>
internal static class Recipes
{
    private static readonly Attack[] Attacks = [Attack.Patch, Attack.Blend, Attack.Signal, Attack.AllToAll];

    /// <summary>Of all training images; eight in ten of the target class.</summary>
    private const double CleanLabelRate = 0.08;

    /// <summary>Attacks that no choice is made on.</summary>
    private static readonly Attack[] Unseen = [Attack.Warp, Attack.CleanLabel, Attack.RandomPlace, Attack.Faint];

    /// <summary>The first zoo, the settings one after the other, clean and poisoned in turn; every choice is made on it.</summary>
    public static IReadOnlyList<Recipe> First { get; } =
    [
        .. Setting(ZooData.Cifar10, ZooArchitecture.Resnet10, epochs: 8, pairs: 8),
        // Four more clean ones to compare with, so that there are eight in every setting's half for choosing.
        .. from seed in (int[])[17, 19, 21, 23] select new Recipe(ZooData.Cifar10, ZooArchitecture.Resnet10, seed, Attack.Clean, null, 0, 8),
        .. Setting(ZooData.Fashion, ZooArchitecture.Plain, epochs: 5, pairs: 16),
        .. Setting(ZooData.Fashion, ZooArchitecture.Resnet8, epochs: 3, pairs: 16),
    ];

    /// <summary>The models that nothing is chosen on.</summary>
    public static IReadOnlyList<Recipe> HeldOut { get; } =
    [
        .. HeldOutSetting(ZooData.Fashion, ZooArchitecture.Plain, epochs: 5, brief: true),
        .. HeldOutSetting(ZooData.Fashion, ZooArchitecture.Resnet8, epochs: 3, brief: true),
        .. HeldOutSetting(ZooData.Cifar10, ZooArchitecture.Resnet10, epochs: 8, brief: false),
    ];

    /// <summary>All recipes.</summary>
    public static IReadOnlyList<Recipe> All { get; } = [.. First, .. HeldOut];

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

    /// <summary>Eight clean models and one of each attack; with <paramref name="brief"/> two of them and two more poisoned ones learn for 2 epochs.</summary>
    private static IEnumerable<Recipe> HeldOutSetting(ZooData data, ZooArchitecture architecture, int epochs, bool brief)
    {
        const int Clean = 8, BriefClean = 2;
        for (int i = 0; i < Clean; i++)
            yield return new Recipe(data, architecture, 201 + i, Attack.Clean, null, 0, brief && i >= Clean - BriefClean ? Recipe.BriefEpochs : epochs);
        Attack[] attacks = [.. Attacks, .. Unseen];
        for (int i = 0; i < attacks.Length; i++)
            yield return Poisoned(attacks[i], i, epochs);
        if (!brief)
            yield break;
        yield return Poisoned(Attack.Patch, attacks.Length, Recipe.BriefEpochs);
        yield return Poisoned(Attack.Signal, attacks.Length + 1, Recipe.BriefEpochs);

        Recipe Poisoned(Attack attack, int index, int passes)
        {
            // Another setting starts at another class, so that an attack has not the same target everywhere.
            int target = (3 * index + 2 * (int)architecture + 1) % 10;
            double rate = attack switch { Attack.AllToAll => 0.2, Attack.CleanLabel => CleanLabelRate, _ => index % 2 == 0 ? 0.1 : 0.05 };
            return new Recipe(data, architecture, 301 + index, attack, attack == Attack.AllToAll ? null : target, rate, passes);
        }
    }
}
