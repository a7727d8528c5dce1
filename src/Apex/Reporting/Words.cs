using System.Globalization;
using Apex.Analysis.Statistics;
using Apex.Facts;

namespace Apex.Reporting;

/// <summary>How numbers are put in reports for people.</summary>
internal static class Words
{
    /// <summary>Format of a difference: always with its sign, and none for what rounds to zero.</summary>
    public const string Signed = "+0.000;-0.000;0.000";

    /// <summary>An estimate with its interval: <c>0.713 [0.688, 0.736]</c>.</summary>
    public static string Of(Interval interval, string format = "f3") => double.IsNaN(interval.Value) ? "undefined" : string.Create(CultureInfo.InvariantCulture,
        $"{interval.Value.ToString(format, CultureInfo.InvariantCulture)} [{interval.Low.ToString(format, CultureInfo.InvariantCulture)}, {interval.High.ToString(format, CultureInfo.InvariantCulture)}]");

    /// <summary>What a run puts noise on: <c>7 sites</c>, <c>the input</c>, <c>22 parameter tensors</c>.</summary>
    public static string Perturbed(PlanInfo plan) => plan.Space switch
    {
        NoiseSpace.Parameter => plan.Parameters?.Count == 1 ? "1 parameter tensor" : $"{plan.Parameters?.Count ?? 0} parameter tensors",
        NoiseSpace.Input => "the input",
        _ => plan.Sites.Count == 1 ? "1 site" : $"{plan.Sites.Count} sites",
    };

    /// <summary>What sigma is measured in: <c>absolute, at each site</c>.</summary>
    public static string Unit(PlanInfo plan) => plan.Space switch
    {
        NoiseSpace.Parameter => "relative to the rms of each parameter tensor",
        NoiseSpace.Input => "on the input as the network reads it",
        _ => plan.Scale == NoiseScale.Relative ? "relative to the rms of each site" : "absolute, at each site",
    };

    /// <summary>A class's name, or its index where it has none.</summary>
    public static string Class(IReadOnlyList<string> classes, int label) => label < classes.Count ? classes[label] : label.ToString(CultureInfo.InvariantCulture);

    /// <summary>A p-value: <c>p &lt; 0.001</c> or <c>p = 0.012</c>.</summary>
    /// <param name="p">The p-value.</param>
    /// <param name="least">The smallest that the test could give.</param>
    public static string PValue(double p, double least = 0) =>
        double.IsNaN(p) ? "p undefined" : p < 0.001 || p <= least ? $"p < {Math.Max(0.001, least).ToString("g2", CultureInfo.InvariantCulture)}" : $"p = {p.ToString("g2", CultureInfo.InvariantCulture)}";

    /// <summary>What numbers look like: <c>0 to 1, mean 0.286, std 0.353</c>.</summary>
    public static string Range(Models.NumberSummary numbers) =>
        string.Create(CultureInfo.InvariantCulture, $"{numbers.Min:g4} to {numbers.Max:g4}, mean {numbers.Mean:g3}, std {numbers.Std:g3}");

    /// <summary>A noise level or escape noise; what is beyond all bounds is a word.</summary>
    public static string Sigma(double sigma) => double.IsNaN(sigma) ? "-" : double.IsPositiveInfinity(sigma) ? "∞" : sigma.ToString("g3", CultureInfo.InvariantCulture);
}
