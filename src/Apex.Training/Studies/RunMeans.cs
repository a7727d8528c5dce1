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

    private static double Variance(IReadOnlyList<double> values) => values.Average() is var mean ? values.Sum(v => (v - mean) * (v - mean)) / (values.Count - 1) : 0;
}
