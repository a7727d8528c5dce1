using Apex.Analysis.Transitions;
using Apex.Probing;

namespace Apex.Training.Studies;

/// <summary>Whether small noise takes predictions to classes that belong together.</summary>
internal sealed class SemanticStudy : IStudy
{
    private const double Significant = 0.01;

    public string Name => "semantic";

    public string Question => "Does small noise take predictions to classes of the same kind?";

    public async Task<StudyResult> RunAsync(StudyContext context)
    {
        string plain = context.Train(new StudyModel(context.Quick ? 2000 : 5000, 0, 1, 100));
        List<Measurement> kind = [], confusion = [];
        string groups = "";
        foreach (var (name, model, images) in new[] { ("residual, built-in", StudyContext.BuiltInModel, StudyContext.BuiltInImages), ("plain", plain, context.TrainingImages) })
        {
            var run = await context.ProbeAsync(model, images, context.Quick ? 300 : 2000, new ProbeOptions { Sigmas = SigmaGrid.Geometric(0.0125, 0.8, 13), Draws = 16 });
            var taxonomy = Taxonomy.For(run.Info.Model.Classes) ?? throw new InvalidOperationException("Fashion-MNIST has groups");
            groups = string.Join(", ", taxonomy.Groups);
            var transitions = ClassTransitions.Of(run, taxonomy, replicates: context.Quick ? 300 : 1000, permutations: context.Quick ? 999 : 9999);
            var coherence = transitions.Coherence!;
            kind.Add(Measurement.From(name, FormattableString.Invariant($"share of escapes inside the group ({coherence.Expected:p1} expected by chance, p {(coherence.PValue < 0.001 ? "< 0.001" : $"= {coherence.PValue:f3}")})"),
                coherence.Share, s => s.Low > coherence.Expected && coherence.PValue < Significant));
            confusion.Add(Measurement.From(name, FormattableString.Invariant($"rank correlation with the clean confusion structure (p {(transitions.ConfusionPValue < 0.001 ? "< 0.001" : $"= {transitions.ConfusionPValue:f3}")})"),
                transitions.ConfusionCorrelation, r => r.Low > 0 && transitions.ConfusionPValue < Significant));
        }

        return new StudyResult(Name, Question,
        [
            new Claim("Escapes at small noise stay inside groups of classes that belong together more than chance has it", kind),
            new Claim("They go where the clean model already hesitates", confusion),
        ],
        [$"Groups: {groups}. Chance: quasi-independence, whole samples traded.", "Absolute noise on all hidden sites, 13 levels, 16 draws, seed 0."], ["built-in residual network", Path.GetFileName(plain)]);
    }
}
