using Apex.Analysis.Statistics;

namespace Apex.Training.Studies;

/// <summary>One figure that bears on a claim.</summary>
/// <param name="Of">What it was measured on.</param>
/// <param name="Figure">What it is.</param>
/// <param name="Value">The estimate.</param>
/// <param name="Low">Lower end of its 95 % interval; null where it is exact.</param>
/// <param name="High">Upper end.</param>
/// <param name="N">What it rests on.</param>
/// <param name="Criterion">What it takes to bear the claim out: the whole interval above or below a number.</param>
/// <param name="Holds">Whether it does.</param>
internal sealed record Measurement(string Of, string Figure, double Value, double? Low, double? High, long N, string Criterion, bool Holds)
{
    /// <summary>What stands behind the value, where it is a difference.</summary>
    public string? Detail { get; init; }

    /// <summary>Bears the claim out where the whole interval lies above a number.</summary>
    public static Measurement Above(string of, string figure, Interval interval, double threshold) =>
        new(of, figure, interval.Value, interval.Low, interval.High, interval.N, Told("above", threshold), interval.Low > threshold);

    /// <summary>Bears the claim out where the whole interval lies below a number.</summary>
    public static Measurement Below(string of, string figure, Interval interval, double threshold) =>
        new(of, figure, interval.Value, interval.Low, interval.High, interval.N, Told("below", threshold), interval.High < threshold);

    /// <summary>Bears the claim out where the whole interval lies between two numbers.</summary>
    public static Measurement Between(string of, string figure, Interval interval, double low, double high) =>
        new(of, figure, interval.Value, interval.Low, interval.High, interval.N,
            FormattableString.Invariant($"between {low:0.####} and {high:0.####}"), interval.Low > low && interval.High < high);

    /// <summary>Something that is counted or computed, not estimated: it has no interval.</summary>
    public static Measurement ExactlyAbove(string of, string figure, double value, long n, double threshold) =>
        new(of, figure, value, null, null, n, Told("above", threshold), value > threshold);

    /// <inheritdoc cref="ExactlyAbove"/>
    public static Measurement ExactlyBelow(string of, string figure, double value, long n, double threshold) =>
        new(of, figure, value, null, null, n, Told("below", threshold), value < threshold);

    private static string Told(string side, double threshold) => FormattableString.Invariant($"{side} {threshold:0.####}");
}
