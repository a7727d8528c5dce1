using Apex.Analysis.Statistics;
using Apex.Observations;

namespace Apex.Analysis.Transitions;

/// <summary>
/// Where small noise takes predictions (METHOD section 2): T[i -> j], the share of escapes from class i that land in class j. An
/// escape is a draw's first prediction other than ŷ0, and counts where the sample's flip probability is still at most 1/2.
/// All intervals and nulls resample or permute whole samples, because draws of one sample go to the same places.
/// </summary>
public sealed record ClassTransitions
{
    private const double SmallFlipProbability = 0.5;

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
    /// predicted as i without noise. With a bootstrap interval over samples; n is the number of pairs.
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
    /// <param name="replicates">Bootstrap replicates.</param>
    /// <param name="permutations">Permutations of each test.</param>
    /// <exception cref="InvalidInputException">No draw escaped at small noise.</exception>
    public static ClassTransitions Of(RunObservations run, Taxonomy? taxonomy, ulong seed = 0, int replicates = 1000, int permutations = 10_000)
    {
        int classes = run.Classes;
        Escaped[] samples = [.. run.Samples.Select(o => Escaped.Of(o, classes)).Where(e => e.Total > 0)];
        if (samples.Length == 0)
            throw new InvalidInputException($"{run.Info.Model.Path}: no draw of the run left its clean prediction at small noise (where a sample's flip rate is at most {SmallFlipProbability:p0}); probe with larger --sigma");
        var counts = Sum(samples, classes);
        var matrix = RowShares(counts);
        double[] confusion = OffDiagonal(CleanConfusion(run.Samples, classes));

        // One set of resamples for every share, so that the intervals belong together.
        double[] estimates = [.. matrix.SelectMany(row => row), RankCorrelation.Spearman(OffDiagonal(matrix), confusion)];
        var intervals = Bootstrap.Percentile(samples.Length, index =>
        {
            var again = RowShares(Sum(index.Select(i => samples[i]), classes));
            return [.. again.SelectMany(row => row), RankCorrelation.Spearman(OffDiagonal(again), confusion)];
        }, estimates, seed, replicates);
        var top = new List<Transition>();
        for (int i = 0; i < classes; i++)
        {
            long from = counts[i].Sum();
            for (int j = 0; j < classes; j++)
            {
                if (counts[i][j] > 0)
                    top.Add(new Transition(run.Info.Model.Classes[i], run.Info.Model.Classes[j], i, j, matrix[i][j], intervals[i * classes + j].Low, intervals[i * classes + j].High, counts[i][j], from, samples.Count(s => s.From == i)));
            }
        }

        return new ClassTransitions
        {
            Classes = run.Info.Model.Classes,
            Counts = counts,
            Matrix = matrix,
            Samples = samples.Length,
            Escapes = samples.Sum(s => (long)s.Total),
            Coherence = taxonomy is null ? null : CoherenceOf(samples, counts, taxonomy, seed, replicates, permutations),
            ConfusionCorrelation = intervals[^1] with { N = classes * (classes - 1) },
            ConfusionPValue = Mantel(matrix, confusion, classes, seed, permutations),
            Top = [.. top.OrderByDescending(t => t.Share).ThenByDescending(t => t.Count)],
        };
    }

    private static Coherence CoherenceOf(Escaped[] samples, long[][] counts, Taxonomy taxonomy, ulong seed, int replicates, int permutations)
    {
        var group = taxonomy.Of;
        bool Inside(int i, int j) => group[i] == group[j];
        double Share(IEnumerable<Escaped> some)
        {
            long inside = 0, all = 0;
            foreach (var sample in some)
            {
                all += sample.Total;
                foreach (var (j, count) in sample.To)
                    inside += Inside(sample.From, j) ? count : 0;
            }

            return (double)inside / all;
        }

        // Targets from the column marginal, which cannot be the class that was left.
        long[] column = [.. Enumerable.Range(0, group.Count).Select(j => counts.Sum(row => row[j]))];
        long total = column.Sum();
        double expected = 0;
        for (int i = 0; i < group.Count; i++)
        {
            long others = total - column[i];
            for (int j = 0; j < group.Count && others > 0; j++)
            {
                if (j != i && Inside(i, j))
                    expected += (double)counts[i].Sum() / total * column[j] / others;
            }
        }

        double observed = Share(samples);
        var interval = Bootstrap.Percentile(samples.Length, index => [Share(index.Select(i => samples[i]))], [observed], seed, replicates)[0];
        // Whole samples trade their targets; what would land in the class that it left does not count.
        int[] order = [.. Enumerable.Range(0, samples.Length)];
        double p = PermutationTest.PValue(observed, random =>
        {
            random.Shuffle(order);
            long inside = 0, all = 0;
            for (int s = 0; s < order.Length; s++)
            {
                int from = samples[s].From;
                foreach (var (j, count) in samples[order[s]].To)
                {
                    if (j == from)
                        continue;
                    all += count;
                    inside += Inside(from, j) ? count : 0;
                }
            }

            return (double)inside / all;
        }, seed, permutations);
        return new Coherence(taxonomy, interval, expected, p, permutations);
    }

