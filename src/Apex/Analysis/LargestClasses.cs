using Apex.Analysis.Statistics;
using Apex.Facts;

namespace Apex.Analysis;

/// <summary>The classes that predictions fall on most, where there are too many to show, and what the others get together.</summary>
/// <param name="Classes">
/// The largest classes, by the largest share that each has at any level, largest first; of two that are alike the one with more at the last level.
/// </param>
/// <param name="Others">Mean over samples of the share of draws on all other classes, shape <c>[sigmas]</c>; null where there are no others.</param>
internal sealed record LargestClasses(IReadOnlyList<int> Classes, IReadOnlyList<Interval>? Others)
{
    /// <summary>Finds them.</summary>
    /// <param name="shares">Marginal response, shape <c>[sigmas][classes]</c>.</param>
    /// <param name="observations">The samples that it is the mean of.</param>
    /// <param name="draws">Draws of each sample.</param>
    /// <param name="most">How many classes at most.</param>
    public static LargestClasses Choose(IReadOnlyList<IReadOnlyList<Interval>> shares, IReadOnlyList<SampleObservation> observations, int draws, int most)
    {
        ArgumentNullException.ThrowIfNull(shares);
        ArgumentNullException.ThrowIfNull(observations);
        int classes = shares[0].Count;
        double[] largest = [.. Enumerable.Range(0, classes).Select(c => shares.Select(row => row[c].Value).Where(double.IsFinite).DefaultIfEmpty(0).Max())];
        int[] chosen = [.. Enumerable.Range(0, classes).OrderByDescending(c => largest[c]).ThenByDescending(c => shares[^1][c].Value).Take(most)];
        if (chosen.Length == classes)
            return new LargestClasses(chosen, null);
        var others = new Interval[shares.Count];
        for (int s = 0; s < others.Length; s++)
        {
            double sum = 0, squares = 0;
            long n = 0;
            foreach (var sample in observations)
            {
                int[] counts = sample.Sigmas[s].Counts;
                double finite = counts.Sum();
                if (finite == 0)
                    continue;
                double share = 1 - chosen.Sum(c => counts[c]) / finite;
                (sum, squares, n) = (sum + share, squares + share * share, n + 1);
            }

            others[s] = Interval.Clustered(sum, squares, n, draws);
        }

        return new LargestClasses(chosen, others);
    }
}
