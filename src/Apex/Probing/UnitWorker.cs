using Apex.Facts;
using Apex.Models;
using Apex.Noise;

namespace Apex.Probing;

/// <summary>
/// One worker: runs all draws of one sample at every sigma. The noise of a draw is made once and scaled for each sigma, which
/// gives common random numbers for free; a pass holds rows of neighbouring sigmas, which read the same noise. Not thread-safe.
/// </summary>
internal sealed class UnitWorker : IPipelineWorker<ProbeSample, SampleObservation>
{
    private readonly ProbePlan _plan;
    private readonly IPerturbation _perturbation;
    private readonly ICleanPass _clean;
    private readonly IPerturbedPass _pass;
    private readonly int _classes;
    private readonly float[] _scales;
    private readonly int[] _noises;
    private readonly float[] _softmax;

    public UnitWorker(ProbePlan plan, IPerturbation perturbation, ICleanPass clean, IPerturbedPass pass, int classes)
    {
        (_plan, _perturbation, _clean, _pass, _classes) = (plan, perturbation, clean, pass, classes);
        _scales = new float[plan.Sites.Count * plan.Rows];
        _noises = new int[plan.Rows];
        _softmax = new float[classes];
    }

    public SampleObservation Run(in ProbeSample sample, CancellationToken cancellationToken)
    {
        int sigmas = _plan.Sigmas.Count, draws = _plan.Draws;
        var readouts = new SampleReadouts(sample.Id, sample.Label, _clean.Run(sample.Input).Logits, sigmas, draws);
        _pass.SetInput(sample.Input);
        // Items are (draw, sigma), sigma inside: the noise of a draw is made when its first item comes and read by all of its rows.
        int made = 0;
        for (int first = 0; first < draws * sigmas; first += _plan.Rows)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int rows = Math.Min(_plan.Rows, draws * sigmas - first);
            for (int row = 0; row < rows; row++)
            {
                int draw = (first + row) / sigmas;
                double sigma = _plan.Sigmas[(first + row) % sigmas];
                int noise = draw % _pass.Noises;
                if (draw == made)
                {
                    for (int slot = 0; slot < _plan.Sites.Count; slot++)
                        _perturbation.Fill(new NoiseKey(_plan.Seed, sample.Id, draw, _plan.Sites[slot].Index), _pass.Noise(slot, noise));
                    made++;
                }

                _noises[row] = noise;
                for (int slot = 0; slot < _plan.Sites.Count; slot++)
                    _scales[slot * _plan.Rows + row] = (float)(sigma * _plan.SiteScales[slot]);
            }

            var noisy = _pass.Run(_scales, _noises);
            for (int row = 0; row < rows; row++)
                readouts.Add((first + row) / sigmas, (first + row) % sigmas, noisy.Slice(row * _classes, _classes), _softmax);
        }

        return readouts.Observation();
    }

    /// <summary>Noises that a pass must hold: the most draws that its rows can belong to.</summary>
    public static int NoisesFor(int rows, int sigmas) => (rows + sigmas - 2) / sigmas + 1;

    public void Dispose() => _pass.Dispose();
}
