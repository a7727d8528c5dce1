using Apex.Analysis;
using Apex.Analysis.Regularity;
using Apex.Analysis.Sensitivity;
using Apex.Analysis.Statistics;
using Apex.Facts;
using Xunit;
using static Apex.Tests.Analysis.SyntheticRun;

namespace Apex.Tests.Analysis.Sensitivity;

public class ClassSensitivityTests
{
    private const int Draws = 20;

    private static readonly double[] Sigmas = [0.1, 0.2, 0.4, 0.8];

    [Fact]
    public void Samples_are_grouped_by_label_and_those_without_one_or_without_finite_clean_logits_are_left_out()
    {
        int[] none = [0, 0, 0, 0];
        var found = ClassSensitivity.Of(Run(
            Flipping(0, label: 2, predicted: 2, none),
            Flipping(1, label: 0, predicted: 0, none),
            Flipping(2, label: 0, predicted: 1, none),
            Flipping(3, label: null, predicted: 3, none),
            Sample(4, 1, [float.NaN, 0, 0, 0], [.. Sigmas.Select(_ => Level([Draws, 0, 0, 0]))]),
            Flipping(5, label: 0, predicted: 0, none)));
        Assert.Equal([(0, 3), (2, 1)], found.Select(c => (c.Class, c.Samples)));
        Assert.Equal([Interval.Wilson(2, 3, 3), Interval.Wilson(1, 1, 1)], found.Select(c => c.Accuracy!.Value));
        // Wilson's centre and half width for 2 of 3, by hand.
        double z = 1.959963984540054, p = 2 / 3.0, over = 1 + z * z / 3;
        double centre = (p + z * z / 6) / over, half = z * Math.Sqrt(p * (1 - p) / 3 + z * z / 36) / over;
        Assert.Equal(centre - half, found[0].Accuracy!.Value.Low, 1e-9);
        Assert.Equal(centre + half, found[0].Accuracy!.Value.High, 1e-9);
    }

    [Fact]
    public void Without_labels_samples_are_grouped_by_what_they_are_predicted_as_and_have_no_accuracy()
    {
        int[] none = [0, 0, 0, 0];
        var found = ClassSensitivity.Of(Run(
            Flipping(0, null, 3, none), Flipping(1, null, 1, none), Flipping(2, null, 3, none),
            Sample(3, null, [float.NaN, 0, 0, 0], [.. Sigmas.Select(_ => Level([Draws, 0, 0, 0]))])));
        Assert.Equal([(1, 1), (3, 2)], found.Select(c => (c.Class, c.Samples)));
        Assert.All(found, c => Assert.Null(c.Accuracy));
    }

    [Fact]
    public void Flip_rates_are_means_at_the_small_noise_of_the_whole_run()
    {
        // Means of the run: 0, 0.075, 0.5, 0.9; small noise ends at the second level.
        var run = Run(
            Flipping(0, 0, 0, [0, 1, 8, 18]), Flipping(1, 0, 0, [0, 3, 12, 18]),
            Flipping(2, 1, 1, [0, 2, 10, 18]), Flipping(3, 1, 0, [0, 0, 10, 18]),
            // Its draws at small noise are not finite.
            Sample(4, 1, [0, 1, 0, 0], [Level([0, 20, 0, 0]), Level([0, 0, 0, 0], nonFinite: 20), Level([10, 10, 0, 0]), Level([18, 2, 0, 0])]));
        Assert.Equal(1, run.SmallNoise);
        var found = ClassSensitivity.Of(run);
        Assert.Equal([0.1, 0.05], found.Select(c => Math.Round(c.FlipRate.Value, 12)));
        Assert.Equal([2L, 2], found.Select(c => c.FlipRate.N));
        Assert.All(found, c => Assert.InRange(c.FlipRate.Value, c.FlipRate.Low, c.FlipRate.High));
        // As the mean of as many samples of the run would be told.
        Assert.Equal(Interval.Clustered(0.2, 0.05 * 0.05 + 0.15 * 0.15, 2, Draws).High, found[0].FlipRate.High, 1e-9);
    }

    [Fact]
    public void A_class_whose_draws_are_never_finite_at_small_noise_has_no_flip_rate()
    {
        var found = ClassSensitivity.Of(Run(
            Flipping(0, 0, 0, [0, 1, 8, 18]),
            Sample(1, 1, [0, 1, 0, 0], [Level([0, 20, 0, 0]), Level([0, 0, 0, 0], nonFinite: 20), Level([10, 10, 0, 0]), Level([18, 2, 0, 0])])));
        Assert.Equal((double.NaN, 0L), (found[1].FlipRate.Value, found[1].FlipRate.N));
    }

