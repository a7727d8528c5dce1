using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Text.Json;
using Apex.Data;
using Apex.Facts;
using Apex.Models;
using Apex.Observations;
using Apex.Probing;

namespace Apex.Experiments;

/// <summary>From a model file and a data set to a run on disk: what <c>apex probe</c> does, in one call.</summary>
public sealed partial record ProbeJob
{
    private readonly string? _model;

    /// <summary>The model file, or what <see cref="Classifier"/> is called; one of the two must be given.</summary>
    public string Model
    {
        get => _model ?? Classifier?.Name ?? throw new InvalidOperationException("neither Model nor Classifier is set: a job needs a network");
        init => _model = value;
    }

    /// <summary>
    /// A network that is in memory, in place of a file, e.g. a TorchSharp module. It stays its owner's and must outlive the job. To go on with such a run, give
    /// the same network again. Default: null, the model file is opened.
    /// </summary>
    public IClassifier? Classifier { get; init; }

    /// <summary>The data set's spec; see <see cref="Dataset.Open"/>.</summary>
    public required string Data { get; init; }

    /// <summary>The run's folder; it must not exist, or be empty. Default: none, for a search that writes no run.</summary>
    public string? Out { get; init; }

    /// <summary>How to read the model file. Default: null, found from the file and its sidecar.</summary>
    public IModelOptions? ModelOptions { get; init; }

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

    /// <summary>
    /// Keep of each sample the squared gradients of its margin at the input and every site (docs/method.md, section 2): one backward pass a sample. Default:
    /// null, where the network has gradients and a sample gets 60 draws or more, so that they cost under a twentieth of the run.
    /// </summary>
    public bool? FirstOrder { get; init; }

    /// <summary>How each site is probed alone after the run, or null where none is. Default: null.</summary>
    public SingleSiteOptions? SingleSites { get; init; }

    /// <summary>Which share of the chosen samples to probe, under the plan of all of them. Default: null, all.</summary>
    public Shard? Shard { get; init; }

