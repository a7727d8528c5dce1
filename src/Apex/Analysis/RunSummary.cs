using Apex.Observations;

namespace Apex.Analysis;

/// <summary>What a run shows at first sight. All shares are of draws with finite logits.</summary>
public sealed record RunSummary
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

    /// <summary>The noise level of the ranking, see <see cref="RunObservations.SmallNoiseLevel"/>.</summary>
    public required double RankingSigma { get; init; }

    /// <summary>Samples with the highest mean softmax of ŷ0 at that level, best first.</summary>
    public required IReadOnlyList<RankedSample> MostRegular { get; init; }

    /// <summary>Samples with the lowest, worst first.</summary>
    public required IReadOnlyList<RankedSample> LeastRegular { get; init; }

    /// <summary>Summarises a run in one pass over its observations.</summary>
    /// <param name="info">The run.</param>
    /// <param name="observations">Its observations.</param>
    /// <param name="top">How many samples to list at each end.</param>
    /// <param name="cancellationToken">Stops the pass.</param>
    public static async Task<RunSummary> FromAsync(RunInfo info, IAsyncEnumerable<SampleObservation> observations, int top = 5, CancellationToken cancellationToken = default)
    {
        int sigmas = info.Plan.Sigmas.Count, draws = info.Plan.Draws;
        int classes = info.Model.Classes.Count;
        var flips = new Moments[sigmas];
        var shares = Table(sigmas, () => new Moments[classes]);
        // Which sigma ranks is known only at the end, so each keeps its own extremes.
        var most = Table(sigmas, () => new Extremes<RankedSample>(top, Order(-1)));
        var least = Table(sigmas, () => new Extremes<RankedSample>(top, Order(1)));
        var tally = new PredictionTally(info.Model.Classes);
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

            if (o.CleanPrediction is null)
                cleanNonFinite++;
            for (int s = 0; s < sigmas; s++)
            {
                var at = o.Sigmas[s];
                nonFinite += at.NonFinite;
                double finite = draws - at.NonFinite;
                if (finite == 0)
                    continue;
                for (int c = 0; c < classes; c++)
                    shares[s][c].Add(at.Counts[c] / finite);
                if (o.CleanPrediction is not { } clean)
                    continue;
                flips[s].Add(1 - at.Counts[clean] / finite);
                var ranked = new RankedSample(o.SampleId, o.Label, clean, at.MeanSoftmax[clean]);
                most[s].Add(ranked);
                least[s].Add(ranked);
            }
        }

        Interval[] rates = [.. flips.Select(f => f.Mean(draws))];
        int ranking = RunObservations.SmallNoiseLevel([.. rates.Select(r => r.Value)]);
        return new RunSummary
        {
            Samples = samples,
            CleanAccuracy = labelled == 0 ? null : Interval.Wilson(correct, labelled, labelled),
            Warnings = [.. info.Warnings ?? [], .. tally.Warnings()],
            Sigmas = info.Plan.Sigmas,
            FlipRate = rates,
            ClassShares = [.. shares.Select(row => (IReadOnlyList<Interval>)[.. row.Select(m => m.Mean(draws))])],
            Classes = info.Model.Classes,
            NonFinite = nonFinite,
            CleanNonFinite = cleanNonFinite,
            RankingSigma = info.Plan.Sigmas[ranking],
            MostRegular = most[ranking].ToList(),
            LeastRegular = least[ranking].ToList(),
        };
    }

    private static T[] Table<T>(int rows, Func<T> row) => [.. Enumerable.Range(0, rows).Select(_ => row())];

    /// <summary>By mean softmax, ascending or descending; samples that are as regular as each other by id.</summary>
    private static Comparer<RankedSample> Order(int direction) => Comparer<RankedSample>.Create((a, b) =>
        a.MeanSoftmax.CompareTo(b.MeanSoftmax) is var c && c != 0 ? direction * c : a.Id.CompareTo(b.Id));

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
/// <param name="MeanSoftmax">Mean softmax of ŷ0 at the ranking sigma, over all finite draws.</param>
public sealed record RankedSample(long Id, int? Label, int Prediction, float MeanSoftmax);
