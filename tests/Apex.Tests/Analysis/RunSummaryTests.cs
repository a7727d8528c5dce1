using Apex.Analysis;
using Apex.Analysis.Regularity;
using Apex.Analysis.Summary;
using Apex.Facts;
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
        Assert.Equal(Draws, summary.RankingDraws);
        Assert.Equal([5L, 6L], summary.MostRegular.Select(s => s.Id));
        Assert.Equal([6L, 5L], summary.LeastRegular.Select(s => s.Id));
    }

    [Fact]
    public async Task Lists_only_as_many_as_asked_and_breaks_ties_by_id()
    {
        // The margin ranks, not the softmax, which says the opposite here; the least regular are the last of the same order.
        var summary = await RunSummary.FromAsync(Info(),
            Stream([.. Enumerable.Range(0, 50).Reverse().Select(i => Sample(i, 0, 0, [[4, 0], [0, 4]], [1 - i % 5 / 10f, 0], margin: i % 5))]), top: 3);
        Assert.Equal([4L, 9, 14], summary.MostRegular.Select(s => s.Id));
        Assert.Equal([45L, 40, 35], summary.LeastRegular.Select(s => s.Id));
    }

    /// <summary>Seed, classes, levels, and whether some margins are alike or have no finite draw.</summary>
    public static TheoryData<int, int, int, bool> Runs => new() { { 1, 2, 1, false }, { 2, 3, 6, false }, { 3, 5, 12, true }, { 4, 2, 24, true } };

    [Theory]
    [MemberData(nameof(Runs))]
    public async Task Lists_the_samples_that_regularity_lists(int seed, int classes, int levels, bool odd)
    {
        var random = new Random(seed);
        double[] sigmas = [.. SigmaGrid.Geometric(0.1, 0.1 * levels, levels)];
        var samples = Enumerable.Range(0, 70).Select(i =>
        {
            float[] logits = [.. Enumerable.Range(0, classes).Select(_ => random.NextSingle())];
            bool blind = odd && i % 9 == 0;
            if (odd && i % 11 == 0)
                logits[0] = float.NaN;
            return SyntheticRun.Sample(i, random.Next(classes), logits, [.. Enumerable.Range(0, levels).Select(s =>
            {
                int[] counts = new int[classes];
                for (int draw = 0; draw < 8 && !blind; draw++)
                    counts[random.NextDouble() < s / (double)levels ? random.Next(classes) : Math.Max(0, Array.IndexOf(logits, logits.Max()))]++;
                float margin = odd ? random.Next(3) : random.NextSingle();
                return SyntheticRun.Level(counts, blind ? float.NaN : margin,
                    blind ? float.NaN : 0.1f + random.NextSingle(), blind ? new float[classes] : null, blind ? 8 : 0);
            })]);
        }).ToList();
        var info = SyntheticRun.Info(sigmas, 8, SyntheticRun.Names(classes), samples.Count);
        var run = new RunObservations(info, samples);
        var ranking = RegularityRanking.Of(run);
        // A list that ends in the middle of equal ones, and one that holds all.
        foreach (int top in (int[])[7, 100])
        {
            var summary = await RunSummary.FromAsync(info, Stream([.. samples]), top);
            Assert.Equal(ranking.FromMostRegular.Take(top).Select(Listed), summary.MostRegular.Select(s => (s.Id, s.Score)));
            Assert.Equal(ranking.FromLeastRegular.Take(top).Select(Listed), summary.LeastRegular.Select(s => (s.Id, s.Score)));
            Assert.Equal(ranking.Readouts[0].Draws, summary.RankingDraws);
        }

        (long, double) Listed(int i) => (run.Samples[i].SampleId, ranking.Readouts[0].Scores[i]);
    }

    [Fact]
    public async Task Has_no_accuracy_without_labels() =>
        Assert.Null((await RunSummary.FromAsync(Info(), Stream(Sample(0, null, 0, [[4, 0], [4, 0]], [1, 1])))).CleanAccuracy);

    private static SampleObservation Sample(long id, int? label, int? clean, int[][] counts, float[] softmax, int nonFinite = 0, float margin = 0) => new()
    {
        SampleId = id,
        Label = label,
        CleanLogits = [1, 0],
        CleanPrediction = clean,
        CleanMargin = 0,
        FirstEscapeClass = [],
        FirstEscapeSigma = [],
        Sigmas = [.. counts.Select((c, s) => new SigmaObservation
        {
            Counts = c,
            MeanSoftmax = clean == 1 ? [1 - softmax[s], softmax[s]] : [softmax[s], 1 - softmax[s]],
            MarginMean = margin,
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
