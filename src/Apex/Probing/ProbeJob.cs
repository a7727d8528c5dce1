using System.Diagnostics;
using System.Runtime.InteropServices;
using Apex.Data;
using Apex.Models;
using Apex.Models.Onnx;
using Apex.Observations;
using Microsoft.ML.OnnxRuntime;

namespace Apex.Probing;

/// <summary>From a model file and a data set to a run on disk: what <c>apex probe</c> does, in one call.</summary>
public sealed class ProbeJob
{
    /// <summary>The model file.</summary>
    public required string Model { get; init; }

    /// <summary>The data set's spec; see <see cref="Dataset.Open"/>.</summary>
    public required string Data { get; init; }

    /// <summary>The run's folder; it must not exist, or be empty.</summary>
    public required string Out { get; init; }

    /// <summary>How to read the model. Default: found from the file and its sidecar.</summary>
    public OnnxOptions ModelOptions { get; init; } = new();

    /// <summary>How to read the data.</summary>
    public DatasetOptions DataOptions { get; init; }

    /// <summary>Which samples to use. Default: all.</summary>
    public SampleSelection Selection { get; init; }

    /// <summary>Settings that win over the sidecar's. Default: none.</summary>
    public Preprocessing? Preprocessing { get; init; }

    /// <summary>Class names that win over the sidecar's and the data's. Default: none.</summary>
    public IReadOnlyList<string>? Classes { get; init; }

    /// <summary>What to probe.</summary>
    public ProbeOptions Options { get; init; } = new();

    /// <summary>The command line, for the run's provenance.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Probes and writes the run.</summary>
    /// <param name="prepared">Told once the plan stands and work begins.</param>
    /// <param name="progress">Told after each sample.</param>
    /// <param name="cancellationToken">Stops cleanly: what is done is kept and the run marked interrupted.</param>
    /// <returns>The run as written, or null where it was stopped before a sample was done and so left nothing behind.</returns>
    /// <exception cref="InvalidInputException">Something given cannot be used.</exception>
    public async Task<RunInfo?> RunAsync(Action<RunInfo>? prepared = null, IProgress<ProbeProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        RunWriter.CheckTarget(Out);
        var (model, preprocessing, sidecar) = ModelSetup.Load(Model, ModelOptions, Preprocessing);
        var data = Dataset.Open(Data, DataOptions);
        var declared = model.InputDimensions.Skip(1).ToList();
        using var classifier = OnnxClassifier.Bind(model, sidecar?.InputShape ?? Preprocessor.ShapeAfter(data.Shape, data.Kind, preprocessing, declared));
        var classes = ModelSetup.ClassNames(Classes, sidecar, data, classifier.Classes, Model);
        var ids = Selection.Resolve(data, classes);
        CheckLabels(data, ids, classifier.Classes);
        var probe = new Probe(classifier, Options);
        using var preprocessor = new Preprocessor(Model, classifier.Input, preprocessing);
        IEnumerable<ProbeSample> Samples() => ProbeSample.From(data, ids, preprocessor, cancellationToken);

        // A data set that does not fit the model is told before anything is written.
        _ = Samples().First();
        try
        {
            var plan = await probe.PlanAsync(Samples(), progress, cancellationToken);
            var info = Describe(model, classifier, preprocessing, classes, data, ids, plan, probe.Threads);
            await using var writer = await RunWriter.CreateAsync(Out, info);
            prepared?.Invoke(info);
            return await ProbeInto(writer, probe, plan, Samples(), ids.Count, progress, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    private static async Task<RunInfo?> ProbeInto(
        RunWriter writer, Probe probe, ProbePlan plan, IEnumerable<ProbeSample> samples, long total, IProgress<ProbeProgress>? progress, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        try
        {
            await foreach (var observation in probe.RunAsync(plan, samples, progress, total, cancellationToken))
                await writer.AddAsync(observation);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return await writer.EndAsync(RunStatus.Interrupted, clock.Elapsed.TotalSeconds) ? writer.Info : null;
        }
        catch (InvalidInputException error)
        {
            bool kept = await writer.EndAsync(RunStatus.Failed, clock.Elapsed.TotalSeconds);
            throw kept ? new InvalidInputException($"{error.Message} ({writer.Info.Samples} samples before it are kept in {writer.Path})", error) : error;
        }

        await writer.EndAsync(RunStatus.Complete, clock.Elapsed.TotalSeconds);
        return writer.Info;
    }

    private static void CheckLabels(IDataset data, IReadOnlyList<long> ids, int classes)
    {
        if (data.Labels is null)
            return;
        foreach (long id in ids)
        {
            if (data.Labels[checked((int)id)] >= classes)
                throw new InvalidInputException($"{data.Spec}: sample {id} has label {data.Labels[(int)id]}, but the model has {classes} classes (0 to {classes - 1})");
        }
    }

    private RunInfo Describe(OnnxModel model, OnnxClassifier classifier, Preprocessing preprocessing, IReadOnlyList<string> classes, IDataset data, IReadOnlyList<long> ids, ProbePlan plan, int threads) => new()
    {
        Arguments = Arguments,
        Model = new ModelInfo(Model, model.Hash(), model.Opset, classifier.Input.Name, classifier.Input.Shape, model.Logits, classes, preprocessing, classifier.Sites, model.Notes),
        Data = new DataInfo(Data, DataOptions.Labels, data.Format, DatasetHash.Of(data, ids), data.Count, ids.Count, Selection.Limit, Selection.OnlyClass, Selection.Indices),
        Plan = new PlanInfo([.. plan.Sites.Select(s => s.Index)], plan.SiteScales, plan.Sigmas, plan.Draws, plan.Scale, plan.Seed, plan.Rows, Options.Perturbation.Name, threads, plan.Pilot),
        Versions = new Dictionary<string, string>
        {
            ["apex"] = typeof(Probe).Assembly.GetName().Version!.ToString(3),
            ["onnxruntime"] = OrtEnv.Instance().GetVersionString(),
            ["dotnet"] = Environment.Version.ToString(),
        },
        Machine = new MachineInfo(RuntimeInformation.OSDescription, RuntimeInformation.ProcessArchitecture.ToString(), Environment.ProcessorCount, ModelOptions.Provider.ToString()),
        Started = DateTimeOffset.UtcNow,
    };
}
