using System.Runtime.CompilerServices;
using Apex.Facts;
using Apex.Models;
using Apex.Probing;
using Apex.Sites;

namespace Apex.Experiments;

/// <summary>
/// Probes each chosen site alone: noise there and nowhere else, in units of the site's own rms, so that sites of different scale can be compared. The noise
/// of a draw at a site is the same as in a probe of all sites, and what comes out is what a <see cref="Probe"/> of that site with relative noise gives.
/// </summary>
internal sealed class SingleSiteProbe
{
    private const int MostDraws = 16;

    private readonly IReadOnlyList<Probe> _probes;

    /// <summary>Checks the options against the classifier.</summary>
    /// <param name="classifier">The network; it must outlive the probe.</param>
    /// <param name="options">Which sites, seed, threads, rows and perturbation; the draws where <paramref name="single"/> gives none.</param>
    /// <param name="single">How each is probed.</param>
    /// <exception cref="InvalidInputException">An option is out of range, names no site, or puts the noise elsewhere.</exception>
    public SingleSiteProbe(IClassifier classifier, ProbeOptions options, SingleSiteOptions single)
    {
        if (options.Space != NoiseSpace.Activation)
            throw new InvalidInputException(
                $"`SingleSites`: puts noise on one hidden site at a time; it goes with `Space` activation, not {options.Space.ToString().ToLowerInvariant()}");
        if (single.Samples < 2)
            throw new InvalidInputException($"`SingleSiteOptions.Samples` {single.Samples}: give at least 2 samples, and better 100");
        if (single.Draws is < 1 or > 65536)
            throw new InvalidInputException($"`SingleSiteOptions.Draws` {single.Draws}: give 1 to 65536");
        var each = options with { Sigmas = single.Sigmas, Draws = single.Draws ?? Math.Min(options.Draws, MostDraws), Scale = NoiseScale.Relative };
        Sites = new Probe(classifier, each).Sites;
        if (Sites is [{ IsInput: true }])
            throw new InvalidInputException("`SingleSites`: puts noise on one hidden site at a time; `Sites` input chooses none");
        Samples = single.Samples;
        _probes = [.. Sites.Select(site => new Probe(classifier, each, [site]))];
    }

    /// <summary>How many samples it takes at most, the first of a run.</summary>
    public int Samples { get; }

    /// <summary>The sites, ascending.</summary>
    public IReadOnlyList<Site> Sites { get; }

    /// <summary>Resolves every choice; the site's rms is measured on the first of the samples, as for all relative noise.</summary>
    /// <param name="samples">The samples of the run; enumerated for each site, only as far as needed, from the start.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>One plan for each of <see cref="Sites"/>.</returns>
    public async Task<IReadOnlyList<ProbePlan>> PlanAsync(IEnumerable<ProbeSample> samples, CancellationToken cancellationToken = default)
    {
        var plans = new List<ProbePlan>();
        foreach (var probe in _probes)
            plans.Add(await probe.PlanAsync(samples.Take(Samples), cancellationToken: cancellationToken));
        return plans;
    }

    /// <summary>Runs the plans, site by site.</summary>
    /// <param name="plans">From <see cref="PlanAsync"/>.</param>
    /// <param name="samples">The samples of the run; the first of them are enumerated for each site.</param>
    /// <param name="progress">Told after each sample of each site.</param>
    /// <param name="count">Number of samples for the progress; 0 where unknown.</param>
    /// <param name="cancellationToken">Stops the run; what is done has been returned.</param>
    /// <returns>For each site, ascending, its samples in their order.</returns>
    public async IAsyncEnumerable<SiteObservation> RunAsync(
        IReadOnlyList<ProbePlan> plans, IEnumerable<ProbeSample> samples, IProgress<ProbeProgress>? progress = null, int count = 0,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        long done = 0, passes = 0;
        foreach (var (probe, plan) in _probes.Zip(plans))
        {
            await foreach (var o in probe.RunAsync(plan, samples.Take(Samples), null, 0, cancellationToken))
            {
                passes += (long)plan.Sigmas.Count * plan.Draws;
                progress?.Report(new ProbeProgress("single sites", ++done, (long)plans.Count * Math.Min(count, Samples), passes));
                yield return new SiteObservation
                {
                    Site = plan.Sites[0].Index,
                    SampleId = o.SampleId,
                    CleanPrediction = o.CleanPrediction,
                    Counts = [.. o.Sigmas.Select(s => s.Counts)],
                    NonFinite = [.. o.Sigmas.Select(s => s.NonFinite)],
                };
            }
        }
    }
}
