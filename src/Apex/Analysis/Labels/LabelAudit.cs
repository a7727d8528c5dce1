using Apex.Analysis.Regularity;
using Apex.Analysis.Statistics;
using Apex.Analysis.Transitions;
using Apex.Facts;
using Apex.Models;

namespace Apex.Analysis.Labels;

/// <summary>
/// Which labelled samples look wrong. The score is how much of the small-noise predictions the given label keeps: a wrong label that
/// the model did not follow has none from the start, one that it memorised loses it as soon as noise sets in.
/// </summary>
internal sealed record LabelAudit
{
    /// <summary>Below this share of samples by regularity a sample that is predicted as labelled is still suspect.</summary>
    private const double IrregularShare = 0.05;

    /// <summary>All labelled samples, the most suspect first.</summary>
    public required IReadOnlyList<Suspect> Suspects { get; init; }

    /// <summary>Samples without a label or a clean prediction, which cannot be audited.</summary>
    public required int LeftOut { get; init; }

    /// <summary>Noisy draws behind each score.</summary>
    public required int Draws { get; init; }

    /// <summary>Why small noise may mislead on this run, or null.</summary>
    public required string? Caution { get; init; }

    /// <summary>Samples whose clean prediction is not their label.</summary>
    public int PredictedOtherwise => Suspects.Count(s => s.Evidence.HasFlag(LabelEvidence.PredictedOtherwise));

    /// <summary>Samples that are predicted as labelled and among the 5 % least regular: a list to look at, not an estimate of errors.</summary>
    public int Irregular => Suspects.Count(s => s.Evidence.HasFlag(LabelEvidence.Irregular));

    /// <summary>Audits the labels of a run.</summary>
    /// <param name="run">A run with labels.</param>
    /// <exception cref="InvalidInputException">The run has no labels.</exception>
    public static LabelAudit Of(RunObservations run)
    {
        var labelled = Enumerable.Range(0, run.Samples.Count).Where(i => run.Samples[i].Label is not null).ToList();
        if (labelled.Count == 0)
            throw new InvalidInputException($"{run.Info.Data.Spec}: the run has no labels to audit; probe with `Labels`");
        int levels = run.SmallNoise + 1;
        double[] regularity = ApexScore.Of(run);
        double[] ranks = Ranks.Average([.. regularity.Select(r => double.IsNaN(r) ? double.PositiveInfinity : r)]);
        var suspects = labelled.Select(i => Audit(run, run.Samples[i], levels, regularity[i], (ranks[i] - 0.5) / ranks.Length));
        return new LabelAudit
        {
            Suspects = [.. suspects.OrderByDescending(s => s.Score).ThenBy(s => s.SampleId)],
            LeftOut = run.Samples.Count - labelled.Count + run.CleanNonFinite,
            Caution = run.SmallNoiseCaution,
            Draws = levels * run.Info.Plan.Draws,
        };
    }

    /// <summary>How well the score finds labels that are known to be wrong, beside rankings that need no noise.</summary>
    /// <param name="wrong">Whether each of <see cref="Suspects"/> has a wrong label.</param>
    /// <param name="seed">Keys the bootstrap.</param>
    /// <param name="replicates">Bootstrap replicates.</param>
    /// <exception cref="InvalidInputException">No label is wrong, or every one is.</exception>
    public IReadOnlyList<LabelDetection> Against(IReadOnlyList<bool> wrong, ulong seed = 0, int replicates = 2000)
    {
        if (wrong.Distinct().Count() < 2)
            throw new InvalidInputException("the list of wrong labels names none or all of the samples; there is nothing to find");
        (string Name, double[] Scores)[] rankings =
        [
            ("apex", [.. Suspects.Select(s => s.Score)]),
            ("self-confidence", [.. Suspects.Select(s => -s.LabelLogOdds)]),
            ("clean-margin", [.. Suspects.Select(s => -s.LabelMargin)]),
            // A sample without a finite draw has no regularity, which is no reason to suspect it.
            ("irregularity", [.. Suspects.Select(s => double.IsNaN(s.Regularity) ? double.NegativeInfinity : -s.Regularity)]),
        ];
        if (Suspects.All(s => s.FirstOrder is not null))
            rankings = [.. rankings, ("first-order", [.. Suspects.Select(s => -s.FirstOrder!.Value)])];
        bool[] all = [.. wrong];
        double[] Of(IReadOnlyList<int>? index)
        {
            bool[] positive = index is null ? all : [.. index.Select(i => all[i])];
            var values = new double[4 * rankings.Length];
            for (int r = 0; r < rankings.Length; r++)
            {
                double[] scores = index is null ? rankings[r].Scores : [.. index.Select(i => rankings[r].Scores[i])];
                double[] right = [.. scores.Where((_, i) => !positive[i])], bad = [.. scores.Where((_, i) => positive[i])];
                values[2 * r] = DetectionScore.AveragePrecision(scores, positive);
                values[2 * r + 1] = MannWhitney.Auc(bad, right);
            }

            // Differences from self-confidence, on the same resamples.
            for (int r = 0; r < rankings.Length; r++)
            {
                values[2 * rankings.Length + 2 * r] = values[2 * r] - values[2];
                values[2 * rankings.Length + 2 * r + 1] = values[2 * r + 1] - values[3];
            }

            return values;
        }

        var intervals = Bootstrap.Percentile(all.Length, index => Of(index), Of(null), seed, replicates);
        return [.. rankings.Select((ranking, r) => new LabelDetection(
            ranking.Name, intervals[2 * r], intervals[2 * r + 1],
            intervals[2 * rankings.Length + 2 * r], intervals[2 * rankings.Length + 2 * r + 1], all.Count(w => w)))];
    }

