using Apex.Analysis;
using Apex.Analysis.Regularity;
using Apex.Analysis.Statistics;
using Apex.Facts;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Xunit;
using static Apex.Tests.Analysis.SyntheticRun;

namespace Apex.Tests.Analysis.Regularity;

public class ApexScoreTests
{
    private static readonly int[] Held = [8, 0], Held1 = [0, 8];

    [Fact]
    public void One_level_by_hand()
    {
        // sd / sigma is 1, 2 and 4; the margins fell by 0.1, 0.3 and 0.5. Every class counts ten samples of the mean beside its own.
        var run = Of([0.1], 8, 2, Sample(0, null, [4, 0], [Level(Held, 3.9f, 0.01f)]),
            Sample(1, null, [2, 0], [Level(Held, 1.7f, 0.04f)]), Sample(2, null, [0, 1], [Level(Held1, 0.5f, 0.16f)]));
        double drift0 = (-0.4 - 10 * 0.3) / 12, drift1 = (-0.5 - 10 * 0.3) / 11;
        double g0 = Math.Pow(2, 11 / 12.0), g1 = Math.Pow(2, 12 / 11.0);
        Close([(3.9 - drift0) / g0, (1.7 - drift0) / g0, (0.5 - drift1) / g1], ApexScore.Of(run), 1e-6);
    }

    [Fact]
    public void Several_levels_by_hand()
    {
        // g is 2 at each level and for each sample. At the last level 2 of 3 draws flip, so it does not count; at the middle one a quarter does.
        var run = Of([0.1, 0.2, 0.4], 12, 2,
            Sample(0, null, [4, 0], [Level([12, 0], 3.9f, 0.04f), Level([9, 3], 3.0f, 0.16f), Level([4, 8], -50, 900)]),
            Sample(1, null, [0, 2], [Level([0, 12], 1.9f, 0.04f), Level([3, 9], 1.7f, 0.16f), Level([8, 4], 70, 900)]));
        double first = -0.1;
        double second0 = (-1.0 + 10 * -0.65) / 11, second1 = (-0.3 + 10 * -0.65) / 11;
        Close([(3.9 - first + 3.0 - second0) / 4, (1.9 - first + 1.7 - second1) / 4], ApexScore.Of(run), 1e-6);
        Assert.Equal(24, ApexScore.Readout.Draws(run));
    }

    [Fact]
    public void Sensitivity_is_taken_from_small_noise_alone()
    {
        RunObservations Run(float variance) => Of([0.1, 0.2], 8, 2, Sample(0, null, [4, 0], [Level([8, 0], 4, 0.01f), Level([5, 3], 4, variance)]));
        Assert.Equal(0, Run(1).SmallNoise);
        Assert.Equal(ApexScore.Of(Run(1)), ApexScore.Of(Run(100)));
    }

    [Fact]
    public void Where_every_level_flips_most_draws_the_first_one_counts()
    {
        var run = Of([0.1, 0.2], 8, 2, Sample(0, null, [4, 0], [Level([1, 7], 3, 0.01f), Level([0, 8], -9, 0.01f)]),
            Sample(1, null, [2, 0], [Level([1, 7], 1, 0.01f), Level([0, 8], 9, 0.01f)]));
        // The drift of both is -1 and g is 1.
        Close([4, 2], ApexScore.Of(run), 1e-6);
        Assert.Equal(8, ApexScore.Readout.Draws(run));
    }

    [Fact]
    public void With_one_draw_every_class_is_equally_sensitive()
    {
        var run = Of([0.1], 1, 2, Sample(0, null, [4, 0], [Level([1, 0], 3.5f, float.NaN)]), Sample(1, null, [0, 2], [Level([0, 1], 1.5f, float.NaN)]));
        Close([4, 2], ApexScore.Of(run), 1e-6);
    }

    [Fact]
    public void Margins_that_never_move_are_no_sensitivity()
    {
        // Zero variance has no logarithm; the other class stands in.
        var run = Of([0.1], 8, 2, Sample(0, null, [4, 0], [Level(Held, 4, 0)]), Sample(1, null, [0, 2], [Level(Held1, 2, 0.04f)]));
        Close([2, 1], ApexScore.Of(run), 1e-6);
    }

    [Fact]
    public void Levels_without_a_finite_draw_are_left_out_and_without_any_there_is_no_score()
    {
        var none = Level([0, 0], float.NaN, float.NaN, [float.NaN, float.NaN], 8);
        var run = Of([0.1, 0.2], 8, 2,
            Sample(0, null, [4, 0], [Level(Held, 3, 0.01f), none]),
            Sample(1, null, [3, 0], [Level(Held, 2, 0.01f), Level(Held, 1, 0.04f)]),
            Sample(2, null, [2, 0], [none, none]));
        // The drifts are -1 and -2; only the second sample shows the second.
        Close([4, 3, double.NaN], ApexScore.Of(run), 1e-6);
    }

    [Property(MaxTest = 40)]
    public Property Scaling_all_logits_changes_nothing(int seed, NormalFloat by)
    {
        double scale = Math.Exp(Math.Clamp(by.Get, -5, 5));
        double[] sigmas = [0.05, 0.1, 0.3, 0.6];
        RunObservations Run(double scale)
        {
            var random = new Random(seed);
            return Of(sigmas, 6, 2, [.. Enumerable.Range(0, 30)
                .Select(i => FirstOrder(i, random.Next(2), 0.2 + random.NextDouble(), 0.5 + random.NextDouble(), sigmas, 6, random, scale))]);
        }

        double[] one = ApexScore.Of(Run(1)), other = ApexScore.Of(Run(scale));
        return one.Zip(other).All(p => Math.Abs(p.First - p.Second) < 1e-4 * (1 + Math.Abs(p.First))).ToProperty();
    }

