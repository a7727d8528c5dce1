using Apex.Facts;

namespace Apex.Analysis;

/// <summary>A whole run in memory, as analyses that rank or compare samples need it.</summary>
public sealed class RunObservations
{
    /// <summary>
    /// Where the mean flip rate still counts as small noise: beyond it the class bias of the model takes over the ranking (docs/method.md, section 5).
    /// </summary>
    private const double SmallFlipRate = 0.1;

    /// <summary>Takes a run that was read.</summary>
    /// <param name="info">The run.</param>
    /// <param name="observations">Its observations, in the order of the run.</param>
    /// <exception cref="InvalidInputException">No sample has a clean prediction.</exception>
    public RunObservations(RunInfo info, IReadOnlyList<SampleObservation> observations)
    {
        var tally = new PredictionTally(info.Model.Classes);
        foreach (var observation in observations)
            tally.Add(observation.Label, observation.CleanPrediction);
        Info = tally.AddTo(info);
        int[] positions = [.. Enumerable.Range(0, observations.Count).Where(i => observations[i].CleanPrediction is not null)];
        Samples = [.. positions.Select(i => observations[i])];
        Positions = positions;
        CleanNonFinite = observations.Count - Samples.Count;
        if (Samples.Count == 0)
            throw new InvalidInputException(
                $"{info.Model.Path}: none of the run's {observations.Count} samples has finite clean logits; there is nothing to analyse");
        FlipRates =
        [
            .. Enumerable.Range(0, Sigmas.Count)
                .Select(s => Samples.Select(o => FlipProbability(o, s)).Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average()),
        ];
        SmallNoise = SmallNoiseLevel(FlipRates);
    }

    /// <summary>The run, its warnings with those about its clean predictions.</summary>
    public RunInfo Info { get; }

    /// <summary>Samples with a clean prediction, in the order of the run.</summary>
    public IReadOnlyList<SampleObservation> Samples { get; }

    /// <summary>Position in the run of each of <see cref="Samples"/>.</summary>
    internal IReadOnlyList<int> Positions { get; }

    /// <summary>Samples that were left out because a clean logit was not finite.</summary>
    public int CleanNonFinite { get; }

    /// <summary>The noise levels, ascending, shape <c>[sigmas]</c>.</summary>
    public IReadOnlyList<double> Sigmas => Info.Plan.Sigmas;

    /// <summary>C.</summary>
    public int Classes => Info.Model.Classes.Count;

    /// <summary>Mean over samples of the flip probability q(x, sigma), shape <c>[sigmas]</c>.</summary>
    public IReadOnlyList<double> FlipRates { get; }

    /// <summary>Index of the largest level that still counts as small noise.</summary>
    public int SmallNoise { get; }

    /// <summary>q(x, sigma) = 1 - p̂(ŷ0 | x, sigma); NaN where no draw was finite.</summary>
    /// <param name="sample">A sample with a clean prediction.</param>
    /// <param name="sigma">Index of the level.</param>
    public static double FlipProbability(SampleObservation sample, int sigma)
    {
        int[] counts = sample.Sigmas[sigma].Counts;
        return 1 - (double)counts[sample.CleanPrediction!.Value] / counts.Sum();
    }

    /// <summary>Index of the last level before the mean flip rate first passes 10 %, or 0 where the first level passes it already.</summary>
    /// <param name="flipRates">Mean flip rates, shape <c>[sigmas]</c>.</param>
    public static int SmallNoiseLevel(IReadOnlyList<double> flipRates) => Math.Max(0, flipRates.TakeWhile(q => q <= SmallFlipRate).Count() - 1);

    /// <summary>
    /// What to keep in mind where the flip rate does not bound small noise, or null: samples of a class that large noise favours may never flip, and
    /// a grid may begin too late.
    /// </summary>
    public string? SmallNoiseCaution => FlipRates.All(q => q <= SmallFlipRate)
        ? FormattableString.Invariant($"the mean flip rate stays below {SmallFlipRate:p0} up to sigma {Sigmas[^1]:g3}, so all of the grid ") +
            "counts as small noise; " +
            "where these samples are of a class that the model favours, probe others too, or give a smaller `Sigmas`"
        : FlipRates[0] > SmallFlipRate
            ? FormattableString.Invariant($"at the smallest sigma, {Sigmas[0]:g3}, {FlipRates[0]:p0} of draws have flipped already; ")
                + "readouts of small noise want a grid that begins lower"
            : null;
}
