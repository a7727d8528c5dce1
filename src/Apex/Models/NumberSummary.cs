namespace Apex.Models;

/// <summary>What some numbers look like at first sight.</summary>
/// <param name="Count">How many.</param>
/// <param name="Min">The smallest.</param>
/// <param name="Max">The largest.</param>
/// <param name="Mean">Their mean.</param>
/// <param name="Std">Their standard deviation, with the divisor <see cref="Count"/>.</param>
/// <param name="AreWhole">True where each is a whole number.</param>
internal readonly record struct NumberSummary(long Count, double Min, double Max, double Mean, double Std, bool AreWhole)
{
    /// <summary>The largest absolute value.</summary>
    public double Largest => Math.Max(Math.Abs(Min), Math.Abs(Max));

    /// <summary>Summarises some numbers.</summary>
    /// <param name="values">Arrays of finite numbers; at least one number.</param>
    public static NumberSummary Of(IEnumerable<float[]> values)
    {
        (long count, double min, double max, double mean, double squares, bool whole) = (0, double.PositiveInfinity, double.NegativeInfinity, 0, 0, true);
        foreach (float[] array in values)
        {
            foreach (float value in array)
            {
                // Welford's update.
                count++;
                double step = value - mean;
                mean += step / count;
                squares += step * (value - mean);
                (min, max) = (Math.Min(min, value), Math.Max(max, value));
                whole &= value == MathF.Floor(value);
            }
        }

        return new NumberSummary(count, min, max, mean, Math.Sqrt(squares / count), whole);
    }
}
