using Apex.Analysis.Statistics;

namespace Apex.Analysis.Transitions;

/// <summary>
/// Where small noise takes predictions (docs/method.md, section 2): T[i -> j], the share of escapes from class i that land in class j. An
/// escape is a draw's first prediction other than ŷ0, and counts where the sample's flip probability is still at most 1/2.
/// All intervals and nulls resample or permute whole samples, because draws of one sample go to the same places.
/// </summary>
internal sealed record ClassTransitions
{
    internal const double SmallFlipProbability = 0.5;

    /// <summary>Entries of matrices that all replicates or permutations together may rank: a few minutes on two cores.</summary>
    private const long Affordable = 200_000_000;
    private const int FewestReplicates = 99;

    /// <summary>Class names.</summary>
    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>Escapes from class i to class j, shape <c>[classes][classes]</c>, zero on the diagonal.</summary>
    public required IReadOnlyList<IReadOnlyList<long>> Counts { get; init; }

    /// <summary>T, the rows of <see cref="Counts"/> over their sums; NaN in a row without escapes.</summary>
    public required IReadOnlyList<IReadOnlyList<double>> Matrix { get; init; }

    /// <summary>Samples that had an escape.</summary>
    public required int Samples { get; init; }

    /// <summary>Escapes in all.</summary>
    public required long Escapes { get; init; }

    /// <summary>Coherence with a taxonomy; null where there is none.</summary>
    public required Coherence? Coherence { get; init; }

    /// <summary>
    /// Spearman's correlation of T's off-diagonal entries with the clean confusion structure: the mean softmax of class j over samples
    /// predicted as i without noise. Rows of classes that nothing left are unknown and stay out. With a bootstrap interval over samples; n is the number of
    /// pairs.
    /// </summary>
    public required Interval ConfusionCorrelation { get; init; }

    /// <summary>Of that correlation, under relabelling the classes of one matrix at random (N. Mantel, 1967).</summary>
    public required double ConfusionPValue { get; init; }

    /// <summary>All transitions that occurred, the largest share first.</summary>
    public required IReadOnlyList<Transition> Top { get; init; }

    /// <summary>Counts, tests and ranks the transitions of a run.</summary>
    /// <param name="run">The run.</param>
    /// <param name="taxonomy">Groups of classes, or null.</param>
    /// <param name="seed">Keys bootstrap and permutations.</param>
    /// <param name="replicates">Bootstrap replicates at most; fewer where there are very many classes.</param>
    /// <param name="permutations">Permutations of each test at most; fewer where there are very many samples or classes.</param>
    /// <exception cref="InvalidInputException">No draw escaped at small noise.</exception>
    public static ClassTransitions Find(RunObservations run, Taxonomy? taxonomy, ulong seed = 0, int replicates = 1000, int permutations = 10_000)
    {
        int classes = run.Classes;
        Departures[] samples = [.. run.Samples.Select(Departures.Of)];
        Departures[] escaped = [.. samples.Where(s => s.Total > 0)];
        if (escaped.Length == 0)
            throw new InvalidInputException(
                $"the run of {run.Info.Model.Path}: no draw left its clean prediction at a level where at most half of its sample's draws had; " +
                "probe with several draws and levels at which some flip and most hold");
        var counts = Sum(escaped, classes);
        double[][] matrix = RowShares(counts), confusion = CleanConfusion(samples, classes);
        int[] seen = [.. Enumerable.Range(0, classes).Where(i => counts[i].Any(c => c > 0))];
        long entries = (long)seen.Length * classes;
        int affordable = (int)Math.Clamp(Affordable / Math.Max(1, entries), FewestReplicates, int.MaxValue);

        // One set of resamples for every share, so that the intervals belong together.
        (int From, int To)[] cells = [.. seen.SelectMany(i => Enumerable.Range(0, classes).Where(j => counts[i][j] > 0).Select(j => (i, j)))];
        double[] estimates = [.. cells.Select(c => matrix[c.From][c.To]), ConfusionSimilarity(matrix, confusion, seen)];
        var intervals = Bootstrap.Percentile(samples.Length, index =>
        {
            Departures[] again = [.. index.Select(i => samples[i])];
            var shares = RowShares(Sum(again, classes));
            return [.. cells.Select(c => shares[c.From][c.To]), ConfusionSimilarity(shares, CleanConfusion(again, classes), seen)];
        }, estimates, seed, Math.Min(replicates, affordable));
        int[] sources = new int[classes];
        foreach (var sample in escaped)
            sources[sample.From]++;
        var names = run.Info.Model.Classes;
        var top = cells.Select((c, k) =>
        {
            // One sample says nothing of how much another would differ.
            var interval = sources[c.From] > 1 ? intervals[k] : new Interval(intervals[k].Value, 0, 1, 1);
            return new Transition(
                names[c.From], names[c.To], c.From, c.To, interval.Value, interval.Low, interval.High,
                counts[c.From][c.To], counts[c.From].Sum(), sources[c.From]);
        });

        return new ClassTransitions
        {
            Classes = names,
            Counts = counts,
            Matrix = matrix,
            Samples = escaped.Length,
            Escapes = escaped.Sum(s => (long)s.Total),
            Coherence = taxonomy is null ? null : Coherence.Test(escaped, counts, taxonomy, seed, replicates, permutations),
            ConfusionCorrelation = escaped.Length > 1
                ? intervals[^1] with { N = (long)seen.Length * (classes - 1) }
                : new Interval(intervals[^1].Value, -1, 1, (long)seen.Length * (classes - 1)),
            ConfusionPValue = Mantel(matrix, confusion, seen, seed, Math.Min(permutations, affordable)),
            Top = [.. top.OrderByDescending(t => t.Share).ThenByDescending(t => t.Count)],
        };
    }

