using Apex.Facts;

namespace Apex.Analysis.Regularity;

/// <summary>
/// What <see cref="ApexScore"/> needs of samples that come one at a time: of each its margins, of each class how they drift and spread. Which levels count is
/// known only when all samples were seen, so sums are kept for every choice.
/// </summary>
/// <param name="classes">C.</param>
/// <param name="sigmas">The grid, ascending, shape <c>[sigmas]</c>.</param>
/// <param name="prior">Samples that all samples together weigh in the estimate for a class.</param>
internal sealed class ApexScoreSums(int classes, IReadOnlyList<double> sigmas, double prior)
{
    private readonly List<(int Prediction, float[] Margins)> _samples = [];

    /// <summary>By level.</summary>
    private readonly PooledByClass[] _drift = [.. sigmas.Select(_ => new PooledByClass(classes, prior))];

    /// <summary>By the level up to which noise is small.</summary>
    private readonly PooledByClass[] _sensitivity = [.. sigmas.Select(_ => new PooledByClass(classes, prior))];

    /// <summary>Adds a sample with a clean prediction.</summary>
    public void Add(SampleObservation sample)
    {
        int y = sample.CleanPrediction!.Value, finite = 0;
        double logs = 0;
        for (int s = 0; s < sigmas.Count; s++)
        {
            var at = sample.Sigmas[s];
            _drift[s].Add(y, at.MarginMean - sample.CleanMargin);
            double log = Math.Log(Math.Sqrt(at.MarginVariance) / sigmas[s]);
            if (double.IsFinite(log))
            {
                logs += log;
                finite++;
            }

            _sensitivity[s].Add(y, finite == 0 ? double.NaN : logs / finite);
        }

        _samples.Add((y, [.. sample.Sigmas.Select(s => s.MarginMean)]));
    }

    /// <summary>The scores, in the order in which the samples came.</summary>
    /// <param name="levels">Levels whose margins count, from the smallest.</param>
    /// <param name="smallNoise">Index of the last level of small noise.</param>
    public double[] Scores(int levels, int smallNoise)
    {
        double[][] drift = [.. _drift.Take(levels).Select(d => d.Means())];
        double[] sensitivity = _sensitivity[smallNoise].Means();
        var scores = new double[_samples.Count];
        for (int i = 0; i < scores.Length; i++)
        {
            var (y, margins) = _samples[i];
            double sum = 0;
            int counted = 0;
            for (int s = 0; s < levels; s++)
            {
                if (!float.IsFinite(margins[s]))
                    continue;
                sum += margins[s] - drift[s][y];
                counted++;
            }

            // With one draw there is no variance: every class counts as equally sensitive.
            double g = double.IsFinite(sensitivity[y]) ? Math.Exp(sensitivity[y]) : 1;
            scores[i] = counted == 0 ? double.NaN : sum / counted / g;
        }

        return scores;
    }
}
