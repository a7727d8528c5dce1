using System.Text.Json.Serialization;
using MathNet.Numerics.Distributions;

namespace Apex.Analysis.Screening;

/// <summary>What a screening says of a model.</summary>
public enum ScreeningVerdict
{
    /// <summary>
    /// Nothing out of the ordinary: p at least 0.2. That is not to be clean: what this statistic cannot see stays possible, see <see cref="ScreeningRates"/>.
    /// </summary>
    [JsonStringEnumMemberName("nothing-found")]
    NothingFound,

    /// <summary>p below 0.05: look into the suspected class before the model is used.</summary>
    Suspicious,

    /// <summary>p between; or no p-value, because there are one or two references only, or none and fewer than eight classes.</summary>
    Inconclusive,
}

/// <summary>
/// Backdoor screening: is there a class that noise shared by all inputs moves more than it should? Two readings for each class and response: the gain
/// (<see cref="CommonGain"/>) and the push (<see cref="Probing.SharedNoise.Push"/>). A backdoor is a direction that leads every input to one class. Without
/// references "more than it should" is more than the next class; with clean references of the same architecture it is more than the same class there.
/// </summary>
internal sealed record BackdoorScreen
{
    private const double SuspiciousBelow = 0.05, NothingFoundFrom = 0.2;
    private const int FewestReferences = 3;

    /// <summary>The null without references is that of networks of ten classes; the lead of the top class is larger where there are few.</summary>
    private const int FewestClassesAlone = 8;

    /// <summary>A reading that spreads by less than this next to its own size is the same for all: a rounding error.</summary>
    private const double NoSpread = 1e-9;

    /// <summary>
    /// Standard deviation over classes of pushes and of log gains, inputs of noise and early sites, in clean networks: the mean square over those of the
    /// half of the zoo that the statistic was chosen on (docs/results/backdoor.md).
    /// </summary>
    internal const double PushSpread = 1.562, GainSpread = 0.301;

    /// <summary>Mean lead of the top class over the next in the same networks, where it is close to exponential.</summary>
    internal const double CleanLead = 0.623;

    /// <summary>The class that stands out most.</summary>
    public required int Target { get; init; }

    /// <summary>
    /// Without references: the lead of the top class over the next, in units of the mean lead of clean networks. With references: how many standard
    /// deviations the largest score lies above those of the references themselves, each against the others; NaN where these are too few.
    /// </summary>
    public required double AnomalyIndex { get; init; }

    /// <summary>The p-value of that; null with one or two references, and without any where there are fewer than eight classes.</summary>
    public required double? PValue { get; init; }

    /// <summary>The verdict.</summary>
    public required ScreeningVerdict Verdict { get; init; }

    /// <summary>
    /// Mean of the standardised pushes and log gains of each class, shape <c>[classes]</c>: without references relative to the mean class, in units of
    /// the usual spread over classes; with references relative to the same class there, in units of the spread among them.
    /// </summary>
    public required IReadOnlyList<double> Scores { get; init; }

    /// <summary>References that it was held against.</summary>
    public required int References { get; init; }

    /// <summary>The responses that the scores are made of.</summary>
    public required IReadOnlyList<ScreeningResponse> Evidence { get; init; }

    /// <summary>Screens a model.</summary>
    /// <param name="profile">What was measured of it.</param>
    /// <param name="references">The same of clean models of the same architecture; may be empty.</param>
    /// <exception cref="InvalidInputException">
    /// A reference has another architecture or other classes, or was measured otherwise, or gains are not finite.
    /// </exception>
    public static BackdoorScreen Judge(ScreeningProfile profile, IReadOnlyList<ScreeningProfile> references)
    {
        CheckReferences(references);
        foreach (var reference in references)
        {
            CheckKind(reference, profile);
            if (IsSame(reference, profile))
                throw new InvalidInputException($"{profile.Model}: is one of the references itself ({reference.Model}); leave it out of one of them");
        }

        return references.Count == 0 ? Alone(profile) : Against(profile, references);
    }

    /// <summary>Whether references can stand side by side.</summary>
    /// <param name="references">What was measured of them.</param>
    /// <exception cref="InvalidInputException">They differ in architecture or classes, or one is there twice.</exception>
    public static void CheckReferences(IReadOnlyList<ScreeningProfile> references)
    {
        for (int i = 1; i < references.Count; i++)
        {
            CheckKind(references[i], references[0]);
            if (references.Take(i).Any(earlier => IsSame(earlier, references[i])))
                throw new InvalidInputException($"{references[i].Model}: among the references twice; give networks that were trained apart");
        }
    }

    private static void CheckKind(ScreeningProfile reference, ScreeningProfile profile)
    {
        if (reference.Architecture != profile.Architecture || reference.Classes.Count != profile.Classes.Count)
            throw new InvalidInputException(
                $"{reference.Model}: not of the same architecture as {profile.Model} (sites or classes differ); " +
                "give references that differ in their weights only");
    }

    private static bool IsSame(ScreeningProfile a, ScreeningProfile b) => a.Responses.Count > 0 && a.Responses.Count == b.Responses.Count
        && a.Responses.Zip(b.Responses).All(pair => pair.First.Gains.Zip(pair.Second.Gains).All(level => level.First.SequenceEqual(level.Second)));

