using System.Collections.Concurrent;
using Apex.Analysis;
using Apex.Analysis.Summary;
using Apex.Facts;
using Apex.Observations;

namespace Apex.Questions;

/// <summary>
/// A run that questions are asked of. Its files are read at most once, and what several questions need is found once.
/// <code>
/// var run = AskedRun.Open("run");
/// var audit = await RunQuestions.Audit.AskAsync(run);
/// </code>
/// </summary>
public sealed class AskedRun
{
    private readonly RunReader? _reader;
    private readonly Func<CancellationToken, IAsyncEnumerable<SampleObservation>> _samples;
    private readonly Func<CancellationToken, IAsyncEnumerable<SiteObservation>> _sites;
    private readonly ConcurrentDictionary<Type, Lazy<object>> _found = [];
    private readonly Lock _lock = new();
    private Task<List<SampleObservation>>? _reading;

    /// <summary>A run on disk.</summary>
    /// <param name="reader">The run.</param>
    public AskedRun(RunReader reader)
        : this((reader ?? throw new ArgumentNullException(nameof(reader))).Name, reader.Info, reader.ReadAsync, reader.ReadSitesAsync) => _reader = reader;

    private AskedRun(
        string name, RunInfo info, Func<CancellationToken, IAsyncEnumerable<SampleObservation>> samples,
        Func<CancellationToken, IAsyncEnumerable<SiteObservation>> sites) =>
        (Name, Info, _samples, _sites) = (name, info, samples, sites);

    /// <summary>What the run is called.</summary>
    public string Name { get; }

    /// <summary>Its folder; null where it is in memory.</summary>
    public string? Path => _reader?.Path;

    /// <summary>What <c>run.json</c> says.</summary>
    public RunInfo Info { get; }

    /// <summary>Opens a run.</summary>
    /// <param name="path">Its folder.</param>
    /// <param name="partial">Accept a run that is still being written, or was killed.</param>
    /// <exception cref="InvalidInputException">It is no run, was not finished, or is damaged.</exception>
    public static AskedRun Open(string path, bool partial = false) => new(RunReader.Open(path, partial));

    /// <summary>A run in memory.</summary>
    internal static AskedRun InMemory(string name, RunInfo info, IReadOnlyList<SampleObservation> all, Func<IAsyncEnumerable<SiteObservation>>? sites = null) =>
        new(name, info, _ => all.ToAsyncEnumerable(), _ => sites?.Invoke() ?? AsyncEnumerable.Empty<SiteObservation>());

    /// <summary>All of the run in memory.</summary>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="InvalidInputException">It is damaged or holds nothing to analyse.</exception>
    public async Task<RunObservations> ReadAsync(CancellationToken cancellationToken = default)
    {
        var all = await AllAsync(cancellationToken);
        return Once(() => new RunObservations(Info, all));
    }

    /// <summary>Reads all of the run, for several questions that would else go through its files one by one.</summary>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="InvalidInputException">It is damaged.</exception>
    public Task LoadAsync(CancellationToken cancellationToken = default) => AllAsync(cancellationToken);

    /// <summary>What looks wrong about the run: from before it began and, where it was read, from its clean predictions.</summary>
    public IReadOnlyList<RunWarning> Warnings =>
        // What is in memory is gone through without waiting.
        (_reading is { IsCompletedSuccessfully: true } ? WarnedAsync(CancellationToken.None).GetAwaiter().GetResult() : Info).Warnings ?? [];

    /// <summary>All samples, those without a clean prediction too.</summary>
    internal async Task<IReadOnlyList<SampleObservation>> AllAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task<List<SampleObservation>> reading;
            lock (_lock)
            {
                if (_reading is null or { IsFaulted: true } or { IsCanceled: true })
                    _reading = _samples(cancellationToken).ToListAsync(cancellationToken).AsTask();
                reading = _reading;
            }

            try
            {
                return await reading.WaitAsync(cancellationToken);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // Who began to read was stopped; who waits for it begins anew.
            }
        }
    }

    /// <summary>The observations one after the other: from memory where they are there already, else from disk and not kept.</summary>
    internal IAsyncEnumerable<SampleObservation> StreamAsync(CancellationToken cancellationToken) =>
        _reading is { IsCompletedSuccessfully: true } all ? all.Result.ToAsyncEnumerable() : _samples(cancellationToken);

    /// <summary>How each site was probed alone.</summary>
    /// <exception cref="InvalidInputException">It was not.</exception>
    internal SingleSiteInfo SingleSites => _reader?.SingleSites ?? Info.SingleSites
        ?? throw new InvalidInputException($"{Name}: the run did not probe its sites one by one");

    /// <summary>What was seen where each site was probed alone.</summary>
    internal IAsyncEnumerable<SiteObservation> SitesAsync(CancellationToken cancellationToken) => _sites(cancellationToken);

    /// <summary>The run with the warnings that its clean predictions give.</summary>
    internal async Task<RunInfo> WarnedAsync(CancellationToken cancellationToken)
    {
        var tally = new PredictionTally(Info.Model.Classes);
        await foreach (var observation in StreamAsync(cancellationToken))
            tally.Add(observation.Label, observation.CleanPrediction);
        return tally.AddTo(Info);
    }

    /// <summary>Its summary, in one pass over the observations.</summary>
    internal Task<RunSummary> SummariseAsync(int top, CancellationToken cancellationToken) =>
        RunSummary.FromAsync(Info, StreamAsync(cancellationToken), top, cancellationToken);

    /// <summary>What several questions find from the observations, found where it is first asked for.</summary>
    /// <typeparam name="T">What is found; one of each type.</typeparam>
    /// <param name="find">Finds it.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    internal async Task<T> FindAsync<T>(Func<RunObservations, T> find, CancellationToken cancellationToken)
        where T : class
    {
        var observations = await ReadAsync(cancellationToken);
        return Once(() => find(observations));
    }

    /// <summary>What several questions need, found where it is first asked for.</summary>
    /// <typeparam name="T">What is found; one of each type.</typeparam>
    /// <param name="find">Finds it.</param>
    internal T Once<T>(Func<T> find)
        where T : class
    {
        var found = _found.GetOrAdd(typeof(T), _ => new Lazy<object>(find));
        try
        {
            return (T)found.Value;
        }
        catch (OperationCanceledException)
        {
            // Whoever asks next was not stopped.
            _found.TryRemove(new(typeof(T), found));
            throw;
        }
    }
}
