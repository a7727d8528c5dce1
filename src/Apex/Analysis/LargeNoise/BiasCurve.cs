namespace Apex.Analysis.LargeNoise;

/// <summary>How the predictions of a model concentrate as noise on a group of sites grows.</summary>
/// <param name="Sites">Name of the group, e.g. <c>all</c>, <c>early</c>.</param>
/// <param name="SiteIndices">The sites, ascending.</param>
/// <param name="Sigmas">Noise levels, ascending, shape <c>[sigmas]</c>; infinity for the limit.</param>
/// <param name="Levels">One for each level.</param>
internal sealed record BiasCurve(string Sites, IReadOnlyList<int> SiteIndices, IReadOnlyList<double> Sigmas, IReadOnlyList<ClassBias> Levels)
{
    /// <summary>The class that has the largest share at the largest level.</summary>
    public int TopClass => Levels[^1].TopClass;

    /// <summary>
    /// The smallest sigma from which that class has the largest share at every level: where it takes over. At the smallest level of the grid it may have
    /// had it before.
    /// </summary>
    public double TakeOver => Sigmas[Levels.Count - Levels.Reverse().TakeWhile(l => l.TopClass == TopClass).Count()];

    /// <summary>The marginal response of a run over its levels.</summary>
    /// <param name="run">The run.</param>
    /// <param name="sites">What to call its sites.</param>
    public static BiasCurve Find(RunObservations run, string sites) =>
        new(sites, run.Info.Plan.Sites, run.Sigmas, [.. Enumerable.Range(0, run.Sigmas.Count).Select(s => NoiseTransition.Marginal(run, s))]);
}
