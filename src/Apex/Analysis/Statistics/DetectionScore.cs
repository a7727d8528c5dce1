namespace Apex.Analysis.Statistics;

/// <summary>How well a score finds what it should.</summary>
internal static class DetectionScore
{
    /// <summary>
    /// Average precision: the sum over thresholds of the precision there times the recall gained there, without interpolation. Equal scores
    /// are one threshold, so their order does not matter. A score without information has the share of positives.
    /// </summary>
    /// <param name="score">High means positive, shape <c>[n]</c>; no NaN, infinities are values like any other.</param>
    /// <param name="positive">What is to be found, shape <c>[n]</c>.</param>
    /// <returns>In (0, 1]; NaN where nothing is positive.</returns>
    /// <exception cref="ArgumentException">The lengths differ, or a score is NaN.</exception>
    public static double AveragePrecision(ReadOnlySpan<double> score, ReadOnlySpan<bool> positive)
    {
        if (score.Length != positive.Length)
            throw new ArgumentException($"{score.Length} scores, {positive.Length} labels", nameof(positive));
        var order = Ranks.Order(score);
        order.AsSpan().Reverse();
        double sum = 0;
        int found = 0;
        for (int start = 0; start < order.Length;)
        {
            int before = found;
            for (int end = Ranks.EndOfTie(score, order, start); start < end; start++)
                found += positive[order[start]] ? 1 : 0;
            sum += (found - before) * (found / (double)start);
        }

        return sum / found;
    }
}
