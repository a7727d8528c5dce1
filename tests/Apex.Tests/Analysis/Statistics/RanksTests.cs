using Apex.Analysis.Statistics;
using Xunit;
using static System.Double;

namespace Apex.Tests.Analysis.Statistics;

public class RanksTests
{
    private static readonly double[] Values = [3, NegativeInfinity, PositiveInfinity, 3, -0.0, PositiveInfinity, NegativeInfinity, 3, 0.0];

    [Fact]
    public void Ties_share_their_mean_rank_infinities_too() =>
        Assert.Equal([6, 1.5, 8.5, 6, 3.5, 8.5, 1.5, 6, 3.5], Ranks.Average(Values));

    [Fact]
    public void Dense_ranks_number_the_distinct_values() =>
        Assert.Equal([2, 0, 3, 2, 1, 3, 0, 2, 1], Ranks.Dense(Values));

    [Fact]
    public void None_one_and_two_values()
    {
        Assert.Empty(Ranks.Average([]));
        Assert.Empty(Ranks.Dense([]));
        Assert.Equal([1], Ranks.Average([7]));
        Assert.Equal([0], Ranks.Dense([7]));
        Assert.Equal([2, 1], Ranks.Average([7, -7]));
        Assert.Equal([1.5, 1.5], Ranks.Average([7, 7]));
    }

    [Fact]
    public void NaN_has_no_rank()
    {
        Assert.Throws<ArgumentException>(() => Ranks.Average([1, NaN]));
        Assert.Throws<ArgumentException>(() => Ranks.Dense([1, NaN]));
    }
}
