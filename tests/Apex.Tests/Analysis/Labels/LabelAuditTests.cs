using Apex.Analysis.Labels;
using Apex.Analysis.Statistics;
using Apex.Facts;
using Xunit;
using static Apex.Tests.Analysis.SyntheticRun;

namespace Apex.Tests.Analysis.Labels;

public class LabelAuditTests
{
    [Fact]
    public void Most_suspect_first_ties_by_id_and_what_cannot_be_audited_left_out()
    {
        var audit = LabelAudit.Of(Of([0.1, 0.2], 4, 2,
            Keeps(5, 0, 0.9f), Keeps(3, 0, 0.2f), Keeps(8, null, 0.1f), Keeps(4, 0, 0.2f),
            Sample(9, 0, [float.NaN, 0], [Level([4, 0]), Level([4, 0])]), Keeps(1, 0, 0.6f)));
        Assert.Equal([3L, 4, 1, 5], audit.Suspects.Select(s => s.SampleId));
        Assert.Equal([0.8, 0.8, 0.4, 0.1], audit.Suspects.Select(s => Math.Round(s.Score, 6)));
        Assert.Equal((2, 8), (audit.LeftOut, audit.Draws));
        Assert.All(audit.Suspects, s => Assert.Equal(1, s.Score + s.Kept, 1e-12));
    }

    [Fact]
    public void The_score_is_the_softmax_that_the_label_keeps_at_small_noise()
    {
        // Flip rates 0, 0.1 and 0.2 of the only sample: the last level does not count. The label is not the prediction.
        var sample = Sample(0, 1, [2, 1], [Level([10, 0], softmax: [0.7f, 0.3f]), Level([9, 1], softmax: [0.5f, 0.5f]), Level([8, 2], softmax: [0.1f, 0.9f])]);
        var audit = LabelAudit.Of(Of([0.1, 0.2, 0.4], 10, 2, sample));
        var suspect = Assert.Single(audit.Suspects);
        Assert.Equal(20, audit.Draws);
        Assert.Equal(0.6, suspect.Score, 1e-6);
        Assert.Equal((1, 0), (suspect.Label, suspect.Predicted));
        Assert.Equal((-1.0, -1.0), (suspect.LabelMargin, Math.Round(suspect.LabelLogOdds, 6)));
        Assert.Equal(1 / (1 + Math.E), suspect.SelfConfidence, 1e-12);
    }

    [Fact]
    public void A_sample_whose_draws_all_overflowed_is_scored_by_its_clean_softmax()
    {
        var none = Level([0, 0], float.NaN, float.NaN, [float.NaN, float.NaN], 4);
        var audit = LabelAudit.Of(Of([0.1], 4, 2, Keeps(0, 0, 0.9f, 1), Sample(1, 0, [1, 0], [none])));
        Assert.Equal(1 / (1 + Math.E), audit.Suspects.Single(s => s.SampleId == 1).Score, 1e-9);
        Assert.Equal(double.NaN, audit.Suspects.Single(s => s.SampleId == 1).Regularity);
    }

    [Fact]
    public void Evidence_is_what_the_prediction_the_regularity_and_the_escapes_say()
    {
        // Forty regular samples with a margin of 4, and four of interest.
        var samples = Enumerable.Range(0, 40).Select(i => Small(i, 0, [4, 0, 0], 4 + i)).ToList();
        samples.Add(Small(100, 0, [0.1f, 0, 0], 0.01f, [1, 1, 2, -1]));
        samples.Add(Small(101, 1, [4, 0, 0], 60, [1, 1, 1, -1]));
        samples.Add(Small(102, 1, [4, 0, 0], 60, [2, 2, 1, -1]));
        samples.Add(Small(103, 1, [4, 0, 0], 60));
        var audit = LabelAudit.Of(Of([0.1], 4, 3, [.. samples]));
        Suspect Suspect(long id) => audit.Suspects.Single(s => s.SampleId == id);
        Assert.Equal(LabelEvidence.Irregular, Suspect(100).Evidence);
        Assert.Equal(LabelEvidence.PredictedOtherwise, Suspect(101).Evidence);
        Assert.Equal(LabelEvidence.PredictedOtherwise | LabelEvidence.EscapesElsewhere, Suspect(102).Evidence);
        Assert.Equal(LabelEvidence.PredictedOtherwise, Suspect(103).Evidence);
        Assert.Equal((1, 2 / 3.0), (Suspect(100).EscapesTo!.Value, Suspect(100).EscapeShare));
        Assert.Equal((null, double.NaN), (Suspect(103).EscapesTo, Suspect(103).EscapeShare));
        // Of 44, the ranks 1 and 2 lie below 5 %.
        Assert.Equal((0.5 / 44, 1.5 / 44), (Suspect(100).RegularityQuantile, Suspect(0).RegularityQuantile));
        Assert.Equal(LabelEvidence.Irregular, Suspect(0).Evidence);
        Assert.Equal(LabelEvidence.None, Suspect(2).Evidence);
        Assert.Equal((3, 2), (audit.PredictedOtherwise, audit.Irregular));
    }

