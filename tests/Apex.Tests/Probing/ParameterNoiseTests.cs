using Apex.Facts;
using Apex.Models;
using Apex.Noise;
using Apex.Probing;
using MathNet.Numerics.Distributions;
using Xunit;

namespace Apex.Tests.Probing;

/// <summary>Noise on the parameters: W + sigma rms(W) Xi, one Xi for all samples (docs/method.md, section 4).</summary>
public class ParameterNoiseTests
{
    private static readonly ProbeOptions Options = new() { Space = NoiseSpace.Parameter, Sigmas = [0.05, 0.3], Draws = 3, Rows = 5, Seed = 42, Threads = 1 };

    public static TheoryData<string> Networks => ["resnet", "wide resnet", "densenet", "vit", "mobilenet", "tokens", "sequence", "fixed batch"];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Flip_probability_of_a_linear_network_lies_in_its_interval_around_the_closed_form(bool hasBias)
    {
        // s = W x + b: the margin is m + sigma sqrt(2 rms(W)^2 |x|^2 + 2 rms(b)^2) N(0, 1).
        const int Inputs = 7, Draws = 1500;
        double[] sigmas = [0.2, 0.6, 2];
        var random = new Random(8);
        float[] w = Nets.Weights(random, 2 * Inputs, Inputs, 1), b = Nets.Weights(random, 2, 12);
        var g = new OnnxGraphBuilder();
        g.Output(g.Gemm(g.Input("x", OnnxElementType.Float, "N", Inputs), w, [2, Inputs], hasBias ? b : null), OnnxElementType.Float, "N", 2);
        using var net = new Loaded(g);
        ProbeSample[] samples = [.. Enumerable.Range(0, 8).Select(i => new ProbeSample(i, null, new ModelSample(Nets.Weights(random, Inputs, 1, 3), [])))];
        foreach (var o in Runs.Run(net.Classifier, Options with { Sigmas = sigmas, Draws = Draws, Rows = 0, Threads = 2 }, samples))
        {
            float[] x = samples[o.SampleId].Input.Values;
            double m = Math.Abs(Enumerable.Range(0, Inputs).Sum(i => (w[i] - (double)w[Inputs + i]) * x[i]) + (hasBias ? b[0] - b[1] : 0));
            double g2 = 2 * MeanSquare(w) * x.Sum(v => (double)v * v) + (hasBias ? 2 * MeanSquare(b) : 0);
            Assert.Equal(m, o.CleanMargin, 1e-4 * Math.Max(1, m));
            for (int s = 0; s < sigmas.Length; s++)
            {
                double sd = sigmas[s] * Math.Sqrt(g2);
                int flips = Draws - o.Sigmas[s].Counts[o.CleanPrediction!.Value];
                // 99.9 % two-sided, as for activation noise.
                var binomial = new Binomial(Normal.CDF(0, 1, -m / sd), Draws);
                Assert.True(binomial.CumulativeDistribution(flips) >= 0.0005 && 1 - binomial.CumulativeDistribution(flips - 1) >= 0.0005,
                    $"sample {o.SampleId}, sigma {sigmas[s]}: {flips} of {Draws} flips where q = {binomial.P}");
                Assert.Equal(m, o.Sigmas[s].MarginMean, 4 * sd / Math.Sqrt(Draws));
                Assert.Equal(sd * sd, o.Sigmas[s].MarginVariance, 5 * sd * sd * Math.Sqrt(2.0 / Draws));
            }
        }

        static double MeanSquare(float[] values) => values.Average(v => (double)v * v);
    }

