using System.Globalization;
using Apex.Analysis;
using Apex.Analysis.Regularity;
using Apex.Data;
using Apex.Experiments;
using Apex.Probing;

namespace Apex.Training.Studies;

/// <summary>Regularity of samples against scores that take many trainings.</summary>
internal sealed class RegularityStudy : IStudy
{
    private const double Aligned = 0.5;

    /// <summary>The default score, and the cheapest reading of noise.</summary>
    private static readonly Readout[] Compared = [.. Readouts.All(0.5).Where(r => r.Name is "apex" or "mean-margin")];

    public string Name => "regularity";

    public string Question => "Does one network under small noise rank samples as scores do that take many trainings?";

    public async Task<StudyResult> RunAsync(StudyContext context)
    {
        List<Measurement> aligned = [], beyond = [], cheap = [];
        var consistency = await ConsistencyScores.OfAsync(context);
        int epochs = ConsistencyScores.Epochs(context);
        double passes = ConsistencyScores.PassesPerSample(consistency.Networks, epochs);
        foreach (var (name, model) in StudyProbes.Subjects(context))
        {
            var run = await StudyProbes.RegularityAsync(context, model);
            Hold(context, $"{name}, consistency of {consistency.Networks} networks on halves",
                run, [.. run.Samples.Select(s => consistency.Scores[s.SampleId])], aligned, beyond);
            foreach (var (how, own) in (ReadOnlySpan<(string, int)>)[
                ("the whole grid", run.Info.Plan.Draws * run.Sigmas.Count + 1),
                ("the small level alone, where it is known", run.Info.Plan.Draws + 1)])
                cheap.Add(Measurement.ExactlyAbove(name,
                    FormattableString.Invariant($"passes a sample that the consistency scores take ({passes:0}) over those of {how} ({own})"),
                    passes / own, run.Samples.Count, 1));
        }

        List<string> notes =
        [
            string.Create(CultureInfo.InvariantCulture,
                $"Consistency: share of the networks that did not train on an image and get it right, over {consistency.Networks} plain networks "
                    + $"(seeds 1 to {consistency.Networks}), each trained on a random half ({context.TrainingCount / 2} images, {epochs} epochs). "
                    + $"Its own reliability, half of the networks against the other half stepped up to all, is {consistency.Reliability:f3}; "
                    + $"no score of one network can be expected to correlate higher than about its square root, {Math.Sqrt(consistency.Reliability):f3}."),
            "Regularity: two readouts of apex regularity on the first training images, its default score (levels up to a mean flip rate of one half) and "
                + "the mean margin at one small level; all hidden sites, absolute noise, 13 levels, 16 draws. Spearman's correlation, bootstrap over samples.",
            "A pass is one forward pass of one sample; a training step counts as three. The network that is probed is there already and costs nothing. "
                + "That compares with scores of few small networks, on halves; the published C-scores took thousands of full trainings.",
        ];
        if (context.Options.Published is (var scores, var data, var published))
        {
            context.Use(new UsedModel(Path.GetFileNameWithoutExtension(published), "given with --cscore-model", 0, null, null));
            var run = await context.ProbeAsync(published, data, (int)Math.Min(int.MaxValue, Dataset.Open(data).Count),
                new ProbeOptions { Sigmas = SigmaGrid.Geometric(0.0125, 0.8, 13), Draws = 16 });
            Hold(context, $"{Path.GetFileNameWithoutExtension(published)}, published C-scores of {Path.GetFileName(data)}",
                run, run.Match(ScoreFile.Open(scores)), aligned, beyond);
        }
        else
        {
            notes.Add(
                "Published C-scores were not given (--cscores, --cscore-data, --cscore-model); "
                    + "docs/results/regularity.md has the tool's own figures for them.");
        }

        return new StudyResult(Name, Question,
        [
            new Claim("Regularity under small noise aligns with established scores", "abstract; small noise", aligned),
            new Claim("It says more than the clean margin", "small noise", beyond),
            new Claim("It takes fewer passes than scores from many trainings", "abstract", cheap),
        ],
        notes);
    }

    private static void Hold(StudyContext context, string on, RunObservations run, double[] reference, List<Measurement> aligned, List<Measurement> beyond)
    {
        var readouts = Readouts.All(0.5).Where(r => !r.NeedsLabels && !r.NeedsGradients).ToList();
        var alignment = Alignment.Find([.. readouts.Select(r => (r, r.Score(run)))], reference,
            readouts.FindIndex(r => r.Name == Readouts.Baseline), replicates: context.Quick ? 500 : 2000);
        foreach (var score in alignment.Readouts.Where(r => Compared.Any(c => c.Name == r.Readout.Name)))
        {
            aligned.Add(Measurement.Above(on, $"rank correlation of {score.Readout.Name}", score.Spearman, Aligned));
            beyond.Add(Measurement.Above(on, $"that of {score.Readout.Name} less the clean margin's", score.DifferenceFromMargin, 0));
        }
    }
}
