using Apex.Analysis;

namespace Apex.Training.Studies;

/// <summary>One figure that bears on a claim.</summary>
/// <param name="Of">What it was measured on.</param>
/// <param name="Figure">What it is.</param>
/// <param name="Value">The estimate.</param>
/// <param name="Low">Lower end of its 95 % interval.</param>
/// <param name="High">Upper end.</param>
/// <param name="N">What it rests on.</param>
/// <param name="Holds">Whether it bears the claim out, by its interval.</param>
internal sealed record Measurement(string Of, string Figure, double Value, double Low, double High, long N, bool Holds)
{
    public static Measurement From(string of, string figure, Interval interval, Func<Interval, bool> holds) =>
        new(of, figure, interval.Value, interval.Low, interval.High, interval.N, holds(interval));
}
