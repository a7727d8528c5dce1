using MathNet.Numerics.Distributions;

namespace Apex.Analysis.Statistics;

/// <summary>An estimate with its interval.</summary>
/// <param name="Value">The estimate; NaN where nothing was counted.</param>
/// <param name="Low">Lower end.</param>
/// <param name="High">Upper end.</param>
/// <param name="N">What it rests on.</param>
public readonly record struct Interval(double Value, double Low, double High, long N)
{
    /// <summary>Standard deviations of a normal distribution on either side that hold 95 % of it.</summary>
    internal static readonly double Z95 = Normal.InvCDF(0, 1, 0.975);

    /// <summary>
    /// Wilson's 95 % score interval of a proportion (E. Wilson, "Probable inference, the law of succession, and statistical
    /// inference", JASA 1927).
    /// </summary>
    /// <param name="successes">Successes; need not be whole where <paramref name="trials"/> is an effective number.</param>
    /// <param name="trials">Trials, or an effective number of them.</param>
    /// <param name="n">What to report as n.</param>
    public static Interval Wilson(double successes, double trials, long n)
    {
        if (trials <= 0)
            return new Interval(double.NaN, 0, 1, n);
        double p = successes / trials, z = Z95 * Z95 / trials;
        double centre = (p + z / 2) / (1 + z), half = Z95 * Math.Sqrt(p * (1 - p) / trials + z / (4 * trials)) / (1 + z);
        return new Interval(p, Math.Max(0, centre - half), Math.Min(1, centre + half), n);
    }

    /// <summary>Student's 95 % interval of the mean of independent values; N is their number.</summary>
    /// <param name="values">At least one; the interval of one is all numbers.</param>
    public static Interval Student(IReadOnlyList<double> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        double mean = values.Average();
        if (values.Count < 2)
            return new Interval(mean, double.NegativeInfinity, double.PositiveInfinity, values.Count);
        double error = Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Count - 1) / values.Count);
        double half = StudentT.InvCDF(0, 1, values.Count - 1, 0.975) * error;
        return new Interval(mean, mean - half, mean + half, values.Count);
    }

    /// <summary>
    /// 95 % interval of a mean of proportions over samples that were each drawn several times. Draws of one sample resemble each
    /// other, so the number of draws is first divided by the design effect (L. Kish, "Survey Sampling", 1965) and the result,
    /// no less than the number of samples, enters Wilson's interval.
    /// </summary>
    /// <param name="sum">Sum over samples of each sample's proportion.</param>
    /// <param name="sumOfSquares">Sum of their squares.</param>
    /// <param name="samples">Number of samples.</param>
    /// <param name="draws">Draws of each sample.</param>
    public static Interval Clustered(double sum, double sumOfSquares, long samples, double draws)
    {
        if (samples == 0)
            return new Interval(double.NaN, 0, 1, 0);
        double p = sum / samples;
        double between = samples > 1 ? Math.Max(0, (sumOfSquares - samples * p * p) / (samples - 1)) / samples : p * (1 - p);
        // Where no draw or every draw flipped, nothing shows how alike the draws are: each sample counts once.
        double most = samples * Math.Max(1, draws);
        double effective = p is 0 or 1 ? samples : between == 0 ? most : Math.Clamp(p * (1 - p) / between, samples, most);
        return Wilson(p * effective, effective, samples);
    }

    /// <summary>
    /// The exact interval of a proportion, whose coverage is never below the confidence (C. Clopper and E. Pearson, "The use of confidence or
    /// fiducial limits illustrated in the case of the binomial", Biometrika 1934). Its ends are right to about 3e-10.
    /// </summary>
    /// <param name="successes">Successes, in 0..<paramref name="trials"/>.</param>
    /// <param name="trials">Independent trials; without any the interval is [0, 1].</param>
    /// <param name="confidence">Confidence, in (0, 1).</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public static Interval ClopperPearson(long successes, long trials, double confidence = 0.95)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(trials);
        ArgumentOutOfRangeException.ThrowIfNegative(successes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(successes, trials);
        if (!(confidence > 0 && confidence < 1))
            throw new ArgumentOutOfRangeException(nameof(confidence), confidence, "give a number between 0 and 1");
        if (trials == 0)
            return new Interval(double.NaN, 0, 1, 0);
        double tail = (1 - confidence) / 2;
        // With no success or nothing else the limit solves (1 - p)^trials = tail or p^trials = tail.
        double extreme = Math.Pow(tail, 1.0 / trials);
        double low = successes == 0 ? 0 : successes == trials ? extreme : Beta.InvCDF(successes, trials - successes + 1, tail);
        double high = successes == trials ? 1 : successes == 0 ? 1 - extreme : Beta.InvCDF(successes + 1, trials - successes, 1 - tail);
        return new Interval((double)successes / trials, low, high, trials);
    }
}
