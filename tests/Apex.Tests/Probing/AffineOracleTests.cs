using Apex.Models;
using Apex.Probing;
using MathNet.Numerics.Distributions;
using Xunit;

namespace Apex.Tests.Probing;

/// <summary>
/// docs/method.md, section 2: for an affine network with two classes q = Phi(-m / (sigma g)), g^2 = sum over sites of |dm / da_l|^2. The
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
        var (net, weights, biases) = AffineNet.Build(inputs, hidden);
        using var _ = net;
        double[] sigmas = [0.1, 0.3, 1, 3];
        var options = new ProbeOptions { Sites = [.. sites.Select(s => s.ToString())], Sigmas = sigmas, Draws = Draws, Seed = 9 };
        var random = new Random(77);
        ProbeSample[] samples = [.. Enumerable.Range(0, 6).Select(i => new ProbeSample(i, null, new ModelSample(Nets.Weights(random, inputs, 1, 3), [])))];
        foreach (var o in Runs.Run(net.Classifier, options, samples))
        {
            var (margin, gradients) = AffineNet.Margin(weights, biases, samples[o.SampleId].Input.Values, o.CleanPrediction!.Value);
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
}
