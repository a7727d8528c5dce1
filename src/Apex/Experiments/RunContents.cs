using Apex.Analysis;
using Apex.Data;

namespace Apex.Experiments;

/// <summary>What analyses take of runs and other files on disk.</summary>
internal static class RunContents
{
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
