using Apex.Analysis.Screening;
using Apex.Analysis.Statistics;
using Apex.Training.Zoo;

namespace Apex.Training.Studies;

/// <summary>Large noise: the bias that training leaves, and backdoors.</summary>
internal sealed class BiasStudy : IStudy
{
    private const double Chance = 0.1;

    public string Name => "bias";

    public string Question => "Does large noise show the bias that training left in a model, and the target class of a backdoor?";

    public async Task<StudyResult> RunAsync(StudyContext context)
    {
        List<Measurement> trained = [], target = [], naive = [], screened = [];
        var zoo = await StudyZoo.OfAsync(context);
        foreach (var setting in zoo.Members.GroupBy(m => m.Setting))
        {
            var clean = setting.Where(m => m.Recipe.Attack == Attack.Clean).ToList();
            trained.Add(Measurement.Above(setting.Key, "share of pairs of clean networks with the same largest class at infinite noise",
                StudyZoo.SameTop([.. clean.Select(m => m.Top)]), Chance));
            if (Untrained(setting.First().Recipe) is { } network)
            {
                var paths = context.TrainAll([.. clean.Select(m => new StudyModel(network, 1, m.Recipe.Seed, 0))]);
                var before = new List<double[]>();
                foreach (string path in paths)
                    before.Add(await StudyZoo.LimitAsync(context, path));
                trained.Add(Measurement.Above(setting.Key, "entropy of predictions at infinite noise, untrained less trained (nats)",
                    Interval.Student([.. before.Zip(clean, (b, c) => Entropy(b) - Entropy(c.Limit))]), 0));
            }

            var targeted = setting.Where(m => m.Recipe.Target is not null).ToList();
            if (targeted.Count < 2)
                continue;
            target.Add(Measurement.Above(setting.Key, "share of the target at infinite noise less that class's in clean networks",
                Interval.Student(StudyZoo.OverClean(setting, (m, c) => m.Limit[c])), 0));
            target.Add(Measurement.Above(setting.Key, "poisoned networks whose largest class at infinite noise is the target",
                Interval.Wilson(targeted.Count(m => m.Top == m.Recipe.Target), targeted.Count, targeted.Count), Chance));
        }

        var poisoned = zoo.Targeted.ToList();
        var all = zoo.Members.Where(m => m.Recipe.Attack == Attack.Clean).ToList();
        // Clean networks that were held out, so that references are never judged.
        var judged = all.Where(m => m.Recipe.FirstHalf == ZooHalf.HoldOut).ToList();
        naive.Add(Measurement.Above("all settings", "AUROC of the largest share at infinite noise, poisoned against clean",
            Auroc([.. poisoned.Select(m => m.Limit.Max())], [.. judged.Select(m => m.Limit.Max())]), 0.5));
        string folder = Path.GetDirectoryName(poisoned[0].Path)!;
        var screening = new ZooScreening(folder, Path.Combine(folder, "screening.jsonl"), _ => null);
        var measured = new Dictionary<ZooMember, ScreeningProfile>();
        foreach (var (i, member) in zoo.Members.Index())
        {
            var found = await screening.MeasureAsync(member.Recipe, context.CancellationToken);
            Console.Error.WriteLine($"screened {member.Recipe.Name}, {i + 1} of {zoo.Members.Count}");
            measured[member] = found.Profile;
        }

        BackdoorScreen Alone(ZooMember m) => BackdoorScreen.Judge(measured[m], []);
        BackdoorScreen Against(ZooMember m) =>
            BackdoorScreen.Judge(measured[m], [.. all.Where(r => r.Setting == m.Setting && r.Recipe.FirstHalf == ZooHalf.Choose).Select(r => measured[r])]);
        screened.Add(Measurement.Above("all settings", "AUROC of screening by shared noise, without data or references",
            Auroc([.. poisoned.Select(m => Alone(m).AnomalyIndex)], [.. judged.Select(m => Alone(m).AnomalyIndex)]), 0.5));
        screened.Add(Measurement.Above("all settings", "AUROC against clean references, without data",
            Auroc([.. poisoned.Select(m => -Against(m).PValue!.Value)], [.. judged.Select(m => -Against(m).PValue!.Value)]), 0.5));
        screened.Add(Measurement.Above("all settings", "poisoned networks whose target is named, against references",
            Interval.Wilson(poisoned.Count(m => Against(m).Target == m.Recipe.Target), poisoned.Count, poisoned.Count), Chance));

        return new StudyResult(Name, Question,
        [
            new Claim("Large noise shows a bias that training induced", "abstract; large noise", trained),
            new Claim("Predictions of a backdoored model concentrate on the target class", "abstract; large noise", target),
            new Claim("The largest share alone tells poisoned from clean networks", "a naive reading", naive),
            new Claim("Screening by noise that inputs share tells poisoned from clean networks", "large noise", screened),
        ],
        [
            FormattableString.Invariant(
                $"{all.Count} clean and {poisoned.Count} poisoned networks with one target class; for AUROC the {judged.Count} clean ones that were ")
                + "held out (even seeds), the others are the references. Infinite noise: the exact limit, all hidden sites, 10,000 draws, no data.",
            "Intervals of means are Student's over networks, of pairs bootstrap over networks, of AUROC Newcombe's, of shares Wilson's. "
                + "docs/results/backdoor.md has screening by attack and setting.",
        ]);
    }

    private static Interval Auroc(double[] poisoned, double[] clean) =>
        MannWhitney.AucInterval(MannWhitney.Auc(poisoned, clean), poisoned.Length, clean.Length);

    private static double Entropy(double[] shares) => -shares.Where(p => p > 0).Sum(p => p * Math.Log(p));

    /// <summary>The same network for <see cref="StudyModel"/>; null for colour images.</summary>
    private static FashionNetwork? Untrained(Recipe recipe) => recipe switch
    {
        { Data: ZooData.Fashion, Architecture: ZooArchitecture.Plain } => FashionNetwork.Plain,
        { Data: ZooData.Fashion, Architecture: ZooArchitecture.Resnet8 } => FashionNetwork.Residual,
        _ => null,
    };
}