    /// <summary>
    /// Permutes the classes that were left among themselves, in rows and columns of one matrix alike; columns of classes that no sample
    /// left stay where they are.
    /// </summary>
    private static double Mantel(double[][] matrix, double[][] confusion, int[] seen, ulong seed, int permutations)
    {
        if (seen.Length < 3 || double.IsNaN(ConfusionSimilarity(matrix, confusion, seen)))
            return double.NaN;
        // A permutation moves entries about and leaves their ranks as they are: Spearman's correlation then grows with the sum of products of centred ranks.
        int classes = matrix.Length;
        double middle = (seen.Length * (classes - 1.0) + 1) / 2;
        double[] Centred(double[][] of) => [.. Ranks.Average(OffDiagonal(of, seen)).Select(rank => rank - middle)];
        double[] reference = Centred(confusion);
        var ranks = new double[classes][];
        foreach (var (row, own) in seen.Zip(Centred(matrix).Chunk(classes - 1)))
            ranks[row] = [.. own[..row], 0, .. own[row..]];
        int[] order = [.. seen], name = [.. Enumerable.Range(0, classes)];
        double Products()
        {
            double sum = 0;
            int at = 0;
            foreach (int i in seen)
            {
                double[] row = ranks[name[i]];
                for (int j = 0; j < row.Length; j++)
                    sum += i == j ? 0 : row[name[j]] * reference[at++];
            }

            return sum;
        }

        return PermutationTest.PValue(Products(), random =>
        {
            random.Permute(order);
            for (int i = 0; i < seen.Length; i++)
                name[seen[i]] = order[i];
            return Products();
        }, seed, permutations);
    }

    /// <summary>
    /// Rank correlation of two matrices off the diagonal, over the rows of classes that were left; NaN where a row is missing from a resample.
    /// </summary>
    private static double ConfusionSimilarity(double[][] matrix, double[][] confusion, int[] seen)
    {
        int[] present = [.. seen.Where(i => !double.IsNaN(matrix[i][0]) && !double.IsNaN(confusion[i][0]))];
        return present.Length == 0 ? double.NaN : RankCorrelation.Spearman(OffDiagonal(matrix, present), OffDiagonal(confusion, present));
    }

    private static double[][] CleanConfusion(IReadOnlyList<Departures> samples, int classes)
    {
        var sums = new double[classes][];
        int[] n = new int[classes];
        for (int i = 0; i < classes; i++)
            sums[i] = new double[classes];
        foreach (var sample in samples)
        {
            n[sample.From]++;
            for (int j = 0; j < classes; j++)
                sums[sample.From][j] += sample.CleanSoftmax[j];
        }

        return [.. sums.Select((row, i) => (double[])[.. row.Select(v => n[i] == 0 ? double.NaN : v / n[i])])];
    }

    internal static long[][] Sum(IEnumerable<Departures> samples, int classes)
    {
        var counts = new long[classes][];
        for (int i = 0; i < classes; i++)
            counts[i] = new long[classes];
        foreach (var sample in samples)
        {
            foreach (var (j, count) in sample.To)
                counts[sample.From][j] += count;
        }

        return counts;
    }

    private static double[][] RowShares(long[][] counts) =>
        [.. counts.Select(row => row.Sum() is var n && n > 0 ? (double[])[.. row.Select(c => (double)c / n)] : [.. row.Select(_ => double.NaN)])];

    private static double[] OffDiagonal(double[][] matrix, int[] rows) => [.. rows.SelectMany(i => matrix[i].Where((_, j) => j != i))];
}

/// <summary>One entry of T.</summary>
/// <param name="From">Name of the class that was left.</param>
/// <param name="To">Name of the class that was reached.</param>
/// <param name="FromIndex">Index of <paramref name="From"/>.</param>
/// <param name="ToIndex">Index of <paramref name="To"/>.</param>
/// <param name="Share">T[from -> to].</param>
/// <param name="Low">Lower end of its 95 % bootstrap interval over samples.</param>
/// <param name="High">Upper end.</param>
/// <param name="Count">Escapes that made this transition.</param>
/// <param name="Escapes">Escapes from the same class.</param>
/// <param name="Samples">Samples of that class that had an escape.</param>
public sealed record Transition(
    string From, string To, int FromIndex, int ToIndex, double Share, double Low, double High, long Count, long Escapes, int Samples);
