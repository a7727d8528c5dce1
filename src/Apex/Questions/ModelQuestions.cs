using Apex.Analysis;
using Apex.Analysis.Comparison;
using Apex.Analysis.Screening;
using Apex.Answers;
using Apex.Experiments;
using Apex.Facts;
using Apex.Probing;

namespace Apex.Questions;

/// <summary>
/// The questions that need passes of their own, or two runs.
/// <code>
/// using var model = PreparedModel.Open("resnet20.onnx");
/// var bias = await ModelQuestions.BiasAsync(model, "resnet20.onnx", draws: 10_000);
/// </code>
/// </summary>
public static class ModelQuestions
{
    /// <summary>What a model says in the exact limit of infinite noise, which needs no data.</summary>
    /// <param name="model">The model.</param>
    /// <param name="path">What to call it.</param>
    /// <param name="draws">N for each group of sites, 1 to 10,000,000.</param>
    /// <param name="seed">Keys the noise.</param>
    /// <param name="threads">Worker threads; 0 for one for each core.</param>
    /// <param name="progress">Told as it goes.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="InvalidInputException">The model has no such limit, or noise on all hidden sites does not reach the logits.</exception>
    public static async Task<BiasAnswer> BiasAsync(
        PreparedModel model, string path, int draws = 10_000, ulong seed = 0, int threads = 0, IProgress<ProbeProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        var curves = await BiasProbe.LimitAsync(model, draws, seed, threads, progress, cancellationToken);
        return BiasAnswer.Create(path, "nothing", model.Classes, curves, NoiseScale.Absolute, seed);
    }

    /// <summary>What a model says at finite noise, on its samples or, without any, on inputs of noise.</summary>
    /// <param name="model">The model, with its samples.</param>
    /// <param name="path">What to call it.</param>
    /// <param name="data">Where its samples came from; null without any.</param>
    /// <param name="options">Levels, draws, scale and seed.</param>
    /// <param name="progress">Told as it goes.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="InvalidInputException">An option is out of range.</exception>
    public static async Task<BiasAnswer> BiasAsync(
        PreparedModel model, string path, string? data, ProbeOptions options, IProgress<ProbeProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        var curves = await BiasProbe.RunAsync(model, options, progress, cancellationToken);
        string fed = model.Samples is { } samples ? $"{samples.Count} samples of {data}" : $"{BiasProbe.NoiseInputCount} inputs of noise";
        return BiasAnswer.Create(path, fed, model.Classes, curves, options.Scale, options.Seed, model.Inputs?.Warnings);
    }

    /// <summary>How much of each site's activation space perturbing the input can reach.</summary>
    /// <param name="model">The model, with its samples.</param>
    /// <param name="path">What to call it.</param>
    /// <param name="data">Where its samples came from.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="progress">Told as it goes.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="InvalidInputException">The model has no derivative, or an option is out of range.</exception>
    public static async Task<ReachAnswer> ReachAsync(
        PreparedModel model, string path, string data, ReachOptions? options = null, IProgress<ProbeProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        var asked = options ?? new ReachOptions();
        var samples = model.Samples ?? throw new InvalidInputException($"{path}: no samples; the derivative is taken at some");
        var reached = await Task.Run(() => ReachProbe.Measure(model.Classifier, samples, asked, progress, cancellationToken), cancellationToken);
        return ReachAnswer.Create(path, data, model.Classifier.Input.Elements, reached, asked.Probes, asked.Seed, model.Inputs?.Warnings);
    }