    /// <summary>What is done is on disk after this long at most, or when a part is full. Default: 30 seconds.</summary>
    public TimeSpan Checkpoint { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The command line, for the run's provenance.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Probes and writes the run.</summary>
    /// <param name="prepared">Told once the plan stands and work begins.</param>
    /// <param name="progress">Told after each sample.</param>
    /// <param name="cancellationToken">
    /// Stops cleanly: what is done is kept and the run marked interrupted. While sites are probed alone it leaves the run complete, without that part.
    /// </param>
    /// <returns>The run as written, or null where it was stopped before a sample was done and so left nothing behind.</returns>
    /// <exception cref="InvalidInputException">Something given cannot be used.</exception>
    public async Task<RunInfo?> RunAsync(
        Action<RunInfo>? prepared = null, IProgress<ProbeProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        string folder = Out ?? throw new InvalidOperationException("Out is not set: a run needs a folder");
        RunWriter.CheckTarget(folder);
        if (SingleSites is not null && Shard is not null)
            throw new InvalidInputException(
                "`SingleSites` and `Shard` contradict each other: it is the first samples of a whole run that sites are probed alone on; " +
                "merge the shards, then give the merged run to `ResumeAsync` with `SingleSites`");
        using var setup = new Setup(this, cancellationToken);
        // A network that cannot be told from another is refused before any work.
        string hash = setup.Hash();
        var single = Single(setup);
        // Asked for, it is refused before any work.
        using var asked = FirstOrder == true ? new FirstOrderProbe(setup.Classifier) : null;
        try
        {
            // Whatever the share, the plan is made on the first of all chosen samples, so that every shard has the same.
            var plan = await setup.Probe.PlanAsync(setup.Samples(), progress, cancellationToken);
            using var cheap = FirstOrder is null ? FirstOrderProbe.Where(setup.Classifier, plan) : null;
            var first = asked ?? cheap;
            var info = Describe(setup, plan, hash) with { FirstOrderSites = first is null ? null : FirstOrderProbe.SitesOf(setup.Classifier) };
            info = info with { PartSamples = RunLayout.PartSamplesFor(info.Plan, setup.Classes.Count, setup.Probe.PartBytes) };
            await using var writer = await RunWriter.CreateAsync(folder, info, Checkpoint);
            prepared?.Invoke(writer.Info);
            var done = await ProbeInto(writer, setup, plan, first, progress, cancellationToken);
            if (single is null || done is not { Status: RunStatus.Complete })
                return done;
            await ProbeSitesInto(writer, setup, single, progress, cancellationToken);
            return writer.Info;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>Finds the escape noise of each sample with few passes, and writes nothing; see <see cref="EscapeSearch.FindEscapeAsync"/>.</summary>
    /// <param name="options">What to find.</param>
    /// <param name="prepared">Told once the plan stands and work begins.</param>
    /// <param name="progress">Told after each sample.</param>
    /// <param name="cancellationToken">Stops cleanly: what was found is returned.</param>
    /// <exception cref="InvalidInputException">Something given cannot be used.</exception>
    internal async Task<EscapeSearchResult> FindEscapeAsync(
        EscapeSearchOptions options, Action<RunInfo>? prepared = null, IProgress<ProbeProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        options.Checked();
        EscapeSearch.CheckSearchable(Options.Space);
        using var setup = new Setup(this, cancellationToken);
        var found = new List<SampleEscape>();
        RunInfo? info = null;
        try
        {
            var plan = await setup.Probe.PlanAsync(setup.Samples(), progress, cancellationToken);
            info = Describe(setup, plan, setup.Classifier.Hash() ?? "");
            prepared?.Invoke(info);
            await foreach (var escape in setup.Probe.FindEscapeAsync(plan, options, setup.Samples(), progress, setup.Ids.Count, cancellationToken))
                found.Add(escape);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // What was found so far stands.
        }

        return new EscapeSearchResult(info, found, found.Count == setup.Ids.Count);
    }

    /// <summary>Probes what the run does not hold yet.</summary>
    private static async Task<RunInfo?> ProbeInto(
        RunWriter writer, Setup setup, ProbePlan plan, FirstOrderProbe? first, IProgress<ProbeProgress>? progress, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        long left = writer.Info.Wanted - writer.Info.Samples;
        try
        {
            var samples = setup.Samples((writer.Info.Shard?.First ?? 0) + writer.Info.Samples, left);
            // In the order of the samples, as observations come.
            using var gradients = first?.Run(samples).GetEnumerator();
            await foreach (var observation in setup.Probe.RunAsync(plan, samples, progress, left, cancellationToken))
                await writer.AddAsync(gradients?.MoveNext() == true ? observation with { SquaredGradients = gradients.Current } : observation);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return await writer.EndAsync(RunStatus.Interrupted, clock.Elapsed.TotalSeconds) ? writer.Info : null;
        }
        catch (InvalidInputException error) when (!writer.HasFailed)
        {
            bool kept = await writer.EndAsync(RunStatus.Failed, clock.Elapsed.TotalSeconds);
            throw kept ? new InvalidInputException($"{error.Message} ({writer.Info.Samples} samples before it are kept in {writer.Path})", error) : error;
        }

        await writer.EndAsync(RunStatus.Complete, clock.Elapsed.TotalSeconds);
        return writer.Info;
    }

    /// <summary>What probes each site alone, where that was asked for.</summary>
    private SingleSiteProbe? Single(Setup setup)
    {
        if (SingleSites is not { } each)
            return null;
        var single = new SingleSiteProbe(setup.Classifier, Options, each);
        return setup.Ids.Count >= 2
            ? single
            : throw new InvalidInputException($"`SingleSites`: {Data}: one sample is chosen, and a rate over samples needs at least 2, and better 100");
    }

    private static async Task ProbeSitesInto(
        RunWriter writer, Setup setup, SingleSiteProbe probe, IProgress<ProbeProgress>? progress, CancellationToken cancellationToken)
    {
        var samples = setup.Samples();
        int count = Math.Min(probe.Samples, setup.Ids.Count);
        try
        {
            var plans = await probe.PlanAsync(samples, cancellationToken);
            var first = plans[0];
            var info = new SingleSiteInfo(
                [.. plans.Select(p => p.Sites[0].Index)], [.. plans.Select(p => p.SiteScales[0])], [.. plans.Select(p => p.Rows)],
                first.Sigmas, first.Draws, count,
                (long)plans.Count * count * first.Sigmas.Count * first.Draws, 0);
            await writer.AddSitesAsync(info, probe.RunAsync(plans, samples, progress, count, cancellationToken));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The run is complete without it.
        }
        catch (InvalidInputException error)
        {
            throw new InvalidInputException($"{error.Message} (the run is complete in {writer.Path}, but its sites were not probed one by one)", error);
        }
    }

    private static void CheckLabels(IDataset data, string source, IReadOnlyList<long> ids, int classes)
    {
        if (data.Labels is null)
            return;
        foreach (long id in ids)
        {
            if (data.Labels[checked((int)id)] >= classes)
                throw new InvalidInputException(
                    $"{source}: sample {id} has label {data.Labels[(int)id]}, but the model has {classes} classes (0 to {classes - 1})");
        }
    }

    private RunInfo Describe(Setup setup, ProbePlan plan, string hash)
    {
        var (classifier, source) = (setup.Classifier, setup.Classifier.Provenance);
        (string? Backend, JsonElement Options)? read = Classifier is null ? Backends.Write(ModelOptions ?? Backends.Standard) : null;
        var versions = new Dictionary<string, string> { ["apex"] = typeof(Probe).Assembly.GetName().Version!.ToString(3) };
        foreach (var (name, version) in source.Versions)
            versions[name] = version;
        versions["dotnet"] = Environment.Version.ToString();
        return new RunInfo
        {
            Arguments = Arguments,
            Job = new JobInfo(
                Classifier is null ? Path.GetFullPath(Model) : Model, Path.GetFullPath(Data),
                DataOptions.Labels is { } labels ? Path.GetFullPath(labels) : null,
                read?.Options, Preprocessing, Classes, Options.Sites, SingleSites, read?.Backend),
            Shard = Shard?.Of(setup.Ids.Count),
            Warnings = setup.Warnings.Count > 0 ? setup.Warnings : null,
            Model = new ModelInfo(
                Model, hash, source.Opset, classifier.Input.Name, classifier.Input.Shape, source.Logits, setup.Classes, setup.Preprocessing,
                classifier.Sites, source.Notes,
                classifier.Inputs.Count > 1 ? [.. classifier.Inputs.Select(i => i.Name)] : null),
            Data = new DataInfo(
                Data, DataOptions.Labels, setup.Data.Format, DatasetHash.Compute(setup.Data, setup.Ids), setup.Data.Count, setup.Ids.Count,
                Selection.Limit, Selection.OnlyClass,
                Selection.Indices, DataOptions.LabelColumn, DatasetHash.OfLabels(setup.Data, setup.Ids)),
            Plan = new PlanInfo(
                [.. plan.Sites.Select(s => s.Index)], plan.SiteScales, plan.Sigmas, plan.Draws, plan.Scale, plan.Seed, plan.Rows,
                Options.Perturbation.Name, setup.Probe.Threads, plan.Pilot,
                plan.Space, plan.Space == NoiseSpace.Parameter ? plan.Parameters : null),
            Versions = versions,
            Machine = new MachineInfo(
                RuntimeInformation.OSDescription, RuntimeInformation.ProcessArchitecture.ToString(), Environment.ProcessorCount, source.Device, Instructions),
            Started = DateTimeOffset.UtcNow,
        };
    }

    private static string Instructions =>
        Vector512.IsHardwareAccelerated ? "avx512" : Vector256.IsHardwareAccelerated ? "avx2" : AdvSimd.IsSupported ? "neon" : "other";

    /// <summary>The job's model and data, opened and checked against each other.</summary>
    private sealed class Setup : IDisposable
    {
        private readonly OpenedModel _opened;
        private readonly CancellationToken _cancellationToken;

        public Setup(ProbeJob job, CancellationToken cancellationToken)
        {
            _cancellationToken = cancellationToken;
            _opened = job.Classifier is { } given
                ? OpenedModel.Create(given, job.Preprocessing, job.Classes, job.Data, job.DataOptions)
                : OpenedModel.Open(job.Model, job.ModelOptions ?? Backends.Standard, job.Preprocessing, job.Classes, job.Data, job.DataOptions);
            try
            {
                Ids = job.Selection.Resolve(Data, Classes);
                CheckLabels(Data, job.DataOptions.Labels ?? Data.Spec, Ids, Classifier.Classes);
                _ = job.Shard?.Of(Ids.Count);
                Probe = new Probe(Classifier, job.Options);
                // A data set that does not fit the model is told before anything is written.
                _ = Samples().First();
                Warnings = _opened.CheckInputs(Ids)?.Warnings ?? [];
            }
            catch
            {
                Dispose();
                throw;
            }
        }

        public IClassifier Classifier => _opened.Classifier;

        public Preprocessing Preprocessing => _opened.Preprocessing;

        public IDataset Data => _opened.Data!;

        public IReadOnlyList<string> Classes => _opened.Classes;

        public IReadOnlyList<long> Ids { get; }

        public Probe Probe { get; }

        /// <summary>What looks wrong about model and data.</summary>
        public IReadOnlyList<RunWarning> Warnings { get; }

        /// <summary>What tells the network from any other.</summary>
        /// <exception cref="InvalidInputException">Its backend cannot say.</exception>
        public string Hash() => Classifier.Hash() ?? throw new InvalidInputException(
            $"{Classifier.Name}: does not say what it is (its Hash() is null), so a run of it could not be told from one of another network; none is written");

        /// <summary>The chosen samples.</summary>
        public IEnumerable<ProbeSample> Samples() => ProbeSample.From(Data, Ids, _opened.Preprocessor!, _cancellationToken);

        /// <summary>Some of them, by their place.</summary>
        public IEnumerable<ProbeSample> Samples(long first, long count) =>
            ProbeSample.From(Data, [.. Ids.Skip((int)first).Take((int)count)], _opened.Preprocessor!, _cancellationToken);

        public void Dispose() => _opened.Dispose();
    }
}
