using Apex.Analysis.LargeNoise;
using Apex.Analysis.Regularity;
using Apex.Analysis.Statistics;
using Apex.Facts;

namespace Apex.Analysis.Summary;

/// <summary>What a run shows at first sight. All shares are of draws with finite logits.</summary>
internal sealed record RunSummary
{
    /// <summary>Samples.</summary>
    public required long Samples { get; init; }

    /// <summary>Accuracy of the clean predictions, with Wilson's interval; null without labels.</summary>
    public required Interval? CleanAccuracy { get; init; }

    /// <summary>What looks wrong about the run: what was seen before it began, and what its clean predictions show. Empty where nothing does.</summary>
    public required IReadOnlyList<RunWarning> Warnings { get; init; }

    /// <summary>Noise levels, shape <c>[sigmas]</c>.</summary>
    public required IReadOnlyList<double> Sigmas { get; init; }

    /// <summary>Mean over samples of the flip probability q(x, sigma), shape <c>[sigmas]</c>.</summary>
    public required IReadOnlyList<Interval> FlipRate { get; init; }

    /// <summary>Marginal response P̄(y | sigma), the mean over samples of p̂(y | x, sigma), shape <c>[sigmas][classes]</c>.</summary>
    public required IReadOnlyList<IReadOnlyList<Interval>> ClassShares { get; init; }

    /// <summary>Class names.</summary>
    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>Draws with a logit that was not finite, over all sigmas.</summary>
    public required long NonFinite { get; init; }

    /// <summary>Samples whose clean logits were not finite; they enter no rate.</summary>
    public required long CleanNonFinite { get; init; }

    /// <summary>Noisy draws behind each score.</summary>
    public required int RankingDraws { get; init; }

    /// <summary>The largest level of small noise, at which the mean softmax of the listed samples is read.</summary>
    public required double RankingSigma { get; init; }

    /// <summary>Samples with the highest default score (<see cref="ApexScore"/>), best first, as <see cref="RegularityRanking"/> has them.</summary>
    public required IReadOnlyList<RankedSample> MostRegular { get; init; }

    /// <summary>Samples with the lowest, worst first, of those with a score.</summary>
    public required IReadOnlyList<RankedSample> LeastRegular { get; init; }

    /// <summary>Summarises a run in one pass over its observations.</summary>
    /// <param name="info">The run.</param>
    /// <param name="observations">Its observations.</param>
    /// <param name="top">How many samples to list at each end.</param>
    /// <param name="cancellationToken">Stops the pass.</param>
    public static async Task<RunSummary> FromAsync(
        RunInfo info, IAsyncEnumerable<SampleObservation> observations, int top = 5, CancellationToken cancellationToken = default)
    {
        int sigmas = info.Plan.Sigmas.Count, draws = info.Plan.Draws;
        int classes = info.Model.Classes.Count;
        var flips = new Moments[sigmas];
        ClassShareSums[] shares = [.. info.Plan.Sigmas.Select(_ => new ClassShareSums(classes))];
        var tally = new PredictionTally(info.Model.Classes);
        var sums = ApexScore.Sums(classes, info.Plan.Sigmas);
        var ranked = new List<(long Id, int? Label, int Prediction, float[] Softmax)>();
        long samples = 0, labelled = 0, correct = 0, nonFinite = 0, cleanNonFinite = 0;
        await foreach (var o in observations.WithCancellation(cancellationToken))
        {
            samples++;
            tally.Add(o.Label, o.CleanPrediction);
            if (o.Label is { } label)
            {
                labelled++;
                correct += o.CleanPrediction == label ? 1 : 0;
            }

            if (o.CleanPrediction is { } predicted)
            {
                sums.Add(o);
                ranked.Add((o.SampleId, o.Label, predicted, [.. o.Sigmas.Select(level => level.MeanSoftmax[predicted])]));
            }
            else
                cleanNonFinite++;

            for (int s = 0; s < sigmas; s++)
            {
                var at = o.Sigmas[s];
                nonFinite += at.NonFinite;
                double finite = draws - at.NonFinite;
                if (finite == 0)
                    continue;
                shares[s].Add(at.Counts);
                if (o.CleanPrediction is { } clean)
                    flips[s].Add(1 - at.Counts[clean] / finite);
            }
        }

        Interval[] rates = [.. flips.Select(f => f.Mean(draws))];
        double[] flipRates = [.. rates.Select(r => r.Value)];
        int levels = ApexScore.Levels(flipRates), small = RunObservations.SmallNoiseLevel(flipRates);
        double[] scores = sums.Scores(levels, small);
        int[] order = [.. ScoreOrder.Sort(scores, [.. ranked.Select(r => r.Id)]).Where(i => !double.IsNaN(scores[i]))];
        RankedSample Ranked(int i)
        {
            float softmax = ranked[i].Softmax[small];
            return new(ranked[i].Id, ranked[i].Label, ranked[i].Prediction, scores[i], float.IsFinite(softmax) ? softmax : null);
        }

        return new RunSummary
        {
            Samples = samples,
            CleanAccuracy = labelled == 0 ? null : Interval.Wilson(correct, labelled, labelled),
            Warnings = tally.AddTo(info).Warnings ?? [],
            Sigmas = info.Plan.Sigmas,
            FlipRate = rates,
            ClassShares = [.. shares.Select(level => level.Shares(draws))],
            Classes = info.Model.Classes,
            NonFinite = nonFinite,
            CleanNonFinite = cleanNonFinite,
            RankingDraws = levels * draws,
            RankingSigma = info.Plan.Sigmas[small],
            MostRegular = [.. order.Take(top).Select(Ranked)],
            LeastRegular = [.. order.Reverse().Take(top).Select(Ranked)],
        };
    }

    private struct Moments
    {
        private double _sum, _squares;
        private long _n;

        public void Add(double value)
        {
            _sum += value;
            _squares += value * value;
            _n++;
        }

        public readonly Interval Mean(int draws) => Interval.Clustered(_sum, _squares, _n, draws);
    }
}

/// <summary>A sample with its regularity.</summary>
/// <param name="Id">Index in the source.</param>
/// <param name="Label">Given class, or null.</param>
/// <param name="Prediction">ŷ0.</param>
/// <param name="Score">The default score, higher for more regular.</param>
/// <param name="MeanSoftmax">Mean softmax of ŷ0 over the draws at the largest level of small noise; null where none is finite.</param>
public sealed record RankedSample(long Id, int? Label, int Prediction, double Score, double? MeanSoftmax);
