using System.Runtime.CompilerServices;
using Apex.Facts;
using Apex.Models;
using Apex.Sites;

namespace Apex.Probing;

/// <summary>
/// Perturbs a classifier's hidden activations and keeps what its predictions do:
/// <code>
/// using var model = OnnxClassifier.Load("resnet20.onnx");
/// var probe = new Probe(model, new ProbeOptions { Sigmas = SigmaGrid.Geometric(0.02, 2, 12) });
/// await foreach (var observation in probe.RunAsync(samples))
///     Console.WriteLine($"{observation.SampleId}: {observation.Sigmas[^1].MarginMean}");
/// </code>
/// </summary>
public sealed partial class Probe
{
    /// <summary>Values of the largest site in one pass, so that an activation is still in a near cache when the next layer reads it.</summary>
    internal const int ValuesPerSite = 1 << 18;

    /// <summary>Fewer rows share too little noise; more gain nothing.</summary>
    private const int FewestRows = 4, MostRows = 64;
    private const int CalibrationSamples = 32;

    /// <summary>
    /// For the memory of a worker: largest activations that a network holds at once, and results for each worker that wait for those before them.
    /// </summary>
    private const int ActivationsAtOnce = 4, Waiting = 5;

    private readonly IClassifier _classifier;
    private readonly ProbeOptions _options;
    private readonly IReadOnlyList<Site> _sites;
    private readonly IReadOnlyList<Parameter> _parameters;
    private readonly MemoryBudget? _memory;

    /// <summary>Checks the options against the classifier.</summary>
    /// <param name="classifier">The network; it must outlive the probe.</param>
    /// <param name="options">What to do.</param>
    /// <exception cref="InvalidInputException">An option is out of range or names no site.</exception>
    public Probe(IClassifier classifier, ProbeOptions options) : this(classifier, options, Chosen(classifier, options)) { }

    /// <summary>With sites that are known as such: a name may mean something else to a selector.</summary>
    internal Probe(IClassifier classifier, ProbeOptions options, IReadOnlyList<Site> sites)
    {
        if (options.Draws is < 1 or > 65536)
            throw new InvalidInputException($"`Draws` {options.Draws}: give 1 to 65536");
        if (options.Threads is < 0 or > 1024)
            throw new InvalidInputException($"`Threads` {options.Threads}: give 1 to 1024, or 0 for one for each core");
        if (options.Rows is < 0 or > 65536)
            throw new InvalidInputException($"`Rows` {options.Rows}: give 1 to 65536, or 0 to choose by the model");
        if (options.PilotSigmas is < 2 or > 4096)
            throw new InvalidInputException($"{options.PilotSigmas} pilot levels: give 2 to 4096");
        if (options.Sigmas is not null)
            SigmaGrid.Checked(options.Sigmas);
        (_classifier, _options, _sites) = (classifier, options, sites);
        _parameters = options.Space == NoiseSpace.Parameter ? Parametric(classifier).Parameters : [];
        if (options.Memory is { } limit)
        {
            _memory = options.Space == NoiseSpace.Parameter
                ? MemoryBudget.Create(limit, Environment.WorkingSet, ParameterWorkerBytes, sizeof(float) * LeanNumbersPerBlock, Threads)
                : MemoryBudget.Create(limit, Environment.WorkingSet, WorkerBytes, 0, Threads);
        }
    }

    private static IReadOnlyList<Site> Chosen(IClassifier classifier, ProbeOptions options)
    {
        if (options.Space != NoiseSpace.Activation && options.Sites is not ["all"])
            throw new InvalidInputException(
                $"{string.Join(",", options.Sites)}: chosen sites go with activation noise; " +
                $"{options.Space.ToString().ToLowerInvariant()} noise has a place of its own");
        if (options.Space == NoiseSpace.Parameter && options.Scale == NoiseScale.Relative)
            throw new InvalidInputException("`NoiseScale.Relative` is for activations; parameter noise is always relative, to the rms of each tensor");
        if (options.Space == NoiseSpace.Activation)
            CheckHidden(classifier, options.Sites);
        return options.Space switch
        {
            NoiseSpace.Parameter => [],
            NoiseSpace.Input => SiteSelector.Select(classifier.Sites, ["input"]),
            _ => SiteSelector.Select(classifier.Sites, options.Sites),
        };
    }

    /// <summary>Tells why a network has no hidden site, where all or the last one was asked for.</summary>
    /// <exception cref="InvalidInputException">It has none.</exception>
    internal static void CheckHidden(IClassifier classifier, IReadOnlyList<string> asked)
    {
        if (asked is [] or ["all"] or ["last"] && classifier.WithoutSites is { } why)
            throw new InvalidInputException($"{classifier.Name}: no hidden site: {why}; {OtherPlaces(classifier)}");
    }

