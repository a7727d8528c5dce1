using Apex.Models;
using Apex.Noise;
using Apex.Observations;

namespace Apex.Probing;

/// <summary>
/// One worker: runs all draws of one sample at every sigma. The noise of a draw is made once and scaled for each sigma, which
/// gives common random numbers for free; a pass holds rows of neighbouring sigmas, which read the same noise. Not thread-safe.
/// </summary>
internal sealed class UnitWorker : ISampleWorker<SampleObservation>
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
        float[] logits = _clean.Run(sample.Input).Logits;
        bool finite = Prediction.IsFinite(logits);
        int clean = finite ? Prediction.ArgMax(logits) : -1;
        int sigmas = _plan.Sigmas.Count, draws = _plan.Draws;
        var counts = new int[sigmas][];
        var softmax = new double[sigmas][];
        var margins = new double[sigmas][];
        var nonFinite = new int[sigmas];
        for (int s = 0; s < sigmas; s++)
            (counts[s], softmax[s], margins[s]) = (new int[_classes], new double[_classes], new double[draws]);
        var escapeClass = new int[draws];
        var escapeSigma = new int[draws];
        Array.Fill(escapeClass, -1);
        Array.Fill(escapeSigma, -1);

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
            {
                var scores = noisy.Slice(row * _classes, _classes);
                int draw = (first + row) / sigmas, s = (first + row) % sigmas;
                margins[s][draw] = double.NaN;
                if (!Prediction.IsFinite(scores))
                {
                    nonFinite[s]++;
                    continue;
                }

                int predicted = Prediction.ArgMax(scores);
                counts[s][predicted]++;
                Prediction.Softmax(scores, _softmax);
                for (int c = 0; c < _classes; c++)
                    softmax[s][c] += _softmax[c];
                if (clean < 0)
                    continue;
                margins[s][draw] = Prediction.Margin(scores, clean);
                if (predicted != clean && escapeClass[draw] < 0)
                    (escapeClass[draw], escapeSigma[draw]) = (predicted, s);
            }
        }

        return new SampleObservation
        {
            SampleId = sample.Id,
            Label = sample.Label,
            CleanLogits = logits,
            CleanPrediction = finite ? clean : null,
            CleanMargin = finite ? Prediction.Margin(logits, clean) : float.NaN,
            Sigmas = [.. Enumerable.Range(0, sigmas).Select(s => Summarise(counts[s], softmax[s], margins[s], nonFinite[s]))],
            FirstEscapeClass = escapeClass,
            FirstEscapeSigma = escapeSigma,
        };
    }

    /// <summary>Noises that a pass must hold: the most draws that its rows can belong to.</summary>
    public static int NoisesFor(int rows, int sigmas) => (rows + sigmas - 2) / sigmas + 1;

    public void Dispose() => _pass.Dispose();

    private SigmaObservation Summarise(int[] counts, double[] softmax, double[] margins, int nonFinite)
    {
        int n = _plan.Draws - nonFinite;
        double mean = 0, square = 0;
        int seen = 0;
        // Welford's update, in the order of the draws: it does not lose the variance of large margins.
        foreach (double margin in margins)
        {
            if (double.IsNaN(margin))
                continue;
            seen++;
            double delta = margin - mean;
            mean += delta / seen;
            square += delta * (margin - mean);
        }

        return new SigmaObservation
        {
            Counts = counts,
            MeanSoftmax = [.. softmax.Select(p => n == 0 ? float.NaN : (float)(p / n))],
            MarginMean = seen == 0 ? float.NaN : (float)mean,
            MarginVariance = seen < 2 ? float.NaN : (float)(square / (seen - 1)),
            NonFinite = nonFinite,
        };
    }
}
