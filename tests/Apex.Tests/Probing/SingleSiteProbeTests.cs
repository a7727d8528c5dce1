using System.Collections.Concurrent;
using Apex.Experiments;
using Apex.Facts;
using Apex.Models;
using Apex.Noise;
using Apex.Probing;
using FsCheck;
using FsCheck.Fluent;
using MathNet.Numerics.Distributions;
using Xunit;

namespace Apex.Tests.Probing;

/// <summary>Noise on each site alone: exact for affine networks, and for every other what a plain probe of that site gives.</summary>
public class SingleSiteProbeTests
{
    private static readonly Dictionary<string, Func<OnnxGraphBuilder>> Networks = new()
    {
        ["resnet"] = () => Nets.ResNet(),
        ["mobilenet"] = Nets.MobileNet,
        ["vgg"] = Nets.Vgg,
        ["vit"] = Nets.Vit,
        ["tokens"] = () => Nets.TokenNet(),
        ["fixed batch"] = () => Nets.ResNet(3),
        ["one site"] = () => Nets.ReluMlp(1, 5, [8], 3),
    };

    public static TheoryData<string> Names => [.. Networks.Keys];

    [Theory]
    [InlineData(3, new[] { 4 })]
    [InlineData(6, new[] { 8, 5 })]
    [InlineData(20, new[] { 40, 30, 10 })]
    public void Flip_probability_of_each_site_lies_in_its_interval_around_the_closed_form(int inputs, int[] hidden)
    {
        const int Draws = 4000;
        var (net, weights, biases) = AffineNet.Build(inputs, hidden);
        using var _ = net;
        var random = new Random(78);
        ProbeSample[] samples = [.. Enumerable.Range(0, 5).Select(i => new ProbeSample(i, null, new ModelSample(Nets.Weights(random, inputs, 1, 3), [])))];
        double[] sigmas = [0.1, 0.5, 1, 4];
        var (plans, observations) = Run(net.Classifier, new ProbeOptions { Seed = 11 }, new SingleSiteOptions { Draws = Draws, Sigmas = sigmas }, samples);
        Assert.Equal(hidden.Length * samples.Length, observations.Count);
        foreach (var o in observations)
        {
            var (margin, gradients) = AffineNet.Margin(weights, biases, samples[o.SampleId].Input.Values, o.CleanPrediction!.Value);
            double rms = plans.Single(p => p.Sites[0].Index == o.Site).SiteScales[0], g = rms * Math.Sqrt(gradients[o.Site].Sum(d => d * d));
            for (int s = 0; s < sigmas.Length; s++)
            {
                double q = Normal.CDF(0, 1, -margin / (sigmas[s] * g));
                int flips = Draws - o.Counts[s][o.CleanPrediction.Value];
                // 99.9 % two-sided: the observed count is not in either 0.05 % tail of Binomial(N, q).
                var binomial = new Binomial(q, Draws);
                Assert.True(binomial.CumulativeDistribution(flips) >= 0.0005 && 1 - binomial.CumulativeDistribution(flips - 1) >= 0.0005,
                    $"site {o.Site}, sample {o.SampleId}, sigma {sigmas[s]}: {flips} of {Draws} flips where q = {q}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Counts_are_those_of_a_plain_probe_of_the_site(string network)
    {
        using var net = new Loaded(Networks[network]());
        var seeds = Gen.Choose(0, 1 << 20);
        Prop.ForAll(seeds.ToArbitrary(), seed =>
        {
            var random = new Random(seed);
            double[] sigmas = [.. SigmaGrid.Geometric(0.2, 6, 2 + random.Next(4))];
            // The draws of the run are not those of its sites alone, and neither are its scale and grid.
            var options = new ProbeOptions { Seed = (ulong)seed, Draws = 3 + random.Next(30), Sigmas = [0.3], Threads = 1 + random.Next(2) };
            var single = new SingleSiteOptions { Samples = 4, Sigmas = sigmas, Draws = random.Next(2) == 0 ? null : 1 + random.Next(20) };
            var samples = Runs.Samples(net, Enumerable.Range(random.Next(50), 6)).ToArray();
            var (plans, observations) = Run(net.Classifier, options, single, samples);
            Assert.Equal(plans.Count * 4, observations.Count);
            foreach (var plan in plans)
            {
                Assert.Equal((NoiseScale.Relative, single.Draws ?? Math.Min(options.Draws, 16)), (plan.Scale, plan.Draws));
                var plain = Runs.Run(net.Classifier,
                    options with { Sites = [plan.Sites[0].Name], Scale = NoiseScale.Relative, Sigmas = sigmas, Draws = plan.Draws }, samples.Take(4));
                var own = observations.Where(o => o.Site == plan.Sites[0].Index).ToList();
                Assert.Equal(plain.Select(o => (o.SampleId, o.CleanPrediction)), own.Select(o => (o.SampleId, o.CleanPrediction)));
                Assert.Equal(plain.SelectMany(o => o.Sigmas.SelectMany(s => s.Counts)), own.SelectMany(o => o.Counts.SelectMany(c => c)));
                Assert.Equal(plain.SelectMany(o => o.Sigmas.Select(s => s.NonFinite)), own.SelectMany(o => o.NonFinite));
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(6));
    }

    [Fact]
    public void The_noise_of_a_site_is_that_of_the_joint_run()
    {
        using var net = new Loaded(Nets.ResNet());
        var samples = Runs.Samples(net, [3, 8, 9]).ToArray();
        var joint = new Recorder();
        Runs.Run(net.Classifier, new ProbeOptions { Seed = 5, Draws = 6, Sigmas = [0.3, 1], Perturbation = joint }, samples);
        var single = new Recorder();
        var (plans, _) = Run(net.Classifier, new ProbeOptions { Seed = 5, Draws = 6, Perturbation = single },
            new SingleSiteOptions { Sigmas = [0.3, 1] }, samples);
        Assert.Equal(plans.Count * samples.Length * 6, single.Noises.Count);
        Assert.Equal(joint.Noises.OrderBy(Key), single.Noises.OrderBy(Key));

        static string Key(KeyValuePair<NoiseKey, string> noise) => noise.Key.ToString();
    }

    [Fact]
    public void Only_the_chosen_sites_are_probed()
    {
        using var net = new Loaded(Nets.ResNet());
        var samples = Runs.Samples(net, [0, 1, 2]).ToArray();
        var (plans, observations) = Run(net.Classifier, new ProbeOptions { Sites = ["input", "2..3"], Draws = 2 },
            new SingleSiteOptions { Sigmas = [1] }, samples);
        Assert.Equal([0, 2, 3], plans.Select(p => p.Sites.Single().Index));
        Assert.Equal([0, 0, 0, 2, 2, 2, 3, 3, 3], observations.Select(o => o.Site));
    }

    private static (IReadOnlyList<ProbePlan> Plans, List<SiteObservation> Observations) Run(
        IClassifier classifier, ProbeOptions options, SingleSiteOptions single, ProbeSample[] samples)
    {
        var all = new List<SiteObservation>();
        var plans = Task.Run(async () =>
        {
            var probe = new SingleSiteProbe(classifier, options, single);
            var planned = await probe.PlanAsync(samples);
            await foreach (var o in probe.RunAsync(planned, samples))
                all.Add(o);
            return planned;
        }).GetAwaiter().GetResult();
        return (plans, all);
    }

    /// <summary>Gaussian noise that is remembered.</summary>
    private sealed class Recorder : IPerturbation
    {
        private readonly GaussianPerturbation _gaussian = new();

        public ConcurrentDictionary<NoiseKey, string> Noises { get; } = [];

        public string Name => _gaussian.Name;

        public void Fill(in NoiseKey key, Span<float> values)
        {
            _gaussian.Fill(key, values);
            Assert.True(Noises.TryAdd(key, string.Join(' ', values.ToArray())));
        }
    }
}
