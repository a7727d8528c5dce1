using System.Globalization;
using Apex.Analysis.Regularity;
using Apex.Analysis.Statistics;
using Apex.Facts;

namespace Apex.Answers;

/// <summary>How numbers are put in reports for people.</summary>
internal static class Words
{
    /// <summary>Format of a difference: always with its sign, and none for what rounds to zero.</summary>
    public const string Signed = "+0.000;-0.000;0.000";

    /// <summary>An estimate with its interval: <c>0.713 [0.688, 0.736]</c>.</summary>
    public static string Estimate(Interval interval, string format = "f3") => double.IsNaN(interval.Value) ? "undefined"
        : string.Create(CultureInfo.InvariantCulture, $"{Number(interval.Value, format)} [{Number(interval.Low, format)}, {Number(interval.High, format)}]");

    /// <summary>An estimate with its interval: <c>0.713 [0.688, 0.736]</c>.</summary>
    public static string Estimate(double? value, Ends ends, string format = "f3") =>
        Estimate(new Interval(value ?? double.NaN, ends.Low, ends.High, 0), format);

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    /// <summary>An estimate with the ends of its interval.</summary>
    public static string Estimate(double? value, double? low, double? high, string format = "f3") =>
        Estimate(new Interval(value ?? double.NaN, low ?? double.NaN, high ?? double.NaN, 0), format);

    /// <summary>A share with its interval, padded so that rows stand below each other: <c>  3.0 %  [ 2.3 %,  4.0 %]</c>.</summary>
    public static string Share(Interval share) => string.Create(CultureInfo.InvariantCulture, $"{share.Value,7:p1}  [{share.Low,6:p1}, {share.High,6:p1}]");

    /// <inheritdoc cref="Share(Interval)"/>
    public static string Share(double? value, Ends ends) => Share(new Interval(value ?? double.NaN, ends.Low, ends.High, 0));

    /// <summary>A share with its interval: <c>3.0 % [2.3 %, 4.0 %]</c>.</summary>
    public static string Percent(Interval share) => string.Create(CultureInfo.InvariantCulture, $"{share.Value:p1} [{share.Low:p1}, {share.High:p1}]");

    /// <summary>A noise level between its ends: <c>0.19 [0.18, 0.2]</c>.</summary>
    public static string Sigmas(double value, double low, double high) => $"{Sigma(value)} [{Sigma(low)}, {Sigma(high)}]";

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
    public static string Class(IReadOnlyList<string> classes, int label) => label < classes.Count ? classes[label]
        : label.ToString(CultureInfo.InvariantCulture);

    /// <summary>A p-value: <c>p &lt; 0.001</c> or <c>p = 0.012</c>.</summary>
    /// <param name="p">The p-value.</param>
    /// <param name="least">The smallest that the test could give.</param>
    public static string PValue(double p, double least = 0) =>
        double.IsNaN(p) ? "p undefined"
            : p < 0.001 || p <= least ? string.Create(CultureInfo.InvariantCulture, $"p < {Math.Max(0.001, least):g2}")
            : string.Create(CultureInfo.InvariantCulture, $"p = {p:g2}");

    /// <summary>What numbers look like: <c>0 to 1, mean 0.286, std 0.353</c>.</summary>
    public static string Range(Models.NumberSummary numbers) =>
        string.Create(CultureInfo.InvariantCulture, $"{numbers.Min:g4} to {numbers.Max:g4}, mean {numbers.Mean:g3}, std {numbers.Std:g3}");

    /// <summary>Escape noise with its interval: <c>0.19 [0.18, 0.2]</c>, <c>&gt; 0.8 (censored)</c>.</summary>
    /// <param name="e">Escape noise.</param>
    /// <param name="smallest">The smallest level of the grid.</param>
    /// <param name="largest">The largest.</param>
    public static string Escape(EscapeNoise e, double smallest, double largest) => e.Censoring switch
    {
        Censoring.Right => e.Draws == 0 ? "(no finite draw)" : $"> {Sigma(Math.Min(e.HeldTo, largest))} (censored)",
        Censoring.Left => $"< {Sigma(smallest)} (censored)",
        _ => Sigmas(e.Value, e.Low, e.High),
    };

    /// <summary>A number of things: <c>1 sample</c>, <c>4 samples</c>.</summary>
    public static string Count(long number, string noun) => string.Create(CultureInfo.InvariantCulture, $"{number} {noun}{(number == 1 ? "" : "s")}");

    /// <summary>A noise level or escape noise; what is beyond all bounds is a word.</summary>
    public static string Sigma(double sigma) => double.IsNaN(sigma) ? "-" : double.IsPositiveInfinity(sigma) ? "∞"
        : sigma.ToString("g3", CultureInfo.InvariantCulture);
}
