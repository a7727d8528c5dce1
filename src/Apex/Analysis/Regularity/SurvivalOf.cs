using Apex.Analysis.Statistics;

namespace Apex.Analysis.Regularity;

/// <summary>Escape noise as survival: how many samples still hold their prediction at each noise level.</summary>
internal static class SurvivalOf
{
    /// <summary>
    /// The Kaplan-Meier curve of escape. A sample that escapes below the grid counts as escaping at the smallest level, one that never
    /// does is censored at the largest, or where it was last seen.
    /// </summary>
    /// <param name="escapes">Escape noises of samples.</param>
    /// <param name="smallest">Smallest level of the grid.</param>
    /// <param name="largest">Largest level of the grid.</param>
    public static KaplanMeierCurve Escapes(IReadOnlyList<EscapeNoise> escapes, double smallest, double largest) => KaplanMeier.Fit(
        [.. escapes.Select(e => e.Censoring switch { Censoring.Right => Math.Min(largest, e.HeldTo), Censoring.Left => smallest, _ => e.Value })],
        [.. escapes.Select(e => e.Censoring != Censoring.Right)]);
}
