using Apex.Analysis.Statistics;
using Xunit;
using static System.Double;

namespace Apex.Tests.Analysis.Statistics;

public class PermutationTestTests
{
    [Fact]
    public void Counts_the_observation_itself()
    {
        Assert.Equal(1 / 100.0, PermutationTest.PValue(5, _ => 4, 1, 99));
        Assert.Equal(1, PermutationTest.PValue(5, _ => 5, 1, 99));
        // A third of the values reach it.
        int call = 0;
        Assert.Equal(34 / 100.0, PermutationTest.PValue(5, _ => call++ % 3 == 0 ? 6 : 4, 1, 99));
    }

    [Fact]
    public void Equal_up_to_rounding_is_equal()
    {
        Assert.NotEqual(0.3, 0.1 + 0.2);
        Assert.Equal(1, PermutationTest.PValue(0.1 + 0.2, _ => 0.3, 1, 99));
        Assert.Equal(1, PermutationTest.PValue(-0.3, _ => -0.1 - 0.2, 1, 99));
        Assert.Equal(1 / 100.0, PermutationTest.PValue(0.3, _ => 0.3 - 1e-9, 1, 99));
    }

    [Fact]
    public void What_is_not_a_number()
    {
        Assert.Equal(NaN, PermutationTest.PValue(NaN, _ => 1, 1, 9));
        Assert.Equal(1, PermutationTest.PValue(1, _ => NaN, 1, 9));
        Assert.Equal(1 / 10.0, PermutationTest.PValue(PositiveInfinity, _ => 1, 1, 9));
        Assert.Equal(1, PermutationTest.PValue(PositiveInfinity, _ => PositiveInfinity, 1, 9));
        Assert.Throws<ArgumentOutOfRangeException>(() => PermutationTest.PValue(1, _ => 1, 1, 0));
    }

    [Fact]
    public void Near_the_exact_p_value_of_all_permutations()
    {
        // Of the 70 ways to choose four of 1..8, 4 have a sum of at least 24: {5,6,7,8}, {4,6,7,8}, {3,6,7,8} and {4,5,7,8}.
        double exact = 4 / 70.0;
        int[] values = [1, 2, 3, 4, 5, 6, 7, 8];
        double Sum(CounterRandom random)
        {
            random.Permute(values);
            return values[0] + values[1] + values[2] + values[3];
        }

        // The standard error of 20,000 permutations is 0.0016.
        double p = PermutationTest.PValue(24, Sum, 7, 20_000);
        Assert.InRange(p, exact - 0.007, exact + 0.007);
        int[] again = [1, 2, 3, 4, 5, 6, 7, 8];
        again.CopyTo(values, 0);
        Assert.Equal(p, PermutationTest.PValue(24, Sum, 7, 20_000));
        again.CopyTo(values, 0);
        Assert.NotEqual(p, PermutationTest.PValue(24, Sum, 8, 20_000));
    }
}
