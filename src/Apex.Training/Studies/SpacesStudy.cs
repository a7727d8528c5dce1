using Apex.Analysis;
using Apex.Analysis.Comparison;
using Apex.Analysis.LargeNoise;
using Apex.Analysis.Regularity;
using Apex.Analysis.Statistics;
using Apex.Analysis.Transitions;
using Apex.Facts;
using Apex.Probing;
using Apex.Training.Zoo;

namespace Apex.Training.Studies;

/// <summary>Activation, input and parameter noise side by side, on the questions of the other studies.</summary>
internal sealed class SpacesStudy : IStudy
{
    /// <summary>Beyond which nothing changes any more; parameter noise is relative to each tensor.</summary>
    private const double Large = 100, LargeOfParameters = 10;

    public string Name => "spaces";

    public string Question => "Does activation noise answer these questions better than input or parameter noise?";

    public async Task<StudyResult> RunAsync(StudyContext context)
    {
        List<Measurement> figures = [], better = [];
        await RegularityAsync(context, figures, better);
        await StructureAsync(context, figures, better);
        await SemanticAsync(context, figures, better);
        await BackdoorsAsync(context, figures, better);
        return new StudyResult(Name, Question,
        [
            new Claim("Noise in each space answers: more than no noise, or more than chance", "spaces", figures),
            new Claim("Activation noise answers better than input or parameter noise", "abstract; spaces", better),
        ],
        [
            "Regularity: Spearman's correlation with consistency scores of the mean softmax of the clean class under noise, at the largest small-noise level, "
                + "which each space has of its own. Structure: perceptrons, escape noise at flip level 0.5. "
                + "Semantic: coherence less what chance has, bootstrap over samples, of a difference on the same resamples.",
            FormattableString.Invariant($"Backdoors: share of the attacker's target at large noise (sigma {Large}; parameters {LargeOfParameters} of ")
                + "their rms) less that class's mean in clean networks of the setting, on 50 images, 32 draws; one value a poisoned network of Fashion-MNIST. "
                + "One draw of the parameters serves all samples: intervals over samples hold for the networks that were drawn, one a draw, "
                + "and leave out how much others would differ.",
        ]);
    }

    private static async Task RegularityAsync(StudyContext context, List<Measurement> figures, List<Measurement> better)
    {
        var consistency = await ConsistencyScores.OfAsync(context);
        foreach (var (name, model) in StudyProbes.Subjects(context))
        {
            var readout = Readouts.All(0.5).First(r => r.Name == "mean-softmax");
            var clean = Readouts.All(0.5).First(r => r.Name == "confidence");
            var runs = new List<RunObservations>();
            foreach (var space in StudyProbes.Spaces)
                runs.Add(await StudyProbes.RegularityAsync(context, model, space));
            // The clean softmax is the same in all of them.
            double[][] scores = [.. runs.Select(readout.Score), clean.Score(runs[0])];
            long[] ids = [.. runs[0].Samples.Select(s => s.SampleId)];
            int[] known = [.. Enumerable.Range(0, ids.Length).Where(i => !double.IsNaN(consistency.Scores[ids[i]]) && scores.All(s => !double.IsNaN(s[i])))];
            double[] reference = [.. known.Select(i => consistency.Scores[ids[i]])];
            double[][] own = [.. scores.Select(s => (double[])[.. known.Select(i => s[i])])];
            // Little noise leaves the clean softmax, which correlates by itself: what counts is what noise adds.
            var (rho, added, _) = BootstrapCorrelation.Against(own, reference, own.Length - 1, 0);
            foreach (var (i, space) in StudyProbes.Spaces.Index())
            {
                var figure = Measurement.Above($"regularity, {name}, {StudyProbes.Named(space)}",
                    "rank correlation with consistency, less that of the clean softmax", added[i], 0);
                figures.Add(figure with { Detail = FormattableString.Invariant($"{rho[i].Value:f3} against {rho[^1].Value:f3}") });
            }

            for (int other = 1; other < StudyProbes.Spaces.Count; other++)
                better.Add(Measurement.Above($"regularity, {name}", $"rank correlation, less that of {StudyProbes.Named(StudyProbes.Spaces[other])}",
                    BootstrapCorrelation.Against(own, reference, other, 0).Difference[0], 0));
        }
    }

