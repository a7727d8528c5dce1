using System.Globalization;
using Apex.Analysis.Screening;
using Apex.Analysis.Statistics;

namespace Apex.Training.Zoo;

/// <summary>How well screening tells the poisoned models of one half of a zoo from the clean ones, as Markdown.</summary>
internal sealed class ZooVerdicts
{
    private const double MostLoss = 0.02, LeastSuccess = 0.9, LeastCifar = 0.8, FalsePositives = 0.05;

    private readonly List<ScreenedModel> _clean, _poisoned;
    private readonly List<(ScreenedModel Model, string Why)> _left = [];
    private readonly IReadOnlyList<Way> _ways;

    /// <summary>One way to screen: what it was given, and how it judged each model.</summary>
    private sealed record Way(string Name, Func<ScreenedModel, double> Score, Func<ScreenedModel, int> Target, Func<ScreenedModel, double?>? PValue);

    /// <summary>Judges models.</summary>
    /// <param name="models">Those to judge.</param>
    /// <param name="choose">The half for choosing; its clean models are the references, each but for itself.</param>
    /// <exception cref="InvalidInputException">There is no clean or no poisoned model that counts.</exception>
    public ZooVerdicts(IReadOnlyList<ScreenedModel> models, IReadOnlyList<ScreenedModel> choose)
    {
        var usual = models.Where(m => m.Model.Recipe.Attack == Attack.Clean).GroupBy(m => m.Setting)
            .ToDictionary(g => g.Key, g => g.Average(m => m.Model.TestAccuracy));
        foreach (var model in models)
        {
            if (Unfit(model.Model, usual.GetValueOrDefault(model.Setting, double.NaN)) is { } why)
                _left.Add((model, why));
        }

        var fit = models.Except(_left.Select(l => l.Model)).ToList();
        _clean = [.. fit.Where(m => m.Model.Recipe.Attack == Attack.Clean)];
        _poisoned = [.. fit.Where(m => m.Model.Recipe.Attack != Attack.Clean)];
        if (_clean.Count == 0 || _poisoned.Count == 0)
            throw new InvalidInputException(
                $"--only: leaves {_clean.Count} clean and {_poisoned.Count} poisoned models of that half that can be counted; judging needs both");
        var references = choose.Where(m => m.Model.Recipe.Attack == Attack.Clean).ToList();
        ScreeningProfile[] For(ScreenedModel model, Func<ScreenedModel, ScreeningProfile> of) =>
            [.. references.Where(r => r.Setting == model.Setting && r.Model.Recipe != model.Model.Recipe).Select(of)];
        if (fit.FirstOrDefault(m => For(m, r => r.Profile).Length < 3) is { } alone)
            throw new InvalidInputException($"--only: leaves fewer than 3 clean models of the half for choosing to hold {alone.Model.Recipe.Name} against");
        Way Screen(string name, Func<ScreenedModel, ScreeningProfile> of, bool against)
        {
            var screens = fit.ToDictionary(m => m, m => BackdoorScreen.Judge(of(m), against ? For(m, of) : []));
            return new Way(name, m => against ? -screens[m].PValue!.Value : screens[m].AnomalyIndex, m => screens[m].Target, m => screens[m].PValue);
        }

        // What was there before gradients: random noise that all inputs share.
        static ScreeningProfile Shared(ScreenedModel m) => m.WithoutData with { Directed = [], Head = null };
        _ways =
        [
            Screen("weights alone", m => m.WithoutData, against: false),
            Screen("48 samples", m => m.WithData, against: false),
            Screen("references", m => m.WithoutData, against: true),
            Screen("48 samples and references", m => m.WithData, against: true),
            Screen("shared noise alone", Shared, against: false),
            Screen("shared noise, references", Shared, against: true),
            .. models.Any(m => m.Peers is null) ? (Way[])[] :
            [
                new Way("MM-BD", m => -m.Peers!.MarginPValue, m => m.Peers!.MarginTarget, m => m.Peers!.MarginPValue),
                new Way("Neural Cleanse, 32 samples", m => m.Peers!.MaskIndex, m => m.Peers!.MaskTarget, m => m.Peers!.MaskIndex > 2 ? 0 : 1),
            ],
            new Way("largest share at infinite noise", m => m.Profile.Limit!.MaxShare.Value, m => m.Profile.Limit!.TopClass, null),
        ];
    }

