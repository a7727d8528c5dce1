using Apex.Analysis;
using Apex.Analysis.LargeNoise;
using Apex.Analysis.Regularity;
using Apex.Analysis.Sensitivity;
using Apex.Analysis.Summary;
using Apex.Analysis.Transitions;
using Apex.Facts;
using Apex.Observations;

namespace Apex.Plots;

/// <summary>A run that was read, to be plotted. Each analysis is made when the first plot asks for it, with the defaults of its command.</summary>
public sealed class PlottedRun
{
    private readonly Lazy<NoiseTransition> _transition;
    private readonly Lazy<RegularityRanking> _regularity;
    private readonly Lazy<ClassTransitions> _transitions;
    private readonly Lazy<SingleSiteSensitivity> _sensitivity;

    private PlottedRun(string name, RunObservations observations, IReadOnlyList<SampleObservation> all, RunSummary summary, Func<IAsyncEnumerable<SiteObservation>> sites)
    {
        (Name, Observations, All, Summary) = (name, observations, all, summary);
        _transition = new(() => NoiseTransition.Of(observations));
        _regularity = new(() => RegularityRanking.Of(observations));
        _transitions = new(() => ClassTransitions.Of(observations, Taxonomy.For(observations.Info.Model.Classes)));
        // Plots are drawn in one go; on a thread of its own nothing waits for the one that draws.
        _sensitivity = new(() => Task.Run(() => SingleSiteSensitivity.FromAsync(Info, Info.SingleSites!, sites())).GetAwaiter().GetResult());
    }

    /// <summary>What the run is called.</summary>
    public string Name { get; }

    /// <summary>The run.</summary>
    public RunObservations Observations { get; }

    /// <summary>What <c>run.json</c> says.</summary>
    public RunInfo Info => Observations.Info;

    /// <summary>All its samples, those without a clean prediction too.</summary>
    internal IReadOnlyList<SampleObservation> All { get; }

    /// <summary>What <c>apex show</c> says.</summary>
    internal RunSummary Summary { get; }

    /// <summary>What <c>apex transition</c> says.</summary>
    /// <exception cref="InvalidInputException">The run cannot tell.</exception>
    internal NoiseTransition Transition => _transition.Value;

    /// <summary>What <c>apex regularity</c> says.</summary>
    internal RegularityRanking Regularity => _regularity.Value;

    /// <summary>What <c>apex transitions</c> says.</summary>
    /// <exception cref="InvalidInputException">The run cannot tell.</exception>
    internal ClassTransitions Transitions => _transitions.Value;

    /// <summary>What <c>apex sensitivity</c> says; null where the run did not probe its sites one by one. The file of that part is read only for this.</summary>
    /// <exception cref="InvalidInputException">The file is damaged, or the run cannot tell.</exception>
    internal SingleSiteSensitivity? Sensitivity => Info.SingleSites is null ? null : _sensitivity.Value;

    /// <summary>Reads a run.</summary>
    /// <param name="path">Its folder.</param>
    /// <param name="partial">Accept a run that is still being written, or was killed.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="InvalidInputException">It is no run, is damaged, or holds nothing to analyse.</exception>
    public static Task<PlottedRun> OpenAsync(string path, bool partial = false, CancellationToken cancellationToken = default) => OfAsync(RunReader.Open(path, partial), cancellationToken);

    /// <summary>Reads a run.</summary>
    /// <param name="reader">The run.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="InvalidInputException">It is damaged or holds nothing to analyse.</exception>
    public static async Task<PlottedRun> OfAsync(RunReader reader, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reader);
        return await OfAsync(reader.Name, reader.Info, await reader.ReadAsync(cancellationToken).ToListAsync(cancellationToken), () => reader.ReadSitesAsync(CancellationToken.None), cancellationToken);
    }

    /// <summary>Takes observations that are in memory.</summary>
    internal static async Task<PlottedRun> OfAsync(string name, RunInfo info, IReadOnlyList<SampleObservation> all, Func<IAsyncEnumerable<SiteObservation>> sites, CancellationToken cancellationToken = default) =>
        new(name, new RunObservations(info, all), all, await RunSummary.FromAsync(info, all.ToAsyncEnumerable(), cancellationToken: cancellationToken), sites);

    /// <summary>What <c>apex escape</c> says.</summary>
    internal EscapeSummary Escapes(double flipLevel) => EscapeSummary.Of(Observations, flipLevel);
}
