using Apex.Analysis.Regularity;
using Apex.Analysis.Statistics;
using Xunit;

namespace Apex.Tests.Analysis.Regularity;

public class AlignmentTests
{
    [Fact]
    public void The_reference_itself_agrees_fully_and_beats_a_noisy_baseline()
    {
        var random = new Random(1);
        double[] reference = [.. Enumerable.Range(0, 200).Select(_ => random.NextDouble())];
        double[] noisy = [.. reference.Select(v => v + random.NextDouble())];
        var alignment = Alignment.Find([(Named("noisy"), noisy), (Named("same"), reference), (Named("other way"), [.. reference.Select(v => -v)])],
            reference, 0, seed: 4, replicates: 500);
        var same = alignment.Readouts[1];
        Assert.Equal("same", same.Readout.Name);
        Assert.Equal((1.0, 1.0), (Math.Round(same.Spearman.Value, 12), Math.Round(same.Kendall.Value, 12)));
        Assert.True(same.DifferenceFromMargin.Low > 0);
        Assert.Equal(new Interval(0, 0, 0, 200), alignment.Readouts[0].DifferenceFromMargin);
        Assert.Equal(-1, alignment.Readouts[2].Spearman.Value, 1e-12);
        Assert.True(alignment.Readouts[2].DifferenceFromMargin.High < 0);
    }

    [Fact]
    public void A_sample_without_a_number_on_any_side_is_left_out_everywhere()
    {
        double[] reference = [1, 2, double.NaN, 4, 5, 6];
        double[] one = [1, 2, 100, 4, double.PositiveInfinity, 6], two = [6, 5, 4, double.NaN, 2, 1];
        var alignment = Alignment.Find([(Named("one"), one), (Named("two"), two)], reference, 0, replicates: 500);
        Assert.Equal((4, 2), (alignment.Samples, alignment.LeftOut));
        // 1, 2, infinity, 6 against 1, 2, 5, 6: the last two are swapped, 1 - 6 * 2 / (4 * 15).
        Assert.Equal(0.8, alignment.Readouts[0].Spearman.Value, 1e-12);
        Assert.Equal(-1, alignment.Readouts[1].Spearman.Value, 1e-12);
        Assert.All(alignment.Readouts, r => Assert.Equal(4, r.Spearman.N));
    }

    [Fact]
    public void Bins_hold_all_samples_from_the_least_to_the_most_regular()
    {
        double[] scores = [.. Enumerable.Range(0, 53).Select(i => (double)((i * 17) % 53))];
        double[] reference = [.. scores.Select(s => 2 * s)];
        var bins = Alignment.Find([(Named("a"), scores)], reference, 0, replicates: 500).Readouts[0].Bins;
        Assert.Equal(10, bins.Count);
        Assert.Equal(53, bins.Sum(b => b.Reference.N));
        Assert.All(bins, b => Assert.InRange(b.Reference.N, 5, 6));
        Assert.Equal(Enumerable.Range(0, 10).Select(b => (b + 0.5) / 10), bins.Select(b => b.Quantile));
        // The lowest five scores are 0 to 4.
        Assert.Equal(4, bins[0].Reference.Value, 1e-12);
        Assert.True(bins.Zip(bins.Skip(1)).All(p => p.First.Reference.Value < p.Second.Reference.Value));
        Assert.All(bins, b => Assert.InRange(b.Reference.Value, b.Reference.Low, b.Reference.High));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(9, 1)]
    [InlineData(10, 2)]
    [InlineData(500, 10)]
    public void A_bin_holds_at_least_five_samples_where_there_are_so_many(int samples, int expected) =>
        Assert.Equal(expected, Alignment.Find([(Named("a"), Count(samples))], Count(samples), 0, replicates: 500).Readouts[0].Bins.Count);

    [Fact]
    public void Without_a_sample_in_common_nothing_is_said()
    {
        var alignment = Alignment.Find([(Named("a"), [1, 2])], [double.NaN, double.NaN], 0, replicates: 500);
        Assert.Equal((0, 2), (alignment.Samples, alignment.LeftOut));
        Assert.Equal(double.NaN, alignment.Readouts[0].Spearman.Value);
        Assert.Equal(0, Assert.Single(alignment.Readouts[0].Bins).Reference.N);
    }

    [Fact]
    public void Any_number_of_replicates_will_do() =>
        Assert.Equal(1, Alignment.Find([(Named("a"), Count(20))], Count(20), 0, replicates: 100).Readouts[0].Kendall.Value, 1e-12);

    private static double[] Count(int n) => [.. Enumerable.Range(0, n).Select(i => (double)i)];

    private static Readout Named(string name) => new() { Name = name, What = name, Score = _ => [], Draws = _ => 0 };
}
