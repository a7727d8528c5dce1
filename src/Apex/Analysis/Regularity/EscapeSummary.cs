using Apex.Analysis.Statistics;

namespace Apex.Analysis.Regularity;

/// <summary>Escape noises of many samples, with their survival by class.</summary>
internal sealed record EscapeSummary
{
    /// <summary>In words: <c>mode</c> or <c>flip-level</c>.</summary>
    public required string Reading { get; init; }

    /// <summary>tau of the flip-level reading; null for the mode reading.</summary>
    public required double? FlipLevel { get; init; }

    /// <summary>Smallest level of the grid.</summary>
    public required double Smallest { get; init; }

    /// <summary>Largest level of the grid.</summary>
    public required double Largest { get; init; }

    /// <summary>The samples, in the order they were probed.</summary>
    public required IReadOnlyList<SampleEscapeNoise> Samples { get; init; }

    /// <summary>The samples of which a finite draw was seen, the first to escape first.</summary>
    public required IReadOnlyList<SampleEscapeNoise> Ordered { get; init; }

    /// <summary>Kaplan-Meier curves: of all samples, then of those predicted as each class.</summary>
    public required IReadOnlyList<ClassSurvival> Curves { get; init; }

    /// <summary>Noisy passes that an adaptive search spent; null for a run over the whole grid.</summary>
    public long? Passes { get; init; }

    /// <summary>Noisy passes of the whole grid with as many draws.</summary>
    public required long GridPasses { get; init; }

    /// <summary>Summarises a run.</summary>
    /// <param name="run">The run.</param>
    /// <param name="flipLevel">tau, or null for the mode reading.</param>
    /// <exception cref="InvalidInputException">There are no samples.</exception>
    public static EscapeSummary Summarise(RunObservations run, double? flipLevel) => Summarise(
        [.. run.Samples.Select(s => new SampleEscapeNoise(
            s.SampleId, s.Label, s.CleanPrediction!.Value,
            flipLevel is { } tau ? EscapeNoise.FlipLevel(s, run.Sigmas, tau) : EscapeNoise.Mode(s, run.Sigmas)))],
        run.Sigmas, flipLevel, run.Info.Plan.Draws);

    /// <summary>Summarises.</summary>
    /// <param name="samples">Escape noises.</param>
    /// <param name="sigmas">The grid.</param>
    /// <param name="flipLevel">tau, or null for the mode reading.</param>
    /// <param name="draws">Draws at each level of the grid.</param>
    /// <param name="passes">Passes of an adaptive search, or null.</param>
    /// <exception cref="InvalidInputException">There are no samples.</exception>
    public static EscapeSummary Summarise(
        IReadOnlyList<SampleEscapeNoise> samples, IReadOnlyList<double> sigmas, double? flipLevel, int draws, long? passes = null)
    {
        if (samples.Count == 0)
            throw new InvalidInputException("no sample has a clean prediction; there is nothing to analyse");
        ClassSurvival Curve(int? y, IReadOnlyList<SampleEscapeNoise> own) =>
            new(
                y, own.Count, own.Count(s => s.Escape.Censoring == Censoring.Right), own.Count(s => s.Escape.Censoring == Censoring.Left),
                SurvivalOf.Escapes([.. own.Select(s => s.Escape)], sigmas[0], sigmas[^1]));
        return new EscapeSummary
        {
            Reading = flipLevel is null ? "mode" : "flip-level",
            FlipLevel = flipLevel,
            Smallest = sigmas[0],
            Largest = sigmas[^1],
            Samples = samples,
            Ordered = [.. samples.Where(s => s.Escape.Draws > 0).OrderBy(s => s.Escape.RankKey).ThenBy(s => s.SampleId)],
            Curves = [Curve(null, samples), .. samples.GroupBy(s => s.Prediction).OrderBy(g => g.Key).Select(g => Curve(g.Key, [.. g]))],
            Passes = passes,
            GridPasses = (long)samples.Count * sigmas.Count * draws,
        };
    }
}

/// <summary>Escape noise of one sample.</summary>
/// <param name="SampleId">Index in its source.</param>
/// <param name="Label">Given class, or null.</param>
/// <param name="Prediction">ŷ0.</param>
/// <param name="Escape">Where it escapes.</param>
internal sealed record SampleEscapeNoise(long SampleId, int? Label, int Prediction, EscapeNoise Escape);

/// <summary>Survival of the samples predicted as one class.</summary>
/// <param name="Class">The class, or null for all samples.</param>
/// <param name="Samples">Samples.</param>
/// <param name="Censored">Samples that never escape on the grid.</param>
/// <param name="Below">Samples that have escaped at the smallest level.</param>
/// <param name="Curve">The Kaplan-Meier curve.</param>
internal sealed record ClassSurvival(int? Class, int Samples, int Censored, int Below, KaplanMeierCurve Curve);