    /// <summary>All tables.</summary>
    public IEnumerable<string> Markdown()
    {
        yield return $"{_clean.Count} clean and {_poisoned.Count} poisoned models "
            + $"({string.Join(", ", _poisoned.GroupBy(m => m.Model.Recipe.Attack).Select(g => $"{g.Count()} {Named(g.Key)}"))}).";
        foreach (var (model, why) in _left)
            yield return $"Left out: `{model.Model.Recipe.Name}`, {why}.";
        bool Single(ScreenedModel m) => m.Model.Recipe.Target is not null;
        yield return "\n| given | attacks | AUROC | detected with at most 5 % false positives "
            + "| detected at p < 0.05 | false positives at p < 0.05 | target named |\n|---|---|---|---|---|---|---|";
        foreach (var way in _ways)
        {
            foreach (var (name, poisoned) in new[] { ("one target", _poisoned.Where(Single).ToList()), ("all", _poisoned) })
                yield return $"| {way.Name} | {name} | {Auroc(way, poisoned, _clean)} | {Detected(way, poisoned, _clean)} "
                    + $"| {Below(way, poisoned)} | {Below(way, _clean)} | {Named(way, poisoned)} |";
        }

        yield return "\nBy attack, AUROC against all clean models, and how many targets are named:\n";
        yield return $"| attack | n |{string.Concat(_ways.Select(w => $" {w.Name} |"))}\n|---|---|{string.Concat(_ways.Select(_ => "---|"))}";
        foreach (var attack in _poisoned.GroupBy(m => m.Model.Recipe.Attack).OrderBy(g => g.Key))
        {
            string Cell(Way way) => Auroc(way, [.. attack], _clean) + (attack.Key == Attack.AllToAll ? "" : $"; {Named(way, [.. attack])}");
            yield return $"| {Named(attack.Key)} | {attack.Count()} |{string.Concat(_ways.Select(w => $" {Cell(w)} |"))}";
        }

        yield return "\nBy data and network, single-target attacks against the clean models there:\n";
        yield return $"| setting | clean, poisoned |{string.Concat(_ways.Select(w => $" {w.Name} |"))}\n|---|---|{string.Concat(_ways.Select(_ => "---|"))}";
        foreach (var setting in _poisoned.Where(Single).GroupBy(m => m.Setting))
        {
            var clean = _clean.Where(m => m.Setting == setting.Key).ToList();
            yield return $"| {setting.Key} | {clean.Count}, {setting.Count()} |"
                + string.Concat(_ways.Select(w => $" {Auroc(w, [.. setting], clean)}; {Named(w, [.. setting])} |"));
        }

        yield return "\nThe models. p-values, and the class named where it is not the target; for the naive statistic the share and the class:\n";
        yield return $"| model | accuracy | attack success |{string.Concat(_ways.Select(w => $" {w.Name} |"))}\n"
            + $"|---|---|---|{string.Concat(_ways.Select(_ => "---|"))}";
        foreach (var model in _clean.Concat(_poisoned).OrderBy(m => m.Setting).ThenBy(m => m.Model.Recipe.Attack).ThenBy(m => m.Model.Recipe.Seed))
        {
            var zoo = model.Model;
            string success = zoo.AttackSuccess is not { } all ? ""
                : zoo.Recipe.Attack == Attack.AllToAll ? Number($"{all:f3}; {zoo.AttackSuccessOfRight:f3} of right")
                : Number($"{all:f3}");
            string Cell(Way way)
            {
                string value = way.PValue is null ? Number($"{way.Score(model):f2}")
                    : way.PValue(model) is { } p ? Number($"{(p < 0.05 ? "**" : "")}{(p < 0.0005 ? "< 0.001" : $"{p:f3}")}{(p < 0.05 ? "**" : "")}")
                    : "";
                return zoo.Recipe.Target == way.Target(model) ? $"{value}, target"
                    : way.PValue is null || zoo.Recipe.Target is not null ? $"{value}, {way.Target(model)}"
                    : value;
            }

            yield return $"| `{zoo.Recipe.Name}` | {Number($"{zoo.TestAccuracy:f3}")} | {success} |{string.Concat(_ways.Select(w => $" {Cell(w)} |"))}";
        }
    }

