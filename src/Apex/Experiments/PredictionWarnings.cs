using Apex.Analysis;
using Apex.Facts;
using Apex.Observations;

namespace Apex.Experiments;

/// <summary>What looks wrong about the clean predictions of a run on disk.</summary>
internal static class PredictionWarnings
{
    extension(PredictionTally)
    {
        /// <summary>A run with the warnings that its clean predictions give, as <see cref="RunObservations"/> has it.</summary>
        /// <param name="reader">The run.</param>
        /// <param name="cancellationToken">Stops reading.</param>
        /// <exception cref="InvalidInputException">The run is damaged.</exception>
        public static async Task<RunInfo> WarnedAsync(RunReader reader, CancellationToken cancellationToken = default)
        {
            ArgumentNullException.ThrowIfNull(reader);
            var tally = new PredictionTally(reader.Info.Model.Classes);
            await foreach (var observation in reader.ReadAsync(cancellationToken))
                tally.Add(observation.Label, observation.CleanPrediction);
            return tally.AddTo(reader.Info);
        }
    }
}
