using System.Globalization;
using ScottPlot;

namespace Apex.Plots.Drawing;

/// <summary>Ticks of a logarithmic axis over sigma, whose coordinates are log10 sigma.</summary>
internal static class SigmaTicks
{
    private const int Fewest = 4, Most = 6, LongestText = 6;

    private static readonly double[][] _steps = [[1], [1, 3], [1, 2, 5], [1, 2, 3, 4, 5, 6, 7, 8, 9]];

    /// <summary>Ticks between two levels, as few as tell the scale.</summary>
    public static IReadOnlyList<Tick> Between(double low, double high)
    {
        double[] major = _steps.Select(steps => In(steps, low, high)).FirstOrDefault(t => t.Length >= Fewest) ?? [low, .. low == high ? (double[])[] : [high]];
        // Of many decades every second, or third, is named.
        int every = (major.Length + Most - 1) / Most;
        double[] named = [.. major.Where((_, i) => i % every == 0)], others = every > 1 ? major : In(_steps[^1], low, high);
        return [.. named.Select(sigma => Tick.Major(Math.Log10(sigma), Text(sigma))), .. others.Except(named).Select(sigma => Tick.Minor(Math.Log10(sigma)))];
    }

    /// <summary>The nearest levels of one digit, as 0.9, 1, 2 or 30, at or below the one level and at or above the other; two that differ.</summary>
    public static (double Low, double High) Around(double low, double high)
    {
        double[] below = In(_steps[^1], low / 10, low), above = In(_steps[^1], high, high * 10);
        return (below[^1], above[0] > below[^1] ? above[0] : above[1]);
    }

    private static string Text(double sigma) =>
        sigma.ToString("0.####", CultureInfo.InvariantCulture) is var text
            && text.Length <= LongestText && double.Parse(text, CultureInfo.InvariantCulture) == sigma
            ? text
            : sigma.ToString("g3", CultureInfo.InvariantCulture);

    private static double[] In(double[] steps, double low, double high) =>
    [
        .. from decade in Enumerable.Range((int)Math.Floor(Math.Log10(low)), (int)Math.Ceiling(Math.Log10(high)) - (int)Math.Floor(Math.Log10(low)) + 1)
           from step in steps
           // As it is written, so that 3 x 0.1 is 0.3.
           let sigma = double.Parse(FormattableString.Invariant($"{step}e{decade}"), CultureInfo.InvariantCulture)
           where sigma >= low * (1 - 1e-9) && sigma <= high * (1 + 1e-9)
           select sigma,
    ];
}
