using System.Globalization;
using Apex.Analysis.Screening;

namespace Apex.Reporting;

/// <summary>What <c>apex scan</c> says of models.</summary>
/// <param name="scans">Each model with its screening.</param>
public sealed class ScanReport(IReadOnlyList<(ScreeningProfile Profile, BackdoorScreen Screen)> scans)
{
    /// <summary>For programs.</summary>
    public string ToJson() => JsonText.Of(new
    {
        models = scans.Select(s => new
        {
            model = s.Profile.Model,
            verdict = s.Screen.Verdict,
            target = s.Screen.Target,
            targetName = s.Profile.Classes[s.Screen.Target],
            anomalyIndex = s.Screen.AnomalyIndex,
            pValue = s.Screen.PValue,
            references = s.Screen.References,
            scores = s.Screen.Scores,
            maxShareAtInfinity = s.Profile.Limit?.MaxShare.Value,
            topClassAtInfinity = s.Profile.Limit?.TopClass,
            responses = s.Profile.Responses.Select(r => new { inputs = r.Inputs, sites = r.Sites, sigma = r.Sigma, gains = r.Gains, inputCount = r.InputCount, draws = r.Draws, used = s.Screen.Evidence.Contains(r) }),
        }),
    });

    /// <summary>For people.</summary>
    public string ToText()
    {
        var text = new ReportText();
        foreach (var (profile, screen) in scans)
        {
            string target = $"class {screen.Target} ({profile.Classes[screen.Target]})";
            string p = screen.PValue is { } value ? Words.PValue(value) : "no p-value: give at least 3 references";
            string index = double.IsNaN(screen.AnomalyIndex) ? "" : string.Create(CultureInfo.InvariantCulture, $"anomaly index {screen.AnomalyIndex:f1}, ");
            text.Line($"{profile.Model}: {screen.Verdict.ToString().ToUpperInvariant()} ({index}{p}{(screen.References > 0 ? $", against {screen.References} references" : "")})");
            text.Line($"  {(screen.Verdict == ScreeningVerdict.Suspicious ? "suspected target" : "stands out most")}: {target}");
            foreach (var sites in screen.Evidence.GroupBy(r => (r.Inputs, r.Sites)))
            {
                var (lead, sigma) = sites.Select(r => (r.Gains[screen.Target] / r.Gains.Where((_, c) => c != screen.Target).Max(), r.Sigma)).MaxBy(l => l.Item1);
                var first = sites.First();
                text.Line($"  noise on {(sites.Key.Sites == "input" ? "the input" : "the early sites")}, the same for {first.InputCount} {(sites.Key.Inputs == ScreeningInputs.Noise ? "inputs of noise" : "samples")}, {first.Draws} draws: moves it {lead:f2} times as much as any other class, at {sigma:g3} x rms");
            }

            if (profile.Limit is { } limit)
                text.Line($"  for comparison, no evidence by itself: at infinite noise {limit.MaxShare.Value:p0} of predictions fall on {profile.Classes[limit.TopClass]}; clean networks concentrate too");
            text.Line();
        }

        text.Line($"What this can see: a trigger that acts as one direction of the early activations towards one class. What it cannot: all-to-all backdoors, triggers that depend on the content of the input, and whatever is not unlike clean networks. 'Clean' means nothing was found (docs/results/backdoor.md has the rates).");
        return text.ToString();
    }
}
