using Apex.Analysis;
using MathNet.Numerics.Distributions;

namespace Apex.Training.Studies;

/// <summary>Means over networks that were trained apart, with Student's 95 % interval.</summary>
internal static class RunMeans
{
    /// <summary>Mean of one value for each network; N is their number.</summary>
    /// <param name="values">At least two; infinite ends come of fewer.</param>
    public static Interval Of(IReadOnlyList<double> values)
    {
        double mean = values.Average();
        if (values.Count < 2)
            return new Interval(mean, double.NegativeInfinity, double.PositiveInfinity, values.Count);
        double half = StudentT.InvCDF(0, 1, values.Count - 1, 0.975) * Math.Sqrt(Variance(values) / values.Count);
        return new Interval(mean, mean - half, mean + half, values.Count);
    }

    /// <summary>Difference of the means of two groups of networks, a less b, by B. Welch ("The generalization of Student's problem", Biometrika 1947).</summary>
    /// <param name="a">At least two values.</param>
    /// <param name="b">At least two values.</param>
    public static Interval Difference(IReadOnlyList<double> a, IReadOnlyList<double> b)
    {
        double ea = Variance(a) / a.Count, eb = Variance(b) / b.Count, difference = a.Average() - b.Average();
        if (ea + eb == 0)
            return new Interval(difference, difference, difference, a.Count + b.Count);
        double freedom = (ea + eb) * (ea + eb) / (ea * ea / (a.Count - 1) + eb * eb / (b.Count - 1));
        double half = StudentT.InvCDF(0, 1, freedom, 0.975) * Math.Sqrt(ea + eb);
        return new Interval(difference, difference - half, difference + half, a.Count + b.Count);
    }

    private static double Variance(IReadOnlyList<double> values) => values.Average() is var mean ? values.Sum(v => (v - mean) * (v - mean)) / (values.Count - 1) : 0;
}
