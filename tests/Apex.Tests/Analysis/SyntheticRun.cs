using Apex.Analysis;
using Apex.Facts;
using MathNet.Numerics.Distributions;

namespace Apex.Tests.Analysis;

/// <summary>Runs made up by hand, without a model.</summary>
internal static class SyntheticRun
{
    public static RunInfo Info(IReadOnlyList<double> sigmas, int draws, IReadOnlyList<string> classes, long count) => new()
    {
        Model = new ModelInfo("m.onnx", "hash", 17, "x", [2], "logits", classes, new(), [], []),
        Data = new DataInfo("d.csv", null, "csv", "data", count, count, null, null, null),
        Plan = new PlanInfo([1], [1], sigmas, draws, NoiseScale.Absolute, 0, draws, "gaussian", 1, null),
        Versions = new Dictionary<string, string>(),
        Machine = new MachineInfo("", "", 1, ""),
        Samples = count,
    };

    public static RunObservations Of(IReadOnlyList<double> sigmas, int draws, int classes, params IReadOnlyList<SampleObservation> samples) =>
        new(Info(sigmas, draws, Names(classes), samples.Count == 0 ? 0 : samples.Max(s => s.SampleId) + 1), samples);

    /// <summary>The same observations with another header.</summary>
    public static RunObservations With(this RunObservations run, Func<RunInfo, RunInfo> change) => new(change(run.Info), run.Samples);

    public static string[] Names(int classes) => [.. Enumerable.Range(0, classes).Select(c => $"class {c}")];

    /// <summary>A sample by what was counted, with a mean softmax that is the share of the draws.</summary>
    public static SampleObservation Sample(long id, int? label, float[] logits, SigmaObservation[] levels, int[]? escapeClass = null, int[]? escapeSigma = null)
    {
        bool finite = logits.All(float.IsFinite);
        int clean = Array.IndexOf(logits, logits.Max());
        return new SampleObservation
        {
            SampleId = id,
            Label = label,
            CleanLogits = logits,
            CleanPrediction = finite ? clean : null,
            CleanMargin = finite ? Margin(logits, clean) : float.NaN,
            Sigmas = levels,
            FirstEscapeClass = escapeClass ?? [],
            FirstEscapeSigma = escapeSigma ?? [],
        };
    }

    public static SigmaObservation Level(int[] counts, float marginMean = 1, float marginVariance = 1, float[]? softmax = null, int nonFinite = 0) => new()
    {
        Counts = counts,
        MeanSoftmax = softmax ?? [.. counts.Select(c => (float)c / counts.Sum())],
        MarginMean = marginMean,
        MarginVariance = marginVariance,
        NonFinite = nonFinite,
    };

    /// <summary>What the engine would keep of the logits of each draw.</summary>
    /// <param name="id">Its index in the source.</param>
    /// <param name="label">Its label.</param>
    /// <param name="logits">s(x), finite.</param>
    /// <param name="noisy">Logits by level and draw, shape <c>[sigmas][draws][classes]</c>.</param>
    public static SampleObservation Drawn(long id, int? label, float[] logits, float[][][] noisy)
    {
        int clean = Array.IndexOf(logits, logits.Max()), draws = noisy[0].Length;
        int[] escapeClass = new int[draws], escapeSigma = new int[draws];
        Array.Fill(escapeClass, -1);
        Array.Fill(escapeSigma, -1);
        var levels = new SigmaObservation[noisy.Length];
        for (int s = 0; s < noisy.Length; s++)
        {
            int[] counts = new int[logits.Length];
            double[] softmax = new double[logits.Length];
            for (int k = 0; k < draws; k++)
            {
                float[] own = noisy[s][k];
                int predicted = Array.IndexOf(own, own.Max());
                counts[predicted]++;
                double sum = own.Sum(v => Math.Exp(v - own.Max()));
                for (int c = 0; c < own.Length; c++)
                    softmax[c] += Math.Exp(own[c] - own.Max()) / sum / draws;
                if (predicted != clean && escapeClass[k] < 0)
                    (escapeClass[k], escapeSigma[k]) = (predicted, s);
            }

            double[] margins = [.. noisy[s].Select(own => (double)Margin(own, clean))];
            double mean = margins.Average();
            levels[s] = Level(counts, (float)mean,
                draws < 2 ? float.NaN : (float)(margins.Sum(m => (m - mean) * (m - mean)) / (draws - 1)), [.. softmax.Select(p => (float)p)]);
        }

        return Sample(id, label, logits, levels, escapeClass, escapeSigma);
    }

    /// <summary>A two-class sample to first order (docs/method.md, section 2): its margin is m + sigma g N(0, 1), by common random numbers.</summary>
    public static SampleObservation FirstOrder(long id, int predicted, double m,
        double g, IReadOnlyList<double> sigmas, int draws, Random random, double scale = 1)
    {
        double[] normal = new double[draws];
        Normal.Samples(random, normal, 0, 1);
        float[] Logits(double margin) => predicted == 0
            ? [(float)(scale * margin / 2), (float)(-scale * margin / 2)]
            : [(float)(-scale * margin / 2), (float)(scale * margin / 2)];
        return Drawn(id, predicted, Logits(m), [.. sigmas.Select(s => (float[][])[.. normal.Select(z => Logits(m + s * g * z))])]);
    }

    private static float Margin(float[] logits, int y) => logits[y] - logits.Where((_, c) => c != y).Max();
}
