using Apex.Analysis.Statistics;
using FsCheck.Xunit;
using Xunit;

namespace Apex.Tests.Analysis.Statistics;

public class HistogramTests
{
    [Fact]
    public void Bins_have_the_width_of_Freedman_and_Diaconis()
    {
        // 0..999: IQR about 500, so 2 * 500 / 10 = 100 a bin.
        var histogram = Histogram.Of([.. Enumerable.Range(0, 1000).Select(i => (double)i)]);
        Assert.Equal(10, histogram.Counts[0].Count);
        Assert.Equal((0, 999), (histogram.Edges[0], histogram.Edges[^1]));
        Assert.All(histogram.Counts[0], c => Assert.Equal(100, c));
    }

    [Fact]
    public void Values_alike_stand_in_the_middle()
    {
        var histogram = Histogram.Of([2, 2, 2], []);
        Assert.Equal((1.5, 2.5), (histogram.Edges[0], histogram.Edges[^1]));
        Assert.Equal(3, histogram.Counts[0].Sum());
        Assert.Equal(0, histogram.Counts[1].Sum());
    }

    [Fact]
    public void Nothing_and_infinity_have_no_histogram()
    {
        Assert.Throws<ArgumentException>(() => Histogram.Of([], []));
        Assert.Throws<ArgumentException>(() => Histogram.Of([1, double.PositiveInfinity]));
    }

    [Property(MaxTest = 200)]
    public void Every_value_is_counted_once_in_its_bin(int seed, byte size)
    {
        var random = new Random(seed);
        double[] a = [.. Enumerable.Range(0, size + 1).Select(_ => Math.Exp(3 * random.NextDouble()))],
            b = [.. Enumerable.Range(0, size).Select(_ => random.NextDouble())];
        var histogram = Histogram.Of(a, b);
        int bins = histogram.Counts[0].Count;
        Assert.InRange(bins, 8, 60);
        Assert.Equal(bins + 1, histogram.Edges.Count);
        foreach (var (values, counts) in ((double[], IReadOnlyList<int>)[])[(a, histogram.Counts[0]), (b, histogram.Counts[1])])
        {
            Assert.Equal(values.Length, counts.Sum());
            for (int k = 0; k < bins; k++)
            {
                // On an edge rounding may put a value on either side.
                double tiny = 1e-9 * (histogram.Edges[^1] - histogram.Edges[0]);
                Assert.InRange(counts[k], values.Count(v => v >= histogram.Edges[k] + tiny && v < histogram.Edges[k + 1] - tiny),
                    values.Count(v => v >= histogram.Edges[k] - tiny && v <= histogram.Edges[k + 1] + tiny));
            }
        }
    }
}