    [Fact]
    public void Agrees_with_plain_loops_draw_by_draw_at_every_sigma()
    {
        // A batch norm between two layers, whose mean and variance must stay as they are.
        const int Inputs = 5, Hidden = 9, Classes = 4, Draws = 6;
        double[] sigmas = [0.001, 0.05, 0.3, 2];
        var random = new Random(4);
        float[] w1 = Nets.Weights(random, Hidden * Inputs, Inputs), b1 = Nets.Weights(random, Hidden, 12);
        float[] scale = [.. Enumerable.Range(0, Hidden).Select(_ => 0.5f + random.NextSingle())],
            shift = Nets.Weights(random, Hidden, 10), mean = Nets.Weights(random, Hidden, 10);
        float[] variance = [.. Enumerable.Range(0, Hidden).Select(_ => 0.5f + random.NextSingle())];
        float[] w2 = Nets.Weights(random, Classes * Hidden, Hidden), b2 = Nets.Weights(random, Classes, 12);
        var g = new OnnxGraphBuilder();
        string h = g.BatchNormalization(g.Gemm(g.Input("x", OnnxElementType.Float, "N", Inputs), w1, [Hidden, Inputs], b1), scale, shift, mean, variance);
        g.Output(g.Gemm(g.Relu(h), w2, [Classes, Hidden], b2), OnnxElementType.Float, "N", Classes);
        using var net = new Loaded(g);
        float[][] parameters = [w1, b1, scale, shift, w2, b2];
        Assert.Equal(parameters.Select(p => p.Length), net.Classifier.Parameters.Select(p => p.Elements));

        ProbeSample[] samples = [.. Runs.Samples(net, Enumerable.Range(0, 20))];
        foreach (var o in Runs.Run(net.Classifier, Options with { Sigmas = sigmas, Draws = Draws, Threads = 2 }, samples))
        {
            float[] x = samples[o.SampleId].Input.Values;
            double[] clean = Forward(x, 0, 0);
            int own = ArgMax(clean);
            Assert.Equal(own, o.CleanPrediction);
            int[] escape = [.. Enumerable.Repeat(-1, Draws)], at = [.. Enumerable.Repeat(-1, Draws)];
            for (int s = 0; s < sigmas.Length; s++)
            {
                var counts = new int[Classes];
                var margins = new double[Draws];
                var softmax = new double[Classes];
                for (int k = 0; k < Draws; k++)
                {
                    double[] logits = Forward(x, k, sigmas[s]);
                    int predicted = ArgMax(logits);
                    counts[predicted]++;
                    double sum = logits.Sum(v => Math.Exp(v - logits.Max()));
                    for (int c = 0; c < Classes; c++)
                        softmax[c] += Math.Exp(logits[c] - logits.Max()) / sum / Draws;
                    margins[k] = logits[own] - logits.Where((_, c) => c != own).Max();
                    if (predicted != own && escape[k] < 0)
                        (escape[k], at[k]) = (predicted, s);
                }

                Assert.Equal(counts, o.Sigmas[s].Counts);
                double average = margins.Average(), size = Math.Max(1, margins.Max(Math.Abs));
                Assert.Equal(average, o.Sigmas[s].MarginMean, 2e-5 * size);
                Assert.Equal(margins.Sum(m => (m - average) * (m - average)) / (Draws - 1), o.Sigmas[s].MarginVariance, 2e-4 * size * size);
                for (int c = 0; c < Classes; c++)
                    Assert.Equal(softmax[c], o.Sigmas[s].MeanSoftmax[c], 2e-5);
            }

            Assert.Equal(escape, o.FirstEscapeClass);
            Assert.Equal(at, o.FirstEscapeSigma);
        }

        double[] Forward(float[] x, int draw, double sigma)
        {
            double[][] p = [.. parameters.Select((values, i) =>
            {
                double rms = Math.Sqrt(values.Average(v => (double)v * v));
                return values.Select((v, e) => v + sigma * rms * GaussianNoise.NormalAt(NoiseKey.OfParameter(Options.Seed, draw, i), e)).ToArray();
            })];
            double[] a = [.. Enumerable.Range(0, Hidden).Select(r => p[1][r] + Enumerable.Range(0, Inputs).Sum(c => p[0][r * Inputs + c] * x[c]))];
            a = [.. a.Select((v, r) => Math.Max(0, p[2][r] * (v - mean[r]) / Math.Sqrt(variance[r] + 1e-5) + p[3][r]))];
            return [.. Enumerable.Range(0, Classes).Select(r => p[5][r] + Enumerable.Range(0, Hidden).Sum(c => p[4][r * Hidden + c] * a[c]))];
        }

        static int ArgMax(double[] v) => Array.IndexOf(v, v.Max());
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void The_same_to_the_bit_for_any_threads_selection_and_order(string network)
    {
        using var net = Build(network);
        var one = Bits(net, Options, Enumerable.Range(0, 60));
        Assert.Equal(60, one.Distinct().Count());
        Assert.Equal(one, Bits(net, Options with { Threads = 2 }, Enumerable.Range(0, 60)));
        Assert.Equal(one, Bits(net, Options with { Threads = 5 }, Enumerable.Range(0, 60)));
        Assert.Equal(one[..13], Bits(net, Options with { Threads = 2 }, Enumerable.Range(0, 13)));
        int[] some = [1, 4, 5, 17, 22, 58], shuffled = [.. Enumerable.Range(0, 60)];
        Assert.Equal(some.Select(i => one[i]), Bits(net, Options, some));
        Assert.Equal(one[59], Assert.Single(Bits(net, Options, [59])));
        new Random(5).Shuffle(shuffled);
        Assert.Equal(shuffled.Select(i => one[i]), Bits(net, Options with { Threads = 2 }, shuffled));
        Assert.NotEqual(one, Bits(net, Options with { Seed = 43 }, Enumerable.Range(0, 60)));
    }

    [Fact]
    public void Blocks_do_not_show()
    {
        // More samples than a block holds, from different starts.
        using var net = Build("resnet");
        var options = Options with { Draws = 2, Threads = 2 };
        var all = Bits(net, options, Enumerable.Range(0, 600));
        Assert.Equal(all[200..], Bits(net, options, Enumerable.Range(200, 400)));
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void Hardly_any_noise_gives_the_clean_network(string network)
    {
        using var net = Build(network);
        foreach (var o in Runs.Run(net.Classifier, Options with { Sigmas = [1e-7], Rows = 0 }, Runs.Samples(net, Enumerable.Range(0, 20))))
        {
            Assert.Equal(Options.Draws, o.Sigmas[0].Counts[o.CleanPrediction!.Value]);
            Assert.Equal(o.CleanMargin, o.Sigmas[0].MarginMean, 1e-4 * Math.Max(1, Math.Abs(o.CleanMargin)));
        }
    }

    [Fact]
    public void A_draw_is_the_same_at_every_sigma_and_more_sigmas_change_nothing()
    {
        using var net = Build("resnet");
        var two = Runs.Run(net.Classifier, Options, Runs.Samples(net, Enumerable.Range(0, 10)));
        var one = Runs.Run(net.Classifier, Options with { Sigmas = [0.3] }, Runs.Samples(net, Enumerable.Range(0, 10)));
        for (int i = 0; i < one.Count; i++)
            Assert.Equal((two[i].Sigmas[1].MarginMean, two[i].Sigmas[1].MarginVariance), (one[i].Sigmas[0].MarginMean, one[i].Sigmas[0].MarginVariance));
    }

    [Fact]
    public void All_samples_share_a_draw()
    {
        // The same input under different ids gives the same margins; activation noise would not.
        using var net = Build("resnet");
        ProbeSample[] same = [.. Enumerable.Range(0, 10).Select(i => new ProbeSample(5 * i, null, net.Sample(1)))];
        var parameter = Runs.Run(net.Classifier, Options, same);
        Assert.Single(parameter.Select(o => o.Sigmas[1].MarginMean).Distinct());
        Assert.Equal(10, Runs.Run(net.Classifier, Options with { Space = NoiseSpace.Activation }, same).Select(o => o.Sigmas[1].MarginMean).Distinct().Count());
    }

    [Fact]
    public void Its_noise_is_no_activation_noise()
    {
        float[] parameter = new float[64], activation = new float[64];
        GaussianNoise.Fill(NoiseKey.OfParameter(7, 3, 1), parameter);
        foreach (long sample in (long[])[0, 1, 2, uint.MaxValue, 1L << 40])
        {
            GaussianNoise.Fill(new NoiseKey(7, sample, 3, 1), activation);
            Assert.Empty(parameter.Intersect(activation));
        }

        GaussianNoise.Fill(NoiseKey.OfParameter(7, 3, 2), activation);
        Assert.Empty(parameter.Intersect(activation));
    }

    [Fact]
    public async Task The_pilot_finds_a_grid_and_the_plan_says_what_is_perturbed()
    {
        using var net = Build("resnet");
        var probe = new Probe(net.Classifier, Options with { Sigmas = null, PilotSigmas = 5, Draws = 4, Threads = 2 });
        var plan = await probe.PlanAsync(Runs.Samples(net, Enumerable.Range(0, 24)), cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal((NoiseSpace.Parameter, NoiseScale.Relative, 5), (plan.Space, plan.Scale, plan.Sigmas.Count));
        Assert.Empty(plan.Sites);
        Assert.Equal(net.Classifier.Parameters.Select(p => p.Name), plan.Parameters.Select(p => p.Name));
        Assert.True(plan.Pilot!.FlipRates[0] < 0.01);
        Assert.InRange(plan.Sigmas[^1], 0.2, 1000);
    }

    [Theory]
    [InlineData("resnet")]
    [InlineData("fixed batch")]
    public void Input_space_is_site_0_alone(string network)
    {
        using var net = Build(network);
        var options = Options with { Space = NoiseSpace.Input };
        var named = Options with { Space = NoiseSpace.Activation, Sites = ["input"] };
        Assert.Equal(Bits(net, named, Enumerable.Range(0, 20)), Bits(net, options, Enumerable.Range(0, 20)));
    }

    [Fact]
    public void What_does_not_go_together_is_refused()
    {
        using var net = Build("resnet");
        Assert.Contains("sites",
            Assert.Throws<InvalidInputException>(() => new Probe(net.Classifier, Options with { Sites = ["last"] })).Message, StringComparison.Ordinal);
        Assert.Contains("`NoiseScale.Relative`",
            Assert.Throws<InvalidInputException>(() => new Probe(net.Classifier, Options with { Scale = NoiseScale.Relative })).Message,
            StringComparison.Ordinal);
    }

    private static Loaded Build(string network) => new(network switch
    {
        "resnet" => Nets.ResNet(),
        "wide resnet" => Nets.WideResNet(),
        "densenet" => Nets.DenseNet(),
        "vit" => Nets.Vit(),
        "mobilenet" => Nets.MobileNet(),
        "tokens" => Nets.TokenNet(),
        "sequence" => Nets.SequenceFirst(),
        _ => Nets.ResNet(batch: 1),
    });

    private static List<string> Bits(Loaded net, ProbeOptions options, IEnumerable<int> ids) =>
        [.. Runs.Run(net.Classifier, net.Classifier.FixedBatch is null ? options : options with { Rows = 0 }, Runs.Samples(net, ids)).Select(Runs.Bits)];
}
