using Apex.Analysis.Statistics;
using Apex.Facts;

namespace Apex.Analysis.LargeNoise;

/// <summary>
/// How a network goes from sample-dependent to model-dependent behaviour as noise grows (docs/method.md, section 3): the sample dependence at each level, the
/// level at which half of it is gone, and the regimes that the curve falls into.
/// </summary>
internal sealed record NoiseTransition
{
    private const double Half = 0.5;

    /// <summary>Levels that can be believed, below which no regimes are fitted.</summary>
    internal const int FewestLevels = 5;

    /// <summary>Noise levels, shape <c>[sigmas]</c>.</summary>
    public required IReadOnlyList<double> Sigmas { get; init; }

    /// <summary>S at each level, shape <c>[sigmas]</c>.</summary>
    public required IReadOnlyList<SampleDependence> Levels { get; init; }

    /// <summary>Share of draws that equal the label at each level, with intervals; null without labels.</summary>
    public required IReadOnlyList<Interval>? Accuracy { get; init; }

    /// <summary>Share of draws that equal the clean prediction at each level, with intervals.</summary>
    public required IReadOnlyList<Interval> Agreement { get; init; }

    /// <summary>Distribution of predictions at each level.</summary>
    public required IReadOnlyList<ClassBias> Bias { get; init; }

    /// <summary>
    /// The sigma at which S first falls to 1/2, interpolated in log sigma. Its value is NaN where that is not within the believable levels; an end is
    /// infinite or 0 where more than 2.5 % of the bootstrap replicates lie beyond the grid. N is the number of samples.
    /// </summary>
    public required Interval HalfDependence { get; init; }

    /// <summary>Small noise reaches up to here: the first break of the fitted curve; NaN where there is none on the grid.</summary>
    public required double SmallNoiseUpTo { get; init; }

    /// <summary>Large noise begins here: the second break of the fitted curve; NaN where there is none on the grid or S stays above 1/2.</summary>
    public required double LargeNoiseFrom { get; init; }

    /// <summary>Analyses a run.</summary>
    /// <param name="run">The run.</param>
    /// <param name="seed">Keys bootstrap and permutations.</param>
    /// <param name="replicates">Bootstrap replicates at most.</param>
    /// <param name="permutations">Permutations at most.</param>
    /// <exception cref="InvalidInputException">The run has fewer than two samples.</exception>
    public static NoiseTransition Of(RunObservations run, ulong seed = 0, int replicates = 1000, int permutations = 99)
    {
        if (run.Samples.Count < 2)
            throw new InvalidInputException(
                $"the run of {run.Info.Model.Path}: {run.Samples.Count} sample; how predictions depend on the sample needs at least two, and better hundreds");
        int levels = run.Sigmas.Count;
        var found = new (SampleDependence Dependence, double[] Replicates)[levels];
        for (int s = 0; s < levels; s++)
        {
            int[][] counts = [.. run.Samples.Select(o => o.Sigmas[s].Counts)];
            if (counts.Count(row => row.Sum() > 0) < 2)
                throw new InvalidInputException(
                    $"the run of {run.Info.Model.Path}: at sigma {run.Sigmas[s]:g4} fewer than two samples have a finite draw; " +
                    "probe with a grid that ends lower");
            found[s] = SampleDependence.Analyse(counts, seed, replicates, permutations);
        }

        SampleDependence[] dependence = [.. found.Select(f => f.Dependence)];
        bool[] believed = [.. dependence.Select(d => d.Status == DependenceStatus.Reliable)];
        double half = Crossing(run.Sigmas, [.. dependence.Select(d => d.Value)], believed);
        double[] halves =
        [
            .. Enumerable.Range(0, found.Min(f => f.Replicates.Length))
                .Select(b => Crossing(run.Sigmas, [.. found.Select(f => f.Replicates[b])], believed, beyond: true)),
        ];
        var (low, high) = double.IsNaN(half) ? (double.NaN, double.NaN) : Bootstrap.Ends(halves);
        var (small, large) = Breaks(run.Sigmas, dependence, believed);
        return new NoiseTransition
        {
            Sigmas = run.Sigmas,
            Levels = dependence,
            Accuracy = run.Samples.All(o => o.Label is not null) ? Shares(run, o => o.Label!.Value) : null,
            Agreement = Shares(run, o => o.CleanPrediction!.Value),
            Bias = [.. Enumerable.Range(0, levels).Select(s => Marginal(run, s))],
            HalfDependence = new Interval(half, low, high, run.Samples.Count),
            SmallNoiseUpTo = small,
            LargeNoiseFrom = large,
        };
    }

