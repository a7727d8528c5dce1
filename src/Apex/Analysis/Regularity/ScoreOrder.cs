namespace Apex.Analysis.Regularity;

/// <summary>The one order of samples by regularity, which every list of them has.</summary>
internal static class ScoreOrder
{
    /// <summary>Positions of the samples, the most regular first, of equal ones the lower id; those without a score last.</summary>
    /// <param name="scores">Shape <c>[samples]</c>, higher for more regular.</param>
    /// <param name="ids">Their ids.</param>
    public static int[] Sort(double[] scores, IReadOnlyList<long> ids) =>
        [.. Enumerable.Range(0, scores.Length).OrderBy(i => double.IsNaN(scores[i])).ThenByDescending(i => scores[i]).ThenBy(i => ids[i])];
}
