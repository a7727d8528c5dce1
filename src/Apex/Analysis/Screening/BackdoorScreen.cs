using MathNet.Numerics.Distributions;

namespace Apex.Analysis.Screening;

/// <summary>What a screening says of a model.</summary>
public enum ScreeningVerdict
{
    /// <summary>Nothing out of the ordinary: p at least 0.2. Attacks that this statistic cannot see stay possible.</summary>
    Clean,

    /// <summary>p below 0.05: look into the suspected class before the model is used.</summary>
    Suspicious,

    /// <summary>p between, or too few references for a p-value.</summary>
    Inconclusive,
}

/// <summary>
/// Backdoor screening by common gains (see <see cref="CommonGain"/>): is there a class that shared noise moves more than it should? Without references
/// "should" is the next class; with clean references of the same architecture it is the same class there.
/// </summary>
public sealed record BackdoorScreen
{
    private const double SuspiciousBelow = 0.05, CleanFrom = 0.2;
    private const int FewestReferences = 3;

    /// <summary>
    /// Mean lead of the top class over the next in clean networks: those of the half of the zoo that the statistic was chosen on, see
    /// docs/results/backdoor.md. A lead among clean networks is close to exponential.
    /// </summary>
    internal const double CleanLead = 0.10;

    /// <summary>The class that stands out most.</summary>
    public required int Target { get; init; }

    /// <summary>
    /// Without references: the lead of the top class over the next in mean log gain, in units of the mean lead of clean networks. With references: how many
    /// standard deviations the largest excess over the references lies above those of the references themselves, each against the others.
    /// </summary>
    public required double AnomalyIndex { get; init; }

    /// <summary>The p-value of that; null with one or two references.</summary>
    public required double? PValue { get; init; }

    /// <summary>The verdict.</summary>
    public required ScreeningVerdict Verdict { get; init; }

    /// <summary>Log gain of each class less the mean over classes (and less that of the references), averaged over the responses used, shape <c>[classes]</c>.</summary>
    public required IReadOnlyList<double> Scores { get; init; }

    /// <summary>References that it was held against.</summary>
    public required int References { get; init; }

    /// <summary>The responses that the scores are made of.</summary>
    public required IReadOnlyList<ScreeningResponse> Evidence { get; init; }

    /// <summary>Screens a model.</summary>
    /// <param name="profile">What was measured of it.</param>
    /// <param name="references">The same of clean models of the same architecture; may be empty.</param>
    /// <exception cref="InvalidInputException">A reference has another architecture or other classes, or gains are not finite.</exception>
    public static BackdoorScreen Of(ScreeningProfile profile, IReadOnlyList<ScreeningProfile> references)
    {
        foreach (var reference in references)
        {
            if (reference.Architecture != profile.Architecture || reference.Classes.Count != profile.Classes.Count)
                throw new InvalidInputException($"{reference.Model}: not of the same architecture as {profile.Model} (sites or classes differ); give references that differ in their weights only");
        }

        var used = Used(profile, references.Count > 0);
        double[] scores = Scored(profile, used);
        if (scores.Any(s => !double.IsFinite(s)))
            throw new InvalidInputException($"{profile.Model}: logits are not finite under noise; screening cannot say anything");
        if (references.Count == 0)
        {
            double[] ordered = [.. scores.OrderDescending()];
            double index = (ordered[0] - ordered[1]) / CleanLead;
            return Judged(scores, index, Math.Exp(-index), 0, used);
        }

        double[][] clean = [.. references.Select(r => Scored(r, used))];
        double[] excess = Less(scores, clean);
        if (clean.Length < FewestReferences)
            return Judged(excess, double.NaN, null, clean.Length, used);
        double[] own = [.. clean.Select((c, i) => Less(c, [.. clean.Where((_, j) => j != i)]).Max())];
        double mean = own.Average(), deviation = Math.Sqrt(own.Sum(t => (t - mean) * (t - mean)) / (own.Length - 1));
        // A new model of the same kind lies about the mean of n by this much (prediction interval of Student's t).
        double distance = (excess.Max() - mean) / (deviation * Math.Sqrt(1 + 1.0 / own.Length));
        return Judged(excess, distance, 1 - StudentT.CDF(0, 1, own.Length - 1, distance), clean.Length, used);
    }

    private static BackdoorScreen Judged(double[] scores, double index, double? p, int references, IReadOnlyList<ScreeningResponse> used) => new()
    {
        Target = Array.IndexOf(scores, scores.Max()),
        AnomalyIndex = index,
        PValue = p,
        Verdict = p is null ? ScreeningVerdict.Inconclusive : p < SuspiciousBelow ? ScreeningVerdict.Suspicious : p < CleanFrom ? ScreeningVerdict.Inconclusive : ScreeningVerdict.Clean,
        Scores = scores,
        References = references,
        Evidence = used,
    };

    /// <summary>Which responses count, as chosen on the half of the zoo that is for choosing.</summary>
    private static ScreeningResponse[] Used(ScreeningProfile profile, bool withReferences) => [.. profile.Responses.Where(r =>
        withReferences || (r.Inputs == ScreeningInputs.Noise && r.Sites != "input" && r.Sigma >= 1))];

    private static double[] Scored(ScreeningProfile profile, IReadOnlyList<ScreeningResponse> used)
    {
        var scores = new double[profile.Classes.Count];
        foreach (var wanted in used)
        {
            var response = profile.Responses.FirstOrDefault(r => (r.Inputs, r.Sites, r.Sigma) == (wanted.Inputs, wanted.Sites, wanted.Sigma))
                ?? throw new InvalidInputException($"{profile.Model}: was not measured at sigma {wanted.Sigma} on the {wanted.Sites} sites with {wanted.Inputs.ToString().ToLowerInvariant()} as inputs");
            double[] logs = [.. response.Gains.Select(gain => Math.Log(gain))];
            double mean = logs.Average();
            for (int c = 0; c < scores.Length; c++)
                scores[c] += (logs[c] - mean) / used.Count;
        }

        return scores;
    }

    private static double[] Less(double[] scores, double[][] references) => [.. scores.Select((s, c) => s - references.Average(r => r[c]))];
}
