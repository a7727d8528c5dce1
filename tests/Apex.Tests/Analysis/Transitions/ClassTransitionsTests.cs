using Apex.Analysis;
using Apex.Analysis.Statistics;
using Apex.Analysis.Transitions;
using Apex.Facts;
using Xunit;
using static Apex.Tests.Analysis.SyntheticRun;

namespace Apex.Tests.Analysis.Transitions;

public class ClassTransitionsTests
{
    [Fact]
    public void Escapes_count_where_the_flip_probability_of_the_sample_is_at_most_one_half()
    {
        // Four draws; q is 1/4, 2/4 and 3/4. The third draw's escape comes too late, the fourth never.
        var first = Sample(0, null, [2, 0, 0], [Level([3, 1, 0]), Level([2, 1, 1]), Level([1, 1, 2])], [1, 2, 2, -1], [0, 1, 2, -1]);
        // Half of the finite draws have flipped at the second level, though not half of all.
        var second = Sample(1, null, [0, 2, 0], [Level([0, 4, 0]), Level([1, 1, 0], nonFinite: 2), Level([4, 0, 0])], [0, 2, -1, -1], [1, 2, -1, -1]);
        var silent = Sample(2, null, [0, 0, 2], [Level([4, 0, 0]), Level([0, 0, 4]), Level([0, 0, 4])], [0, 0, 0, 0], [0, 0, 0, 0]);
        var transitions = Transitions([0.1, 0.2, 0.4], 3, [first, second, silent]);
        Assert.Equal([[0L, 1, 1], [1L, 0, 0], [0L, 0, 0]], transitions.Counts);
        Assert.Equal([[0, 0.5, 0.5], [1.0, 0, 0], [double.NaN, double.NaN, double.NaN]], transitions.Matrix);
        Assert.Equal((2, 3L), (transitions.Samples, transitions.Escapes));
        Assert.Null(transitions.Coherence);
    }

