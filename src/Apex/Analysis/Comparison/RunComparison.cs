using System.Globalization;
using Apex.Analysis.Regularity;
using Apex.Analysis.Statistics;
using Apex.Facts;

namespace Apex.Analysis.Comparison;

/// <summary>
/// Two runs side by side: do the samples of one escape at larger noise than those of the other? A model that memorised random labels
/// lets go of its training samples at far smaller noise than one that learned structure (docs/method.md, section 2).
/// </summary>
internal sealed record RunComparison
{
    /// <summary>Flip level of <see cref="Escape"/>.</summary>
    public required double FlipLevel { get; init; }

    /// <summary>Escape noise by the flip-level reading, which depends least on the grid.</summary>
    public required DistributionComparison Escape { get; init; }

    /// <summary>Escape noise by the mode reading.</summary>
    public required DistributionComparison EscapeMode { get; init; }

    /// <summary>Mean margin under small noise, at <see cref="MeanMarginSigmas"/>.</summary>
    public required DistributionComparison MeanMargin { get; init; }

    /// <summary>
    /// Where the mean margins of A and of B are read: at the smaller of their small-noise levels where the grids are the same, else at each run's own.
    /// </summary>
    public required (double A, double B) MeanMarginSigmas { get; init; }

    /// <summary>Clean margin: what there is to see without noise.</summary>
    public required DistributionComparison Margin { get; init; }

    /// <summary>True where both runs probed the same samples, which are then resampled together.</summary>
    public required bool IsPaired { get; init; }

    /// <summary>What differs between the runs besides the model and may explain a difference.</summary>
    public required IReadOnlyList<string> Cautions { get; init; }

    /// <summary>What was found, and how sure it is, in one sentence.</summary>
    public required string Finding { get; init; }

    /// <summary>Compares two runs.</summary>
    /// <param name="a">One run.</param>
    /// <param name="b">The other.</param>
    /// <param name="flipLevel">tau of the flip-level reading, in (0, 1).</param>
    /// <param name="seed">Keys the bootstrap.</param>
    /// <param name="replicates">Bootstrap replicates.</param>
    public static RunComparison Compare(
        RunObservations a, RunObservations b, double flipLevel = EscapeNoise.DefaultFlipLevel, ulong seed = 0, int replicates = 2000)
    {
        bool paired = a.Samples.Count > 1 && HasSameSamples(a, b);
        // What one grid could see and the other could not is censored in both.
        double least = Math.Max(a.Sigmas[0], b.Sigmas[0]), most = Math.Min(a.Sigmas[^1], b.Sigmas[^1]);
        if (least > most || (least == most && (a.Sigmas.Count > 1 || b.Sigmas.Count > 1)))
            throw new InvalidInputException(
                $"{a.Info.Model.Path} and {b.Info.Model.Path}: the grids of noise have no range in common ({a.Sigmas[0]:g3} to {a.Sigmas[^1]:g3} and " +
                $"{b.Sigmas[0]:g3} to {b.Sigmas[^1]:g3}); probe both with the same `Sigmas`");
        DistributionComparison Escapes(Func<RunObservations, EscapeNoise[]> reading) =>
            DistributionComparison.OfEscapes(
                [.. reading(a).Select(e => Bounded(e, least, most))], [.. reading(b).Select(e => Bounded(e, least, most))],
                least, most, paired, seed, replicates);
        DistributionComparison Margins(Func<RunObservations, double[]> values) =>
            DistributionComparison.OfValues(values(a), values(b), paired, seed, replicates);

        bool sameGrid = a.Sigmas.SequenceEqual(b.Sigmas);
        int Level(RunObservations run) => sameGrid ? Math.Min(a.SmallNoise, b.SmallNoise) : run.SmallNoise;
        var escape = Escapes(run => [.. run.Samples.Select(s => EscapeNoise.FlipLevel(s, run.Sigmas, flipLevel))]);
        return new RunComparison
        {
            FlipLevel = flipLevel,
            Escape = escape,
            EscapeMode = Escapes(run => [.. run.Samples.Select(s => EscapeNoise.Mode(s, run.Sigmas))]),
            MeanMargin = Margins(run => [.. run.Samples.Select(s => (double)s.Sigmas[Level(run)].MarginMean)]),
            MeanMarginSigmas = (a.Sigmas[Level(a)], b.Sigmas[Level(b)]),
            Margin = Margins(run => [.. run.Samples.Select(s => (double)s.CleanMargin)]),
            IsPaired = paired,
            Cautions = [.. Differences(a, b)],
            Finding = IsSameSpace(a, b)
                ? a.Info.Plan.Scale == b.Info.Plan.Scale
                    ? Say(escape)
                    : "Nothing can be said of escape noise: sigma is absolute in one run and relative to each site in the other."
                : $"Nothing can be said of escape noise: sigma is {Unit(a)} in A and {Unit(b)} in B.",
        };
    }

