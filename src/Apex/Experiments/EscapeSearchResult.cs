using Apex.Analysis.Regularity;
using Apex.Facts;

namespace Apex.Experiments;

/// <summary>What an adaptive search over a data set found.</summary>
/// <param name="Info">The probe that it stands for: model, data, grid and most draws; null where it was stopped before it began.</param>
/// <param name="Samples">The samples, in the order of the data.</param>
/// <param name="IsComplete">False where the search was stopped.</param>
internal sealed record EscapeSearchResult(RunInfo? Info, IReadOnlyList<SampleEscape> Samples, bool IsComplete)
{
    /// <summary>Noisy forward passes spent, rows that filled up a batch included; the pilot is not counted.</summary>
    public long Passes => Samples.Sum(s => (long)s.Passes);

    /// <summary>The samples with their survival, as a run over the whole grid is summarised.</summary>
    /// <param name="flipLevel">tau that was searched for.</param>
    /// <exception cref="InvalidInputException">No sample has a clean prediction.</exception>
    /// <exception cref="InvalidOperationException">The search was stopped before it began.</exception>
    public EscapeSummary Summarise(double flipLevel)
    {
        var plan = (Info ?? throw new InvalidOperationException("nothing was searched")).Plan;
        return EscapeSummary.Summarise(
            [.. Samples.Where(s => s.CleanPrediction is not null).Select(s => new SampleEscapeNoise(s.SampleId, s.Label, s.CleanPrediction!.Value, s.Escape))],
            plan.Sigmas, flipLevel, plan.Draws, Passes);
    }
}
