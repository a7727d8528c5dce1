using Apex.Analysis.Statistics;
using Xunit;

namespace Apex.Tests.Analysis.Statistics;

public class CounterRandomTests
{
    [Fact]
    public void Everything_that_Random_offers_follows_the_seed()
    {
        static string Use(ulong seed, uint purpose, int stream)
        {
            var random = new CounterRandom(seed, purpose, stream);
            int[] cards = [.. Enumerable.Range(0, 20)];
            random.Shuffle(cards);
            var bytes = new byte[5];
            random.NextBytes(bytes);
            return string.Join(
                ' ', [.. cards, random.Next(), random.Next(1000), random.Next(-5, 5), random.NextInt64(),
                    random.NextInt64(1L << 40), random.NextSingle(), random.NextDouble(), random.Index(1 << 30), .. bytes]);
        }

        Assert.Equal(Use(1, 2, 3), Use(1, 2, 3));
        Assert.Equal(4, new[] { Use(1, 2, 3), Use(2, 2, 3), Use(1, 3, 3), Use(1, 2, 4) }.Distinct().Count());
    }

    [Fact]
    public void Uniform()
    {
        // 100,000 values in 10 cells: chi-squared with 9 degrees of freedom exceeds 33.7 with chance 1e-4.
        var random = new CounterRandom(1, 0, 0);
        int[] doubles = new int[10], indices = new int[10];
        for (int i = 0; i < 100_000; i++)
        {
            doubles[(int)(10 * random.NextDouble())]++;
            indices[random.Index(10)]++;
        }

        Assert.InRange(doubles.Sum(c => (c - 10_000.0) * (c - 10_000.0) / 10_000), 0, 33.7);
        Assert.InRange(indices.Sum(c => (c - 10_000.0) * (c - 10_000.0) / 10_000), 0, 33.7);
    }
}