    [Fact]
    public void Escapes_go_to_the_lowest_class_of_those_that_tie()
    {
        var audit = LabelAudit.Of(Of([0.1], 4, 3, Small(0, 0, [4, 0, 0], 4, [2, 1, 1, 2])));
        Assert.Equal((1, 0.5), (audit.Suspects[0].EscapesTo!.Value, audit.Suspects[0].EscapeShare));
    }

    /// <summary>
    /// docs/method.md, section 2, counts transitions at small noise only, because large noise leads everything to the class that the model favours and so
    /// says nothing of a label.
    /// </summary>
    [Fact]
    public void Escapes_to_the_class_that_large_noise_favours_are_no_evidence()
    {
        // Near the clean prediction the sample leaves for its label; far out the other draws end in class 2 like those of everybody.
        var sample = Sample(0, 1, [4, 3, 0], [Level([7, 1, 0]), Level([0, 1, 7])], [1, 2, 2, 2, 2, 2, 2, 2], [0, 1, 1, 1, 1, 1, 1, 1]);
        var suspect = LabelAudit.Of(Of([0.1, 5], 8, 3, sample)).Suspects[0];
        Assert.Equal(1, suspect.EscapesTo);
        Assert.Equal(LabelEvidence.PredictedOtherwise, suspect.Evidence);
    }

    [Fact]
    public void A_run_without_labels_is_bad_input() =>
        Assert.Contains("no labels to audit",
            Assert.Throws<InvalidInputException>(() => LabelAudit.Of(Of([0.1], 4, 2, Keeps(0, null, 1, 1)))).Message, StringComparison.Ordinal);

    [Fact]
    public void Detection_by_hand()
    {
        // Suspects by score: 0 (0.9), 1 (0.7), 2 (0.7), 3 (0.4), 4 (0.1).
        var audit = LabelAudit.Of(
            Of([0.1], 4, 2, Keeps(0, 0, 0.1f, 1), Keeps(1, 0, 0.3f, 1), Keeps(2, 0, 0.3f, 1), Keeps(3, 0, 0.6f, 1), Keeps(4, 0, 0.9f, 1)));
        var detection = audit.Against([true, false, true, false, false], replicates: 200);
        Assert.Equal(["apex", "self-confidence", "clean-margin", "irregularity"], detection.Select(d => d.Name));
        var apex = detection[0];
        // Thresholds 0.9 (1 of 1) and 0.7 (2 of 3).
        Assert.Equal(0.5 * 1 + 0.5 * 2 / 3, apex.AveragePrecision.Value, 1e-12);
        // Of six pairs 0 wins three, 2 wins two and ties one.
        Assert.Equal(5.5 / 6, apex.Auroc.Value, 1e-12);
        Assert.All(detection, d => Assert.Equal((2, 5L), (d.Wrong, d.Auroc.N)));
        // All have the same clean logits: no ranking.
        Assert.Equal((0.4, 0.5), (detection[1].AveragePrecision.Value, detection[1].Auroc.Value));
        Assert.Equal(apex.AveragePrecision.Value - 0.4, apex.PrecisionDifference.Value, 1e-12);
        Assert.Equal(apex.Auroc.Value - 0.5, apex.AurocDifference.Value, 1e-12);
        Assert.Equal((0.0, 0.0, 0.0), (detection[1].AurocDifference.Value, detection[1].AurocDifference.Low, detection[1].AurocDifference.High));
        Assert.All(detection, d => Assert.InRange(d.Auroc.Value, d.Auroc.Low, d.Auroc.High));
    }

