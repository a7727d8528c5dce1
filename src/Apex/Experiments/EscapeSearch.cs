using System.Runtime.CompilerServices;
using Apex.Facts;
using Apex.Probing;

namespace Apex.Experiments;

/// <summary>Finds the escape noise of each sample with as few passes as it can.</summary>
internal static class EscapeSearch
{
    /// <summary>Rows of a pass of the search: it asks for a few draws at a time, and rows that carry none cost as much as others.</summary>
    private const int SearchRows = 8;

    /// <summary>
    /// Finds each sample's escape noise with as few passes as it can: of the grid only the levels are visited where the flip rate and the ends
    /// of its interval cross the flip level, and at those only the draws of which it is not known on which side they are.
    /// </summary>
    /// <param name="probe">What perturbs the network.</param>
    /// <param name="plan">From <see cref="Probe.PlanAsync"/>: sites, grid, seed and the most draws. The noise of a draw is that of a full probe.</param>
    /// <param name="options">What to find.</param>
    /// <param name="samples">The samples, streamed.</param>
    /// <param name="progress">Told after each sample.</param>
    /// <param name="total">Number of samples for the progress; 0 where unknown.</param>
    /// <param name="cancellationToken">Stops the search; samples that are done have been returned.</param>
    /// <exception cref="InvalidInputException">An option is out of range.</exception>
    public static async IAsyncEnumerable<SampleEscape> FindEscapeAsync(
        this Probe probe, ProbePlan plan, EscapeSearchOptions options, IEnumerable<ProbeSample> samples,
        IProgress<ProbeProgress>? progress = null, long total = 0, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(probe);
        options.Checked();
        CheckSearchable(plan.Space);
        var classifier = probe.Classifier;
        int rows = classifier.FixedBatch ?? Math.Min(SearchRows, plan.Draws);
        using var clean = classifier.OpenClean([]);
        using var perturbed = classifier.OpenPerturbed(plan.Sites, rows);
        long done = 0, passes = 0;
        await foreach (var escape in OrderedPipeline.RunAsync(
            samples, ProbeSample.Title, probe.Threads,
            () => new EscapeSearchWorker(plan, options, probe.Options.Perturbation, clean, perturbed.CreatePass(), classifier.Classes), cancellationToken))
        {
            done++;
            passes += escape.Passes;
            progress?.Report(new ProbeProgress("search", done, total, passes));
            yield return escape;
        }
    }

    /// <summary>Checks that a search can save anything.</summary>
    /// <exception cref="InvalidInputException">It cannot.</exception>
    internal static void CheckSearchable(NoiseSpace space)
    {
        if (space == NoiseSpace.Parameter)
            throw new InvalidInputException(
                "`FindEscapeAsync`: all samples share each draw of the parameters, so leaving one out saves nothing; " +
                "probe the whole grid with `Space` parameter, and `EscapeSummary.Summarise` reads it");
    }
}
