using Apex.Analysis.Statistics;
using Apex.Facts;

namespace Apex.Analysis.Regularity;

/// <summary>
/// sigma_esc(x), the noise at which a sample escapes its clean prediction, in one reading (docs/method.md, section 2), with a 95 % interval
/// from the binomial interval on the counts.
/// </summary>
/// <param name="Value">The noise level; NaN where it is censored.</param>
/// <param name="Low">Lower end; 0 where the grid bounds it no further.</param>
/// <param name="High">Upper end; infinite where the grid bounds it no further.</param>
/// <param name="Censoring">Whether it lies outside the grid.</param>
/// <param name="Draws">Finite draws at the level with the fewest, of those with any; 0 where nothing was seen of the sample.</param>
public readonly record struct EscapeNoise(double Value, double Low, double High, Censoring Censoring, int Draws)
{
    /// <summary>tau where none is given, in every command, plot and page.</summary>
    public const double DefaultFlipLevel = 0.5;

    /// <summary>
    /// If it is censored on the right, the largest level with a finite draw, up to which it was seen to hold; infinite where all that is known is that it never
    /// escapes.
    /// </summary>
    public double HeldTo { get; init; } = double.PositiveInfinity;

    /// <summary>For ranking: the value, or infinite in the direction in which it is censored, so that censored samples tie.</summary>
    public double RankKey => Censoring switch
    {
        // Of a sample without a finite draw nothing is known.
        Censoring.Right => Draws == 0 ? double.NaN : double.PositiveInfinity,
        Censoring.Left => double.NegativeInfinity,
        _ => Value,
    };

    /// <summary>
    /// The mode reading: the smallest level of the grid at which the most frequent prediction is no longer ŷ0. Between two levels
    /// nothing is interpolated: the value stands for the interval from the level before it.
    /// </summary>
    /// <param name="counts">n_y at each level, shape <c>[sigmas][classes]</c>.</param>
    /// <param name="clean">ŷ0.</param>
    /// <param name="sigmas">The grid, ascending, shape <c>[sigmas]</c>.</param>
    /// <remarks>
    /// The interval compares ŷ0 with its strongest rival at each level: given that a draw fell on one of the two, the share of the
    /// rival has a Clopper-Pearson interval. The lower end is the level before the first one where that interval reaches 1/2, the upper
    /// end the first one where it lies above.
    /// </remarks>
    public static EscapeNoise Mode(IReadOnlyList<int[]> counts, int clean, IReadOnlyList<double> sigmas)
    {
        double low = double.NaN, high = double.PositiveInfinity, value = double.NaN;
        bool left = false;
        for (int s = 0; s < sigmas.Count; s++)
        {
            int own = counts[s][clean], rival = Rival(counts[s], clean);
            var share = BinomialIntervals.Find(rival, own + rival);
            if (double.IsNaN(low) && share.High >= 0.5)
                low = s == 0 ? 0 : sigmas[s - 1];
            // On a tie ŷ0 is still a most frequent prediction.
            if (double.IsNaN(value) && rival > own)
                (value, left) = (sigmas[s], s == 0);
            if (double.IsPositiveInfinity(high) && share.Low > 0.5)
                high = sigmas[s];
        }

        int seen = Enumerable.Range(0, sigmas.Count).LastOrDefault(s => counts[s].Sum() > 0, -1);
        return Create(value, double.IsNaN(low) ? sigmas[^1] : low, high, left, Fewest(counts), seen < 0 ? 0 : sigmas[seen]);
    }

    /// <summary>
    /// The flip-level reading: the smallest sigma at which the flip probability q reaches tau, interpolated in log sigma.
    /// </summary>
    /// <param name="counts">n_y at each level, shape <c>[sigmas][classes]</c>.</param>
    /// <param name="clean">ŷ0.</param>
    /// <param name="sigmas">The grid, ascending, shape <c>[sigmas]</c>.</param>
    /// <param name="tau">The flip level, in (0, 1).</param>
    /// <remarks>
    /// The ends are where the ends of q's Clopper-Pearson interval reach tau, interpolated in the same way: the set of levels that a test
    /// of q = tau would not reject.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">tau is not inside (0, 1).</exception>
    public static EscapeNoise FlipLevel(IReadOnlyList<int[]> counts, int clean, IReadOnlyList<double> sigmas, double tau) =>
        FlipLevel([.. counts.Select(c => c.Sum() is var n ? (n - c[clean], n) : default)], sigmas, tau);

    /// <summary>The flip-level reading of flips that were counted at some levels of a grid.</summary>
    /// <param name="counts">Flips and draws at each level, no draws where it was not visited, shape <c>[sigmas]</c>.</param>
    /// <param name="sigmas">The grid, ascending, shape <c>[sigmas]</c>.</param>
    /// <param name="tau">The flip level, in (0, 1).</param>
    /// <exception cref="ArgumentOutOfRangeException">tau is not inside (0, 1).</exception>
    public static EscapeNoise FlipLevel(IReadOnlyList<(int Flips, int Draws)> counts, IReadOnlyList<double> sigmas, double tau)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(tau, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(tau, 1);
        var visited = Enumerable.Range(0, sigmas.Count).Where(s => counts[s].Draws > 0)
            .Select(s => (Sigma: sigmas[s], Q: BinomialIntervals.Find(counts[s].Flips, counts[s].Draws))).ToArray();
        double value = Crossing(visited, q => q.Value, tau), low = Crossing(visited, q => q.High, tau), high = Crossing(visited, q => q.Low, tau);
        return Create(
            double.IsFinite(value) && value > 0 ? value : double.NaN,
            double.IsPositiveInfinity(low) ? visited.Length == 0 ? 0 : visited[^1].Sigma : low,
            high == 0 ? sigmas[0] : high,
            value == 0,
            counts.Where(c => c.Draws > 0).Select(c => c.Draws).DefaultIfEmpty().Min(),
            visited.Length == 0 ? 0 : visited[^1].Sigma);
    }

    /// <inheritdoc cref="Mode(IReadOnlyList{int[]}, int, IReadOnlyList{double})"/>
    /// <param name="sample">A sample with a clean prediction.</param>
    /// <param name="sigmas">The grid, ascending, shape <c>[sigmas]</c>.</param>
    public static EscapeNoise Mode(SampleObservation sample, IReadOnlyList<double> sigmas) =>
        Mode([.. sample.Sigmas.Select(s => s.Counts)], sample.CleanPrediction!.Value, sigmas);

    /// <inheritdoc cref="FlipLevel(IReadOnlyList{int[]}, int, IReadOnlyList{double}, double)"/>
    /// <param name="sample">A sample with a clean prediction.</param>
    /// <param name="sigmas">The grid, ascending, shape <c>[sigmas]</c>.</param>
    /// <param name="tau">The flip level, in (0, 1).</param>
    public static EscapeNoise FlipLevel(SampleObservation sample, IReadOnlyList<double> sigmas, double tau) =>
        FlipLevel([.. sample.Sigmas.Select(s => s.Counts)], sample.CleanPrediction!.Value, sigmas, tau);

    /// <summary>A flip level that a user gave.</summary>
    /// <exception cref="InvalidInputException">It is not inside (0, 1).</exception>
    public static double CheckedFlipLevel(double tau) =>
        tau is > 0 and < 1 ? tau : throw new InvalidInputException($"`FlipLevel` {tau}: give a share between 0 and 1, e.g. 0.5");

    private static EscapeNoise Create(double value, double low, double high, bool left, int draws, double seenTo) => left
        ? new EscapeNoise(double.NaN, 0, high, Censoring.Left, draws)
        : double.IsNaN(value)
            ? new EscapeNoise(value, low, double.PositiveInfinity, Censoring.Right, draws) { HeldTo = seenTo }
            : new EscapeNoise(value, low, high, Censoring.None, draws);

    /// <summary>Where a curve first reaches a level: 0 where it does from the start, infinite where it never does.</summary>
    private static double Crossing((double Sigma, Interval Q)[] visited, Func<Interval, double> curve, double tau)
    {
        for (int s = 0; s < visited.Length; s++)
        {
            double at = curve(visited[s].Q);
            if (at < tau)
                continue;
            if (s == 0)
                return 0;
            double before = curve(visited[s - 1].Q);
            return visited[s - 1].Sigma * Math.Pow(visited[s].Sigma / visited[s - 1].Sigma, (tau - before) / (at - before));
        }

        return double.PositiveInfinity;
    }

    private static int Rival(int[] counts, int clean)
    {
        int most = 0;
        for (int c = 0; c < counts.Length; c++)
        {
            if (c != clean)
                most = Math.Max(most, counts[c]);
        }

        return most;
    }

    private static int Fewest(IReadOnlyList<int[]> counts) => counts.Select(c => c.Sum()).Where(n => n > 0).DefaultIfEmpty().Min();
}
