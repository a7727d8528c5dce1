using Apex.Models;
using Apex.Noise;
using Apex.Probing;

namespace Apex.Experiments;

/// <summary>One worker of an adaptive search: answers at which level which draw has left the clean prediction. Not thread-safe.</summary>
internal sealed class EscapeSearchWorker(
    ProbePlan plan, EscapeSearchOptions options, IPerturbation perturbation, ICleanPass clean, IPerturbedPass pass, int classes)
    : IPipelineWorker<ProbeSample, SampleEscape>
{
    private readonly float[] _scales = new float[plan.Sites.Count];

    public SampleEscape Run(in ProbeSample sample, CancellationToken cancellationToken)
    {
        float[] logits = clean.Run(sample.Input).Logits;
        if (!Prediction.IsFinite(logits))
            return new SampleEscape(sample.Id, sample.Label, null, float.NaN, default, 0, 0);
        int own = Prediction.ArgMax(logits), passes = 0;
        long id = sample.Id;
        pass.SetInput(sample.Input);
        var search = new EscapeBisection(plan.Sigmas, options.FlipLevel, plan.Draws, (level, draws) =>
        {
            for (int slot = 0; slot < _scales.Length; slot++)
                _scales[slot] = (float)(plan.Sigmas[level] * plan.SiteScales[slot]);
            var flipped = new bool?[draws.Count];
            for (int first = 0; first < draws.Count; first += pass.Rows)
            {
                cancellationToken.ThrowIfCancellationRequested();
                int rows = Math.Min(pass.Rows, draws.Count - first);
                for (int row = 0; row < rows; row++)
                {
                    for (int slot = 0; slot < _scales.Length; slot++)
                        perturbation.Fill(new NoiseKey(plan.Seed, id, draws[first + row], plan.Sites[slot].Index), pass.Noise(slot, row));
                }

                var noisy = pass.Run(_scales);
                passes += pass.Rows;
                for (int row = 0; row < rows; row++)
                {
                    var scores = noisy.Slice(row * classes, classes);
                    flipped[first + row] = Prediction.IsFinite(scores) ? Prediction.ArgMax(scores) != own : null;
                }
            }

            return flipped;
        });
        var escape = search.Find(options.Width);
        return new SampleEscape(sample.Id, sample.Label, own, Prediction.Margin(logits, own), escape, passes, search.NonFinite);
    }

    public void Dispose() => pass.Dispose();
}