    private static Suspect Audit(RunObservations run, SampleObservation sample, int levels, double regularity, double quantile)
    {
        int label = sample.Label!.Value, predicted = sample.CleanPrediction!.Value;
        double kept = Kept(sample, label, levels);
        // At larger noise everything goes to the classes that the model favours.
        int[] away = Departures.SmallNoiseEscapes(sample);
        int escapes = away.Sum();
        int? toward = escapes == 0 ? null : Array.IndexOf(away, away.Max());
        var evidence = LabelEvidence.None;
        if (predicted != label)
            evidence |= LabelEvidence.PredictedOtherwise;
        else if (quantile < IrregularShare)
            evidence |= LabelEvidence.Irregular;
        if (predicted != label && toward is { } other && other != label)
            evidence |= LabelEvidence.EscapesElsewhere;
        double margin = Prediction.Margin(sample.CleanLogits, label);
        // Infinite where nothing moves the margin.
        double? firstOrder = !FirstOrderDistance.IsIn(run.Info) ? null : margin == 0 ? 0 : margin / FirstOrderDistance.Slope(run.Info, sample);
        return new Suspect(
            sample.SampleId, label, predicted, 1 - kept,
            CleanSoftmax.LogOdds(sample.CleanLogits, label), margin, regularity, quantile, kept,
            toward, toward is { } reached ? (double)away[reached] / escapes : double.NaN, evidence)
        {
            FirstOrder = firstOrder,
        };
    }

    /// <summary>Mean over the levels of the mean softmax of a class.</summary>
    private static double Kept(SampleObservation sample, int y, int levels)
    {
        double[] softmax = [.. sample.Sigmas.Take(levels).Select(s => (double)s.MeanSoftmax[y]).Where(double.IsFinite)];
        return softmax.Length == 0 ? CleanSoftmax.Of(sample.CleanLogits)[y] : softmax.Average();
    }
}

/// <summary>A labelled sample and what speaks against its label.</summary>
/// <param name="SampleId">Index in its source.</param>
/// <param name="Label">Given class.</param>
/// <param name="Predicted">ŷ0.</param>
/// <param name="Score">1 - <paramref name="Kept"/>: 0 for a label that noise does not touch, 1 for one that no draw gives any weight.</param>
/// <param name="LabelLogOdds">Log odds of the clean softmax of the label: orders as self-confidence does, without its rounding to 1.</param>
/// <param name="LabelMargin">Clean logit of the label over the largest other.</param>
/// <param name="Regularity">The sample's default regularity score.</param>
/// <param name="RegularityQuantile">Its rank among the run's samples, 0 for the least regular.</param>
/// <param name="Kept">Mean softmax of the label over the draws of all small-noise levels.</param>
/// <param name="EscapesTo">The class that most draws escape to first at small noise, or null where none escapes.</param>
/// <param name="EscapeShare">Share of the escaping draws that go there.</param>
/// <param name="Evidence">What speaks against the label.</param>
internal sealed record Suspect(
    long SampleId, int Label, int Predicted, double Score, double LabelLogOdds, double LabelMargin, double Regularity, double RegularityQuantile, double Kept,
    int? EscapesTo, double EscapeShare, LabelEvidence Evidence)
{
    /// <summary>The label's margin over the slope g of the prediction's, in units of sigma; null where the run keeps no gradients.</summary>
    public double? FirstOrder { get; init; }

    /// <summary>Clean softmax of the label.</summary>
    public double SelfConfidence => CleanSoftmax.Probability(LabelLogOdds);
}

/// <summary>What speaks against a label.</summary>
[Flags]
internal enum LabelEvidence
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The clean prediction is another class.</summary>
    PredictedOtherwise = 1,

    /// <summary>Predicted as labelled, but among the 5 % least regular samples: perhaps memorised.</summary>
    Irregular = 2,

    /// <summary>Predicted as another class, and noise leads to a third rather than to the label.</summary>
    EscapesElsewhere = 4,
}

/// <summary>How well a ranking finds wrong labels. All intervals are 95 % bootstrap intervals over samples, from the same resamples.</summary>
/// <param name="Name">The ranking.</param>
/// <param name="AveragePrecision">Average precision.</param>
/// <param name="Auroc">P(a wrong label is ranked above a right one).</param>
/// <param name="PrecisionDifference">Average precision less that of self-confidence.</param>
/// <param name="AurocDifference">AUROC less that of self-confidence.</param>
/// <param name="Wrong">Wrong labels among the samples.</param>
internal sealed record LabelDetection(
    string Name, Interval AveragePrecision, Interval Auroc, Interval PrecisionDifference, Interval AurocDifference, int Wrong);