    [Fact]
    public void Each_ranking_looks_at_its_own_score()
    {
        var random = new Random(2);
        SampleObservation[] samples = [.. Enumerable.Range(0, 60).Select(i =>
        {
            float margin = (float)random.NextDouble() * 4;
            return Sample(i, 0, [margin, 0, (float)random.NextDouble() - 2],
                [Level([4, 0, 0], margin + (float)random.NextDouble(), softmax: [(float)random.NextDouble(), 0.1f, 0.1f])]);
        })];
        var audit = LabelAudit.Of(Of([0.1], 4, 3, samples));
        bool[] wrong = [.. audit.Suspects.Select(_ => random.Next(3) == 0)];
        var detection = audit.Against(wrong, replicates: 20);
        double Auc(Func<Suspect, double> score)
        {
            double[] all = [.. audit.Suspects.Select(score)];
            return MannWhitney.Auc([.. all.Where((_, i) => wrong[i])], [.. all.Where((_, i) => !wrong[i])]);
        }

        double[] expected = [Auc(s => s.Score), Auc(s => -s.LabelLogOdds), Auc(s => -s.LabelMargin), Auc(s => -s.Regularity)];
        Assert.Equal(expected, detection.Select(d => d.Auroc.Value));
        Assert.Equal(4, expected.Distinct().Count());
        Assert.Equal(expected.Select(e => e - expected[1]), detection.Select(d => d.AurocDifference.Value));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void With_none_or_all_wrong_there_is_nothing_to_find(bool wrong)
    {
        var audit = LabelAudit.Of(Of([0.1], 4, 2, Keeps(0, 0, 0.1f, 1), Keeps(1, 0, 0.3f, 1)));
        Assert.Contains("nothing to find", Assert.Throws<InvalidInputException>(() => audit.Against([wrong, wrong])).Message, StringComparison.Ordinal);
    }

    /// <summary>A sample whose draws all overflowed has no regularity, but a score.</summary>
    [Fact]
    public void Detection_copes_with_samples_that_have_no_regularity()
    {
        var none = Level([0, 0], float.NaN, float.NaN, [float.NaN, float.NaN], 4);
        var audit = LabelAudit.Of(Of([0.1], 4, 2, Keeps(0, 0, 0.9f, 1), Keeps(1, 0, 0.2f, 1), Sample(2, 0, [1, 0], [none])));
        Assert.Equal([1L, 2, 0], audit.Suspects.Select(s => s.SampleId));
        Assert.Equal(1, audit.Against([true, false, false], replicates: 20)[0].Auroc.Value);
    }

    /// <summary>A list of another length belongs to other samples.</summary>
    [Fact]
    public void Detection_refuses_a_list_of_another_length()
    {
        var audit = LabelAudit.Of(Of([0.1], 4, 2, Keeps(0, 0, 0.1f, 1), Keeps(1, 0, 0.3f, 1)));
        Assert.ThrowsAny<ArgumentException>(() => audit.Against([true, false, false]));
    }

    /// <summary>Wrong labels that a two-class network memorised, at a small margin: the audit finds them where the clean prediction cannot.</summary>
    [Fact]
    public void Memorised_labels_are_found()
    {
        var random = new Random(4);
        double[] sigmas = [0.1, 0.2, 0.4];
        bool[] wrong = [.. Enumerable.Range(0, 200).Select(i => i % 10 == 0)];
        var audit = LabelAudit.Of(
            Of(sigmas, 16, 2, [.. wrong.Select((w, i) => FirstOrder(i, i % 2, (w ? 0.3 : 1.5) + 0.5 * random.NextDouble(), 2, sigmas, 16, random))]));
        Assert.DoesNotContain(audit.Suspects, s => s.Predicted != s.Label);
        var apex = audit.Against([.. audit.Suspects.Select(s => wrong[s.SampleId])], replicates: 200)[0];
        Assert.Equal(1, apex.Auroc.Value, 1e-12);
        Assert.Equal(20, apex.Wrong);
    }

    /// <summary>A two-class sample, predicted as 0, that keeps so much softmax for class 0 at every level.</summary>
    private static SampleObservation Keeps(long id, int? label, float softmax, int levels = 2) =>
        Sample(id, label, [1, 0], [.. Enumerable.Range(0, levels).Select(_ => Level([4, 0], softmax: [softmax, 1 - softmax]))]);

    /// <summary>A three-class sample, predicted as 0, at one level.</summary>
    private static SampleObservation Small(long id, int label, float[] logits, float margin, int[]? escapes = null) =>
        Sample(id, label, logits, [Level([4, 0, 0], margin)], escapes ?? [-1, -1, -1, -1], [.. (escapes ?? [-1, -1, -1, -1]).Select(c => c < 0 ? -1 : 0)]);
}