    [Property(MaxTest = 20)]
    public Property A_drift_of_a_whole_class_at_any_level_changes_next_to_nothing(int seed)
    {
        const int Samples = 1500;
        var random = new Random(seed);
        double[] sigmas = [0.1, 0.2, 0.3];
        var before = Enumerable.Range(0, Samples).Select(i => FirstOrder(i, i % 3 == 0 ? 1 : 0, 1 + random.NextDouble(), 1, sigmas, 4, random)).ToArray();
        double[,] drift = new double[2, 3];
        for (int y = 0; y < 2; y++)
        {
            for (int s = 0; s < 3; s++)
                drift[y, s] = 4 * random.NextDouble() - 2;
        }

        var after = before.Select(o =>
            o with { Sigmas = [.. o.Sigmas.Select((l, s) => l with { MarginMean = (float)(l.MarginMean + drift[o.CleanPrediction!.Value, s]) })] });
        double[] one = ApexScore.Of(Of(sigmas, 4, 2, before)), other = ApexScore.Of(Of(sigmas, 4, 2, [.. after]));
        // Drifts are at most 4 apart, and the mean of all weighs 10 of 510 in the smaller class; g, from four draws, comes out near 0.8.
        return one.Zip(other).All(p => Math.Abs(p.First - p.Second) < 4 * 10 / 510.0 / 0.7).ToProperty();
    }

    [Fact]
    public void A_class_with_one_sample_is_not_explained_away()
    {
        // A hundred samples of one class hold their margin; the only one of the other loses half of it.
        RunObservations Run(float kept) => Of([0.1], 8, 2,
            [.. Enumerable.Range(0, 100).Select(i => Sample(i, null, [4, 0], [Level(Held, 4, 0.01f)])),
                Sample(100, null, [0, 4], [Level(Held1, kept, 0.01f)])]);
        double fell = ApexScore.Of(Run(4))[^1] - ApexScore.Of(Run(2))[^1];
        Assert.InRange(fell, 0.9 * 2, 2);
    }

    /// <summary>
    /// The estimate for a class with one sample leans on the mean of all as on ten samples. How fine the grid is has nothing to do with
    /// how many samples there are.
    /// </summary>
    [Fact]
    public void A_finer_grid_does_not_make_a_class_of_one_sample_larger()
    {
        double Score(int levels)
        {
            double[] sigmas = [.. Enumerable.Range(0, levels).Select(s => 0.01 * (1 + s))];
            SigmaObservation[] Levels(int[] counts, double g) => [.. sigmas.Select(s => Level(counts, 4, (float)(s * s * g * g)))];
            return ApexScore.Of(Of(sigmas, 8, 2,
                [.. Enumerable.Range(0, 100).Select(i => Sample(i, null, [4, 0], Levels(Held, 1))), Sample(100, null, [0, 4], Levels(Held1, 100))]))[^1];
        }

        // One sample against ten: g is 100^((1 + 10 / 101) / 11).
        Assert.Equal(4 / Math.Pow(100, (1 + 10 / 101.0) / 11), Score(1), 1e-4);
        Assert.Equal(Score(1), Score(20), 1e-4);
    }

    /// <summary>On margins that are exactly m + sigma g N(0, 1) with a g for each class, the score orders as m / g does.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void On_first_order_data_it_ranks_by_margin_over_sensitivity(int seed)
    {
        var random = new Random(seed);
        double[] sigmas = [0.02, 0.05, 0.1, 0.2];
        double[] g = [1, 6];
        var truth = new double[400];
        var samples = new SampleObservation[truth.Length];
        for (int i = 0; i < truth.Length; i++)
        {
            double m = 0.2 + 3 * random.NextDouble();
            truth[i] = m / g[i % 2];
            samples[i] = FirstOrder(i, i % 2, m, g[i % 2], sigmas, 64, random);
        }

        var run = Of(sigmas, 64, 2, samples);
        Assert.True(RankCorrelation.Spearman(ApexScore.Of(run), truth) > 0.99);
        Assert.True(RankCorrelation.Spearman([.. run.Samples.Select(s => (double)s.CleanMargin)], truth) < 0.8);
    }

    [Fact]
    public void The_order_of_the_samples_does_not_matter()
    {
        var random = new Random(5);
        double[] sigmas = [0.1, 0.3];
        var samples = Enumerable.Range(0, 40).Select(i => FirstOrder(i, i % 2, 1 + random.NextDouble(), 1 + i % 2, sigmas, 8, random)).ToArray();
        var there = ApexScore.Of(Of(sigmas, 8, 2, samples));
        var back = ApexScore.Of(Of(sigmas, 8, 2, [.. samples.Reverse()]));
        Close(there, [.. back.Reverse()], 1e-12);
    }

    [Fact]
    public void Means_by_class_lean_on_the_mean_of_all()
    {
        var pooled = new PooledByClass(3, 10);
        pooled.Add(0, 1);
        pooled.Add(0, 3);
        pooled.Add(1, 8);
        pooled.Add(1, double.NaN);
        pooled.Add(2, double.NegativeInfinity);
        Assert.Equal((4 + 10 * 4.0) / 12, pooled.Means()[0], 1e-12);
        Assert.Equal((8 + 10 * 4.0) / 11, pooled.Means()[1], 1e-12);
        Assert.Equal(4, pooled.Means()[2], 1e-12);
        Assert.Equal(double.NaN, new PooledByClass(1, 10).Means()[0]);
    }

    private static void Close(double[] expected, double[] actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        foreach (var (e, a) in expected.Zip(actual))
            Assert.True(double.IsNaN(e) ? double.IsNaN(a) : Math.Abs(e - a) <= tolerance * (1 + Math.Abs(e)), $"{a} where {e} was expected");
    }
}
