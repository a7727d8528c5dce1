using Apex.Facts;
using Apex.Models;

namespace Apex.Probing;

/// <summary>
/// Gathers what is kept of one sample while its noisy logits come in. At each sigma draws must come in their order, and for each draw
/// sigmas in theirs; then the numbers are the same whoever computed the logits. It grows with sigmas and classes, hardly with draws.
/// </summary>
internal sealed class SampleReadouts
{
    private readonly long _id;
    private readonly int? _label;
    private readonly float[] _logits;
    private readonly int _clean;
    private readonly Level[] _levels;
    private readonly int[] _escapeClass, _escapeSigma;

    /// <param name="id">The sample.</param>
    /// <param name="label">Its class, or null.</param>
    /// <param name="logits">s(x).</param>
    /// <param name="sigmas">Number of noise levels.</param>
    /// <param name="draws">N.</param>
    public SampleReadouts(long id, int? label, float[] logits, int sigmas, int draws)
    {
        (_id, _label, _logits) = (id, label, logits);
        _clean = Prediction.IsFinite(logits) ? Prediction.ArgMax(logits) : -1;
        _levels = [.. Enumerable.Range(0, sigmas).Select(_ => new Level(logits.Length))];
        (_escapeClass, _escapeSigma) = (new int[draws], new int[draws]);
        Array.Fill(_escapeClass, -1);
        Array.Fill(_escapeSigma, -1);
    }

    /// <summary>Takes the logits of one draw at one sigma.</summary>
    /// <param name="draw">The draw.</param>
    /// <param name="sigma">Index of the sigma.</param>
    /// <param name="scores">Noisy logits.</param>
    /// <param name="softmax">Working space, shape <c>[classes]</c>.</param>
    public void Add(int draw, int sigma, ReadOnlySpan<float> scores, Span<float> softmax)
    {
        var level = _levels[sigma];
        if (!Prediction.IsFinite(scores))
        {
            level.NonFinite++;
            return;
        }

        int predicted = Prediction.ArgMax(scores);
        level.Counts[predicted]++;
        Prediction.Softmax(scores, softmax);
        for (int c = 0; c < softmax.Length; c++)
            level.Softmax[c] += softmax[c];
        if (_clean < 0)
            return;
        // Welford's update: it does not lose the variance of large margins.
        double margin = Prediction.Margin(scores, _clean);
        level.Margins++;
        double delta = margin - level.Mean;
        level.Mean += delta / level.Margins;
        level.Square += delta * (margin - level.Mean);
        if (predicted != _clean && _escapeClass[draw] < 0)
            (_escapeClass[draw], _escapeSigma[draw]) = (predicted, sigma);
    }

    /// <summary>The observation, once all draws have come in.</summary>
    public SampleObservation Observation() => new()
    {
        SampleId = _id,
        Label = _label,
        CleanLogits = _logits,
        CleanPrediction = _clean < 0 ? null : _clean,
        CleanMargin = _clean < 0 ? float.NaN : Prediction.Margin(_logits, _clean),
        Sigmas = [.. _levels.Select(level => level.Observation(_escapeClass.Length))],
        FirstEscapeClass = _escapeClass,
        FirstEscapeSigma = _escapeSigma,
    };

    private sealed class Level(int classes)
    {
        public readonly int[] Counts = new int[classes];
        public readonly double[] Softmax = new double[classes];
        public int NonFinite, Margins;
        public double Mean, Square;

        public SigmaObservation Observation(int draws)
        {
            int n = draws - NonFinite;
            return new SigmaObservation
            {
                Counts = Counts,
                MeanSoftmax = [.. Softmax.Select(p => n == 0 ? float.NaN : (float)(p / n))],
                MarginMean = Margins == 0 ? float.NaN : (float)Mean,
                MarginVariance = Margins < 2 ? float.NaN : (float)(Square / (Margins - 1)),
                NonFinite = NonFinite,
            };
        }
    }
}