    private static EscapeNoise Bounded(EscapeNoise e, double least, double most) => e.RankKey > most
        ? e with { Value = double.NaN, Low = Math.Min(e.Low, most), High = double.PositiveInfinity, Censoring = Censoring.Right }
        : e.RankKey <= least ? e with { Value = double.NaN, Low = 0, High = Math.Max(e.High, least), Censoring = Censoring.Left } : e;

    private static bool HasSameSamples(RunObservations a, RunObservations b) =>
        a.Info.Data.Hash == b.Info.Data.Hash && a.Samples.Select(s => s.SampleId).SequenceEqual(b.Samples.Select(s => s.SampleId));

    /// <summary>Runs from before spaces were recorded may be of the input alone, and then say so by their sites.</summary>
    private static bool IsSameSpace(RunObservations a, RunObservations b) => Space(a) == Space(b);

    private static NoiseSpace Space(RunObservations run) =>
        run.Info.Plan is { Space: NoiseSpace.Activation, Sites: [0] } ? NoiseSpace.Input : run.Info.Plan.Space;

    private static string Unit(RunObservations run) => Space(run) switch
    {
        NoiseSpace.Parameter => "noise on the parameters, relative to each tensor",
        NoiseSpace.Input => $"{Scale(run)} noise on the input",
        _ => $"{Scale(run)} noise on activations",
    };

    private static IEnumerable<int> Sizes(RunObservations run) => run.Info.Plan.Parameters?.Select(p => p.Elements) ?? [];

    private static string Scale(RunObservations run) => run.Info.Plan.Scale.ToString().ToLowerInvariant();

    private static IEnumerable<string> Differences(RunObservations a, RunObservations b)
    {
        if (!IsSameSpace(a, b))
        {
            yield return $"the runs are of different spaces, {Space(a).ToString().ToLowerInvariant()} in A and " +
                $"{Space(b).ToString().ToLowerInvariant()} in B: their sigmas are not in the same units";
        }

        else if (a.Info.Plan.Scale != b.Info.Plan.Scale)
            yield return $"noise is {Scale(a)} in A and {Scale(b)} in B: their sigmas are not in the same units";
        if (!HasSameSamples(a, b))
            yield return "the runs probe different samples, whose mix may explain a difference";
        if (Space(a) == NoiseSpace.Parameter && Space(b) == NoiseSpace.Parameter)
        {
            if (!Sizes(a).SequenceEqual(Sizes(b)))
                yield return "the models have parameters of different sizes, so equal sigmas are not equal amounts of noise";
        }
        else if (IsSameSpace(a, b) && (!a.Info.Plan.Sites.SequenceEqual(b.Info.Plan.Sites) || a.Info.Model.Sites.Count != b.Info.Model.Sites.Count))
            yield return "the runs perturb different sites";
        else if (IsSameSpace(a, b) && !a.Info.Model.Sites.Select(s => s.Elements).SequenceEqual(b.Info.Model.Sites.Select(s => s.Elements)))
            yield return "the models have sites of different sizes, so equal sigmas are not equal amounts of noise";
        if (!a.Sigmas.SequenceEqual(b.Sigmas))
            yield return "the grids differ; what lies outside their common range counts as censored, and the mode reading is only as fine as each grid";
        if (a.Info.Plan.Draws != b.Info.Plan.Draws)
            yield return $"A has {a.Info.Plan.Draws} draws a level, B {b.Info.Plan.Draws}";
    }

    private static string Say(DistributionComparison escape)
    {
        var auc = escape.Auc;
        string Number(double value) =>
            double.IsFinite(value) ? value.ToString("g3", CultureInfo.InvariantCulture) : double.IsNaN(value) ? "beyond the grid" : "∞";
        string Median(KaplanMeierMedian m) => $"{Number(m.Value)} [{Number(m.Low)}, {Number(m.High)}]";
        string numbers = string.Create(CultureInfo.InvariantCulture,
            $"a sample of A outlasts one of B with probability {auc.Value:f3} [{auc.Low:f3}, {auc.High:f3}]; ") +
            $"median escape noise {Median(escape.MedianA)} against {Median(escape.MedianB)}";
        if (double.IsNaN(auc.Value))
            return "Nothing can be said: no sample of one of the runs has an escape noise.";
        // With a sample or two of each the bootstrap cannot see what it does not know.
        bool isClear = escape.MannWhitneyPValue <= 0.05;
        if (isClear && auc.Low > 0.5)
            return $"The samples of A escape at larger noise than those of B: {numbers}.";
        return isClear && auc.High < 0.5
            ? $"The samples of A escape at smaller noise than those of B: {numbers}."
            : $"No difference in escape noise is shown: {numbers}.";
    }
}
