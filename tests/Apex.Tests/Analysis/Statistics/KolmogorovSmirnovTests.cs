using Apex.Analysis.Statistics;
using Xunit;
using static System.Double;

namespace Apex.Tests.Analysis.Statistics;

public class KolmogorovSmirnovTests
{
    // scipy.stats.ks_2samp(arange(nA) / nA * scale, arange(nB) / nB * scaleB + shift, method='asymp'), SciPy 1.10.1.
    [Theory]
    [InlineData(100, 80, 1, 0.2, 0.21, 0.035151239737769346)]
    [InlineData(500, 300, 1.1, 0, 0.092, 0.07784294652630175)]
    [InlineData(1000, 1000, 1, 0.05, 0.051, 0.1433332323581511)]
    [InlineData(50, 40, 1, 0.6, 0.615, 1.5529273280867126e-08)]
    [InlineData(40, 40, 1, 0.1, 0.125, 0.8758617995908947)]
    public void Values_of_SciPy(int nA, int nB, double scale, double shift, double statistic, double p)
    {
        double[] a = [.. Enumerable.Range(0, nA).Select(i => i / (double)nA)];
        double[] b = [.. Enumerable.Range(0, nB).Select(i => i / (double)nB * scale + shift)];
        var result = KolmogorovSmirnov.TwoSample(a, b);
        Assert.Equal(statistic, result.Statistic, 1e-15);
        Assert.Equal(1, result.PValue / p, 3e-4);
        Assert.Equal(result, KolmogorovSmirnov.TwoSample(b, a));
    }

    [Fact]
    public void Ties_within_and_between_the_samples()
    {
        // scipy.stats.ks_2samp(arange(100) % 10, arange(80) % 9 + 1, method='asymp'), SciPy 1.10.1.
        var (statistic, p) = KolmogorovSmirnov.TwoSample(
            [.. Enumerable.Range(0, 100).Select(i => i % 10)], [.. Enumerable.Range(0, 80).Select(i => i % 9 + 1)]);
        Assert.Equal(0.1, statistic, 1e-15);
        Assert.Equal(0.7335231755576923, p, 1e-4);
    }

    [Fact]
    public void Infinities_are_values_that_tie()
    {
        // scipy.stats.ks_2samp with 1e9 in place of infinity, which has the same order, method='asymp', SciPy 1.10.1.
        var (statistic, p) = KolmogorovSmirnov.TwoSample(
            [.. Enumerable.Repeat(PositiveInfinity, 20), .. Enumerable.Range(0, 80)], [.. Enumerable.Repeat(PositiveInfinity, 50), .. Enumerable.Range(0, 50)]);
        Assert.Equal(0.3, statistic, 1e-15);
        Assert.Equal(1, p / 0.00017353260202718676, 1e-6);
        (statistic, _) = KolmogorovSmirnov.TwoSample(
            [1, PositiveInfinity, PositiveInfinity, 3, 4, NegativeInfinity, 7, 2], [PositiveInfinity, 0, NegativeInfinity, NegativeInfinity, 1, 1, 3]);
        Assert.Equal(0.4642857142857143, statistic, 1e-15);
        Assert.Equal((0.0, 1.0), KolmogorovSmirnov.TwoSample([NegativeInfinity, PositiveInfinity], [NegativeInfinity, PositiveInfinity]));
    }

    // scipy.stats.ks_2samp(a, b, method='exact'), SciPy 1.10.1: 0.1 for three against three; a statement of chance 1 for one against one.
    [Theory]
    [InlineData(new double[] { 1, 2, 3 }, new double[] { 4, 5, 6 }, 1, 0.1)]
    [InlineData(new double[] { 1 }, new double[] { 2 }, 1, 1)]
    [InlineData(new double[] { 1 }, new double[] { 1 }, 0, 1)]
    [InlineData(new double[] { 1, 2 }, new double[] { 1.5 }, 0.5, 1)]
    public void A_handful_of_values_is_never_certain(double[] a, double[] b, double statistic, double p)
    {
        var result = KolmogorovSmirnov.TwoSample(a, b);
        Assert.Equal(statistic, result.Statistic, 1e-15);
        Assert.Equal(p, result.PValue, 1e-12);
    }

    [Fact]
    public void Undefined_for_an_empty_side_and_NaN_is_refused()
    {
        Assert.Equal((NaN, NaN), KolmogorovSmirnov.TwoSample([], [1]));
        Assert.Equal((NaN, NaN), KolmogorovSmirnov.TwoSample([1], []));
        Assert.Throws<ArgumentException>(() => KolmogorovSmirnov.TwoSample([NaN], [1]));
    }

    // scipy.stats.kstwo.sf(d, n), SciPy 1.10.1, which is exact for n up to 140. Both sides of each border of the implementation.
    [Theory]
    [InlineData(20, 0.2, 0.352720173623415, 2e-4)]
    [InlineData(20, 0.45, 0.00032446411409554644, 1e-10)]
    [InlineData(50, 0.1, 0.6623112704658186, 3e-5)]
    [InlineData(50, 0.6, 9.634070456142374e-18, 1e-28)]
    [InlineData(200, 0.05, 0.6802625495871704, 1e-12)]
    [InlineData(200, 0.12, 0.005745760601982814, 1e-12)]
    [InlineData(200, 0.3, 1.8482195753126875e-16, 1e-26)]
    [InlineData(1000, 0.02, 0.8108971656895577, 1e-5)]
    [InlineData(1000, 0.09, 1.6911775984434787e-07, 1e-15)]
    [InlineData(5000, 0.01, 0.6954557253913853, 1e-12)]
    [InlineData(100000, 0.005, 0.013430824977799608, 1e-10)]
    public void The_distribution_agrees_with_SciPy(int n, double d, double p, double tolerance) =>
        Assert.Equal(p, KolmogorovDistribution.Survival(d, n), tolerance);
}
