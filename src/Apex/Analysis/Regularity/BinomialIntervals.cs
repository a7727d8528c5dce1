using System.Collections.Concurrent;
using Apex.Analysis.Statistics;

namespace Apex.Analysis.Regularity;

/// <summary>
/// Clopper-Pearson intervals by count. A run asks for the same few thousand (successes, trials) over and over, and each costs two
/// inversions of the incomplete beta function.
/// </summary>
internal static class BinomialIntervals
{
    private static readonly ConcurrentDictionary<(int Successes, int Trials), Interval> _known = new();

    public static Interval Find(int successes, int trials) =>
        _known.GetOrAdd((successes, trials), static key => Interval.ClopperPearson(key.Successes, key.Trials));
}
