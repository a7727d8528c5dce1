namespace Apex.Analysis.Statistics;

/// <summary>A survival curve: a step function that starts at 1 and falls at each time with an event.</summary>
/// <param name="Steps">The distinct times in the data, those with censoring only included, in rising order.</param>
/// <param name="Median">Where it falls to 1/2.</param>
internal sealed record KaplanMeierCurve(IReadOnlyList<KaplanMeierStep> Steps, KaplanMeierMedian Median)
{
    /// <summary>
    /// Estimated probability of no event up to and including a time: the last step's at or before it, 1 before the first. Beyond the last time
    /// in the data it is that time's, though nothing is known there.
    /// </summary>
    /// <param name="time">Any time but NaN.</param>
    public double SurvivalAt(double time) => Steps.Where(s => s.Time <= time).Select(s => s.Survival).DefaultIfEmpty(1).Last();
}