    /// <summary>Whether models look backdoored. One that cannot be screened does not keep the others from it.</summary>
    /// <param name="models">Paths of the models.</param>
    /// <param name="references">Paths of clean models of the same architecture; at least 3, better 8, or none.</param>
    /// <param name="open">Opens a model, with samples where there are some.</param>
    /// <param name="options">How.</param>
    /// <param name="progress">Told of each model as it goes, or null.</param>
    /// <param name="failed">Told of a model that cannot be screened, or null.</param>
    /// <param name="cancellationToken">Stops cleanly: what was screened is answered.</param>
    /// <exception cref="InvalidInputException">A reference cannot be used.</exception>
    public static async Task<ScanAnswer> ScanAsync(
        IReadOnlyList<string> models, IReadOnlyList<string> references, Func<string, PreparedModel> open, ScreeningOptions options,
        Func<string, IProgress<ProbeProgress>>? progress = null, Action<ScanAnswer.NotScanned>? failed = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(models);
        ArgumentNullException.ThrowIfNull(references);
        ArgumentNullException.ThrowIfNull(open);
        var warnings = new List<RunWarning>();
        async Task<ScreeningProfile> Measure(string path, PreparedModel model)
        {
            // The same for models whose preprocessing is one: once is enough.
            warnings.AddRange((model.Inputs?.Warnings ?? []).Except(warnings));
            return await ScreeningProbe.MeasureAsync(
                model.Classifier, model.Classes, model.Samples, model.Box, options, progress?.Invoke(path), cancellationToken);
        }

        var clean = new List<ScreeningProfile>();
        foreach (string path in references)
        {
            using var model = open(path);
            clean.Add(await Measure(path, model));
        }

        BackdoorScreen.CheckReferences(clean);
        var scans = new List<(ScreeningProfile Profile, BackdoorScreen Screen, RecoveredTrigger? Trigger)>();
        var not = new List<ScanAnswer.NotScanned>();
        foreach (string path in models)
        {
            try
            {
                using var model = open(path);
                var profile = await Measure(path, model);
                var screen = BackdoorScreen.Judge(profile, clean);
                var trigger = await Task.Run(
                    () => TriggerProbe.Recover(model, profile, screen, clean, options, progress?.Invoke(path), cancellationToken), cancellationToken);
                scans.Add((profile, screen, trigger));
            }
            catch (InvalidInputException error)
            {
                not.Add(new(path, error.Message.ReplaceLineEndings(" ")));
                failed?.Invoke(not[^1]);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return ScanAnswer.Create(scans, not, warnings, complete: false);
            }
        }

        return ScanAnswer.Create(scans, not, warnings);
    }

    /// <summary>Whether the samples of one run escape at larger noise than those of another.</summary>
    /// <param name="a">One run.</param>
    /// <param name="b">The other.</param>
    /// <param name="options">Flip level and seed; null for the defaults.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="InvalidInputException">A run is damaged, or the grids have no range in common.</exception>
    public static async Task<CompareAnswer> CompareAsync(AskedRun a, AskedRun b, AskOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        options ??= new AskOptions();
        double flipLevel = options.CheckedFlipLevel;
        var first = await a.ReadAsync(cancellationToken);
        var second = await b.ReadAsync(cancellationToken);
        return CompareAnswer.Create(first.Info, second.Info, RunComparison.Compare(first, second, flipLevel, options.Seed));
    }

    /// <summary>The escape noise of each sample, found with few passes and written nowhere.</summary>
    /// <param name="job">What to probe.</param>
    /// <param name="options">What to find.</param>
    /// <param name="top">Samples that the text lists at each end.</param>
    /// <param name="prepared">Told once the plan stands and work begins.</param>
    /// <param name="progress">Told after each sample.</param>
    /// <param name="cancellationToken">Stops cleanly: what was found is answered.</param>
    /// <returns>The answer, null where it was stopped before the first sample was done; samples that were searched, and all that were to be.</returns>
    /// <exception cref="InvalidInputException">Something given cannot be used.</exception>
    public static async Task<(EscapeAnswer? Answer, long Searched, long Wanted)> EscapeAsync(
        ProbeJob job, EscapeSearchOptions options, int top = 10, Action<RunInfo>? prepared = null, IProgress<ProbeProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(job);
        var found = await job.FindEscapeAsync(options, prepared, progress, cancellationToken);
        if (found.Info is not { } info || found.Samples.Count == 0)
            return (null, 0, found.Info?.Data.Selected ?? 0);
        var tally = new PredictionTally(info.Model.Classes);
        foreach (var sample in found.Samples)
            tally.Add(sample.Label, sample.CleanPrediction);
        var answer = EscapeAnswer.Create(found.Summarise(options.FlipLevel), info.Model.Classes, top, tally.AddTo(info).Warnings);
        return (answer, found.Samples.Count, info.Data.Selected);
    }
}
