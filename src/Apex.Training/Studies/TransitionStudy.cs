using Apex.Analysis;
using Apex.Analysis.LargeNoise;
using Apex.Analysis.Statistics;
using Apex.Experiments;
using Apex.Models.Onnx;
using Apex.Probing;

namespace Apex.Training.Studies;

/// <summary>From sample-dependent to model-dependent predictions.</summary>
internal sealed class TransitionStudy : IStudy
{
    private const double Nothing = 0.05, Most = 0.95, FarBeyond = 1e5;
    private const int LimitDraws = 20_000;

    public string Name => "transition";

    public string Question => "Do predictions go from depending on the sample to depending on the model alone as noise grows?";

    public async Task<StudyResult> RunAsync(StudyContext context)
    {
        List<Measurement> small = [], large = [], half = [], weights = [];
        foreach (var (name, model, images) in StudyProbes.Pair(context))
        {
            int samples = context.Quick ? 200 : 1000;
            // The last level is so far out that only the limit is left.
            var options = new ProbeOptions { Sigmas = [.. SigmaGrid.Geometric(0.0125, 12.8, context.Quick ? 13 : 25), FarBeyond], Draws = 32 };
            var run = await context.ProbeAsync(model, images, samples, options);
            var transition = NoiseTransition.Of(run);
            Interval At(int s) => new(transition.Levels[s].Value, transition.Levels[s].Low, transition.Levels[s].High, samples);
            small.Add(Measurement.Above(name, FormattableString.Invariant($"sample dependence at sigma {run.Sigmas[0]:g3}"), At(0), Most));
            // Where nearly all predictions fall on one class they cannot depend on the sample either.
            int last = transition.Levels.Count - 1;
            large.Add(transition.Levels[last].Status == DependenceStatus.Undefined
                ? Measurement.Below(name, "total variation to the marginal beyond chance, far beyond the grid",
                    transition.Levels[last].ExcessVariation, Nothing)
                : Measurement.Below(name, "sample dependence far beyond the grid", At(last), Nothing));
            half.Add(Measurement.Between(name, "sigma at which half of it is gone", transition.HalfDependence, run.Sigmas[0], run.Sigmas[^2]));
            weights.Add(await ToTheLimitAsync(name, model, run, last, context.CancellationToken));
        }

        return new StudyResult(Name, Question,
        [
            new Claim("At small noise predictions depend on the sample", "abstract; large noise", small),
            new Claim("At large noise they depend on the model alone", "abstract; large noise", large),
            new Claim("In between lies a noise level at which half of the dependence is gone", "large noise", half),
            new Claim("What is left at large noise follows from the weights alone, without data, biases or input", "large noise", weights),
        ],
        [FormattableString.Invariant(
            $"Absolute noise on all hidden sites, 32 draws. The last level is sigma {FarBeyond:n0}; {LimitDraws:n0} draws of the limit.")]);
    }

    /// <summary>Total variation between the marginal response and p_inf beyond what two samples of one distribution show (normal approximation).</summary>
    private static async Task<Measurement> ToTheLimitAsync(string name, string model, RunObservations run, int level, CancellationToken cancellationToken)
    {
        using var limit = NoiseLimit.Of(OnnxClassifier.Load(model));
        long[] atInfinity = await limit.CountAsync(limit.Groups[0], LimitDraws, seed: 1, cancellationToken: cancellationToken);
        double n = LimitDraws, m = run.Samples.Sum(s => (double)s.Sigmas[level].Counts.Sum()), distance = 0, chance = 0, variance = 0;
        for (int c = 0; c < atInfinity.Length; c++)
        {
            double seen = run.Samples.Sum(s => (double)s.Sigmas[level].Counts[c]), p = (seen + atInfinity[c]) / (n + m), error = p * (1 - p) * (1 / n + 1 / m);
            distance += Math.Abs(seen / m - atInfinity[c] / n) / 2;
            chance += Math.Sqrt(2 / Math.PI * error) / 2;
            variance += error / 4;
        }

        double half = Interval.Z95 * Math.Sqrt(variance);
        return Measurement.Below(name, "total variation to the limit of infinite noise beyond chance",
            new Interval(distance - chance, distance - chance - half, distance - chance + half, (long)m), Nothing);
    }
}