    /// <summary>Where noise can go in a network without hidden sites, for the end of a message.</summary>
    internal static string OtherPlaces(IClassifier classifier) => classifier.Sites.Any(s => s.IsInput)
        ? "only noise on the input or the parameters can be probed (`Sites` input, `Space` parameter)"
        : "only noise on the parameters can be probed (`Space` parameter)";

    internal IClassifier Classifier => _classifier;

    internal ProbeOptions Options => _options;

    /// <summary>The chosen sites, ascending; none in parameter space.</summary>
    public IReadOnlyList<Site> Sites => _sites;

    /// <summary>Worker threads: as asked for or one for each core, and no more than memory was given for.</summary>
    public int Threads => _memory?.Threads ?? (_options.Threads > 0 ? _options.Threads : Environment.ProcessorCount);

    /// <summary>Bytes of a run that may wait to be written.</summary>
    internal long PartBytes => _memory?.PartBytes ?? ObservationSize.PartBytes;

    /// <summary>
    /// Bytes of a worker of site noise: the noise it holds, and of activations as many of the largest as a residual network keeps at once; then
    /// the samples and readouts that wait for it or for being written.
    /// </summary>
    private long WorkerBytes
    {
        get
        {
            int levels = _options.Sigmas?.Count ?? _options.PilotSigmas, rows = RowsFor(_options.Draws, levels);
            long largest = _classifier.Sites.Select(s => (long)s.Elements).Concat(_classifier.Inputs.Select(i => (long)i.Elements)).Max();
            long noise = UnitWorker.NoisesFor(rows, levels) * _sites.Sum(s => (long)s.Elements);
            long numbers = noise + ActivationsAtOnce * rows * largest + 2L * _classifier.Inputs.Sum(i => (long)i.Elements);
            return sizeof(float) * numbers + Waiting * ObservationSize.BytesPerSample(levels, _options.Draws, _classifier.Classes);
        }
    }

    /// <summary>
    /// Resolves every choice. With relative noise the first 32 samples are run clean for rms(a_l); without a given grid a pilot
    /// on the first samples finds one. With both given the samples are not touched.
    /// </summary>
    /// <param name="samples">The samples that will be probed; enumerated only as far as needed, from the start.</param>
    /// <param name="progress">Told about the pilot.</param>
    /// <param name="cancellationToken">Stops the pilot.</param>
    public async Task<ProbePlan> PlanAsync(
        IEnumerable<ProbeSample> samples, IProgress<ProbeProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        float[] scales = [.. _sites.Select(_ => 1f)];
        if (_options.Scale == NoiseScale.Relative)
            scales = RootMeanSquares(samples.Take(CalibrationSamples), cancellationToken);
        var plan = new ProbePlan
        {
            // By whichever name it was asked for.
            Space = _sites is [{ IsInput: true }] ? NoiseSpace.Input : _options.Space,
            Sites = _sites,
            SiteScales = scales,
            Parameters = _parameters,
            Sigmas = _options.Sigmas ?? [],
            Draws = _options.Draws,
            Scale = _parameters.Count > 0 ? NoiseScale.Relative : _options.Scale,
            Seed = _options.Seed,
            Rows = RowsFor(_options.Draws, _options.Sigmas?.Count ?? 1),
        };
        if (_options.Sigmas is not null)
            return plan;
        var (grid, report) = await new Pilot(this, plan, progress).FindAsync(samples, _options.PilotSigmas, cancellationToken);
        return plan with { Sigmas = grid, Pilot = report, Rows = RowsFor(_options.Draws, grid.Count) };
    }

    /// <summary>
    /// The plan of an earlier run, with what these options say of it: scales, and rows where none are asked for, are taken from there and not found again.
    /// </summary>
    internal ProbePlan PlanOf(PlanInfo recorded) => new()
    {
        Space = _sites is [{ IsInput: true }] ? NoiseSpace.Input : _options.Space,
        Sites = _sites,
        // Of other sites they would mean nothing; that there are other sites is told by whoever compares the plans.
        SiteScales = recorded.Sites.SequenceEqual(_sites.Select(s => s.Index)) ? recorded.SiteScales : [.. _sites.Select(_ => 1f)],
        Parameters = _parameters,
        Sigmas = _options.Sigmas ?? recorded.Sigmas,
        Draws = _options.Draws,
        Scale = _parameters.Count > 0 ? NoiseScale.Relative : _options.Scale,
        Seed = _options.Seed,
        Rows = _options.Rows > 0 ? RowsFor(_options.Draws, (_options.Sigmas ?? recorded.Sigmas).Count) : _classifier.FixedBatch ?? recorded.Rows,
        Pilot = recorded.Pilot,
    };

