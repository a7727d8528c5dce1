using Apex.Analysis.Regularity;
using Apex.Analysis.Statistics;

namespace Apex.Experiments;

/// <summary>
/// The search on one sample. With common random numbers each draw is a path from the clean prediction outward, and is taken to leave it
/// once: a draw that held at a level held below it, one that had flipped stays flipped above. What a level says of a draw therefore
/// settles many others, and a level is visited only by the draws that are open there.
/// </summary>
/// <param name="sigmas">The grid, ascending.</param>
/// <param name="tau">The flip level.</param>
/// <param name="mostDraws">Draws at most.</param>
/// <param name="evaluate">Whether each of some draws has left the clean prediction at a level; null where its logits are not finite.</param>
internal sealed class EscapeBisection(IReadOnlyList<double> sigmas, double tau, int mostDraws, Func<int, IReadOnlyList<int>, bool?[]> evaluate)
{
    /// <summary>Draws that find the neighbourhood, before all others are spent there.</summary>
    private const int FirstDraws = 8;

    /// <summary>Per draw the largest level at which it is known to hold, and the smallest at which it is known to have flipped.</summary>
    private readonly List<int> _held = [], _flipped = [];
    private readonly HashSet<int> _dropped = [];
    private int _draws;

    /// <summary>Draws that were given up because a logit was not finite.</summary>
    public int NonFinite => _dropped.Count;

    /// <summary>The flip-level reading.</summary>
    /// <param name="width">Stop once the upper end is at most so many times the lower; null spends all draws.</param>
    public EscapeNoise Find(double? width)
    {
        int value = Add(Math.Min(FirstDraws, mostDraws), sigmas.Count / 2);
        while (true)
        {
            if (width is not null || _draws == mostDraws)
            {
                var found = Bracket(value);
                if (_draws == mostDraws || found.High <= width * found.Low)
                    return found;
            }

            value = Add(width is null ? mostDraws : Math.Min(mostDraws, 2 * _draws), value);
        }
    }

    private int Finite => _draws - _dropped.Count;

    /// <summary>More draws, and the level at which all of them together reach the flip level.</summary>
    private int Add(int draws, int near)
    {
        while (_draws < draws)
        {
            _held.Add(-1);
            _flipped.Add(sigmas.Count);
            _draws++;
        }

        return First(() => (int)Math.Ceiling(tau * Finite - 1e-9), near);
    }

    /// <summary>Visits the levels on both sides of each crossing: of the flip rate and of the ends of its interval.</summary>
    private EscapeNoise Bracket(int value)
    {
        First(() => Fewest(interval => interval.High), value);
        First(() => Fewest(interval => interval.Low), value);
        var counts = new (int Flips, int Draws)[sigmas.Count];
        for (int level = 0; level < counts.Length; level++)
        {
            if (Open(level).Count == 0)
                counts[level] = (Flips(level), Finite);
        }

        return EscapeNoise.FlipLevel(counts, sigmas, tau);
    }

    /// <summary>The fewest flips at which an end of their interval reaches the flip level.</summary>
    private int Fewest(Func<Interval, double> end)
    {
        int low = 0, high = Finite + 1;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (end(BinomialIntervals.Find(middle, Finite)) >= tau)
                high = middle;
            else
                low = middle + 1;
        }

        return low;
    }

    /// <summary>
    /// The first level with so many flips, or the number of levels where none has. It and the one below it are visited by all draws.
    /// Steps double away from where the search begins: what lies far off costs as much as what lies near.
    /// </summary>
    private int First(Func<int> wanted, int near)
    {
        int low = -1, high = sigmas.Count, at = Math.Clamp(near, 0, sigmas.Count - 1), step = 1;
        while (high - low > 1)
        {
            if (Visit(at) >= wanted())
                high = at;
            else
                low = at;
            bool passed = low >= 0 && high < sigmas.Count;
            at = passed ? (low + high) / 2 : low < 0 ? Math.Max(0, high - step) : Math.Min(sigmas.Count - 1, low + step);
            step *= 2;
        }

        if (high < sigmas.Count)
            Visit(high);
        if (low >= 0)
            Visit(low);
        return high;
    }

    /// <summary>Settles all draws at a level.</summary>
    /// <returns>Flips there.</returns>
    private int Visit(int level)
    {
        var open = Open(level);
        if (open.Count > 0)
        {
            bool?[] flipped = evaluate(level, open);
            for (int i = 0; i < open.Count; i++)
            {
                int draw = open[i];
                if (flipped[i] is not { } left)
                    _dropped.Add(draw);
                else if (left)
                    _flipped[draw] = level;
                else
                    _held[draw] = level;
            }
        }

        return Flips(level);
    }

    private List<int> Open(int level) => [.. Enumerable.Range(0, _draws).Where(d => _held[d] < level && level < _flipped[d] && !_dropped.Contains(d))];

    private int Flips(int level) => Enumerable.Range(0, _draws).Count(d => _flipped[d] <= level && !_dropped.Contains(d));
}
