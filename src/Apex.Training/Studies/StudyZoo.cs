using Apex.Analysis.LargeNoise;
using Apex.Analysis.Statistics;
using Apex.Experiments;
using Apex.Models.Onnx;
using Apex.Training.Zoo;

namespace Apex.Training.Studies;

/// <summary>The clean and poisoned networks that studies of large noise look at.</summary>
internal sealed class StudyZoo
{
    private const int LimitDraws = 10_000;

    private StudyZoo(IReadOnlyList<ZooMember> members) => Members = members;

    /// <summary>The networks.</summary>
    public IReadOnlyList<ZooMember> Members { get; }

    /// <summary>Poisoned networks whose attack has one target.</summary>
    public IEnumerable<ZooMember> Targeted => Members.Where(m => m.Recipe.Target is not null);

    /// <summary>
    /// The zoo of backdoor screening, clean networks of both halves and those of the half that was held out that a backdoor with one target poisons; of a
    /// quick study a few small ones. Networks of CIFAR-10 are left out where its images were not given.
    /// </summary>
    public static IReadOnlyList<Recipe> Recipes(StudyContext context)
    {
        if (!context.Quick)
            return [.. Zoo.Recipes.First.Where(r => (r.Attack == Attack.Clean || (r.FirstHalf == ZooHalf.HoldOut && r.Target is not null))
                && (r.Data == ZooData.Fashion || context.Options.Cifar10 is not null))];
        const int Epochs = 8;
        return
        [
            .. Enumerable.Range(1, 6).Select(seed => new Recipe(ZooData.Fashion, ZooArchitecture.Plain, seed, Attack.Clean, null, 0, Epochs)),
            .. Enumerable.Range(0, 4).Select(i => new Recipe(ZooData.Fashion, ZooArchitecture.Plain, 102 + 2 * i, Attack.Patch, 2 * i + 1, 0.1, Epochs)),
        ];
    }

    /// <summary>Trains what is missing, and measures the limit of infinite noise.</summary>
    public static async Task<StudyZoo> OfAsync(StudyContext context)
    {
        var recipes = Recipes(context);
        var paths = context.TrainZoo(recipes);
        var members = new List<ZooMember>();
        foreach (var (recipe, path) in recipes.Zip(paths))
            members.Add(new ZooMember(recipe, path, await LimitAsync(context, path)));
        return new StudyZoo(members);
    }

    /// <summary>p_inf of a network, shape <c>[classes]</c>.</summary>
    public static async Task<double[]> LimitAsync(StudyContext context, string path)
    {
        long[] counts = await context.KeepAsync(path, $"limit {LimitDraws}", null, async () =>
        {
            using var limit = NoiseLimit.Of(OnnxClassifier.Load(path));
            return await limit.CountAsync(limit.Groups[0], LimitDraws, cancellationToken: context.CancellationToken);
        });
        return [.. ClassBias.Of(counts).Shares.Select(s => s.Value)];
    }

    /// <summary>For each poisoned network with one target: a number of its target less the mean of that class over the clean networks of its setting.</summary>
    /// <param name="of">The number of a class.</param>
    /// <param name="members">Networks of any settings.</param>
    public static double[] OverClean(IEnumerable<ZooMember> members, Func<ZooMember, int, double> of)
    {
        var settings = members.GroupBy(m => m.Setting).ToDictionary(g => g.Key, g => g.Where(m => m.Recipe.Attack == Attack.Clean).ToList());
        return [.. members.Where(m => m.Recipe.Target is not null)
            .Select(m => of(m, m.Recipe.Target!.Value) - settings[m.Setting].Average(c => of(c, m.Recipe.Target!.Value)))];
    }

    /// <summary>How often networks that were trained apart share their top class, with a bootstrap interval over networks.</summary>
    public static Interval SameTop(IReadOnlyList<int> tops)
    {
        double Agreement(int[] index)
        {
            int same = 0, pairs = 0;
            for (int a = 0; a < index.Length; a++)
            {
                for (int b = a + 1; b < index.Length; b++)
                {
                    // A network that was drawn twice agrees with itself, which says nothing.
                    if (index[a] == index[b])
                        continue;
                    pairs++;
                    same += tops[index[a]] == tops[index[b]] ? 1 : 0;
                }
            }

            return pairs == 0 ? double.NaN : (double)same / pairs;
        }

        double all = Agreement([.. Enumerable.Range(0, tops.Count)]);
        return Analysis.Statistics.Bootstrap.Percentile(tops.Count, index => [Agreement(index)], [all], 0)[0];
    }
}

/// <summary>A network of the zoo with what large noise makes of it.</summary>
/// <param name="Recipe">How it was made.</param>
/// <param name="Path">Its file.</param>
/// <param name="Limit">p_inf, shape <c>[classes]</c>.</param>
internal sealed record ZooMember(Recipe Recipe, string Path, double[] Limit)
{
    /// <summary>Data and network.</summary>
    public string Setting => $"{Recipe.Data}, {Recipe.Architecture}";

    /// <summary>Class with the largest share in the limit.</summary>
    public int Top => Array.IndexOf(Limit, Limit.Max());
}