    /// <summary>Plans and runs; see <see cref="RunAsync(ProbePlan, IEnumerable{ProbeSample}, IProgress{ProbeProgress}?, long, CancellationToken)"/>.</summary>
    /// <param name="samples">The samples; enumerated twice if the plan needs a pilot.</param>
    /// <param name="progress">Told after each sample.</param>
    /// <param name="cancellationToken">Stops the run.</param>
    public async IAsyncEnumerable<SampleObservation> RunAsync(
        IEnumerable<ProbeSample> samples, IProgress<ProbeProgress>? progress = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var plan = await PlanAsync(samples, progress, cancellationToken);
        await foreach (var observation in RunAsync(plan, samples, progress, 0, cancellationToken))
            yield return observation;
    }

    /// <summary>
    /// Runs a plan. Observations come in the order of the samples, whatever the number of threads, as they are done; at most a
    /// few samples for each thread are held.
    /// </summary>
    /// <param name="plan">From <see cref="PlanAsync"/>, or that of an earlier run.</param>
    /// <param name="samples">The samples, streamed.</param>
    /// <param name="progress">Told after each sample.</param>
    /// <param name="total">Number of samples for the progress; 0 where unknown.</param>
    /// <param name="cancellationToken">Stops the run; samples that are done have been returned.</param>
    public IAsyncEnumerable<SampleObservation> RunAsync(
        ProbePlan plan, IEnumerable<ProbeSample> samples, IProgress<ProbeProgress>? progress = null, long total = 0,
        CancellationToken cancellationToken = default) =>
        RunAsync("probe", plan, samples, progress, total, cancellationToken);

    internal IAsyncEnumerable<SampleObservation> RunAsync(
        string phase, ProbePlan plan, IEnumerable<ProbeSample> samples, IProgress<ProbeProgress>? progress, long total, CancellationToken cancellationToken) =>
        plan.Space == NoiseSpace.Parameter
            ? RunParametersAsync(phase, plan, samples, progress, total, cancellationToken)
            : RunSitesAsync(phase, plan, samples, progress, total, cancellationToken);

    private async IAsyncEnumerable<SampleObservation> RunSitesAsync(
        string phase, ProbePlan plan, IEnumerable<ProbeSample> samples, IProgress<ProbeProgress>? progress, long total,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var clean = _classifier.OpenClean([]);
        using var perturbed = _classifier.OpenPerturbed(plan.Sites, plan.Rows, UnitWorker.NoisesFor(plan.Rows, plan.Sigmas.Count));
        long done = 0, passes = 0;
        await foreach (var observation in OrderedPipeline.RunAsync(
            samples, ProbeSample.Title, Threads,
            () => new UnitWorker(plan, _options.Perturbation, clean, perturbed.CreatePass(), _classifier.Classes), cancellationToken))
        {
            done++;
            passes += (long)plan.Sigmas.Count * plan.Draws;
            progress?.Report(new ProbeProgress(phase, done, total, passes));
            yield return observation;
        }
    }

    /// <summary>
    /// Batch rows of a pass: what the caches hold, and no more than there is to do for a sample. With parameter noise rows are samples, and
    /// their number may not depend on how many there are.
    /// </summary>
    internal int RowsFor(int draws, int sigmas)
    {
        if (_classifier.FixedBatch is { } only)
            return only;
        bool isParameter = _options.Space == NoiseSpace.Parameter;
        int largest = (isParameter ? _classifier.Sites : _sites).Select(s => s.Elements).Append(1).Max();
        int rows = _options.Rows > 0 ? _options.Rows : Math.Clamp(ValuesPerSite / largest, FewestRows, MostRows);
        if (isParameter)
            return _options.Rows > 0 ? rows : SampleBlock.RowsFor(rows);
        return (int)Math.Min(rows, (long)draws * sigmas);
    }

    private float[] RootMeanSquares(IEnumerable<ProbeSample> samples, CancellationToken cancellationToken)
    {
        using var clean = _classifier.OpenClean(_sites);
        var squares = new double[_sites.Count];
        int n = 0;
        foreach (var sample in samples)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var activations = clean.Run(sample.Input).Activations;
            for (int i = 0; i < squares.Length; i++)
            {
                double sum = 0;
                foreach (float a in activations[i])
                    sum += (double)a * a;
                squares[i] += sum / activations[i].Length;
            }

            n++;
        }

        if (n == 0)
            throw new InvalidInputException("relative noise needs at least one sample to calibrate on");
        var scales = squares.Select(s => (float)Math.Sqrt(s / n)).ToArray();
        return scales.All(float.IsFinite)
            ? scales
            : throw new InvalidInputException(
                $"{_classifier.Name}: the activations of site {_sites[Array.FindIndex(scales, s => !float.IsFinite(s))].Name} are not finite on the " +
                "calibration samples");
    }
}