    [Fact]
    public void Half_flip_is_interpolated_in_log_sigma_where_the_mean_of_the_class_first_passes_one_half()
    {
        var found = ClassSensitivity.Of(Run(
            // Means 0, 0.2, 0.8: half way between 0.2 and 0.4 in log sigma.
            Flipping(0, 0, 0, [0, 2, 16, 20]), Flipping(1, 0, 0, [0, 6, 16, 20]),
            // Passes 1/2 twice: the first time counts.
            Flipping(2, 1, 1, [0, 12, 4, 20]), Flipping(3, 1, 1, [0, 12, 4, 20])));
        Assert.Equal(Math.Sqrt(0.2 * 0.4), found[0].HalfFlip.Value, 1e-12);
        // The ends are where either sample by itself would have it.
        Assert.Equal(0.2 * Math.Pow(2, 0.2 / 0.5), found[0].HalfFlip.Low, 1e-12);
        Assert.Equal(0.2 * Math.Pow(2, 0.4 / 0.7), found[0].HalfFlip.High, 1e-12);
        Assert.Equal(0.1 * Math.Pow(2, 0.5 / 0.6), found[1].HalfFlip.Value, 1e-12);
        Assert.All(found, c => Assert.Equal((Censoring.None, 2L), (c.Censoring, c.HalfFlip.N)));
    }

    [Fact]
    public void Beyond_the_grid_no_value_is_made_up()
    {
        var found = ClassSensitivity.Of(Run(
            Flipping(0, 0, 0, [0, 2, 4, 9]), Flipping(1, 0, 0, [0, 2, 4, 9]),
            Flipping(2, 1, 1, [11, 12, 14, 20]), Flipping(3, 1, 1, [11, 12, 14, 20])));
        Assert.Equal([Censoring.Right, Censoring.Left], found.Select(c => c.Censoring));
        Assert.Equal((double.NaN, 0.8, double.PositiveInfinity), (found[0].HalfFlip.Value, found[0].HalfFlip.Low, found[0].HalfFlip.High));
        Assert.Equal((double.NaN, 0, 0.1), (found[1].HalfFlip.Value, found[1].HalfFlip.Low, found[1].HalfFlip.High));
    }

    [Fact]
    public void Levels_at_which_no_draw_of_the_class_is_finite_bound_nothing()
    {
        SigmaObservation[] levels = [Level([20, 0, 0, 0]), Level([16, 4, 0, 0]), Level([0, 0, 0, 0], nonFinite: 20), Level([0, 0, 0, 0], nonFinite: 20)];
        var found = Assert.Single(ClassSensitivity.Of(Run(Sample(0, 0, [1, 0, 0, 0], levels), Sample(1, 0, [1, 0, 0, 0], levels))));
        Assert.Equal(Censoring.Right, found.Censoring);
        // Seen to 0.2 only.
        Assert.Equal((double.NaN, 0.2, double.PositiveInfinity), (found.HalfFlip.Value, found.HalfFlip.Low, found.HalfFlip.High));
    }

    [Fact]
    public void One_sample_bounds_no_half_flip()
    {
        var found = ClassSensitivity.Of(Run(Flipping(0, 0, 0, [0, 2, 16, 20]), Flipping(1, 1, 1, [0, 0, 0, 0]), Flipping(2, 2, 2, [20, 20, 20, 20])));
        Assert.Equal(0.2 * Math.Pow(2, 0.4 / 0.7), found[0].HalfFlip.Value, 1e-12);
        Assert.All(found, c => Assert.Equal((0, double.PositiveInfinity), (c.HalfFlip.Low, c.HalfFlip.High)));
        Assert.Equal([Censoring.None, Censoring.Right, Censoring.Left], found.Select(c => c.Censoring));
    }

