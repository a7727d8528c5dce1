using Apex.Analysis.LargeNoise;
using Apex.Probing;
using Apex.Sites;

namespace Apex.Experiments;

/// <summary>Measures which classes a model falls to under large noise, for all sites and for parts of them.</summary>
internal static class BiasProbe
{
    /// <summary>Inputs of noise that stand in where there is no data.</summary>
    public const int NoiseInputCount = 64;

    /// <summary>The exact limit of infinite noise, without data: all hidden sites first, then the early, middle and late ones and the input.</summary>
    /// <param name="model">The model.</param>
    /// <param name="draws">N for each group, 1 to 10,000,000.</param>
    /// <param name="seed">Keys the noise.</param>
    /// <param name="threads">Worker threads; 0 for one for each core.</param>
    /// <param name="progress">Told as it goes.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>Parts whose noise does not reach the logits in the limit, or leaves more than 1 % of the draws tied, are left out.</returns>
    /// <exception cref="InvalidInputException">The model has no such limit, or noise on all hidden sites does not reach the logits.</exception>
    public static async Task<IReadOnlyList<BiasCurve>> LimitAsync(
        PreparedModel model, int draws, ulong seed = 0, int threads = 0, IProgress<ProbeProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        if (draws is < 1 or > 10_000_000)
            throw new InvalidInputException($"`draws` {draws}: give 1 to 10000000");
        using var limit = NoiseLimit.Of(model.Classifier);
        var curves = new List<BiasCurve>();
        foreach (var group in limit.Groups)
        {
            var tally = await limit.TallyAsync(group, draws, seed, threads, progress, cancellationToken);
            // Bounded activations or dead units behind a part of the sites stop its noise; that says nothing of the others.
            if (tally.Decides || tally.NonFinite > 0 || curves.Count == 0)
                curves.Add(Curve(group, [double.PositiveInfinity], [ClassBias.Of(limit.Checked(group, tally))]));
        }

        return curves.Count > 0 ? curves : throw new InvalidInputException($"{model.Classifier.Name}: no hidden site: {model.Classifier.WithoutSites}");
    }

    /// <summary>At finite noise, on data or, without any, on inputs of noise; groups as in the limit, but for the input.</summary>
    /// <param name="model">The model, with its samples.</param>
    /// <param name="options">Levels, draws, scale and seed; the sites are those of each group in turn.</param>
    /// <param name="progress">Told as it goes.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="InvalidInputException">An option is out of range.</exception>
    public static async Task<IReadOnlyList<BiasCurve>> RunAsync(
        PreparedModel model, ProbeOptions options, IProgress<ProbeProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var samples = model.Samples ?? NoiseInputs.Draw(model.Classifier, NoiseInputCount, options.Seed);
        var curves = new List<BiasCurve>();
        foreach (var group in SiteGroup.Of(model.Classifier.Sites).Where(g => g.Name != "input"))
        {
            var probe = new Probe(model.Classifier, options, group.Sites);
            var plan = await probe.PlanAsync(samples, progress, cancellationToken);
            ClassShareSums[] levels = [.. plan.Sigmas.Select(_ => new ClassShareSums(model.Classes.Count))];
            await foreach (var o in probe.RunAsync(group.Name, plan, samples, progress, samples.Count, cancellationToken))
            {
                for (int s = 0; s < levels.Length; s++)
                    levels[s].Add(o.Sigmas[s].Counts);
            }

            int none = Array.FindIndex(levels, l => l.Samples == 0);
            if (none >= 0)
                throw new InvalidInputException($"{model.Classifier.Name}: at sigma {plan.Sigmas[none]:g4} no logit is finite; give smaller levels");
            curves.Add(Curve(group, plan.Sigmas, [.. levels.Select(l => l.Bias(plan.Draws))]));
        }

        return curves.Count > 0 ? curves : throw new InvalidInputException($"{model.Classifier.Name}: no hidden site: {model.Classifier.WithoutSites}");
    }

    private static BiasCurve Curve(SiteGroup group, IReadOnlyList<double> sigmas, IReadOnlyList<ClassBias> levels) =>
        new(group.Name, [.. group.Sites.Select(s => s.Index)], sigmas, levels);
}
