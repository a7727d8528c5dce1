using System.Numerics.Tensors;
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

    /// <summary>Steps of the ascent to the worst noise that all inputs share; in windows half of it; 0 for no such noise. Default: 40.</summary>
    public int Steps { get; init; } = 40;

    /// <summary>Look for such noise on inputs of noise too where there are samples, as it is done where there are none. Default: no.</summary>
    internal bool WithNoiseToo { get; init; }

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

    /// <summary>Radii of directed noise on the whole input, root mean square over the pixels in units of their range.</summary>
    internal static readonly double[] Radii = [0.036, 0.054];

    /// <summary>Edges of its windows in pixels, and how many windows of a class are tried.</summary>
    private static readonly int[] Edges = [3, 5];
    private const int Windows = 3;

    /// <summary>Directed noise looks for up to this many classes; of more, for those that few steps on few inputs lead furthest.</summary>
    private const int MostClasses = 16, FewSteps = 5, FewInputs = 8;

    /// <summary>The last layer is differentiated at so many inputs, at one where there are many classes, so many rows at a time.</summary>
    private const int HeadInputs = 4, ManyClasses = 100, MostRows = 64;

    /// <summary>Measures a model.</summary>
    /// <param name="classifier">The model.</param>
    /// <param name="classes">Class names.</param>
    /// <param name="data">Unlabelled samples, at least four, of which twice <see cref="ScreeningOptions.Inputs"/> are used, evenly spaced; or null.</param>
    /// <param name="box">What its input can be, for directed noise; null where it reads no real numbers.</param>
    /// <param name="options">How.</param>
    /// <param name="progress">Told as it goes.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="InvalidInputException">The model has no hidden site, reads tokens and no data was given, or there are too few samples.</exception>
    public static async Task<ScreeningProfile> MeasureAsync(
        IClassifier classifier, IReadOnlyList<string> classes, IReadOnlyList<ProbeSample>? data, PixelBox? box, ScreeningOptions options,
        IProgress<ProbeProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        if (options.Draws < 2 || options.Inputs < 2)
            throw new InvalidInputException($"{options.Draws} draws and {options.Inputs} inputs: screening needs at least 2 of each");
        if (options.Steps < 0)
            throw new InvalidInputException($"{options.Steps} steps of directed noise: give 0 or more");
        if (options.Threads is < 0 or > 1024)
            throw new InvalidInputException($"`Threads` {options.Threads}: give 1 to 1024, or 0 for one for each core");
        if (data is { Count: < FewestSamples })
            throw new InvalidInputException($"{classifier.Name}: {data.Count} samples to screen with; give at least {FewestSamples}, and better 200");
        var all = SiteGroup.Of(classifier.Sites);
        SiteGroup hidden = all.FirstOrDefault(g => g.Name == "early") ?? all.FirstOrDefault(g => g.Name == "all")
            ?? throw new InvalidInputException($"{classifier.Name}: no hidden site: {classifier.WithoutSites}");
        SiteGroup[] groups = [hidden with { Name = "early" }, .. all.Where(g => g.Name == "input")];
        var responses = new List<ScreeningResponse>();
        // Inputs of noise where the network reads them: random noise on samples tells no more (docs/large-noise.md, what was tried).
        foreach (var (kind, inputs) in Inputs(classifier, data, options).Take(1))
        {
            var (own, others) = Halves(inputs);
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

        var (directed, undirected) = await Task.Run(() => Directed(classifier, data, box, options, progress, cancellationToken), cancellationToken);
        var head = await Task.Run(() => Head(classifier, data, options, cancellationToken), cancellationToken);
        string architecture = string.Join(' ', classifier.Sites.Select(s => $"{s.Op}[{string.Join(',', s.Shape)}]"));
        var atInfinity = await LimitAsync(classifier, options, Phase.Start(progress, "limit of infinite noise"), cancellationToken);
        return new ScreeningProfile(classifier.Name, classes, architecture, responses, atInfinity)
        {
            Directed = directed,
            Undirected = undirected,
            Head = head,
        };
    }

    /// <summary>
    /// For each class the sum over the elements of the last hidden site of the gradient of its logit, the mean over a few inputs; of a linear last layer behind
    /// it these are the sums of the rows of its weights. Null where there is no gradient.
    /// </summary>
    private static double[]? Head(
        IClassifier classifier, IReadOnlyList<ProbeSample>? data, ScreeningOptions options, CancellationToken cancellationToken)
    {
        if (classifier is not IDifferentiableClassifier differentiable || classifier.Sites.LastOrDefault(s => !s.IsInput) is not { } last)
            return null;
        int classes = classifier.Classes, inputs = classes > ManyClasses ? 1 : HeadInputs;
        try
        {
            var first = Inputs(classifier, data, options).First();
            ModelSample[] samples = [.. first.Inputs.Take(inputs)];
            using var pass = differentiable.OpenGradient(GradientTarget.Logit, [last], classifier.FixedBatch ?? Math.Min(MostRows, classes));
            var sums = new double[classes];
            foreach (var sample in samples)
            {
                foreach (int[] chunk in Enumerable.Range(0, classes).Chunk(pass.Rows))
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    pass.Run([.. chunk.Select(_ => sample)], chunk, (_, gradients) =>
                    {
                        int elements = gradients.Length / chunk.Length;
                        for (int row = 0; row < chunk.Length; row++)
                            sums[chunk[row]] += TensorPrimitives.Sum(gradients.Slice(row * elements, elements)) / (double)samples.Length;
                    });
                }
            }

            return sums.All(double.IsFinite) ? sums : null;
        }
        catch (InvalidInputException)
        {
            return null;
        }
    }

    /// <summary>The worst noise that all inputs share, on the whole input and in windows; or why there is none.</summary>
    private static (IReadOnlyList<DirectedReading> Readings, string? Why) Directed(
        IClassifier classifier, IReadOnlyList<ProbeSample>? data, PixelBox? box, ScreeningOptions options, IProgress<ProbeProgress>? progress,
        CancellationToken cancellationToken)
    {
        if (options.Steps == 0)
            return ([], "no steps were asked for");
        if (classifier is not IDifferentiableClassifier differentiable)
            return ([], "the model has no gradients; ONNX files and TorchSharp modules have");
        if (box is null || classifier.Inputs.Count > 1)
            return ([], classifier.Inputs.Count > 1 ? "it reads several inputs" : "its input is no real number, and so has no gradient");
        var readings = new List<DirectedReading>();
        try
        {
            // Samples, where there are any: with inputs of noise a lead is no evidence, and they take as long.
            foreach (var (kind, inputs) in Inputs(classifier, data, options).Where(i => data is null || options.WithNoiseToo || i.Kind == ScreeningInputs.Data))
            {
                var (own, others) = Halves(inputs);
                bool isData = kind == ScreeningInputs.Data;
                using var search = new DirectedSearch(differentiable, box, isClipped: isData, own, others, options.Threads);
                string fed = isData ? "samples" : "inputs of noise";
                var classes = Candidates(differentiable, box, isData, own, others, options,
                    Phase.Start(progress, $"the first steps of directed noise that {FewInputs} {fed} share"), cancellationToken);
                int[] edges = classifier.Input.Kind == InputKind.Image && box.IsBounded ? Edges : [];
                int part = 0;
                Phase? Told() => Phase.Start(
                    progress, $"directed noise on the input that {own.Length} {fed} share", part++, Radii.Length + edges.Length);
                foreach (double radius in Radii)
                    readings.Add(Reading(kind, DirectedPlace.Input, radius, search.Ball(radius, options.Steps, classes, Told(), cancellationToken)));
                foreach (int edge in edges)
                    readings.Add(Reading(kind, DirectedPlace.Window, edge,
                        search.Window(edge, Windows, Math.Max(1, options.Steps / 2), classes, Told(), cancellationToken)));
            }
        }
        catch (InvalidInputException refused)
        {
            return ([], refused.Message);
        }

        return (readings, null);
    }

    /// <summary>Every other input, for data may be sorted by class: those that noise is found on, and those that it is tried on.</summary>
    internal static (ModelSample[] Own, ModelSample[] Others) Halves(IReadOnlyList<ModelSample> inputs) =>
        ([.. inputs.Where((_, i) => i % 2 == 0)], [.. inputs.Where((_, i) => i % 2 == 1)]);

    /// <summary>The classes that directed noise looks for.</summary>
    private static IReadOnlyList<int> Candidates(
        IDifferentiableClassifier classifier, PixelBox box, bool isClipped, ModelSample[] own, ModelSample[] others, ScreeningOptions options,
        IProgress<ProbeProgress>? progress, CancellationToken cancellationToken)
    {
        int[] all = [.. Enumerable.Range(0, classifier.Classes)];
        if (all.Length <= MostClasses)
            return all;
        using var few = new DirectedSearch(
            classifier, box, isClipped, own[..Math.Min(FewInputs, own.Length)], others[..Math.Min(FewInputs, others.Length)], options.Threads);
        var led = few.Ball(Radii[^1], FewSteps, all, progress, cancellationToken);
        return [.. led.OrderByDescending(d => d.Margin).Take(MostClasses).Select(d => d.Target).Order()];
    }

    private static DirectedReading Reading(ScreeningInputs inputs, DirectedPlace place, double size, IEnumerable<DirectedDelta> deltas) =>
        new(inputs, place, size, [.. deltas.Select(d => new DirectedClass(d.Target, d.Value, d.Margin, d.Carried, d.Others, d.Window?.Top, d.Window?.Left)
        {
            Delta = d.Delta,
        })]);

    internal static IEnumerable<(ScreeningInputs Kind, IReadOnlyList<ModelSample> Inputs)> Inputs(
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
}