    [Fact]
    public void The_leak_counts_first_escapes_where_the_sample_itself_flips_in_at_most_half_of_its_draws()
    {
        // Four draws; q is 1/4, 2/4, 3/4, 1. Escapes at the first two levels count: one to 1, one to 2; those to 3 come too late.
        var first = Sample(0, 0, [1, 0, 0, 0],
            [Level([3, 1, 0, 0]), Level([2, 1, 1, 0]), Level([1, 1, 1, 1]), Level([0, 1, 1, 2])], [1, 2, 3, 3], [0, 1, 2, 3]);
        // One to 2 at the first level; the others are gone for more than half of the draws.
        var second = Sample(1, 0, [1, 0, 0, 0],
            [Level([3, 0, 1, 0]), Level([1, 0, 1, 2]), Level([0, 0, 2, 2]), Level([0, 0, 2, 2])], [2, 3, 3, 2], [0, 1, 1, 2]);
        var found = Assert.Single(ClassSensitivity.Of(Of(Sigmas, 4, 4, first, second)));
        Assert.Equal((2, 3L), (found.LeaksTo, found.Escapes));
        Assert.Equal(2 / 3.0, found.LeakShare.Value, 1e-12);
        // Alone the first leaks one half, the second all, to 2.
        Assert.Equal((0.5, 1), (found.LeakShare.Low, found.LeakShare.High));
    }

    [Fact]
    public void What_escapes_to_the_class_of_the_label_leads_home()
    {
        // Predicted as 1, labelled 0: of 20 draws six escape to 0, two to 3.
        int[] to = [.. Enumerable.Repeat(0, 6), .. Enumerable.Repeat(3, 2), .. Enumerable.Repeat(-1, 12)], at = [.. to.Select(c => c < 0 ? -1 : 0)];
        SigmaObservation[] levels = [.. Sigmas.Select(_ => Level([6, 12, 0, 2]))];
        var labelled = Assert.Single(ClassSensitivity.Of(Run(Sample(0, 0, [0, 1, 0, 0], levels, to, at), Sample(1, 0, [0, 1, 0, 0], levels, to, at))));
        Assert.Equal((0, 3, 4L), (labelled.Class, labelled.LeaksTo, labelled.Escapes));
        Assert.Equal(1, labelled.LeakShare.Value);
        // Without its label it is of class 1, and what it leaks to is 0.
        var bare = Assert.Single(ClassSensitivity.Of(Run(Sample(0, null, [0, 1, 0, 0], levels, to, at), Sample(1, null, [0, 1, 0, 0], levels, to, at))));
        Assert.Equal((1, 0, 16L), (bare.Class, bare.LeaksTo, bare.Escapes));
        Assert.Equal(0.75, bare.LeakShare.Value, 1e-12);
    }

    [Fact]
    public void Where_all_escapes_go_to_one_class_each_sample_that_escapes_counts_once()
    {
        var found = Assert.Single(ClassSensitivity.Of(Run(
            Flipping(0, 0, 0, [1, 1, 1, 1], to: 2), Flipping(1, 0, 0, [2, 3, 3, 4], to: 2),
            Flipping(2, 0, 0, [0, 0, 0, 0]), Flipping(3, 0, 0, [0, 0, 0, 1], to: 2))));
        Assert.Equal((2, 6L), (found.LeaksTo, found.Escapes));
        Assert.Equal(Interval.Wilson(3, 3, 3), found.LeakShare);
        Assert.Equal(1, found.LeakShare.Value);
    }

    [Fact]
    public void Escapes_of_one_sample_bound_as_little_as_one_sample_does()
    {
        int[] to = [1, 2, 2, 2, .. Enumerable.Repeat(-1, 16)], at = [.. to.Select(c => c < 0 ? -1 : 0)];
        var found = Assert.Single(ClassSensitivity.Of(Run(
            Sample(0, 0, [1, 0, 0, 0], [.. Sigmas.Select(_ => Level([16, 1, 3, 0]))], to, at),
            Flipping(1, 0, 0, [0, 0, 0, 0]), Flipping(2, 0, 0, [0, 0, 0, 0]))));
        Assert.Equal((2, 4L), (found.LeaksTo, found.Escapes));
        Assert.Equal(Interval.Wilson(0.75, 1, 1), found.LeakShare);
    }

