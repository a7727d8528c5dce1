using System.Globalization;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace Apex.Plots.Drawing;

/// <summary>Ticks of a logarithmic axis over sigma, whose coordinates are log10 sigma.</summary>
internal static class SigmaTicks
{
    private const int Fewest = 4;

    private static readonly double[][] _steps = [[1], [1, 3], [1, 2, 5], [1, 2, 3, 4, 5, 6, 7, 8, 9]];

    /// <summary>Ticks between two levels, as few as tell the scale.</summary>
    public static ITickGenerator Between(double low, double high)
    {
        var ticks = new NumericManual();
        double[] major = _steps.Select(steps => In(steps, low, high)).FirstOrDefault(t => t.Length >= Fewest) ?? [low, .. low == high ? (double[])[] : [high]];
        foreach (double sigma in major)
            ticks.AddMajor(Math.Log10(sigma), sigma.ToString("0.#######", CultureInfo.InvariantCulture) is var text && text != "0" && text.Length <= 7 ? text : sigma.ToString("g3", CultureInfo.InvariantCulture));
        foreach (double sigma in In(_steps[^1], low, high).Except(major))
            ticks.AddMinor(Math.Log10(sigma));
        return ticks;
    }

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
