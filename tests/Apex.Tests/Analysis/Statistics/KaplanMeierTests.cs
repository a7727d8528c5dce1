using Apex.Analysis.Statistics;
using Xunit;
using static System.Double;

namespace Apex.Tests.Analysis.Statistics;

public class KaplanMeierTests
{
    // Weeks in remission of leukaemia patients: E. Freireich et al., Blood 1963, the data of Kalbfleisch and Prentice and of
    // E. Gehan, Biometrika 1965. Censored times are negative here.
    private static readonly double[] SixMp = [6, 6, 6, -6, 7, -9, 10, -10, -11, 13, 16, -17, -19, -20, 22, 23, -25, -32, -32, -34, -35];
    private static readonly double[] Placebo = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23];

    [Fact]
    public void The_leukaemia_example()
    {
        // The survival column is in many textbooks; the interval is the one that Stata's `sts list` and R's survfit(conf.type = "log-log") print.
        (double Time, int AtRisk, int Events, int Censored, double Survival, double Low, double High)[] expected =
        [
            (6, 21, 3, 1, 0.8571, 0.6197, 0.9516),
            (7, 17, 1, 0, 0.8067, 0.5631, 0.9228),
            (9, 16, 0, 1, 0.8067, 0.5631, 0.9228),
            (10, 15, 1, 1, 0.7529, 0.5032, 0.8894),
            (11, 13, 0, 1, 0.7529, 0.5032, 0.8894),
            (13, 12, 1, 0, 0.6902, 0.4316, 0.8491),
            (16, 11, 1, 0, 0.6275, 0.3675, 0.8049),
            (17, 10, 0, 1, 0.6275, 0.3675, 0.8049),
            (19, 9, 0, 1, 0.6275, 0.3675, 0.8049),
            (20, 8, 0, 1, 0.6275, 0.3675, 0.8049),
            (22, 7, 1, 0, 0.5378, 0.2678, 0.7468),
            (23, 6, 1, 0, 0.4482, 0.1881, 0.6801),
            (25, 5, 0, 1, 0.4482, 0.1881, 0.6801),
            (32, 4, 0, 2, 0.4482, 0.1881, 0.6801),
            (34, 2, 0, 1, 0.4482, 0.1881, 0.6801),
            (35, 1, 0, 1, 0.4482, 0.1881, 0.6801),
        ];
        var curve = Fit(SixMp);
        Assert.Equal(expected.Select(e => (e.Time, e.AtRisk, e.Events, e.Censored)), curve.Steps.Select(s => (s.Time, s.AtRisk, s.Events, s.Censored)));
        foreach (var (step, e) in curve.Steps.Zip(expected))
        {
            Assert.Equal(e.Survival, step.Survival, 5e-5);
            Assert.Equal(e.Low, step.Low, 5e-5);
            Assert.Equal(e.High, step.High, 5e-5);
        }

        // As Stata's `stci`: 23 [13, .] and, for the placebo, 8 [4, 11].
        Assert.Equal(new KaplanMeierMedian(23, 13, PositiveInfinity, 21), curve.Median);
        Assert.Equal(new KaplanMeierMedian(8, 4, 11, 21), Fit(Placebo).Median);
    }

    [Fact]
    public void Without_censoring_it_is_the_share_still_alive()
    {
        foreach (var step in Fit(Placebo).Steps)
            Assert.Equal(Placebo.Count(t => t > step.Time) / 21.0, step.Survival, 1e-14);
        var last = Fit(Placebo).Steps[^1];
        Assert.Equal((0.0, NaN, NaN), (last.Survival, last.Low, last.High));
    }

    [Fact]
    public void The_curve_is_a_step_function_that_starts_at_one()
    {
        // Before the first event, at one, between events (where a sample is censored) and beyond the last time.
        var curve = Fit(SixMp);
        Assert.Equal(1, curve.SurvivalAt(5.9));
        Assert.Equal(0.8571, curve.SurvivalAt(6), 5e-5);
        Assert.Equal(0.8067, curve.SurvivalAt(9.5), 5e-5);
        Assert.Equal(0.4482, curve.SurvivalAt(PositiveInfinity), 5e-5);
        Assert.Equal(0, Fit(Placebo).SurvivalAt(23));
        Assert.Equal(1, Fit([]).SurvivalAt(3));
    }

    [Fact]
    public void Order_does_not_matter()
    {
        double[] shuffled = [.. SixMp];
        new Random(1).Shuffle(shuffled);
        Assert.Equal(Fit(SixMp).Steps, Fit(shuffled).Steps);
    }

    [Fact]
    public void A_median_that_is_not_reached()
    {
        // One event among ten: the lower end of the curve, 0.4730 by hand, falls below 1/2 at once and the upper end never does.
        var curve = Fit([5, -6, -6, -6, -6, -6, -6, -6, -6, -6]);
        Assert.Equal(0.9, curve.Steps[0].Survival, 1e-15);
        Assert.Equal(new KaplanMeierMedian(NaN, 5, PositiveInfinity, 10), curve.Median);
        // Nothing but censoring: the curve stays at 1, and the median lies beyond the last time.
        curve = Fit([-3, -4, -9]);
        Assert.All(curve.Steps, s => Assert.Equal((1.0, 1.0, 1.0), (s.Survival, s.Low, s.High)));
        Assert.Equal(new KaplanMeierMedian(NaN, 9, PositiveInfinity, 3), curve.Median);
    }

    [Fact]
    public void A_curve_that_touches_one_half_has_reached_it()
    {
        // 5/6 * 4/5 * 3/4 is 1/2 but need not come out so.
        Assert.Equal(3, Fit([1, 2, 3, -4, -4, -4]).Median.Value);
        for (int n = 2; n <= 200; n += 2)
        {
            double[] times = [.. Enumerable.Range(1, n / 2), .. Enumerable.Repeat(-1.0 - n / 2, n / 2)];
            Assert.Equal(n / 2, Fit(times).Median.Value);
        }
    }

    [Fact]
    public void None_and_one()
    {
        var none = Fit([]);
        Assert.Empty(none.Steps);
        Assert.Equal(new KaplanMeierMedian(NaN, NaN, PositiveInfinity, 0), none.Median);
        var one = Fit([2]);
        Assert.Equal([new KaplanMeierStep(2, 1, 1, 0, 0, NaN, NaN)], one.Steps);
        Assert.Equal(new KaplanMeierMedian(2, 2, PositiveInfinity, 1), one.Median);
        Assert.Equal([new KaplanMeierStep(2, 1, 0, 1, 1, 1, 1)], Fit([-2]).Steps);
    }

    [Fact]
    public void Refuses_NaN_and_lengths_that_differ()
    {
        Assert.Throws<ArgumentException>(() => KaplanMeier.Fit([NaN], [true]));
        Assert.Throws<ArgumentException>(() => KaplanMeier.Fit([1, 2], [true]));
    }

    [Fact]
    public void The_interval_of_the_median_covers()
    {
        // Exponential times, exponential censoring at half the rate, 60 samples, 600 repetitions.
        var random = new Random(3);
        double Exponential(double rate) => -Math.Log(1 - random.NextDouble()) / rate;
        int covered = 0;
        for (int r = 0; r < 600; r++)
        {
            var times = new double[60];
            for (int i = 0; i < times.Length; i++)
            {
                double own = Exponential(1), until = Exponential(0.5);
                times[i] = own <= until ? own : -until;
            }

            var median = Fit(times).Median;
            covered += median.Low <= Math.Log(2) && Math.Log(2) <= median.High ? 1 : 0;
        }

        Assert.InRange(covered / 600.0, 0.92, 0.98);
    }

    /// <summary>Negative times are censored.</summary>
    private static KaplanMeierCurve Fit(double[] times) => KaplanMeier.Fit(Array.ConvertAll(times, Math.Abs), Array.ConvertAll(times, t => t > 0));
}