    [Fact]
    public void A_level_at_which_no_draw_is_finite_counts_nothing()
    {
        var sample = Sample(0, null, [2, 0], [Level([3, 1]), Level([0, 0], nonFinite: 4)], [1, -1, -1, -1], [0, -1, -1, -1]);
        Assert.Equal(1, Transitions([0.1, 0.2], 2, [sample]).Escapes);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Rows_are_shares_the_diagonal_is_zero_and_the_top_is_in_order(int seed)
    {
        var random = new Random(seed);
        var transitions = Transitions([0.1], 5, Escaping(100, 5, random, i => i % 4, Uniform(5, random), 6));
        for (int i = 0; i < 4; i++)
        {
            Assert.Equal(1, transitions.Matrix[i].Sum(), 1e-12);
            Assert.Equal((0, 0.0), (transitions.Counts[i][i], transitions.Matrix[i][i]));
        }

        Assert.All(transitions.Matrix[4], v => Assert.True(double.IsNaN(v)));
        Assert.Equal(transitions.Escapes, transitions.Counts.Sum(row => row.Sum()));
        Assert.Equal(transitions.Counts.Sum(row => row.Count(c => c > 0)), transitions.Top.Count);
        Assert.Equal(transitions.Top.OrderByDescending(t => t.Share).ThenByDescending(t => t.Count), transitions.Top);
        foreach (var t in transitions.Top)
        {
            Assert.Equal(transitions.Matrix[t.FromIndex][t.ToIndex], t.Share);
            Assert.Equal(transitions.Counts[t.FromIndex][t.ToIndex], t.Count);
            Assert.Equal(transitions.Counts[t.FromIndex].Sum(), t.Escapes);
            Assert.Equal((25, $"class {t.FromIndex}", $"class {t.ToIndex}"), (t.Samples, t.From, t.To));
            Assert.InRange(t.Share, t.Low, t.High);
            Assert.True(t.High > t.Low);
        }
    }

    [Fact]
    public void No_escape_at_small_noise_is_bad_input()
    {
        SampleObservation held = Sample(0, null, [1, 0], [Level([4, 0])], [-1, -1, -1, -1], [-1, -1, -1, -1]);
        SampleObservation late = Sample(1, null, [1, 0], [Level([1, 3])], [1, 1, 1, -1], [0, 0, 0, -1]);
        string message = Assert.Throws<InvalidInputException>(() => Transitions([0.1], 2, [held, late])).Message;
        Assert.StartsWith("the run of m.onnx: no draw left its clean prediction at a level where", message, StringComparison.Ordinal);
        Assert.Contains("half", message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void Escapes_that_all_stay_in_their_group_are_coherent()
    {
        var random = new Random(3);
        int[] partner = [1, 0, 3, 2, 5, 4];
        var samples = Escaping(120, 6, random, i => i % 6, (i, _) => partner[i % 6], 1);
        var coherence = Transitions([0.1], 6, samples, Groups(0, 0, 1, 1, 2, 2), permutations: 999).Coherence!;
        Assert.Equal((1.0, 1.0, 1.0, 120L), (coherence.Share.Value, coherence.Share.Low, coherence.Share.High, coherence.Share.N));
        Assert.Equal(0.001, coherence.PValue, 1e-12);
        // Column marginal 1/6 each, the class itself left out: one of the five others is in the group.
        Assert.Equal(0.2, coherence.Expected, 1e-12);
        Assert.Equal(999, coherence.Permutations);
        // The same escapes, held against the other pairing.
        var crossed = Transitions([0.1], 6, samples, Groups(0, 1, 1, 2, 2, 0), permutations: 999).Coherence!;
        Assert.Equal((0.0, 1.0), (crossed.Share.Value, crossed.PValue));
    }

    [Fact]
    public void One_group_for_all_is_coherent_by_construction_and_no_evidence()
    {
        var random = new Random(4);
        var coherence = Transitions([0.1], 4, Escaping(60, 4, random, i => i % 4, Uniform(4, random), 4), Groups(0, 0, 0, 0), permutations: 199).Coherence!;
        Assert.Equal((1.0, 1.0, 1.0), (coherence.Share.Value, Math.Round(coherence.Expected, 12), coherence.PValue));
    }

    /// <summary>
    /// Targets that do not look at the class they leave, but for not being it. All classes escape alike and some targets attract more; each
    /// sample's draws go mostly to one place, as in real runs.
    /// </summary>
    [Fact]
    public void Under_the_null_the_p_value_is_uniform_and_the_expected_share_is_what_is_seen()
    {
        double[] p = new double[200];
        double observed = 0, expected = 0;
        for (int run = 0; run < p.Length; run++)
        {
            var random = new Random(run);
            var coherence = Brief(6, Escaping(60, 6, random, i => i % 6, Null(random, [3, 1, 2, 1, 1, 2]), 3), Groups(0, 0, 1, 1, 2, 2), (ulong)run);
            p[run] = coherence.PValue;
            observed += coherence.Share.Value / p.Length;
            expected += coherence.Expected / p.Length;
        }

        Uniform(p);
        Assert.Equal(observed, expected, 0.015);
    }

    /// <summary>The expected share moves with the resamples as the share does, so its interval is that of the difference, not of the share.</summary>
    [Fact]
    public void Under_the_null_the_interval_of_the_excess_covers_nothing_at_all()
    {
        const int Runs = 100;
        int covered = 0, differ = 0;
        for (int run = 0; run < Runs; run++)
        {
            var random = new Random(run);
            RunObservations Null() => Of([0.1], 16, 6, Escaping(120, 6, random, i => i % 6, ClassTransitionsTests.Null(random, [3, 1, 2, 1, 1, 2]), 3));
            var (a, b) = (Null(), Null());
            var groups = Groups(0, 0, 1, 1, 2, 2);
            var coherence = ClassTransitions.Find(a, groups, (ulong)run, replicates: 200, permutations: 99).Coherence!;
            Assert.Equal(coherence.Share.Value - coherence.Expected, coherence.Excess.Value, 1e-12);
            covered += coherence.Excess is { Low: <= 0, High: >= 0 } ? 1 : 0;
            differ += Coherence.Difference(a, b, groups, (ulong)run, replicates: 200) is { Low: <= 0, High: >= 0 } ? 1 : 0;
            Assert.Equal((0.0, 0.0, 0.0),
                Coherence.Difference(a, a, groups, (ulong)run, replicates: 10) is var same ? (same.Value, same.Low, same.High) : default);
        }

        // Below 88 of 100 with a probability of 0.2 % where the truth is 95 %; a percentile interval may lean a little.
        Assert.InRange(covered, 86, Runs);
        Assert.InRange(differ, 86, Runs);
    }

    [Fact]
    public void Coherence_is_compared_on_the_same_samples()
    {
        var random = new Random(1);
        RunObservations Run(int samples) => Of([0.1], 16, 4, Escaping(samples, 4, random, i => i % 4, Uniform(4, random), 3));
        Assert.Contains("other samples",
            Assert.Throws<InvalidInputException>(() => Coherence.Difference(Run(20), Run(24), Groups(0, 0, 1, 1))).Message, StringComparison.Ordinal);
    }

    /// <summary>
    /// The same, where the classes do not escape alike: those of one group escape ten times as often. Nothing is more coherent for that.
    /// A class can be no target of its own escapes, so the column marginal of a group that escapes often is too low for what its members see.
    /// </summary>
    [Fact]
    public void Under_the_null_classes_may_escape_unequally_often()
    {
        double[] p = new double[200];
        double observed = 0, expected = 0;
        for (int run = 0; run < p.Length; run++)
        {
            var random = new Random(run);
            var coherence = Brief(6, Escaping(60, 6, random, i => i % 12 < 10 ? i % 2 : 2 + i / 12 % 4, Null(random, [1, 1, 1, 1, 1, 1]), 3),
                Groups(0, 0, 1, 1, 2, 2), (ulong)run);
            p[run] = coherence.PValue;
            observed += coherence.Share.Value / p.Length;
            expected += coherence.Expected / p.Length;
        }

        Assert.True(p.Count(v => v <= 0.05) <= 22,
            $"{p.Count(v => v <= 0.05)} of 200 p-values are at most 0.05; the share is {observed} where {expected} is expected");
        Assert.Equal(observed, expected, 0.015);
    }

    [Fact]
    public void Power_against_targets_that_prefer_their_group()
    {
        int found = 0;
        for (int run = 0; run < 20; run++)
        {
            var random = new Random(run);
            int Target(int i, int from)
            {
                while (true)
                {
                    int to = random.Next(6);
                    if (to != from && (to / 2 == from / 2 || random.Next(3) > 0))
                        return to;
                }
            }

            found += Transitions([0.1], 6, Escaping(300, 6, random, i => i % 6, Target, 2),
                Groups(0, 0, 1, 1, 2, 2), (ulong)run, permutations: 199).Coherence!.PValue <= 0.05 ? 1 : 0;
        }

        Assert.InRange(found, 12, 20);
    }

    [Fact]
    public void Other_names_for_the_classes_change_nothing_but_the_names()
    {
        const int Classes = 5;
        var random = new Random(6);
        var samples = Escaping(80, Classes, random, i => i % Classes, Null(random, [1, 2, 3, 1, 1]), 4);
        int[] other = [3, 0, 4, 1, 2];
        T[] Move<T>(IReadOnlyList<T> values)
        {
            var moved = new T[values.Count];
            for (int c = 0; c < moved.Length; c++)
                moved[other[c]] = values[c];
            return moved;
        }

        SampleObservation[] renamed = [.. samples.Select(s => Sample(s.SampleId, null, Move(s.CleanLogits),
            [.. s.Sigmas.Select(l => Level(Move(l.Counts)))], [.. s.FirstEscapeClass.Select(c => c < 0 ? c : other[c])], s.FirstEscapeSigma))];
        int[] groups = [0, 0, 1, 1, 1];
        var before = Transitions([0.1], Classes, samples, Groups(groups), permutations: 499);
        var after = Transitions([0.1], Classes, renamed, Groups(Move(groups)), permutations: 499);
        for (int i = 0; i < Classes; i++)
        {
            for (int j = 0; j < Classes; j++)
                Assert.Equal((before.Counts[i][j], before.Matrix[i][j]), (after.Counts[other[i]][other[j]], after.Matrix[other[i]][other[j]]));
        }

        Assert.Equal(before.Coherence!.Share, after.Coherence!.Share);
        Assert.Equal(before.Coherence.Expected, after.Coherence.Expected, 1e-12);
        Assert.Equal(before.Coherence.PValue, after.Coherence.PValue);
        Assert.Equal(before.ConfusionCorrelation.Value, after.ConfusionCorrelation.Value, 1e-12);
        Assert.Equal(before.ConfusionCorrelation.Low, after.ConfusionCorrelation.Low, 1e-12);
        // Those with the same share and count may change places.
        Assert.Equal(before.Top.Select(t => (t.Share, t.Count, t.Low, t.High)).Order(), after.Top.Select(t => (t.Share, t.Count, t.Low, t.High)).Order());
    }

    /// <summary>Escapes go where the clean softmax leans, more often the more it does.</summary>
    [Fact]
    public void Escapes_along_the_clean_confusion_correlate_with_it()
    {
        var random = new Random(7);
        const int Classes = 6;
        var like = new double[Classes][];
        for (int i = 0; i < Classes; i++)
            like[i] = [.. Enumerable.Range(0, Classes).Select(j => i == j ? 0 : random.NextDouble() + 0.05)];
        int Target(int i, int from) => Weighted(random, like[from]);
        SampleObservation[] samples = [.. Escaping(600, Classes, random, i => i % Classes, Target, 4)
            .Select(s => WithConfusion(s, like[s.CleanPrediction!.Value]))];
        var transitions = Transitions([0.1], Classes, samples, permutations: 199);
        Assert.InRange(transitions.ConfusionCorrelation.Value, 0.8, 1);
        Assert.Equal(0.005, transitions.ConfusionPValue, 1e-12);
        Assert.Equal(Classes * (Classes - 1), transitions.ConfusionCorrelation.N);
        Assert.True(0.7 < transitions.ConfusionCorrelation.Low
            && transitions.ConfusionCorrelation.Low < transitions.ConfusionCorrelation.High && transitions.ConfusionCorrelation.High <= 1);
    }

    [Fact]
    public void The_correlation_is_that_of_the_off_diagonals_by_hand()
    {
        // Softmax rows (mean over the samples predicted as the class) and shares, off the diagonal row by row.
        SampleObservation[] samples =
        [
            WithConfusion(Escape(0, 0, 3, [1, 1, 1, 2]), [0, 0.2, 0.1]),
            WithConfusion(Escape(1, 0, 3, [1, 2, 2, 2]), [0, 0.3, 0.1]),
            WithConfusion(Escape(2, 1, 3, [0, 0, 0, 2]), [0.05, 0, 0.15]),
            WithConfusion(Escape(3, 2, 3, [0, 1, 1, 1]), [0.02, 0.04, 0]),
        ];
        double[] shares = [0.5, 0.5, 0.75, 0.25, 0.25, 0.75], confusion = [0.25, 0.1, 0.05, 0.15, 0.02, 0.04];
        var transitions = Transitions([0.1], 3, samples, permutations: 99);
        Assert.Equal(RankCorrelation.Spearman(shares, confusion), transitions.ConfusionCorrelation.Value, 1e-12);
    }

    /// <summary>
    /// Only three of ten classes are there, and where they go has nothing to do with the clean softmax. Of the other seven nothing is known:
    /// that they have neither escapes nor samples is no agreement.
    /// </summary>
    [Fact]
    public void Classes_without_samples_are_no_evidence_of_agreement()
    {
        const int Classes = 10;
        int small = 0;
        double mean = 0;
        for (int run = 0; run < 40; run++)
        {
            var random = new Random(run);
            double[][] like = [.. Enumerable.Range(0, 3)
                .Select(i => (double[])[.. Enumerable.Range(0, Classes).Select(j => i == j ? 0 : random.NextDouble())])];
            var samples = Escaping(90, Classes, random, i => i % 3, Uniform(Classes, random), 6).Select(s => WithConfusion(s, like[s.CleanPrediction!.Value]));
            var transitions = Transitions([0.1], Classes, [.. samples], seed: (ulong)run, permutations: 99);
            mean += transitions.ConfusionCorrelation.Value / 40;
            small += transitions.ConfusionPValue <= 0.05 ? 1 : 0;
        }

        Assert.True(small <= 8, $"{small} of 40 p-values are at most 0.05");
        Assert.InRange(mean, -0.15, 0.15);
    }

    [Fact]
    public void Seeds_key_the_resamples_and_nothing_else()
    {
        var random = new Random(8);
        var samples = Escaping(60, 4, random, i => i % 4, Uniform(4, random), 4);
        ClassTransitions Of(ulong seed) => Transitions([0.1], 4, samples, Groups(0, 0, 1, 1), seed, permutations: 199);
        Assert.Equal(Of(1).Coherence!.Share, Of(1).Coherence!.Share);
        Assert.Equal(Of(1).Coherence!.PValue, Of(1).Coherence!.PValue);
        Assert.Equal(Of(1).ConfusionCorrelation, Of(1).ConfusionCorrelation);
        Assert.NotEqual(Of(1).Coherence!.Share, Of(2).Coherence!.Share);
        Assert.Equal(Of(1).Matrix, Of(2).Matrix);
    }

    private static ClassTransitions Transitions(double[] sigmas, int classes,
        IReadOnlyList<SampleObservation> samples, Taxonomy? taxonomy = null, ulong seed = 0, int permutations = 99) =>
        ClassTransitions.Find(Of(sigmas, 16, classes, samples), taxonomy, seed, replicates: 100, permutations);

    /// <summary>With as few resamples as do, for hundreds of runs; p-values are whole multiples of 1/100.</summary>
    private static Coherence Brief(int classes, IReadOnlyList<SampleObservation> samples, Taxonomy taxonomy, ulong seed) =>
        ClassTransitions.Find(Of([0.1], 16, classes, samples), taxonomy, seed, replicates: 1, permutations: 99).Coherence!;

    private static Taxonomy Groups(params int[] of) => new("test", [.. of.Distinct().Order().Select(g => $"group {g}")], of);

    /// <summary>Samples at one level, some of whose sixteen draws escape.</summary>
    private static SampleObservation[] Escaping(int samples, int classes, Random random, Func<int, int> from, Func<int, int, int> target, int mostEscapes) =>
        [.. Enumerable.Range(0, samples)
            .Select(i => Escape(i, from(i), classes, [.. Enumerable.Range(0, 1 + random.Next(mostEscapes)).Select(_ => target(i, from(i)))]))];

    private static SampleObservation Escape(long id, int from, int classes, int[] to)
    {
        const int Draws = 16;
        int[] counts = new int[classes], escapeClass = new int[Draws], escapeSigma = new int[Draws];
        counts[from] = Draws;
        Array.Fill(escapeClass, -1);
        Array.Fill(escapeSigma, -1);
        for (int k = 0; k < to.Length; k++)
        {
            counts[from]--;
            counts[to[k]]++;
            (escapeClass[k], escapeSigma[k]) = (to[k], 0);
        }

        float[] logits = new float[classes];
        logits[from] = 2;
        return Sample(id, null, logits, [Level(counts)], escapeClass, escapeSigma);
    }

    /// <summary>The same with a clean softmax that leans as said; what is left is the prediction's.</summary>
    private static SampleObservation WithConfusion(SampleObservation sample, double[] like)
    {
        int clean = sample.CleanPrediction!.Value;
        double scale = like.Sum() > 0.5 ? 0.4 / like.Sum() : 1;
        return sample with { CleanLogits = [.. like.Select((v, c) => (float)Math.Log(c == clean ? 1 - scale * like.Sum() : scale * v))] };
    }

    private static Func<int, int, int> Uniform(int classes, Random random) => Null(random, [.. Enumerable.Repeat(1, classes)]);

    /// <summary>A target by its weight, whatever is left; a sample's draws go mostly to the same one.</summary>
    private static Func<int, int, int> Null(Random random, int[] weights)
    {
        var usual = new Dictionary<int, int>();
        return (i, from) =>
        {
            double[] own = [.. weights.Select((w, c) => c == from ? 0.0 : w)];
            if (!usual.TryGetValue(i, out int to))
                usual[i] = to = Weighted(random, own);
            return random.Next(4) > 0 ? to : Weighted(random, own);
        };
    }

    private static int Weighted(Random random, double[] weights)
    {
        double at = random.NextDouble() * weights.Sum();
        int c = 0;
        while (at >= weights[c] && c < weights.Length - 1)
            at -= weights[c++];
        return c;
    }

    /// <summary>By Kolmogorov and Smirnov at 1 in 1000; p-values are whole multiples of 1/100.</summary>
    private static void Uniform(double[] p)
    {
        double[] sorted = [.. p.Order()];
        double distance = sorted.Select((v, i) => Math.Max(Math.Abs(v - (double)i / p.Length), Math.Abs(v - (i + 1.0) / p.Length))).Max();
        Assert.True(distance < 1.95 / Math.Sqrt(p.Length) + 1 / 100.0, $"p-values are {distance} from uniform");
    }
}