    private static double Mantel(double[][] matrix, double[] confusion, int classes, ulong seed, int permutations)
    {
        double observed = RankCorrelation.Spearman(OffDiagonal(matrix), confusion);
        if (double.IsNaN(observed))
            return double.NaN;
        return PermutationTest.PValue(observed, random =>
        {
            int[] order = [.. Enumerable.Range(0, classes)];
            random.Shuffle(order);
            return RankCorrelation.Spearman(OffDiagonal([.. order.Select(i => (double[])[.. order.Select(j => matrix[i][j])])]), confusion);
        }, seed, permutations);
    }

    private static double[][] CleanConfusion(IReadOnlyList<SampleObservation> samples, int classes)
    {
        var sums = new double[classes][];
        for (int i = 0; i < classes; i++)
            sums[i] = new double[classes];
        foreach (var sample in samples)
        {
            double[] p = CleanSoftmax.Of(sample.CleanLogits);
            for (int j = 0; j < classes; j++)
                sums[sample.CleanPrediction!.Value][j] += p[j];
        }

        return [.. sums.Select(row => row.Sum() is var n && n > 0 ? (double[])[.. row.Select(v => v / n)] : row)];
    }

    private static long[][] Sum(IEnumerable<Escaped> samples, int classes)
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

    /// <summary>Entries off the diagonal, row by row. A row that nothing left counts as zeros: nothing was seen to go there.</summary>
    private static double[] OffDiagonal(double[][] matrix) =>
        [.. matrix.SelectMany((row, i) => row.Where((_, j) => j != i).Select(v => double.IsNaN(v) ? 0 : v))];

    /// <summary>Where one sample's draws went: the few classes they reached, with how many reached each.</summary>
    private sealed record Escaped(int From, (int Class, int Count)[] To, int Total)
    {
        public static Escaped Of(SampleObservation sample, int classes)
        {
            bool[] small = [.. Enumerable.Range(0, sample.Sigmas.Length).Select(s => RunObservations.FlipProbability(sample, s) <= SmallFlipProbability)];
            int[] to = new int[classes];
            int total = 0;
            for (int draw = 0; draw < sample.FirstEscapeClass.Length; draw++)
            {
                if (sample.FirstEscapeClass[draw] is var target and >= 0 && small[sample.FirstEscapeSigma[draw]])
                {
                    to[target]++;
                    total++;
                }
            }

            return new Escaped(sample.CleanPrediction!.Value, [.. Enumerable.Range(0, classes).Where(j => to[j] > 0).Select(j => (j, to[j]))], total);
        }
    }
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
public sealed record Transition(string From, string To, int FromIndex, int ToIndex, double Share, double Low, double High, long Count, long Escapes, int Samples);

/// <summary>How much escapes stay within a group.</summary>
/// <param name="Taxonomy">The groups.</param>
/// <param name="Share">Share of escapes that stay inside their group, with a bootstrap interval over samples; n is samples.</param>
/// <param name="Expected">The share if targets were drawn from the column marginal, the class itself left out.</param>
/// <param name="PValue">One-sided: samples trade their targets at random.</param>
/// <param name="Permutations">Permutations behind it.</param>
public sealed record Coherence(Taxonomy Taxonomy, Interval Share, double Expected, double PValue, int Permutations);
