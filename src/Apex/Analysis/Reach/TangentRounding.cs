

namespace Apex.Analysis.Reach;

/// <summary>
/// How far rounding moves the columns of Y = J Omega, measured: some columns are computed a second time from probes that are longer by a
/// factor of a few bits, which takes every product and sum through other roundings, and scaled back.
/// </summary>
internal static class TangentRounding
{
    /// <summary>11/8: exact in a few bits, so that the probe itself is not rounded, and no power of two, so that everything behind it is.</summary>
    public const float Factor = 1.375f;

    /// <summary>How many times the measured rounding a vector must stand out of the span of others to count.</summary>
    private const double Safety = 10;

    /// <summary>The distance from a span below which a column or row of Y may be in it.</summary>
    /// <param name="sketch">Y.</param>
    /// <param name="again">Some of its columns, each with J (factor omega), shape <c>[elements of the site]</c>.</param>
    /// <returns>
    /// Ten times what the spectral norm of the rounding E is at most: largest column norm plus largest row norm, up to a factor near 1 (A. Bandeira,
    /// R. van Handel, "Sharp nonasymptotic bounds on the norm of random matrices with independent entries", Annals of Probability 2016), the
    /// entries of a row taken to be alike.
    /// </returns>
    public static double Threshold(TangentSketch sketch, IReadOnlyList<(int Probe, float[] Tangent)> again)
    {
        ArgumentNullException.ThrowIfNull(sketch);
        double column = 0;
        var units = new double[sketch.Units.Count];
        foreach (var (probe, tangent) in again)
        {
            double square = 0;
            for (int u = 0; u < units.Length; u++)
            {
                double error = sketch.At(probe, u) - (double)tangent[sketch.Units[u]] / Factor;
                // Both were rounded: each has half of the variance.
                double variance = error * error / 2;
                square += variance;
                units[u] += variance;
            }

            column = Math.Max(column, square);
        }

        double row = units.Length == 0 || again.Count == 0 ? 0 : units.Max() / again.Count * sketch.Probes;
        return Safety * (Math.Sqrt(column) + Math.Sqrt(row));
    }
}
