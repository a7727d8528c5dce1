using Apex.Analysis;
using Apex.Analysis.Summary;
using Apex.Facts;
using Xunit;

namespace Apex.Tests.Analysis;

public class LargestClassesTests
{
    private static readonly SampleObservation[] _samples =
    [
        SyntheticRun.Sample(0, null, [0, 1, 0, 0], [SyntheticRun.Level([0, 8, 1, 1]), SyntheticRun.Level([6, 2, 1, 1])]),
        SyntheticRun.Sample(1, null, [0, 0, 1, 0], [SyntheticRun.Level([0, 0, 9, 1]), SyntheticRun.Level([10, 0, 0, 0])]),
        // No finite draw at the second level: it counts at the first only.
        SyntheticRun.Sample(2, null, [0, 0, 1, 0], [SyntheticRun.Level([0, 0, 10, 0]), SyntheticRun.Level([0, 0, 0, 0], softmax: [0, 0, 0, 0], nonFinite: 10)]),
    ];

    [Fact]
    public async Task The_largest_come_first_and_the_others_add_up()
    {
        var summary = await RunSummary.FromAsync(SyntheticRun.Info([0.1, 1], 10, SyntheticRun.Names(4), 3), _samples.ToAsyncEnumerable());
        var two = LargestClasses.Choose(summary.ClassShares, _samples, 10, 2);
        Assert.Equal([0, 2], two.Classes);
        Assert.Equal([(0.9 + 0.1 + 0) / 3, (0.3 + 0) / 2], two.Others!.Select(o => o.Value), (a, b) => Math.Abs(a - b) < 1e-12);
        Assert.Equal([3L, 2], two.Others!.Select(o => o.N));
        Assert.All(two.Others!, o => Assert.InRange(o.Value, o.Low, o.High));
        for (int s = 0; s < 2; s++)
            Assert.Equal(1, two.Others![s].Value + two.Classes.Sum(c => summary.ClassShares[s][c].Value), 1e-12);
        Assert.Null(LargestClasses.Choose(summary.ClassShares, _samples, 10, 4).Others);
        Assert.Equal([0, 2, 1, 3], LargestClasses.Choose(summary.ClassShares, _samples, 10, 10).Classes);
    }
}
