using Apex.Facts;

namespace Apex.Analysis.Regularity;

/// <summary>Every readout that ranks samples. A new one is a line here, or a file of its own where it takes more than that.</summary>
internal static class Readouts
{
    /// <summary>Name of the no-noise baseline that the others are held against.</summary>
    public const string Baseline = "clean-margin";

    /// <summary>All readouts, the default score first.</summary>
    /// <param name="flipLevel">tau of the flip-level reading, in (0, 1).</param>
    public static IReadOnlyList<Readout> All(double flipLevel) =>
    [
        ApexScore.Readout,
        new Readout
        {
            Name = "escape-mode",
            What = "escape noise, mode reading",
            Score = Readout.Each((run, s) => EscapeNoise.Mode(s, run.Sigmas).RankKey),
            Draws = EveryDraw,
        },
        new Readout
        {
            Name = "escape-flip",
            What = $"escape noise, flip level {flipLevel}",
            Score = Readout.Each((run, s) => EscapeNoise.FlipLevel(s, run.Sigmas, flipLevel).RankKey),
            Draws = EveryDraw,
        },
        new Readout
        {
            Name = "mean-softmax",
            What = "mean softmax of the clean class at the small-noise level",
            Score = Readout.Each((run, s) => s.Sigmas[run.SmallNoise].MeanSoftmax[s.CleanPrediction!.Value]),
            Draws = run => run.Info.Plan.Draws,
        },
        new Readout
        {
            Name = "mean-margin",
            What = "mean margin at the small-noise level",
            Score = Readout.Each((run, s) => s.Sigmas[run.SmallNoise].MarginMean),
            Draws = run => run.Info.Plan.Draws,
        },
        new Readout
        {
            Name = "flip-stability",
            What = "share of draws that keep the clean prediction at the small-noise level",
            Score = Readout.Each((run, s) => 1 - RunObservations.FlipProbability(s, run.SmallNoise)),
            Draws = run => run.Info.Plan.Draws,
        },
        new Readout
        {
            Name = Baseline,
            What = "clean logit of the prediction over the next, no noise",
            Score = Readout.Each((_, s) => s.CleanMargin),
            Draws = _ => 0,
        },
        FirstOrderDistance.Readout,
        new Readout
        {
            Name = "confidence",
            What = "clean softmax of the prediction, no noise",
            Score = Readout.Each((_, s) => CleanSoftmax.LogOdds(s.CleanLogits, s.CleanPrediction!.Value)),
            Shown = CleanSoftmax.Probability,
            Draws = _ => 0,
        },
        new Readout
        {
            Name = "entropy",
            What = "entropy of the clean softmax, no noise, low first",
            Score = Readout.Each((_, s) => -CleanSoftmax.Entropy(s.CleanLogits)),
            Shown = score => -score,
            Draws = _ => 0,
        },
        new Readout
        {
            Name = "loss",
            What = "clean cross-entropy of the given label, no noise, low first",
            Score = Readout.Each((_, s) => s.Label is { } label ? CleanSoftmax.LogOdds(s.CleanLogits, label) : double.NaN),
            Shown = CleanSoftmax.CrossEntropy,
            Draws = _ => 0,
            NeedsLabels = true,
        },
    ];

    /// <summary>Stability under input noise: the default score of a run that perturbed site 0 only, on the same samples.</summary>
    /// <param name="input">That run.</param>
    /// <exception cref="InvalidInputException">It perturbed something else, another model, or other samples.</exception>
    public static Readout InputStability(RunObservations input)
    {
        if (input.Info.Plan.Sites is not [0])
            throw new InvalidInputException(
                $"`InputRun`: that run perturbs {(input.Info.Plan.Space == NoiseSpace.Parameter ? "parameters" : "hidden sites")}; " +
                "make it with `NoiseSpace.Input`");
        return new Readout
        {
            Name = "input-stability",
            What = FormattableString.Invariant($"mean softmax of the clean class under input noise of {input.Sigmas[input.SmallNoise]:g3}"),
            Draws = _ => input.Info.Plan.Draws,
            Score = run =>
            {
                if (run.Info.Model.Hash != input.Info.Model.Hash || run.Info.Data.Hash != input.Info.Data.Hash)
                    throw new InvalidInputException(
                        $"`InputRun`: it probes {input.Info.Model.Path} on {input.Info.Data.Spec}, not {run.Info.Model.Path} on {run.Info.Data.Spec}");
                var scores = input.Samples.ToDictionary(s => s.SampleId, s => (double)s.Sigmas[input.SmallNoise].MeanSoftmax[s.CleanPrediction!.Value]);
                return
                [
                    .. run.Samples.Select(s => scores.TryGetValue(s.SampleId, out double score)
                        ? score
                        : throw new InvalidInputException($"`InputRun`: it has no sample {s.SampleId}; probe the same samples")),
                ];
            },
        };
    }

    private static int EveryDraw(RunObservations run) => run.Info.Plan.Draws * run.Sigmas.Count;
}
