using Apex.Analysis.Statistics;

namespace Apex.Analysis.Transitions;

/// <summary>How much escapes stay within a group.</summary>
/// <param name="Taxonomy">The groups.</param>
/// <param name="Share">Share of escapes that stay inside their group, with a bootstrap interval over samples; n is samples.</param>
/// <param name="Expected">
/// The share if where a draw goes did not depend on where it came from, but for its own class: quasi-independence with the observed row and column
/// sums (L. Goodman, "The analysis of cross-classified data", JASA 1968).
/// </param>
/// <param name="PValue">One-sided: whole samples trade their targets at random, where neither would land in the class that it left.</param>
/// <param name="Permutations">Permutations behind it.</param>
public sealed record Coherence(Taxonomy Taxonomy, Interval Share, double Expected, double PValue, int Permutations)
{
    /// <summary>Trades that all permutations together may try.</summary>
    private const long Affordable = 30_000_000;
    private const int FewestPermutations = 1999;

    /// <summary>Attempted trades for each sample between two permutations that are looked at.</summary>
    private const int Trades = 3;

    internal static Coherence Of(Departures[] samples, long[][] counts, Taxonomy taxonomy, ulong seed, int replicates, int permutations)
    {
        var group = taxonomy.Of;
        long InsideOf(int from, Departures targets)
        {
            long inside = 0;
            foreach (var (j, count) in targets.To)
                inside += group[from] == group[j] ? count : 0;
            return inside;
        }

        long total = samples.Sum(s => (long)s.Total), inside = samples.Sum(s => InsideOf(s.From, s));
        double observed = (double)inside / total;
        long[] own = [.. samples.Select(s => InsideOf(s.From, s))];
        var interval = Bootstrap.Percentile(
            samples.Length, index => [(double)index.Sum(i => own[i]) / index.Sum(i => (long)samples[i].Total)], [observed], seed, replicates)[0];

        int affordable = (int)Math.Clamp(Affordable / ((long)Trades * samples.Length), FewestPermutations, int.MaxValue);
        permutations = Math.Min(permutations, affordable);
        // A walk over all assignments that leave every class's own column empty: allowed trades are their own inverse, so all are as likely in the end.
        Departures[] targets = [.. samples];
        double p = PermutationTest.PValue(observed, random =>
        {
            for (int trade = 0; trade < Trades * targets.Length; trade++)
            {
                int a = random.Next(targets.Length), b = random.Next(targets.Length);
                int from = samples[a].From, other = samples[b].From;
                if (from == other || targets[a].CountTo(other) > 0 || targets[b].CountTo(from) > 0)
                    continue;
                inside += InsideOf(from, targets[b]) + InsideOf(other, targets[a]) - InsideOf(from, targets[a]) - InsideOf(other, targets[b]);
                (targets[a], targets[b]) = (targets[b], targets[a]);
            }

            return (double)inside / total;
        }, seed, permutations);
        return new Coherence(taxonomy, interval, ExpectedShare(counts, group), p, permutations);
    }

    /// <summary>Iterative proportional fitting of r_i w_j off the diagonal to the observed sums of rows and columns.</summary>
    private static double ExpectedShare(long[][] counts, IReadOnlyList<int> group)
    {
        const int MostRounds = 1000;
        const double Close = 1e-10;
        int classes = counts.Length;
        double[] row = [.. counts.Select(r => (double)r.Sum())], column = [.. Enumerable.Range(0, classes).Select(j => (double)counts.Sum(r => r[j]))];
        double[] left = [.. row], right = [.. column.Select(c => c / Math.Max(1, row.Sum()))];
        for (int round = 0; round < MostRounds; round++)
        {
            double all = right.Sum(), moved = 0;
            for (int i = 0; i < classes; i++)
            {
                double fitted = all - right[i];
                left[i] = row[i] == 0 || fitted <= 0 ? 0 : row[i] / fitted;
            }

            all = left.Sum();
            for (int j = 0; j < classes; j++)
            {
                double fitted = all - left[j], next = column[j] == 0 || fitted <= 0 ? 0 : column[j] / fitted;
                moved = Math.Max(moved, Math.Abs(next - right[j]));
                right[j] = next;
            }

            if (moved < Close)
                break;
        }

        double inside = 0, total = 0;
        for (int i = 0; i < classes; i++)
        {
            for (int j = 0; j < classes; j++)
            {
                if (i == j)
                    continue;
                total += left[i] * right[j];
                inside += group[i] == group[j] ? left[i] * right[j] : 0;
            }
        }

        return inside / total;
    }
}
