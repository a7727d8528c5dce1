using Apex.Analysis;
using Apex.Analysis.Labels;
using Apex.Analysis.LargeNoise;
using Apex.Analysis.Regularity;
using Apex.Analysis.Sensitivity;
using Apex.Analysis.Summary;
using Apex.Analysis.Transitions;
using Apex.Facts;
using Apex.Observations;

namespace Apex.Experiments;

/// <summary>Everything that a run by itself can be asked, each as the command of its name finds it with its defaults.</summary>
public sealed record RunAnalyses
{
    /// <summary>The run.</summary>
    public required RunObservations Run { get; init; }

    /// <summary><c>apex show</c>.</summary>
    public required RunSummary Summary { get; init; }

    /// <summary><c>apex regularity</c>; its escape noises by flip level are those of <c>apex escape</c>.</summary>
    public required RegularityRanking Regularity { get; init; }

    /// <summary><c>apex transition</c>; null where the run cannot tell.</summary>
    public required NoiseTransition? Transition { get; init; }

    /// <summary><c>apex transitions</c>; null where the run cannot tell.</summary>
    public required ClassTransitions? Transitions { get; init; }

    /// <summary><c>apex bias</c>.</summary>
    public required BiasCurve? Bias { get; init; }

    /// <summary><c>apex audit</c>; null without labels.</summary>
    public required LabelAudit? Audit { get; init; }

    /// <summary><c>apex sensitivity</c>; null where the run's sites were not probed alone.</summary>
    public required SingleSiteSensitivity? Sensitivity { get; init; }

    /// <summary>Why an analysis is missing, one sentence each.</summary>
    public required IReadOnlyList<string> Missing { get; init; }

    /// <summary>Analyses a run.</summary>
    /// <param name="reader">The run.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="InvalidInputException">It is damaged or holds nothing to analyse.</exception>
    public static async Task<RunAnalyses> OfAsync(RunReader reader, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reader);
        var observations = await reader.ReadAsync(cancellationToken).ToListAsync(cancellationToken);
        var run = new RunObservations(reader.Info, observations);
        var missing = new List<string>();
        T? Try<T>(Func<T> analyse)
            where T : class
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                return analyse();
            }
            catch (InvalidInputException told)
            {
                missing.Add(told.Message);
                return null;
            }
        }

        SingleSiteSensitivity? sensitivity = null;
        try
        {
            if (reader.Info.SingleSites is not null)
                sensitivity = await SingleSiteSensitivity.FromAsync(reader.Info, reader.SingleSites, reader.ReadSitesAsync(cancellationToken), cancellationToken: cancellationToken);
        }
        catch (InvalidInputException told)
        {
            missing.Add(told.Message);
        }

        return new RunAnalyses
        {
            Run = run,
            Summary = await RunSummary.FromAsync(reader.Info, observations.ToAsyncEnumerable(), cancellationToken: cancellationToken),
            Regularity = RegularityRanking.Of(run),
            Transition = Try(() => NoiseTransition.Of(run)),
            Transitions = Try(() => ClassTransitions.Of(run, Taxonomy.For(run.Info.Model.Classes))),
            Bias = Try(() => BiasCurve.Of(run, SitesOf(run.Info))),
            Audit = run.Samples.Any(s => s.Label is not null) ? Try(() => LabelAudit.Of(run)) : null,
            Sensitivity = sensitivity,
            Missing = missing,
        };
    }

    /// <summary>What the noise of a run is on, as curves of bias name it: <c>all</c>, <c>chosen</c>, <c>input</c> or <c>parameters</c>.</summary>
    public static string SitesOf(RunInfo info)
    {
        ArgumentNullException.ThrowIfNull(info);
        return info.Plan.Space == NoiseSpace.Parameter ? "parameters"
            : info.Plan.Sites is [0] ? "input"
            : info.Plan.Sites.Order().SequenceEqual(info.Model.Sites.Where(s => !s.IsInput).Select(s => s.Index)) ? "all" : "chosen";
    }
}
