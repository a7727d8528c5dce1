using Apex.Analysis.LargeNoise;
using Apex.Analysis.Regularity;
using Apex.Analysis.Statistics;

namespace Apex.Analysis.Sensitivity;

/// <summary>The noise at which half of the draws flip.</summary>
internal static class HalfFlips
{
    /// <summary>
    /// Where the mean share of draws that keep the clean prediction first passes 1/2, interpolated in log sigma; 0 and infinity for beyond the grid, NaN
    /// where there is no finite draw.
    /// </summary>
    /// <param name="sigmas">Noise levels, ascending.</param>
    /// <param name="flips">Flip probabilities, shape <c>[samples][sigmas]</c>; NaN where no draw is finite.</param>
    /// <param name="chosen">The samples to take, with repetition.</param>
    /// <param name="seen">Whether a level has a finite draw, shape <c>[sigmas]</c>.</param>
    public static double Crossing(IReadOnlyList<double> sigmas, double[][] flips, int[] chosen, bool[] seen)
    {
        var sums = new double[sigmas.Count];
        var n = new int[sigmas.Count];
        foreach (int i in chosen)
        {
            double[] own = flips[i];
            for (int s = 0; s < n.Length; s++)
            {
                if (double.IsNaN(own[s]))
                    continue;
                sums[s] += 1 - own[s];
                n[s]++;
            }
        }

        for (int s = 0; s < n.Length; s++)
            sums[s] /= n[s];
        return NoiseTransition.Crossing(sigmas, sums, seen, beyond: true);
    }

    /// <summary>From a crossing that may lie beyond the grid to a value that is never made up and ends that the grid can bear.</summary>
    /// <param name="crossing">The crossing with its bootstrap interval.</param>
    /// <param name="smallest">The first level.</param>
    /// <param name="seenTo">The last level with finite draws.</param>
    public static (Interval Half, Censoring Censoring) Told(Interval crossing, double smallest, double seenTo) => crossing.Value switch
    {
        double.NaN => (new Interval(double.NaN, 0, double.PositiveInfinity, crossing.N), Censoring.Right),
        0 => (new Interval(double.NaN, 0, Math.Max(smallest, crossing.High), crossing.N), Censoring.Left),
        double.PositiveInfinity => (new Interval(double.NaN, Math.Min(seenTo, crossing.Low), double.PositiveInfinity, crossing.N), Censoring.Right),
        _ => (crossing, Censoring.None),
    };
}
