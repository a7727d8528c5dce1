using Apex.Analysis;
using Apex.Observations;
using Apex.Probing;
using Xunit;

namespace Apex.Tests.Analysis;

public class RunSummaryTests
{
    private const int Draws = 4;

    [Fact]
    public async Task Adds_up_what_was_observed()
    {
        // Two classes, two sigmas; the third sample has no clean prediction, the second no label and one draw that overflowed.
        var summary = await RunSummary.FromAsync(Info(), Stream(
            Sample(5, label: 0, clean: 0, [[4, 0], [1, 3]], [0.9f, 0.4f]),
            Sample(6, label: null, clean: 1, [[0, 4], [1, 2]], [0.8f, 0.6f], nonFinite: 1),
            Sample(9, label: 1, clean: null, [[0, 4], [4, 0]], [float.NaN, float.NaN])));
        Assert.Equal(3, summary.Samples);
        Assert.Equal((0.5, 2L), (summary.CleanAccuracy!.Value.Value, summary.CleanAccuracy.Value.N));
        Assert.Equal(0, summary.FlipRate[0].Value);
        Assert.Equal((3.0 / 4 + 1.0 / 3) / 2, summary.FlipRate[1].Value, 1e-12);
        Assert.Equal([2L, 2L], summary.FlipRate.Select(r => r.N));
        Assert.Equal((1.0 / 4 + 1.0 / 3 + 1) / 3, summary.ClassShares[1][0].Value, 1e-12);
        Assert.All(summary.ClassShares, row => Assert.Equal(1, row.Sum(s => s.Value), 1e-12));
        Assert.Equal((1L, 1L), (summary.NonFinite, summary.CleanNonFinite));
        // Sigma 0.1 flips nothing and 1 flips most: the ranking uses 0.1.
        Assert.Equal(0.1, summary.RankingSigma);
        Assert.Equal([5L, 6L], summary.MostRegular.Select(s => s.Id));
        Assert.Equal([6L, 5L], summary.LeastRegular.Select(s => s.Id));
    }

    [Fact]
    public async Task Lists_only_as_many_as_asked_and_breaks_ties_by_id()
    {
        var summary = await RunSummary.FromAsync(Info(), Stream([.. Enumerable.Range(0, 50).Reverse().Select(i => Sample(i, 0, 0, [[4, 0], [0, 4]], [i % 5 / 10f, 0]))]), top: 3);
        Assert.Equal([4L, 9, 14], summary.MostRegular.Select(s => s.Id));
        Assert.Equal([0L, 5, 10], summary.LeastRegular.Select(s => s.Id));
    }

    [Fact]
    public async Task Has_no_accuracy_without_labels() =>
        Assert.Null((await RunSummary.FromAsync(Info(), Stream(Sample(0, null, 0, [[4, 0], [4, 0]], [1, 1])))).CleanAccuracy);

    private static SampleObservation Sample(long id, int? label, int? clean, int[][] counts, float[] softmax, int nonFinite = 0) => new()
    {
        SampleId = id,
        Label = label,
        CleanLogits = [1, 0],
        CleanPrediction = clean,
        FirstEscapeClass = [],
        FirstEscapeSigma = [],
        Sigmas = [.. counts.Select((c, s) => new SigmaObservation
        {
            Counts = c,
            MeanSoftmax = clean == 1 ? [1 - softmax[s], softmax[s]] : [softmax[s], 1 - softmax[s]],
            NonFinite = s == counts.Length - 1 ? nonFinite : 0,
        })],
    };

    private static RunInfo Info() => new()
    {
        Model = new ModelInfo("m", "", 17, "x", [2], "logits", ["a", "b"], new(), [], []),
        Data = new DataInfo("d", null, "csv", "", 3, 3, null, null, null),
        Plan = new PlanInfo([1], [1], [0.1, 1], Draws, NoiseScale.Absolute, 0, Draws, "gaussian", 1, null),
        Versions = new Dictionary<string, string>(),
        Machine = new MachineInfo("", "", 1, ""),
    };

    private static async IAsyncEnumerable<SampleObservation> Stream(params SampleObservation[] samples)
    {
        await Task.Yield();
        foreach (var sample in samples)
            yield return sample;
    }
}