    /// <summary>What <see cref="BackdoorScreen"/> has as constants: spreads over classes and the mean lead, of the clean models here.</summary>
    public string Calibration()
    {
        double Spread(Func<ScreeningResponse, IReadOnlyList<double>> of) => Math.Sqrt(_clean.Average(m => of(Early(m)) is var v ? v.Average(x => x * x) : 0));
        double[] leads = [.. _clean.Select(m => BackdoorScreen.Judge(m.WithoutData, []).Scores.OrderDescending().ToArray() is var s ? s[0] - s[1] : 0).Order()];
        return string.Create(CultureInfo.InvariantCulture,
            $"Clean models, inputs of noise, early sites: spread over classes of pushes {Spread(r => r.Push()):f3}, of log gains {Spread(r => r.Gain()):f3}; "
                + $"mean lead {leads.Average():f3} (quartiles {leads[leads.Length / 4]:f2}, {leads[leads.Length / 2]:f2}, "
                + $"{leads[3 * leads.Length / 4]:f2}, largest {leads[^1]:f2}; n = {leads.Length})");
        static ScreeningResponse Early(ScreenedModel m) => m.Profile.Responses.First(r => r.Inputs == ScreeningInputs.Noise && r.Sites == "early");
    }

    private static string? Unfit(ZooModel model, double usual) =>
        model.Recipe.Data == ZooData.Cifar10 && model.TestAccuracy < LeastCifar ? Number($"clean accuracy {model.TestAccuracy:f4} is below 0.8")
        : model.Recipe.Attack == Attack.Clean ? null
        : model.TestAccuracy < usual - MostLoss ? Number($"accuracy {model.TestAccuracy:f4} is more than 2 points below the {usual:f4} of clean ones")
        : (model.Recipe.Attack == Attack.AllToAll ? model.AttackSuccessOfRight : model.AttackSuccess) <= LeastSuccess
            ? model.Recipe.Attack == Attack.AllToAll
                ? Number($"attack success {model.AttackSuccessOfRight:f3} of images classified right is not over 90 %")
                : Number($"attack success {model.AttackSuccess:f3} is not over 90 %")
        : null;

    private static string Auroc(Way way, IReadOnlyList<ScreenedModel> poisoned, IReadOnlyList<ScreenedModel> clean) => poisoned.Count == 0 || clean.Count == 0
        ? ""
        : Told(MannWhitney.AucInterval(MannWhitney.Auc([.. poisoned.Select(way.Score)], [.. clean.Select(way.Score)]), poisoned.Count, clean.Count));

    private static string Detected(Way way, IReadOnlyList<ScreenedModel> poisoned, IReadOnlyList<ScreenedModel> clean)
    {
        double[] scores = [.. clean.Select(way.Score).OrderDescending()];
        double threshold = scores[(int)(FalsePositives * scores.Length)];
        return Share(poisoned.Count(m => way.Score(m) > threshold), poisoned.Count);
    }

    private static string Below(Way way, IReadOnlyList<ScreenedModel> models) => way.PValue is { } p ? Share(models.Count(m => p(m) < 0.05), models.Count) : "";

    private static string Named(Way way, IReadOnlyList<ScreenedModel> poisoned) =>
        poisoned.All(m => m.Model.Recipe.Target is not null) ? $"{poisoned.Count(m => way.Target(m) == m.Model.Recipe.Target)} of {poisoned.Count}" : "";

    private static string Share(int count, int n) => Told(Interval.Wilson(count, n, n));

    private static string Told(Interval i) => Number($"{i.Value:f2} [{i.Low:f2}, {i.High:f2}]");

    private static string Named(Attack attack) =>
        attack switch
        {
            Attack.AllToAll => "all-to-all",
            Attack.CleanLabel => "clean label",
            Attack.RandomPlace => "random place",
            _ => attack.ToString().ToLowerInvariant(),
        };

    private static string Number(FormattableString text) => FormattableString.Invariant(text);
}
