using Apex.Analysis.LargeNoise;
using Apex.Analysis.Screening;
using Apex.Models;
using Apex.Probing;
using Apex.Sites;

namespace Apex.Experiments;

/// <summary>How a model is measured for screening.</summary>
public readonly record struct ScreeningOptions
{
    /// <summary>256 draws of noise that 24 inputs share.</summary>
    public ScreeningOptions() { }

    /// <summary>Draws of shared noise, at least 2. Default: 256.</summary>
    public int Draws { get; init; } = 256;

    /// <summary>Inputs that share the noise, at least 2, and as many again to try the directions on. Default: 24. Of fewer samples, half.</summary>
    public int Inputs { get; init; } = 24;

    /// <summary>Draws of the limit of infinite noise. Default: 1000.</summary>
    public int LimitDraws { get; init; } = 1000;

    /// <summary>Keys all noise. References must be measured with the same seed. Default: 0.</summary>
    public ulong Seed { get; init; }

    /// <summary>Worker threads; 0 for one for each core. Results do not depend on it.</summary>
    public int Threads { get; init; }
}

/// <summary>Measures what <see cref="BackdoorScreen"/> judges: what shared noise on the early sites and on the input does to each class.</summary>
internal static class ScreeningProbe
{
    private const int FewestSamples = 4;

    /// <summary>Noise levels; the second is the one that directions are taken from.</summary>
    private static readonly double[] Sigmas = [0.5, 1, 2, 4];

    private const int DirectionLevel = 1;

    /// <summary>Measures a model.</summary>
    /// <param name="classifier">The model.</param>
    /// <param name="classes">Class names.</param>
    /// <param name="data">Unlabelled samples, at least four, of which twice <see cref="ScreeningOptions.Inputs"/> are used, evenly spaced; or null.</param>
    /// <param name="options">How.</param>
    /// <param name="progress">Told as it goes.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="InvalidInputException">The model has no hidden site, reads tokens and no data was given, or there are too few samples.</exception>
    public static async Task<ScreeningProfile> MeasureAsync(
        IClassifier classifier, IReadOnlyList<string> classes, IReadOnlyList<ProbeSample>? data, ScreeningOptions options,
        IProgress<ProbeProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        if (options.Draws < 2 || options.Inputs < 2)
            throw new InvalidInputException($"{options.Draws} draws and {options.Inputs} inputs: screening needs at least 2 of each");
        if (options.Threads is < 0 or > 1024)
            throw new InvalidInputException($"`Threads` {options.Threads}: give 1 to 1024, or 0 for one for each core");
        if (data is { Count: < FewestSamples })
            throw new InvalidInputException($"{classifier.Name}: {data.Count} samples to screen with; give at least {FewestSamples}, and better 200");
        var all = SiteGroup.Of(classifier.Sites);
        SiteGroup hidden = all.FirstOrDefault(g => g.Name == "early") ?? all.FirstOrDefault(g => g.Name == "all")
            ?? throw new InvalidInputException($"{classifier.Name}: no hidden site: {classifier.WithoutSites}");
        SiteGroup[] groups = [hidden with { Name = "early" }, .. all.Where(g => g.Name == "input")];
        var responses = new List<ScreeningResponse>();
        foreach (var (kind, inputs) in Inputs(classifier, data, options))
        {
            // Every other input, for data may be sorted by class.
            ModelSample[] own = [.. inputs.Where((_, i) => i % 2 == 0)], others = [.. inputs.Where((_, i) => i % 2 == 1)];
            var shared = new SharedNoise(classifier, own, options.Threads);
            foreach (var group in groups)
            {
                string where = group.Name == "input" ? "input" : $"{group.Name} sites", fed = kind == ScreeningInputs.Noise ? "inputs of noise" : "samples";
                var told = Phase.Start(progress, $"noise on the {where} that {own.Length} {fed} share");
                responses.Add(await Task.Run(() =>
                {
                    var response = shared.Run(group, Sigmas, options.Draws, options.Seed, told, cancellationToken);
                    double[][] gains = [.. Enumerable.Range(0, Sigmas.Length).Select(s => CommonGain.Find(response.First[s], response.Second[s]))];
                    double[][] pushes = shared.Push(response, DirectionLevel, others, told, cancellationToken);
                    return new ScreeningResponse(kind, group.Name, Sigmas, gains, pushes, own.Length, options.Draws);
                }, cancellationToken));
            }
        }

        string architecture = string.Join(' ', classifier.Sites.Select(s => $"{s.Op}[{string.Join(',', s.Shape)}]"));
        var atInfinity = await LimitAsync(classifier, options, Phase.Start(progress, "limit of infinite noise"), cancellationToken);
        return new ScreeningProfile(classifier.Name, classes, architecture, responses, atInfinity);
    }

    private static IEnumerable<(ScreeningInputs Kind, IReadOnlyList<ModelSample> Inputs)> Inputs(
        IClassifier classifier, IReadOnlyList<ProbeSample>? data, ScreeningOptions options)
    {
        if (data is null || (classifier.Inputs.Count == 1 && classifier.Input.Kind != InputKind.Tokens))
            yield return (ScreeningInputs.Noise, [.. NoiseInputs.Draw(classifier, 2 * options.Inputs, options.Seed).Select(s => s.Input)]);
        if (data is null)
            yield break;
        int count = Math.Min(2 * options.Inputs, data.Count / 2 * 2);
        yield return (ScreeningInputs.Data, [.. Enumerable.Range(0, count).Select(i => data[(int)((long)i * data.Count / count)].Input)]);
    }

    private static async Task<ClassBias?> LimitAsync(
        IClassifier classifier, ScreeningOptions options, IProgress<ProbeProgress>? progress, CancellationToken cancellationToken)
    {
        NoiseLimit limit;
        try
        {
            limit = NoiseLimit.Of(classifier);
        }
        catch (InvalidInputException)
        {
            // A network that has no limit is screened without this line of evidence; BiasProbe.LimitAsync tells why.
            return null;
        }

        using (limit)
        {
            var tally = await limit.TallyAsync(limit.Groups[0], options.LimitDraws, options.Seed, options.Threads, progress, cancellationToken);
            return tally.Decides ? ClassBias.Of(tally.Counts) : null;
        }
    }

    /// <summary>Progress of a part, under the name of what is done.</summary>
    private sealed class Phase(IProgress<ProbeProgress> whole, string name) : IProgress<ProbeProgress>
    {
        public static Phase? Start(IProgress<ProbeProgress>? whole, string name) => whole is null ? null : new Phase(whole, name);

        public void Report(ProbeProgress value) => whole.Report(value with { Phase = name });
    }
}
