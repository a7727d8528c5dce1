using Apex.Analysis;
using Apex.Analysis.LargeNoise;
using Apex.Analysis.Regularity;
using Apex.Analysis.Sensitivity;
using Apex.Analysis.Summary;
using Apex.Analysis.Transitions;
using Apex.Facts;
using Apex.Questions;

namespace Apex.Plots;

/// <summary>A run that was read, to be plotted. What a plot shows is found when the first one asks for it, as its question finds it by default.</summary>
public sealed class PlottedRun
{
    private readonly AskedRun _run;

    private PlottedRun(AskedRun run, RunObservations observations, IReadOnlyList<SampleObservation> all, RunSummary summary) =>
        (_run, Observations, All, Summary) = (run, observations, all, summary);

    /// <summary>What the run is called.</summary>
    public string Name => _run.Name;

    /// <summary>The run.</summary>
    public RunObservations Observations { get; }

    /// <summary>What <c>run.json</c> says.</summary>
    public RunInfo Info => Observations.Info;

    /// <summary>All its samples, those without a clean prediction too.</summary>
    internal IReadOnlyList<SampleObservation> All { get; }

    /// <summary>What <c>apex show</c> says.</summary>
    internal RunSummary Summary { get; }

    /// <summary>What <c>apex dependence</c> says.</summary>
    /// <exception cref="InvalidInputException">The run cannot tell.</exception>
    internal NoiseTransition Transition => Read(DependenceQuestion.FindAsync(_run));

    /// <summary>What <c>apex regularity</c> says.</summary>
    internal RegularityRanking Regularity => Read(RegularityQuestion.FindAsync(_run));

    /// <summary>What <c>apex transitions</c> says.</summary>
    /// <exception cref="InvalidInputException">The run cannot tell.</exception>
    internal ClassTransitions Transitions => Read(TransitionsQuestion.FindAsync(_run));

    /// <summary>
    /// What <c>apex sensitivity</c> says; null where the run did not probe its sites one by one. The file of that part is read only for this.
    /// </summary>
    /// <exception cref="InvalidInputException">The file is damaged, or the run cannot tell.</exception>
    internal SingleSiteSensitivity? Sensitivity => Info.SingleSites is null ? null
        // Plots are drawn in one go; on a thread of its own nothing waits for the one that draws.
        : _run.Once(() => Task.Run(() => SensitivityQuestion.FindAsync(_run)).GetAwaiter().GetResult());

    /// <summary>Reads a run.</summary>
    /// <param name="path">Its folder.</param>
    /// <param name="partial">Accept a run that is still being written, or was killed.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="InvalidInputException">It is no run, is damaged, or holds nothing to analyse.</exception>
    public static Task<PlottedRun> OpenAsync(string path, bool partial = false, CancellationToken cancellationToken = default) =>
        OfAsync(AskedRun.Open(path, partial), cancellationToken);

    /// <summary>Reads a run.</summary>
    /// <param name="run">The run.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="InvalidInputException">It is damaged or holds nothing to analyse.</exception>
    public static async Task<PlottedRun> OfAsync(AskedRun run, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(run);
        var all = await run.AllAsync(cancellationToken);
        return new(run, await run.ReadAsync(cancellationToken), all, await run.SummariseAsync(ShowQuestion.DefaultTop, cancellationToken));
    }

    /// <summary>Takes observations that are in memory.</summary>
    internal static Task<PlottedRun> OfAsync(
        string name, RunInfo info, IReadOnlyList<SampleObservation> all, Func<IAsyncEnumerable<SiteObservation>> sites,
        CancellationToken cancellationToken = default) =>
        OfAsync(AskedRun.InMemory(name, info, all, sites), cancellationToken);

    /// <summary>What <c>apex escape</c> says.</summary>
    internal EscapeSummary Escapes(double flipLevel) => EscapeSummary.Summarise(Observations, flipLevel);

    /// <summary>What is found in observations that were read, which waits for nothing.</summary>
    private static T Read<T>(Task<T> found) => found.GetAwaiter().GetResult();
}