    /// <summary>Marginal response of one level, and how concentrated it is.</summary>
    internal static ClassBias Marginal(RunObservations run, int sigma)
    {
        var shares = new ClassShareSums(run.Classes);
        foreach (var sample in run.Samples)
            shares.Add(sample.Sigmas[sigma].Counts);
        return shares.Samples > 0
            ? shares.Bias(run.Info.Plan.Draws)
            : throw new InvalidInputException(
                $"the run of {run.Info.Model.Path}: at sigma {run.Sigmas[sigma]:g4} no draw is finite; probe with a grid that ends lower");
    }

    private static Interval[] Shares(RunObservations run, Func<SampleObservation, int> of) => [.. Enumerable.Range(0, run.Sigmas.Count).Select(s =>
    {
        double sum = 0, squares = 0;
        long n = 0;
        foreach (var sample in run.Samples)
        {
            double finite = sample.Sigmas[s].Counts.Sum();
            if (finite == 0)
                continue;
            double share = sample.Sigmas[s].Counts[of(sample)] / finite;
            (sum, squares, n) = (sum + share, squares + share * share, n + 1);
        }

        return Interval.Clustered(sum, squares, n, run.Info.Plan.Draws);
    })];

    /// <summary>Where a falling curve first passes 1/2 between two levels that can be believed; NaN where it does not, or 0 and infinity where asked.</summary>
    internal static double Crossing(IReadOnlyList<double> sigmas, double[] curve, bool[] believed, bool beyond = false)
    {
        int first = Array.IndexOf(believed, true);
        if (first < 0)
            return double.NaN;
        if (curve[first] < Half)
            return beyond ? 0 : double.NaN;
        for (int s = first + 1; s < curve.Length && believed[s]; s++)
        {
            if (!(curve[s] < Half))
                continue;
            double share = (curve[s - 1] - Half) / (curve[s - 1] - curve[s]);
            return Math.Exp(Math.Log(sigmas[s - 1]) + share * (Math.Log(sigmas[s]) - Math.Log(sigmas[s - 1])));
        }

        return beyond ? double.PositiveInfinity : double.NaN;
    }

    /// <summary>
    /// Least squares of 1 up to log a, a straight fall to a lower level at log b, that level from there on. The lower level follows from a and b; these are
    /// searched on a fine grid.
    /// </summary>
    private static (double Small, double Large) Breaks(IReadOnlyList<double> sigmas, SampleDependence[] levels, bool[] believed)
    {
        int[] used = [.. Enumerable.Range(0, sigmas.Count).Where(s => believed[s])];
        if (used.Length < FewestLevels)
            return (double.NaN, double.NaN);
        double[] x = [.. used.Select(s => Math.Log(sigmas[s]))], y = [.. used.Select(s => levels[s].Value)];
        const int Steps = 200;
        double At(int i) => x[0] + (x[^1] - x[0]) * i / Steps;
        var (best, small, large, end) = (double.PositiveInfinity, 0, 0, 1.0);
        for (int a = 0; a < Steps; a++)
        {
            for (int b = a + 1; b <= Steps; b++)
            {
                // y = 1 - d * ramp with d >= 0: one unknown.
                double cross = 0, square = 0, rest = 0;
                for (int i = 0; i < x.Length; i++)
                {
                    double ramp = Math.Clamp((x[i] - At(a)) / (At(b) - At(a)), 0, 1);
                    cross += ramp * (1 - y[i]);
                    square += ramp * ramp;
                }

                double depth = square > 0 ? Math.Clamp(cross / square, 0, 1) : 0;
                for (int i = 0; i < x.Length; i++)
                {
                    double ramp = Math.Clamp((x[i] - At(a)) / (At(b) - At(a)), 0, 1), error = y[i] - (1 - depth * ramp);
                    rest += error * error;
                }

                if (rest < best)
                    (best, small, large, end) = (rest, a, b, 1 - depth);
            }
        }

        // A break at an end of the grid is none, for the curve goes on beyond it; neither is one where most of the dependence is left.
        bool falls = end < Half && (small > 0 || At(large) > x[1]), levelsOff = large < Steps - Steps / Math.Max(2, x.Length - 1) / 2;
        // Nor is one behind levels that cannot be believed.
        int dark = Enumerable.Range(used[0], sigmas.Count - used[0]).FirstOrDefault(s => !believed[s], sigmas.Count);
        double lit = dark == sigmas.Count ? double.PositiveInfinity : sigmas[dark];
        double Seen(double sigma) => sigma < lit ? sigma : double.NaN;
        return (small == 0 ? double.NaN : Seen(Math.Exp(At(small))), falls && levelsOff ? Seen(Math.Exp(At(large))) : double.NaN);
    }
}