    [Fact]
    public void Where_nothing_escapes_there_is_no_leak()
    {
        var found = ClassSensitivity.Of(Run(
            Flipping(0, 0, 0, [0, 0, 0, 0]), Flipping(1, 0, 0, [0, 0, 0, 0]),
            // More than half of its draws are gone at the first level.
            Flipping(2, 1, 1, [11, 12, 13, 14]), Flipping(3, 1, 1, [11, 12, 13, 14])));
        Assert.All(found, c => Assert.Equal((null, double.NaN, 0L), (c.LeaksTo, c.LeakShare.Value, c.Escapes)));
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    public void A_plain_loop_finds_the_same(int seed, bool labelled)
    {
        var run = Random(seed, labelled);
        var found = ClassSensitivity.Of(run);
        int at = 0;
        for (int c = 0; c < run.Classes; c++)
        {
            var own = new List<SampleObservation>();
            foreach (var sample in run.Samples)
            {
                if ((labelled ? sample.Label : sample.CleanPrediction) == c)
                    own.Add(sample);
            }

            if (own.Count == 0)
                continue;
            var told = found[at++];
            Assert.Equal((c, own.Count), (told.Class, told.Samples));
            int right = own.Count(s => s.CleanPrediction == c);
            Assert.Equal(labelled ? Interval.Wilson(right, own.Count, own.Count) : null, told.Accuracy);

            double[] means = Means(own);
            Assert.Equal(means[run.SmallNoise], told.FlipRate.Value, 1e-12);
            var (half, censoring) = Half(means);
            Assert.Equal(censoring, told.Censoring);
            Assert.Equal(half, told.HalfFlip.Value, 1e-12);

            var (to, share, escapes) = Leak(own, c);
            Assert.Equal((to, escapes), (told.LeaksTo, told.Escapes));
            Assert.Equal(share, told.LeakShare.Value, 1e-12);
        }

        Assert.Equal(at, found.Count);
        Assert.True(found.Count(c => c.Censoring == Censoring.None && c.LeaksTo is not null) >= 3, "too few classes show anything");
    }

    [Fact]
    public void Intervals_are_those_of_another_bootstrap_over_the_samples_of_the_class()
    {
        const int Resamples = 4000;
        var run = Random(4, labelled: true);
        var random = new Random(5);
        foreach (var told in ClassSensitivity.Of(run, replicates: Resamples).Where(c => c.Censoring == Censoring.None && c.Samples >= 20))
        {
            var own = run.Samples.Where(s => s.Label == told.Class).ToList();
            var halves = new double[Resamples];
            var shares = new double[Resamples];
            for (int r = 0; r < Resamples; r++)
            {
                List<SampleObservation> chosen = [.. own.Select(_ => own[random.Next(own.Count)])];
                var (half, censoring) = Half(Means(chosen));
                halves[r] = censoring switch { Censoring.Left => 0, Censoring.Right => double.PositiveInfinity, _ => half };
                var counts = Counts(chosen, told.Class);
                shares[r] = (double)counts[told.LeaksTo!.Value] / counts.Sum();
            }

            Array.Sort(halves);
            Array.Sort(shares);
            Assert.Equal(Math.Log(halves[Resamples / 40]), Math.Log(told.HalfFlip.Low), 0.05);
            Assert.Equal(Math.Log(halves[^(Resamples / 40)]), Math.Log(told.HalfFlip.High), 0.05);
            Assert.Equal(shares[Resamples / 40], told.LeakShare.Low, 0.03);
            Assert.Equal(shares[^(Resamples / 40)], told.LeakShare.High, 0.03);
        }
    }

    [Fact]
    public void The_seed_keys_the_intervals_and_nothing_else()
    {
        var run = Random(6, labelled: true);
        var found = ClassSensitivity.Of(run, seed: 7);
        Assert.Equal(found, ClassSensitivity.Of(run, seed: 7));
        var other = ClassSensitivity.Of(run, seed: 8);
        Assert.NotEqual(found, other);
        foreach (var (a, b) in found.Zip(other))
        {
            Assert.Equal(Bare(a), Bare(b));
            if (a.Censoring != Censoring.None || a.Samples < 20)
                continue;
            Assert.InRange(a.HalfFlip.Value, a.HalfFlip.Low, a.HalfFlip.High);
            Assert.InRange(a.LeakShare.Value, a.LeakShare.Low, a.LeakShare.High);
            // A little.
            Assert.InRange(Math.Abs(Math.Log(a.HalfFlip.Low / b.HalfFlip.Low)), 0, 0.1);
            Assert.InRange(Math.Abs(Math.Log(a.HalfFlip.High / b.HalfFlip.High)), 0, 0.1);
        }

        static ClassSensitivity Bare(ClassSensitivity c) => c with
        {
            HalfFlip = c.HalfFlip with { Low = 0, High = 0 },
            LeakShare = c.LeakShare with { Low = 0, High = 0 },
        };
    }

    /// <summary>Mean flip probability at each level, over the samples with a finite draw there.</summary>
    private static double[] Means(IReadOnlyList<SampleObservation> samples)
    {
        var means = new double[Sigmas.Length];
        for (int s = 0; s < means.Length; s++)
        {
            double sum = 0;
            int n = 0;
            foreach (var sample in samples)
            {
                int finite = 0, flipped = 0;
                for (int c = 0; c < sample.Sigmas[s].Counts.Length; c++)
                {
                    finite += sample.Sigmas[s].Counts[c];
                    flipped += c == sample.CleanPrediction ? 0 : sample.Sigmas[s].Counts[c];
                }

                if (finite == 0)
                    continue;
                sum += (double)flipped / finite;
                n++;
            }

            means[s] = sum / n;
        }

        return means;
    }

    private static (double Sigma, Censoring Censoring) Half(double[] means)
    {
        if (means[0] > 0.5)
            return (double.NaN, Censoring.Left);
        for (int s = 1; s < means.Length; s++)
        {
            if (means[s] > 0.5)
                return (Sigmas[s - 1] * Math.Pow(Sigmas[s] / Sigmas[s - 1], (0.5 - means[s - 1]) / (means[s] - means[s - 1])), Censoring.None);
        }

        return (double.NaN, Censoring.Right);
    }

    private static long[] Counts(IReadOnlyList<SampleObservation> samples, int own)
    {
        var counts = new long[samples[0].CleanLogits.Length];
        foreach (var sample in samples)
        {
            for (int k = 0; k < sample.FirstEscapeClass.Length; k++)
            {
                int to = sample.FirstEscapeClass[k], level = sample.FirstEscapeSigma[k];
                if (to < 0 || to == own)
                    continue;
                int[] seen = sample.Sigmas[level].Counts;
                if (2 * (seen.Sum() - seen[sample.CleanPrediction!.Value]) <= seen.Sum())
                    counts[to]++;
            }
        }

        return counts;
    }

    private static (int? To, double Share, long Escapes) Leak(IReadOnlyList<SampleObservation> samples, int own)
    {
        long[] counts = Counts(samples, own);
        long all = counts.Sum();
        return all == 0 ? (null, double.NaN, 0) : (Array.IndexOf(counts, counts.Max()), (double)counts.Max() / all, all);
    }

    /// <summary>Samples of five classes whose logits wander with noise, some predicted as another class than they are labelled.</summary>
    private static RunObservations Random(int seed, bool labelled)
    {
        const int Classes = 5;
        var random = new Random(seed);
        double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        var samples = Enumerable.Range(0, 150).Select(i =>
        {
            int label = random.Next(Classes);
            float[] clean = [.. Enumerable.Range(0, Classes).Select(c => (float)((c == label ? 1 : 0) + 0.4 * Normal()))];
            // Each class of its own steepness; the last hardly moves.
            double gain = label == Classes - 1 ? 0.1 : 1 + label;
            float[] Direction() => [.. clean.Select((_, c) => (float)(gain * (Normal() + (c == 1 ? 0.5 : 0))))];
            float[][] directions = [.. Enumerable.Range(0, Draws).Select(_ => Direction())];
            float[][][] noisy = [.. Sigmas.Select(s => (float[][])[.. directions.Select(d => (float[])[.. clean.Select((v, c) => (float)(v + s * d[c]))])])];
            return Drawn(i, labelled && i % 10 > 0 ? label : null, clean, noisy);
        });
        return Of(Sigmas, Draws, Classes, [.. samples]);
    }

    private static RunObservations Run(params SampleObservation[] samples) => Of(Sigmas, Draws, 4, samples);

    /// <summary>A sample of four classes of whose 20 draws so many flip at each level, all to one class.</summary>
    private static SampleObservation Flipping(long id, int? label, int predicted, int[] flips, int? to = null)
    {
        int other = to ?? (predicted + 1) % 4;
        var logits = new float[4];
        logits[predicted] = 1;
        int[] escapeClass = [.. Enumerable.Repeat(-1, Draws)], escapeSigma = [.. escapeClass];
        for (int s = 0; s < flips.Length; s++)
        {
            for (int k = 0; k < flips[s]; k++)
            {
                if (escapeClass[k] < 0)
                    (escapeClass[k], escapeSigma[k]) = (other, s);
            }
        }

        return Sample(id, label, logits, [.. flips.Select(f =>
        {
            var counts = new int[4];
            counts[predicted] = Draws - f;
            counts[other] = f;
            return Level(counts);
        })], escapeClass, escapeSigma);
    }
}
