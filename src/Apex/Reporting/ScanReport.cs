using System.Globalization;
using Apex.Analysis.Screening;
using Apex.Facts;

namespace Apex.Reporting;

/// <summary>What <c>apex scan</c> says of models.</summary>
/// <param name="scans">Each model with its screening.</param>
/// <param name="failed">Models that could not be screened, and why.</param>
/// <param name="warnings">What looks wrong about the data, or null.</param>
public sealed class ScanReport(
    IReadOnlyList<(ScreeningProfile Profile, BackdoorScreen Screen)> scans, IReadOnlyList<(string Model, string Error)> failed, IReadOnlyList<RunWarning>? warnings = null)
{
    /// <summary>For programs.</summary>
    public string ToJson() => JsonText.Of(new
    {
        warnings = warnings ?? [],
        models = scans.Select(s => new
        {
            model = s.Profile.Model,
            verdict = s.Screen.Verdict == ScreeningVerdict.NothingFound ? "nothing-found" : s.Screen.Verdict.ToString().ToLowerInvariant(),
            target = s.Screen.Target,
            targetName = s.Profile.Classes[s.Screen.Target],
            anomalyIndex = s.Screen.AnomalyIndex,
            pValue = s.Screen.PValue,
            references = s.Screen.References,
            findsAndMisses = FindsAndMisses(s.Profile, s.Screen),
            rates = ScreeningRates.Of(s.Screen) is not { } rates ? null : new
            {
                source = ScreeningRates.Source,
                references = rates.References ? ScreeningRates.ReferencesThere : 0,
                samples = rates.Samples,
                poisoned = Called(rates.Poisoned),
                clean = Called(rates.Clean),
                byAttack = rates.ByAttack.Select(Called),
                found = Called(rates.Found),
                missed = Called(rates.Missed),
            },
            scores = s.Screen.Scores,
            maxShareAtInfinity = s.Profile.Limit?.MaxShare.Value,
            topClassAtInfinity = s.Profile.Limit?.TopClass,
            responses = s.Profile.Responses.Select(r => new { inputs = r.Inputs, sites = r.Sites, sigmas = r.Sigmas, gains = r.Gains, pushes = r.Pushes, inputCount = r.InputCount, draws = r.Draws, used = s.Screen.Evidence.Contains(r) }),
        }),
        failed = failed.Select(f => new { model = f.Model, error = f.Error }),
    });

    /// <summary>Share of clean networks with p below 0.05 against references, whose p-values hold what they say.</summary>
    private const double CalledAgainstReferences = 0.05;

    /// <summary>What to know of a suspicion that no reference backs.</summary>
    internal static string WithoutReferences { get; } = Text(
        $"without references {ScreeningRates.Alone.Clean.Called} of {ScreeningRates.Alone.Clean.Models} clean networks were called suspicious; ")
        + "give at least 3 clean ones of the same architecture";

    /// <summary>In one sentence what a scan like this one finds and misses, as far as that was measured.</summary>
    internal static string FindsAndMisses(ScreeningProfile profile, BackdoorScreen screen)
    {
        if (ScreeningRates.Of(screen) is not { } rates)
            return $"How often a scan {Unmeasured(screen)} finds a backdoor was not measured ({ScreeningRates.Source}).";
        string given = rates.Samples ? $"with {ScreeningRates.ReferencesThere} references and data"
            : rates.References ? $"with {ScreeningRates.ReferencesThere} references and no data"
            : profile.Responses.Any(r => r.Inputs == ScreeningInputs.Data) ? "without references (data is not used then)" : "without references or data";
        string byAttack = string.Join(", ", rates.ByAttack.Select(a => Text($"{a.Called} of {a.Models} {a.Kind}")));
        return Text($"On networks that nothing was chosen on, a scan {given} called {Share(rates.Poisoned)} ({byAttack}) and {Share(rates.Clean)}; ")
            + Text($"it found {rates.Found.Called} of {rates.Found.Models} one-target triggers on CIFAR-10, ")
            + Text($"and {rates.Missed.Called} of {rates.Missed.Models} blended or sinusoidal ones on residual networks of Fashion-MNIST ")
            + $"({ScreeningRates.Source}).";
    }

    private static string Unmeasured(BackdoorScreen screen) => screen.References switch
    {
        0 => "without references and of so few classes",
        1 or 2 => "with fewer than 3 references",
        _ => "with references that do not differ",
    };

    private static string Share(CalledSuspicious of) =>
        Text($"{of.Called} of {of.Models} {of.Kind} ones suspicious, {of.Rate.Value:f2} [{of.Rate.Low:f2}, {of.Rate.High:f2}]");

    private static object Called(CalledSuspicious of) =>
        new { kind = of.Kind, called = of.Called, models = of.Models, rate = of.Rate.Value, interval = (double[])[of.Rate.Low, of.Rate.High] };

    private static string Verdict(ScreeningVerdict verdict) =>
        verdict == ScreeningVerdict.NothingFound ? "nothing found" : verdict.ToString().ToUpperInvariant();

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static string Times(double ratio) => string.Create(CultureInfo.InvariantCulture, $"{ratio:f2} times as much as");

    private static string Further(double margin) => string.Create(CultureInfo.InvariantCulture, $"{Math.Abs(margin):f2} logit spreads {(margin < 0 ? "less far than" : "further than")}");

    /// <summary>For people.</summary>
    public string ToText()
    {
        var text = new ReportText();
        text.Warn(warnings, "this scan");
        foreach (var (profile, screen) in scans)
        {
            string target = $"class {screen.Target} ({profile.Classes[screen.Target]})";
            string p = screen.PValue is { } value ? Words.PValue(value) : screen.References is 1 or 2 ? $"no p-value: {screen.References} reference{(screen.References == 1 ? " is" : "s are")} too few, give at least 3" : screen.References == 0 ? "no p-value: give at least 3 references" : "no p-value: the references do not differ among themselves";
            string index = double.IsNaN(screen.AnomalyIndex) ? "" : string.Create(CultureInfo.InvariantCulture, $"anomaly index {screen.AnomalyIndex:f1}, ");
            text.Line($"{profile.Model}: {Verdict(screen.Verdict)} ({index}{p}{(screen.References > 2 ? $", against {screen.References} references" : "")})");
            text.Line($"  {(screen.Verdict == ScreeningVerdict.Suspicious ? "suspected target" : "stands out most")}: {target}");
            if (screen.References > 2 && !double.IsNaN(screen.AnomalyIndex))
                text.Line($"  against the same class in the references: {screen.Scores[screen.Target]:f1} of their standard deviations above them, averaged over readings; next class {screen.Scores.Where((_, c) => c != screen.Target).Max():f1}. Among the classes of this model:");
            if (screen.References == 0 && screen.Verdict == ScreeningVerdict.Suspicious)
                text.Line($"  a hint only: {WithoutReferences}");
            foreach (var response in screen.Evidence)
            {
                var gain = response.Gain();
                var push = response.Push();
                int Rank(IReadOnlyList<double> of) => 1 + of.Count(v => v > of[screen.Target]);
                double ratio = Math.Exp(gain[screen.Target] - gain.Where((_, c) => c != screen.Target).Max()), margin = push[screen.Target] - push.Where((_, c) => c != screen.Target).Max();
                text.Line($"  noise on {(response.Sites == "input" ? "the input" : "the early sites")} that {response.InputCount} {(response.Inputs == ScreeningInputs.Noise ? "inputs of noise" : "samples")} share, {response.Draws} draws: moves it {Times(ratio)} the most moved other class (rank {Rank(gain)} of {gain.Count}); its direction pushes other inputs {Further(margin)} that of the best other class (rank {Rank(push)})");
            }

            if (profile.Limit is { } limit)
                text.Line($"  for comparison, no evidence by itself: at infinite noise {limit.MaxShare.Value:p0} of predictions fall on {profile.Classes[limit.TopClass]}; clean networks concentrate too");
            text.Line();
        }

        int judged = scans.Count(s => s.Screen.PValue is not null);
        if (judged > 1)
        {
            double alarms = scans.Sum(s => s.Screen.PValue is null ? 0 : s.Screen.References == 0 ? ScreeningRates.Alone.Clean.Rate.Value : CalledAgainstReferences);
            int suspicious = scans.Count(s => s.Screen.Verdict == ScreeningVerdict.Suspicious);
            text.Line($"{suspicious} of {judged} models suspicious; of as many clean ones about {alarms:0.#} would be called so");
        }

        if (failed.Count > 0)
            text.Line($"Not screened: {string.Join(", ", failed.Select(f => f.Model))}");
        text.Line($"What this can see: a trigger that acts as one direction of the early activations towards one class. What it cannot: name a target of all-to-all backdoors, see triggers that depend on the content of the input or, often, ones that are spread over it at low amplitude, and whatever is not unlike clean networks. A model in which nothing was found may still hold a backdoor.");
        if (scans.Any(s => s.Screen.References == 0))
        {
            var (with, without) = (ScreeningRates.AgainstReferences.Poisoned, ScreeningRates.Alone.Poisoned);
            text.Line($"Give --reference clean.onnx ... with at least 3 clean models of the same architecture: {with.Called} of {with.Models} poisoned ones were found so, {without.Called} without.");
        }

        foreach (string sentence in scans.Select(s => FindsAndMisses(s.Profile, s.Screen)).Distinct())
            text.Line($"{sentence}");
        return text.ToString();
    }
}
