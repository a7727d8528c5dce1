using Apex.Analysis.LargeNoise;
using Apex.Analysis.Screening;
using Apex.Models;
using Apex.Models.Onnx;
using Apex.Sites;

namespace Apex.Probing;

/// <summary>How a model is measured for screening.</summary>
public readonly record struct ScreeningOptions
{
    /// <summary>128 draws of noise that 16 inputs of noise and up to 64 samples share.</summary>
    public ScreeningOptions() { }

    /// <summary>Draws of shared noise, at least 2. Default: 128.</summary>
    public int Draws { get; init; } = 128;

    /// <summary>Inputs of noise, at least 2. Default: 16.</summary>
    public int NoiseInputs { get; init; } = 16;

    /// <summary>Samples used of those given, evenly spaced, at least 2. Default: 64.</summary>
    public int DataInputs { get; init; } = 64;

    /// <summary>Draws of the limit of infinite noise. Default: 1000.</summary>
    public int LimitDraws { get; init; } = 1000;

    /// <summary>Keys all noise. References must be measured with the same seed. Default: 0.</summary>
    public ulong Seed { get; init; }

    /// <summary>Worker threads; 0 for one for each core. Results do not depend on it.</summary>
    public int Threads { get; init; }
}

/// <summary>Measures what <see cref="BackdoorScreen"/> judges: the common gains of noise on the early sites and on the input.</summary>
public static class ScreeningProbe
{
    private static readonly double[] Sigmas = [0.5, 1, 2, 4];

    /// <summary>Measures a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="classifier">The same, bound.</param>
    /// <param name="classes">Class names.</param>
    /// <param name="data">Unlabelled samples, at least two, or null.</param>
    /// <param name="options">How.</param>
    /// <param name="progress">Told as it goes.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="InvalidInputException">The model has no hidden site, reads tokens and no data was given, or there are too few samples.</exception>
    public static async Task<ScreeningProfile> MeasureAsync(
        OnnxModel model, OnnxClassifier classifier, IReadOnlyList<string> classes, IReadOnlyList<ProbeSample>? data, ScreeningOptions options,
        IProgress<ProbeProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        if (options.Draws < 2 || options.NoiseInputs < 2 || options.DataInputs < 2)
            throw new InvalidInputException($"{options.Draws} draws, {options.NoiseInputs} inputs of noise and {options.DataInputs} samples: screening needs at least 2 of each");
        if (data is { Count: < 2 })
            throw new InvalidInputException($"{model.Path}: {data.Count} sample to screen with; give at least 2, and better 200");
        var groups = SiteGroup.Of(classifier.Sites).Where(g => g.Name is "early" or "input").ToList();
        if (groups.All(g => g.Name != "early"))
            groups.Insert(0, SiteGroup.Of(classifier.Sites).FirstOrDefault(g => g.Name == "all") ?? throw new InvalidInputException($"{model.Path}: has no hidden site to perturb"));
        var responses = new List<ScreeningResponse>();
        foreach (var (kind, inputs) in Inputs(model, classifier, data, options))
        {
            var shared = new SharedNoise(classifier, inputs, options.Threads);
            foreach (var group in groups)
            {
                var response = await Task.Run(() => shared.Run(group, Sigmas, options.Draws, options.Seed, progress, cancellationToken), cancellationToken);
                responses.AddRange(Sigmas.Select((sigma, s) =>
                    new ScreeningResponse(kind, group.Name == "all" ? "early" : group.Name, sigma, CommonGain.Of(response.First[s], response.Second[s]), inputs.Count, options.Draws)));
            }
        }

        string architecture = string.Join(' ', classifier.Sites.Select(s => $"{s.Op}[{string.Join(',', s.Shape)}]"));
        return new ScreeningProfile(model.Path, classes, architecture, responses, await LimitAsync(model, classifier, options, progress, cancellationToken));
    }

    private static IEnumerable<(ScreeningInputs Kind, IReadOnlyList<ModelSample> Inputs)> Inputs(OnnxModel model, OnnxClassifier classifier, IReadOnlyList<ProbeSample>? data, ScreeningOptions options)
    {
        if (classifier.Input.Kind != InputKind.Tokens || data is null)
            yield return (ScreeningInputs.Noise, [.. NoiseInputs.Of(model.Path, classifier.Input, options.NoiseInputs, options.Seed).Select(s => s.Input)]);
        if (data is null)
            yield break;
        int count = Math.Min(options.DataInputs, data.Count);
        yield return (ScreeningInputs.Data, [.. Enumerable.Range(0, count).Select(i => data[(int)((long)i * data.Count / count)].Input)]);
    }

    private static async Task<ClassBias?> LimitAsync(OnnxModel model, OnnxClassifier classifier, ScreeningOptions options, IProgress<ProbeProgress>? progress, CancellationToken cancellationToken)
    {
        try
        {
            using var limit = NoiseLimit.Of(model, classifier.Input.Shape);
            return ClassBias.Of(await limit.CountAsync(limit.Groups[0], options.LimitDraws, options.Seed, options.Threads, progress, cancellationToken));
        }
        catch (InvalidInputException)
        {
            // A network that has no limit is screened without this line of evidence; `apex bias MODEL --sigma inf` tells why.
            return null;
        }
    }
}
