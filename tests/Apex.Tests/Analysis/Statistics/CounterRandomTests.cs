using Apex.Analysis.Statistics;
using Xunit;

namespace Apex.Tests.Analysis.Statistics;

public class CounterRandomTests
{
    [Fact]
    public void Everything_follows_the_seed()
    {
        static string Use(ulong seed, uint purpose, int stream)
        {
            var random = new CounterRandom(seed, purpose, stream);
            int[] cards = [.. Enumerable.Range(0, 20)];
            random.Permute(cards);
            return string.Join(' ', [.. cards, random.Index(1 << 30), random.Index(5)]);
        }

        Assert.Equal(Use(1, 2, 3), Use(1, 2, 3));
        Assert.Equal(4, new[] { Use(1, 2, 3), Use(2, 2, 3), Use(1, 3, 3), Use(1, 2, 4) }.Distinct().Count());
    }

    [Fact]
    public void Every_order_is_as_likely()
    {
        // 24,000 orders of 4 cards: chi-squared with 23 degrees of freedom exceeds 58.6 with chance 6e-5.
        var random = new CounterRandom(1, 0, 0);
        var seen = new Dictionary<string, int>();
        for (int i = 0; i < 24_000; i++)
        {
            int[] cards = [0, 1, 2, 3];
            random.Permute(cards);
            string order = string.Concat(cards);
            seen[order] = seen.GetValueOrDefault(order) + 1;
        }

        Assert.Equal(24, seen.Count);
        Assert.InRange(seen.Values.Sum(c => (c - 1000.0) * (c - 1000.0) / 1000), 0, 58.6);
    }

    [Fact]
    public void Uniform()
    {
        // 100,000 values in 10 cells: chi-squared with 9 degrees of freedom exceeds 33.7 with chance 1e-4.
        var random = new CounterRandom(1, 0, 0);
        int[] indices = new int[10];
        for (int i = 0; i < 100_000; i++)
            indices[random.Index(10)]++;
        Assert.InRange(indices.Sum(c => (c - 10_000.0) * (c - 10_000.0) / 10_000), 0, 33.7);
    }
}