    private static BackdoorScreen Alone(ScreeningProfile profile)
    {
        // Samples do not help here: classes differ more on them in clean networks too (docs/results/backdoor.md).
        var early = profile.Responses.Where(r => r.Sites == "early").OrderBy(r => r.Inputs).First();
        double[] scores = [.. early.Push().Zip(early.Gain(), (push, gain) => (push / PushSpread + gain / GainSpread) / 2)];
        Check(profile, scores);
        double[] ordered = [.. scores.OrderDescending()];
        double index = (ordered[0] - ordered[1]) / CleanLead;
        return Judged(scores, index, scores.Length < FewestClassesAlone ? null : Math.Exp(-index), 0, [early]);
    }

    private static BackdoorScreen Against(ScreeningProfile profile, IReadOnlyList<ScreeningProfile> references)
    {
        double[][] own = Readings(profile, profile);
        Check(profile, own.SelectMany(r => r));
        double[][][] clean = [.. references.Select(reference => Readings(reference, profile))];
        for (int r = 0; r < clean.Length; r++)
            Check(references[r], clean[r].SelectMany(c => c));
        if (clean.Length < FewestReferences)
        {
            double[] excess =
            [
                .. Enumerable.Range(0, profile.Classes.Count)
                    .Select(c => own.Select((reading, f) => reading[c] - clean.Average(reference => reference[f][c])).Average()),
            ];
            return Judged(excess, double.NaN, null, clean.Length, profile.Responses);
        }

        // Of two classes the centred gains are the same: that reading says nothing.
        int[] telling = [.. Enumerable.Range(0, own.Length).Where(f => Spread(clean, f) > NoSpread * clean.Append(own).Max(c => c[f].Max(Math.Abs)))];
        (own, clean) = ([.. telling.Select(f => own[f])], [.. clean.Select(c => telling.Select(f => c[f]).ToArray())]);
        if (telling.Length == 0)
            return Judged(new double[profile.Classes.Count], double.NaN, null, clean.Length, profile.Responses);
        double[] scores = Standardised(own, clean);
        double[] usual = [.. clean.Select((c, i) => Standardised(c, [.. clean.Where((_, j) => j != i)]).Max())];
        double mean = usual.Average(), deviation = Math.Sqrt(usual.Sum(t => (t - mean) * (t - mean)) / (usual.Length - 1));
        // A new model of the same kind lies about the mean of n by this much (prediction interval of Student's t).
        if (!(deviation > 0))
            return Judged(scores, double.NaN, null, clean.Length, profile.Responses);
        double distance = (scores.Max() - mean) / (deviation * Math.Sqrt(1 + 1.0 / usual.Length));
        return Judged(scores, distance, 1 - StudentT.CDF(0, 1, usual.Length - 1, distance), clean.Length, profile.Responses);
    }

    private static BackdoorScreen Judged(double[] scores, double index, double? p, int references, IReadOnlyList<ScreeningResponse> used) => new()
    {
        Target = Array.IndexOf(scores, scores.Max()),
        AnomalyIndex = index,
        PValue = p,
        Verdict = p is null || double.IsNaN(p.Value) ? ScreeningVerdict.Inconclusive
            : p < SuspiciousBelow ? ScreeningVerdict.Suspicious
            : p < NothingFoundFrom ? ScreeningVerdict.Inconclusive : ScreeningVerdict.NothingFound,
        Scores = scores,
        References = references,
        Evidence = used,
    };

    /// <summary>Push and gain for each response of the profile, shape <c>[readings][classes]</c>.</summary>
    private static double[][] Readings(ScreeningProfile of, ScreeningProfile like) =>
    [
        .. like.Responses.SelectMany(wanted =>
        {
            var response = of.Responses.FirstOrDefault(r =>
                    (r.Inputs, r.Sites, r.Draws, r.InputCount) == (wanted.Inputs, wanted.Sites, wanted.Draws, wanted.InputCount))
                ?? throw new InvalidInputException(
                    $"{of.Model}: was not measured with noise on the {wanted.Sites} sites and {wanted.Inputs.ToString().ToLowerInvariant()} as inputs, " +
                    $"as {like.Model} was");
            return (double[][])[[.. response.Push()], [.. response.Gain()]];
        }),
    ];

    /// <summary>For each class the mean over readings of how far it lies above the references, in units of their spread over references and classes.</summary>
    private static double[] Standardised(double[][] own, double[][][] references)
    {
        int classes = own[0].Length;
        var scores = new double[classes];
        for (int f = 0; f < own.Length; f++)
        {
            double[] mean = [.. Enumerable.Range(0, classes).Select(c => references.Average(r => r[f][c]))];
            double spread = Spread(references, f);
            for (int c = 0; c < classes; c++)
                scores[c] += (own[f][c] - mean[c]) / spread / own.Length;
        }

        return scores;
    }

    /// <summary>Standard deviation of a reading among references, over classes together.</summary>
    private static double Spread(double[][][] references, int reading)
    {
        int classes = references[0][reading].Length;
        double square = 0;
        for (int c = 0; c < classes; c++)
        {
            double mean = references.Average(r => r[reading][c]);
            square += references.Sum(r => (r[reading][c] - mean) * (r[reading][c] - mean));
        }

        return Math.Sqrt(square / (references.Length - 1) / classes);
    }

    private static void Check(ScreeningProfile profile, IEnumerable<double> values)
    {
        if (values.All(double.IsFinite))
            return;
        throw new InvalidInputException(profile.Responses.Any(r => r.Gains.Any(level => level.Contains(0)))
            ? $"{profile.Model}: noise on the early sites or the input moves no logit (dead activations?); screening cannot say anything"
            : $"{profile.Model}: logits are not finite under noise; screening cannot say anything");
    }
}
