using Apex.Noise;
using Apex.Probing;
using Xunit;

namespace Apex.Tests.Probing;

/// <summary>
/// The engine against a reference that shares nothing with it but the noise: plain loops in double precision, one draw and one
/// sigma at a time, no ONNX Runtime.
/// </summary>
public class SlowReferenceTests
{
    [Fact]
    public void Agrees_draw_by_draw_at_every_sigma()
    {
        const int Inputs = 9, Classes = 4, Draws = 13;
        int[] hidden = [12, 7, 33];
        var layers = new List<(float[] W, float[] B)>();
        using var net = new Loaded(Nets.ReluMlp(5, Inputs, hidden, Classes, (w, b) => layers.Add((w, b))));
        double[] sigmas = [0.01, 0.1, 0.5, 2, 20];
        const ulong Seed = 31;
        ProbeSample[] samples = [.. Runs.Samples(net, Enumerable.Range(0, 12))];

        // Each draw alone: with one draw, the mean margin is that draw's and the count names its prediction.
        for (int rows = 1; rows <= Draws; rows += 4)
        {
            var all = Runs.Run(net.Classifier, new ProbeOptions { Sigmas = sigmas, Draws = Draws, Seed = Seed, Rows = rows, Threads = 2 }, samples);
            foreach (var o in all)
            {
                float[] x = samples[o.SampleId].Input.Values;
                double[] cleanLogits = Forward(layers, hidden, Classes, x, (_, _) => 0);
                int clean = ArgMax(cleanLogits);
                Assert.Equal(clean, o.CleanPrediction);
                AssertClose(cleanLogits, o.CleanLogits);
                int[] escape = [.. Enumerable.Repeat(-1, Draws)], at = [.. Enumerable.Repeat(-1, Draws)];
                for (int s = 0; s < sigmas.Length; s++)
                {
                    var counts = new int[Classes];
                    var softmax = new double[Classes];
                    var margins = new double[Draws];
                    for (int k = 0; k < Draws; k++)
                    {
                        double[] logits = Forward(layers, hidden, Classes, x,
                            (site, e) => sigmas[s] * GaussianNoise.NormalAt(new NoiseKey(Seed, o.SampleId, k, site), e));
                        int predicted = ArgMax(logits);
                        counts[predicted]++;
                        double top = logits.Max(), sum = logits.Sum(v => Math.Exp(v - top));
                        for (int c = 0; c < Classes; c++)
                            softmax[c] += Math.Exp(logits[c] - top) / sum / Draws;
                        margins[k] = logits[clean] - logits.Where((_, c) => c != clean).Max();
                        if (predicted != clean && escape[k] < 0)
                            (escape[k], at[k]) = (predicted, s);
                    }

                    Assert.Equal(counts, o.Sigmas[s].Counts);
                    AssertClose(softmax, o.Sigmas[s].MeanSoftmax);
                    double mean = margins.Average(), scale = Math.Max(1, margins.Max(Math.Abs));
                    Assert.Equal(mean, o.Sigmas[s].MarginMean, 2e-5 * scale);
                    Assert.Equal(margins.Sum(m => (m - mean) * (m - mean)) / (Draws - 1), o.Sigmas[s].MarginVariance, 2e-4 * scale * scale);
                }

                Assert.Equal(escape, o.FirstEscapeClass);
                Assert.Equal(at, o.FirstEscapeSigma);
            }
        }
    }

    [Fact]
    public void Logits_of_each_draw_agree_to_float_tolerance()
    {
        const int Inputs = 9, Classes = 4, Rows = 8;
        int[] hidden = [12, 7, 33];
        var layers = new List<(float[] W, float[] B)>();
        using var net = new Loaded(Nets.ReluMlp(6, Inputs, hidden, Classes, (w, b) => layers.Add((w, b))));
        var sites = net.Classifier.Sites.Where(s => !s.IsInput).ToList();
        using var perturbed = net.Classifier.OpenPerturbed(sites, Rows);
        using var pass = perturbed.CreatePass();
        var sample = net.Sample(3);
        pass.SetInput(sample);
        NoiseKey Key(int draw, int site) => new(8, 3, draw, site);
        for (int row = 0; row < Rows; row++)
        {
            for (int slot = 0; slot < sites.Count; slot++)
                GaussianNoise.Fill(Key(row, sites[slot].Index), pass.Noise(slot, row));
        }

        foreach (float sigma in (float[])[0, 0.01f, 0.3f, 5, 100])
        {
            float[] scales = [sigma, 0.5f * sigma, 2 * sigma];
            var logits = pass.Run(scales).ToArray();
            for (int row = 0; row < Rows; row++)
            {
                double[] expected = Forward(layers, hidden, Classes, sample.Values, (site, e) => scales[site - 1] * GaussianNoise.NormalAt(Key(row, site), e));
                AssertClose(expected, logits[(row * Classes)..((row + 1) * Classes)]);
            }
        }
    }

    private static double[] Forward(List<(float[] W, float[] B)> layers, int[] hidden, int classes, float[] x, Func<int, int, double> noise)
    {
        double[] a = [.. x.Select(v => (double)v)];
        for (int l = 0; l < layers.Count; l++)
        {
            int width = l < hidden.Length ? hidden[l] : classes;
            var next = new double[width];
            for (int r = 0; r < width; r++)
            {
                next[r] = layers[l].B[r];
                for (int c = 0; c < a.Length; c++)
                    next[r] += layers[l].W[r * a.Length + c] * a[c];
                if (l < hidden.Length)
                    next[r] = Math.Max(0, next[r]) + noise(l + 1, r);
            }

            a = next;
        }

        return a;
    }

    private static int ArgMax(double[] v) => Array.IndexOf(v, v.Max());

    private static void AssertClose(double[] expected, float[] actual)
    {
        double scale = Math.Max(1, expected.Max(Math.Abs));
        for (int i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], actual[i], 1e-5 * scale);
    }
}
