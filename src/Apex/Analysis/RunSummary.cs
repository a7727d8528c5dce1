using Apex.Observations;

namespace Apex.Analysis;

/// <summary>What a run shows at first sight. All shares are of draws with finite logits.</summary>
public sealed record RunSummary
{
    /// <summary>Samples.</summary>
    public required long Samples { get; init; }

    /// <summary>Accuracy of the clean predictions, with Wilson's interval; null without labels.</summary>
    public required Interval? CleanAccuracy { get; init; }

    /// <summary>Noise levels, shape <c>[sigmas]</c>.</summary>
    public required IReadOnlyList<double> Sigmas { get; init; }

    /// <summary>Mean over samples of the flip probability q(x, sigma), shape <c>[sigmas]</c>.</summary>
    public required IReadOnlyList<Interval> FlipRate { get; init; }

    /// <summary>Marginal response P̄(y | sigma), shape <c>[sigmas][classes]</c>.</summary>
    public required IReadOnlyList<IReadOnlyList<double>> ClassShares { get; init; }

    /// <summary>Class names.</summary>
    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>Draws with a logit that was not finite, over all sigmas.</summary>
    public required long NonFinite { get; init; }

    /// <summary>Samples whose clean logits were not finite; they enter no rate.</summary>
    public required long CleanNonFinite { get; init; }

    /// <summary>The noise level of the ranking: the one whose flip rate is closest to 10 % from below, where small noise still speaks of the sample.</summary>
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
        var shares = new double[sigmas][];
        for (int s = 0; s < sigmas; s++)
            shares[s] = new double[classes];
        long samples = 0, labelled = 0, correct = 0, nonFinite = 0, cleanNonFinite = 0;
        // One number a sample and sigma: which sigma ranks is known only at the end.
        var confidence = new List<float>();
        var identity = new List<(long Id, int? Label, int Prediction)>();
        await foreach (var o in observations.WithCancellation(cancellationToken))
        {
            samples++;
            if (o.Label is { } label)
            {
                labelled++;
                correct += o.CleanPrediction == label ? 1 : 0;
            }

            for (int s = 0; s < sigmas; s++)
            {
                var at = o.Sigmas[s];
                nonFinite += at.NonFinite;
                int finite = draws - at.NonFinite;
                for (int c = 0; c < classes; c++)
                    shares[s][c] += at.Counts[c];
                if (o.CleanPrediction is { } clean)
                {
                    if (finite > 0)
                        flips[s].Add(1 - (double)at.Counts[clean] / finite);
                    confidence.Add(at.MeanSoftmax[clean]);
                }
            }

            if (o.CleanPrediction is { } prediction)
                identity.Add((o.SampleId, o.Label, prediction));
            else
                cleanNonFinite++;
        }

        Interval[] rates = [.. flips.Select(f => Interval.Clustered(f.Sum, f.Squares, f.N, draws))];
        int ranking = Math.Max(0, Array.FindLastIndex(rates, r => r.Value <= 0.1));
        var order = Enumerable.Range(0, identity.Count)
            .Select(i => new RankedSample(identity[i].Id, identity[i].Label, identity[i].Prediction, confidence[i * sigmas + ranking]))
            .Where(r => !float.IsNaN(r.MeanSoftmax))
            .OrderByDescending(r => r.MeanSoftmax).ThenBy(r => r.Id).ToList();
        return new RunSummary
        {
            Samples = samples,
            CleanAccuracy = labelled == 0 ? null : Interval.Wilson(correct, labelled, labelled),
            Sigmas = info.Plan.Sigmas,
            FlipRate = rates,
            ClassShares = [.. shares.Select(row => Normalise(row))],
            Classes = info.Model.Classes,
            NonFinite = nonFinite,
            CleanNonFinite = cleanNonFinite,
            RankingSigma = info.Plan.Sigmas[ranking],
            MostRegular = [.. order.Take(top)],
            LeastRegular = [.. Enumerable.Reverse(order).Take(top)],
        };
    }

    private static IReadOnlyList<double> Normalise(double[] counts)
    {
        double sum = counts.Sum();
        return [.. counts.Select(c => sum == 0 ? 0 : c / sum)];
    }

    private struct Moments
    {
        public double Sum, Squares;
        public long N;

        public void Add(double value)
        {
            Sum += value;
            Squares += value * value;
            N++;
        }
    }
}

/// <summary>A sample with its regularity.</summary>
/// <param name="Id">Index in the source.</param>
/// <param name="Label">Given class, or null.</param>
/// <param name="Prediction">ŷ0.</param>
/// <param name="MeanSoftmax">Mean softmax of ŷ0 at the ranking sigma, over all finite draws.</param>
public sealed record RankedSample(long Id, int? Label, int Prediction, float MeanSoftmax);
