using Apex.Models;
using Apex.Models.Onnx;
using Apex.Probing;
using MathNet.Numerics.Distributions;
using Xunit;

namespace Apex.Tests.Probing;

/// <summary>
/// METHOD section 2: for an affine network with two classes q = Phi(-m / (sigma g)), g^2 = sum over sites of |dm / da_l|^2. The
/// network is affine because its sites are tensors between linear layers, offered with ExtraSites.
/// </summary>
public class AffineOracleTests
{
    private const int Draws = 4000;

    public static TheoryData<int, int[], int[]> Cases => new()
    {
        { 3, [4], [1] },
        { 10, [16], [1] },
        { 6, [8, 5], [1] },
        { 6, [8, 5], [2] },
        { 6, [8, 5], [1, 2] },
        { 20, [40, 30, 10], [1, 2, 3] },
        { 12, [9, 9], [0] },
        { 12, [9, 9], [0, 1, 2] },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Flip_probability_lies_in_its_interval_around_the_closed_form(int inputs, int[] hidden, int[] sites)
    {
        var (net, weights, biases) = Affine(inputs, hidden);
        using var _ = net;
        double[] sigmas = [0.1, 0.3, 1, 3];
        var options = new ProbeOptions { Sites = [.. sites.Select(s => s.ToString())], Sigmas = sigmas, Draws = Draws, Seed = 9 };
        var random = new Random(77);
        ProbeSample[] samples = [.. Enumerable.Range(0, 6).Select(i => new ProbeSample(i, null, new ModelSample(Nets.Weights(random, inputs, 1, 3), [])))];
        foreach (var o in Runs.Run(net.Classifier, options, samples))
        {
            var (margin, gradients) = Margin(weights, biases, samples[o.SampleId].Input.Values, o.CleanPrediction!.Value);
            double g = Math.Sqrt(sites.Sum(s => gradients[s].Sum(d => d * d)));
            Assert.Equal(margin, o.CleanMargin, 1e-4 * Math.Max(1, Math.Abs(margin)));
            for (int s = 0; s < sigmas.Length; s++)
            {
                double q = Normal.CDF(0, 1, -margin / (sigmas[s] * g));
                int flips = Draws - o.Sigmas[s].Counts[o.CleanPrediction.Value];
                // 99.9 % two-sided: the observed count is not in either 0.05 % tail of Binomial(N, q).
                var binomial = new Binomial(q, Draws);
                Assert.True(binomial.CumulativeDistribution(flips) >= 0.0005 && 1 - binomial.CumulativeDistribution(flips - 1) >= 0.0005,
                    $"sample {o.SampleId}, sigma {sigmas[s]}: {flips} of {Draws} flips where q = {q}");
                // The margin itself is m + sigma g N(0, 1).
                double sd = sigmas[s] * g;
                Assert.Equal(margin, o.Sigmas[s].MarginMean, 4 * sd / Math.Sqrt(Draws));
                Assert.Equal(sd * sd, o.Sigmas[s].MarginVariance, 5 * sd * sd * Math.Sqrt(2.0 / Draws));
            }
        }
    }

    /// <summary>One network, its weights [layer][out, in] and biases; site l is the output of layer l, site 0 the input.</summary>
    private static (Loaded Net, List<(float[] W, int Out, int In)> Weights, List<float[]> Biases) Affine(int inputs, int[] hidden)
    {
        var random = new Random(inputs * 100 + hidden.Length);
        var g = new OnnxGraphBuilder();
        string x = g.Input("x", OnnxElementType.Float, "N", inputs);
        var weights = new List<(float[], int, int)>();
        var biases = new List<float[]>();
        var between = new List<string>();
        int from = inputs;
        foreach (int width in (int[])[.. hidden, 2])
        {
            float[] w = Nets.Weights(random, width * from, from, 1), b = Nets.Weights(random, width, 12, 1);
            weights.Add((w, width, from));
            biases.Add(b);
            x = g.Gemm(x, w, [width, from], b);
            between.Add(x);
            from = width;
        }

        g.Output(x, OnnxElementType.Float, "N", 2);
        return (new Loaded(g, new OnnxOptions { ExtraSites = between[..^1] }), weights, biases);
    }

    /// <summary>m and dm / da_l for l = 0..L, in double precision.</summary>
    private static (double Margin, double[][] Gradients) Margin(List<(float[] W, int Out, int In)> weights, List<float[]> biases, float[] x, int clean)
    {
        double[] a = [.. x.Select(v => (double)v)];
        for (int l = 0; l < weights.Count; l++)
        {
            var (w, rows, columns) = weights[l];
            var input = a;
            a = [.. Enumerable.Range(0, rows).Select(r => biases[l][r] + Enumerable.Range(0, columns).Sum(c => w[r * columns + c] * input[c]))];
        }

        var gradients = new double[weights.Count][];
        double[] d = clean == 0 ? [1, -1] : [-1, 1];
        double margin = a[0] * d[0] + a[1] * d[1];
        for (int l = weights.Count - 1; l >= 0; l--)
        {
            var (w, rows, columns) = weights[l];
            var output = d;
            d = [.. Enumerable.Range(0, columns).Select(c => Enumerable.Range(0, rows).Sum(r => w[r * columns + c] * output[r]))];
            gradients[l] = d;
        }

        return (margin, gradients);
    }
}