    private static async Task StructureAsync(StudyContext context, List<Measurement> figures, List<Measurement> better)
    {
        var auc = StudyProbes.Spaces.ToDictionary(s => s, _ => new List<double>());
        foreach (int seed in StudyProbes.StructureSeeds(context))
        {
            string structured = context.Train(StudyProbes.Structure(context, FashionNetwork.Perceptron, 0, seed));
            string random = context.Train(StudyProbes.Structure(context, FashionNetwork.Perceptron, 1, seed));
            foreach (var space in StudyProbes.Spaces)
                auc[space].Add(RunComparison.Compare(
                    await StudyProbes.StructureAsync(context, structured, space),
                    await StudyProbes.StructureAsync(context, random, space), replicates: 1).Escape.Auc.Value);
        }

        Side(auc, "structure, perceptron", "AUC of true against random labels", 0.5, figures, better);
    }

    private static async Task SemanticAsync(StudyContext context, List<Measurement> figures, List<Measurement> better)
    {
        foreach (var (name, model, images) in StudyProbes.Pair(context))
        {
            var runs = new List<RunObservations>();
            foreach (var space in StudyProbes.Spaces)
            {
                runs.Add(await StudyProbes.SemanticAsync(context, model, images, space));
                figures.Add(Measurement.Above($"semantic, {name}, {StudyProbes.Named(space)}",
                    "coherence less what chance has", SemanticStudy.Analyse(context, runs[^1]).Coherence!.Excess, 0));
            }

            for (int other = 1; other < runs.Count; other++)
            {
                better.Add(Measurement.Above($"semantic, {name}", $"coherence over chance, less that of {StudyProbes.Named(StudyProbes.Spaces[other])}",
                    Coherence.Difference(runs[0], runs[other], Taxonomy.For(runs[0].Info.Model.Classes)!, replicates: context.Quick ? 300 : 1000), 0));
            }
        }
    }

    private static async Task BackdoorsAsync(StudyContext context, List<Measurement> figures, List<Measurement> better)
    {
        var zoo = await StudyZoo.OfAsync(context);
        var members = zoo.Members.Where(m => m.Recipe.Data == ZooData.Fashion).ToList();
        var excess = new Dictionary<NoiseSpace, List<double>>();
        foreach (var space in StudyProbes.Spaces)
        {
            var shares = new Dictionary<ZooMember, IReadOnlyList<Interval>>();
            foreach (var member in members)
            {
                var run = await context.ProbeAsync(member.Path, StudyContext.BuiltInImages, 50,
                    new ProbeOptions { Sigmas = [space == NoiseSpace.Parameter ? LargeOfParameters : Large], Draws = 32, Space = space });
                shares[member] = NoiseTransition.Of(run, replicates: 1, permutations: 1).Bias[0].Shares;
            }

            excess[space] = [.. StudyZoo.OverClean(members, (m, c) => shares[m][c].Value)];
        }

        Side(excess, "backdoors, Fashion-MNIST", "share of the target over clean networks", 0, figures, better);
    }

    /// <summary>One value for each network in each space.</summary>
    private static void Side(Dictionary<NoiseSpace, List<double>> values, string of,
        string figure, double nothing, List<Measurement> figures, List<Measurement> better)
    {
        foreach (var space in StudyProbes.Spaces)
            figures.Add(Measurement.Above($"{of}, {StudyProbes.Named(space)}", figure, Interval.Student(values[space]), nothing));
        foreach (var other in StudyProbes.Spaces.Skip(1))
            better.Add(Measurement.Above(of, $"{figure}, less that of {StudyProbes.Named(other)}",
                Interval.Student([.. values[StudyProbes.Spaces[0]].Zip(values[other], (a, b) => a - b)]), 0));
    }
}
