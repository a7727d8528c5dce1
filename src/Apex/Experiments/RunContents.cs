using Apex.Analysis;
using Apex.Data;
using Apex.Observations;

namespace Apex.Experiments;

/// <summary>What analyses take of runs and other files on disk.</summary>
internal static class RunContents
{
    extension(RunObservations)
    {
        /// <summary>Reads a run.</summary>
        /// <param name="reader">The run.</param>
        /// <param name="cancellationToken">Stops reading.</param>
        /// <exception cref="InvalidInputException">It is damaged or holds nothing to analyse.</exception>
        public static async Task<RunObservations> FromAsync(RunReader reader, CancellationToken cancellationToken = default)
        {
            ArgumentNullException.ThrowIfNull(reader);
            return new RunObservations(reader.Info, await reader.ReadAsync(cancellationToken).ToListAsync(cancellationToken));
        }
    }

    /// <summary>The scores of a run's samples from elsewhere.</summary>
    /// <param name="run">The run.</param>
    /// <param name="scores">Scores for all samples of the source, or for those of the run.</param>
    /// <returns>One for each of <see cref="RunObservations.Samples"/>.</returns>
    /// <exception cref="InvalidInputException">Their lengths or labels do not fit.</exception>
    internal static double[] Match(this RunObservations run, ScoreFile scores)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(scores);
        return scores.For(
            [.. run.Samples.Select(s => s.SampleId)], [.. run.Samples.Select(s => s.Label)],
            run.Info.Data.Count, run.Samples.Count + run.CleanNonFinite, run.Positions);
    }
}
