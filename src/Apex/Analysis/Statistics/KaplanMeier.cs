
namespace Apex.Analysis.Statistics;

/// <summary>
/// Survival curves of right-censored times (E. Kaplan and P. Meier, "Nonparametric estimation from incomplete observations", JASA 1958).
/// </summary>
internal static class KaplanMeier
{
    /// <summary>
    /// The survival curve. Its 95 % interval is by Greenwood's variance on the scale of log(-log S), where it cannot leave [0, 1] (J. Kalbfleisch and
    /// R. Prentice, "The Statistical Analysis of Failure Time Data", 1980). A sample censored at the time of an event counts as at risk there.
    /// </summary>
    /// <param name="times">Time of the event or of censoring, shape <c>[n]</c>; no NaN.</param>
    /// <param name="observed">Whether the event was seen; false where the sample is known only to have had none so far, shape <c>[n]</c>.</param>
    /// <exception cref="ArgumentException">The lengths differ, or a time is NaN.</exception>
    public static KaplanMeierCurve Fit(ReadOnlySpan<double> times, ReadOnlySpan<bool> observed)
    {
        if (times.Length != observed.Length)
            throw new ArgumentException($"{times.Length} times, {observed.Length} marks of what was observed", nameof(observed));
        var order = Ranks.Order(times);
        var steps = new List<KaplanMeierStep>();
        double survival = 1, greenwood = 0;
        for (int start = 0; start < order.Length;)
        {
            double time = times[order[start]];
            int atRisk = order.Length - start, end = Ranks.EndOfTie(times, order, start), events = 0;
            for (; start < end; start++)
                events += observed[order[start]] ? 1 : 0;
            int left = order.Length - end, spared = atRisk - events;
            if (events > 0)
            {
                survival *= spared / (double)atRisk;
                greenwood += events / ((double)atRisk * spared);
            }

            var (low, high) = Limits(survival, greenwood);
            steps.Add(new KaplanMeierStep(time, atRisk, events, spared - left, survival, low, high));
        }

        return new KaplanMeierCurve(steps, Median(steps, order.Length));
    }

    private static (double Low, double High) Limits(double survival, double greenwood)
    {
        if (survival == 1)
            return (1, 1);
        // Nobody is left to say how uncertain this is.
        if (survival == 0)
            return (double.NaN, double.NaN);
        double factor = Math.Exp(Interval.Z95 * Math.Sqrt(greenwood) / -Math.Log(survival));
        return (Math.Pow(survival, factor), Math.Pow(survival, 1 / factor));
    }

    private static KaplanMeierMedian Median(List<KaplanMeierStep> steps, int n)
    {
        // A product of fractions that is 1/2 may come out a few bits above.
        const double Half = 0.5 + 1e-12;
        double value = double.NaN, low = double.NaN, high = double.PositiveInfinity;
        bool reached = false;
        foreach (var step in steps)
        {
            if (double.IsNaN(value) && step.Survival <= Half)
                value = step.Time;
            if (!reached)
                low = step.Time;
            reached |= step.Low <= Half;
            if (double.IsPositiveInfinity(high) && step.High <= Half)
                high = step.Time;
        }

        return new KaplanMeierMedian(value, low, high, n);
    }
}
