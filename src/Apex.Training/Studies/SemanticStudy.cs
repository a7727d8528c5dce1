using Apex.Analysis.Transitions;

namespace Apex.Training.Studies;

/// <summary>Whether small noise takes predictions to classes that belong together.</summary>
internal sealed class SemanticStudy : IStudy
{
    private const double Significant = 0.01;

    public string Name => "semantic";

    public string Question => "Does small noise take predictions to classes of the same kind?";

    /// <summary>Transitions of a run, with Fashion-MNIST's groups of classes.</summary>
    public static ClassTransitions Analyse(StudyContext context, Analysis.RunObservations run) =>
        ClassTransitions.Find(run, Taxonomy.For(run.Info.Model.Classes), replicates: context.Quick ? 300 : 1000, permutations: context.Quick ? 999 : 9999);

    public async Task<StudyResult> RunAsync(StudyContext context)
    {
        List<Measurement> kind = [], confusion = [];
        string groups = "";
        foreach (var (name, model, images) in StudyProbes.Pair(context))
        {
            var transitions = Analyse(context, await StudyProbes.SemanticAsync(context, model, images));
            var coherence = transitions.Coherence ?? throw new InvalidOperationException("Fashion-MNIST has groups");
            groups = string.Join(", ", coherence.Taxonomy.Groups);
            kind.Add(Measurement.Above(name, "share of escapes inside the group, less what chance has", coherence.Excess, 0) with
            {
                Detail = FormattableString.Invariant($"{coherence.Share.Value:f3} against {coherence.Expected:f3}"),
            });
            kind.Add(Measurement.ExactlyBelow(name, "p-value of its permutations", coherence.PValue, coherence.Permutations, Significant));
            confusion.Add(Measurement.Above(name, "rank correlation with the clean confusion structure", transitions.ConfusionCorrelation, 0));
            confusion.Add(Measurement.ExactlyBelow(name, "p-value of its permutations", transitions.ConfusionPValue, coherence.Permutations, Significant));
        }

        return new StudyResult(Name, Question,
        [
            new Claim("Escapes at small noise stay inside groups of classes that belong together more than chance has it", "abstract; small noise", kind),
            new Claim("They go where the clean model already hesitates", "small noise", confusion),
        ],
        [$"Groups: {groups}. Chance: quasi-independence, found anew in each resample; for the p-value whole samples are traded.",
            "Absolute noise on all hidden sites, 13 levels, 16 draws."]);
    }
}
