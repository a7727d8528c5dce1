using Apex.Analysis.Statistics;

namespace Apex.Analysis.Transitions;

/// <summary>How much escapes stay within a group.</summary>
/// <param name="Taxonomy">The groups.</param>
/// <param name="Share">Share of escapes that stay inside their group, with a bootstrap interval over samples; n is samples.</param>
/// <param name="Expected">
/// The share if where a draw goes did not depend on where it came from, but for its own class: quasi-independence with the observed row and column
/// sums (L. Goodman, "The analysis of cross-classified data", JASA 1968).
/// </param>
/// <param name="Excess">
/// The share less what is expected, with a bootstrap interval over samples in which both are found anew: the expected share comes from the same samples.
/// </param>
/// <param name="PValue">One-sided: whole samples trade their targets at random, where neither would land in the class that it left.</param>
/// <param name="Permutations">Permutations behind it.</param>
internal sealed record Coherence(Taxonomy Taxonomy, Interval Share, double Expected, Interval Excess, double PValue, int Permutations)
{
    /// <summary>Trades that all permutations together may try.</summary>
    private const long Affordable = 30_000_000;
    private const int FewestPermutations = 1999;

    /// <summary>Cells of the matrix that all resamples together may be fitted to.</summary>
    private const long AffordableCells = 300_000_000;
    private const int FewestReplicates = 100;

    /// <summary>Attempted trades for each sample between two permutations that are looked at.</summary>
    private const int Trades = 3;

    /// <summary>
    /// How much more of the escapes of one run stay inside their group than of another's, each less what chance has there: on the same resamples of the samples
    /// that both probed.
    /// </summary>
    /// <param name="a">One run.</param>
    /// <param name="b">Another of the same samples.</param>
    /// <param name="taxonomy">The groups.</param>
    /// <param name="seed">Keys the bootstrap.</param>
    /// <param name="replicates">Bootstrap replicates.</param>
    /// <returns>Excess of a less that of b; n is samples.</returns>
    /// <exception cref="InvalidInputException">The runs probe other samples.</exception>
    public static Interval Difference(RunObservations a, RunObservations b, Taxonomy taxonomy, ulong seed = 0, int replicates = 1000)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        ArgumentNullException.ThrowIfNull(taxonomy);
        if (!a.Samples.Select(s => s.SampleId).SequenceEqual(b.Samples.Select(s => s.SampleId)) || a.Classes != b.Classes)
            throw new InvalidInputException(
                $"{a.Info.Model.Path} and {b.Info.Model.Path}: the runs probe other samples or have other classes; coherence is compared on the same ones");
        Departures[] inA = [.. a.Samples.Select(Departures.Of)], inB = [.. b.Samples.Select(Departures.Of)];
        double Of(IEnumerable<int> index) =>
            ExcessOf([.. index.Select(i => inA[i])], a.Classes, taxonomy.Of) - ExcessOf([.. index.Select(i => inB[i])], a.Classes, taxonomy.Of);
        return Bootstrap.Percentile(inA.Length, index => [Of(index)], [Of(Enumerable.Range(0, inA.Length))], seed, Affording(replicates, 2 * a.Classes))[0];
    }

    internal static Coherence Test(Departures[] samples, long[][] counts, Taxonomy taxonomy, ulong seed, int replicates, int permutations)
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
                int a = random.Index(targets.Length), b = random.Index(targets.Length);
                int from = samples[a].From, other = samples[b].From;
                if (from == other || targets[a].CountTo(other) > 0 || targets[b].CountTo(from) > 0)
                    continue;
                inside += InsideOf(from, targets[b]) + InsideOf(other, targets[a]) - InsideOf(from, targets[a]) - InsideOf(other, targets[b]);
                (targets[a], targets[b]) = (targets[b], targets[a]);
            }

            return (double)inside / total;
        }, seed, permutations);
        double expected = ExpectedShare(counts, group);
        var excess = Bootstrap.Percentile(
            samples.Length, index => [ExcessOf([.. index.Select(i => samples[i])], counts.Length, group)], [observed - expected], seed,
            Affording(replicates, counts.Length))[0];
        return new Coherence(taxonomy, interval, expected, excess, p, permutations);
    }

    private static int Affording(int replicates, int classes) =>
        Math.Min(replicates, (int)Math.Clamp(AffordableCells / ((long)classes * classes), FewestReplicates, int.MaxValue));

    /// <summary>Share of escapes inside their group less the expected one; NaN where nothing escaped.</summary>
    private static double ExcessOf(Departures[] samples, int classes, IReadOnlyList<int> group)
    {
        var counts = ClassTransitions.Sum(samples, classes);
        long inside = 0, total = 0;
        for (int i = 0; i < classes; i++)
        {
            for (int j = 0; j < classes; j++)
            {
                total += counts[i][j];
                inside += group[i] == group[j] ? counts[i][j] : 0;
            }
        }

        return (double)inside / total - ExpectedShare(counts, group);
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
