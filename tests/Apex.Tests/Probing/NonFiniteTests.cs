using Apex.Facts;
using Apex.Probing;
using Xunit;

namespace Apex.Tests.Probing;

public class NonFiniteTests
{
    [Fact]
    public void Draws_that_overflow_are_counted_and_enter_nothing_else()
    {
        // exp of a noisy activation: overflows for some draws at large noise, never without.
        var g = new OnnxGraphBuilder();
        string x = g.Node("Tanh", [Nets.Linear(g, new Random(1), g.Input("x", OnnxElementType.Float, "N", 3), 3, 4)]);
        g.Output(g.Node("Exp", [Nets.Linear(g, new Random(2), x, 4, 3)]), OnnxElementType.Float, "N", 3);
        using var net = new Loaded(g);
        const int Draws = 64;
        var observations = Runs.Run(net.Classifier, new ProbeOptions { Sigmas = [0.1, 100], Draws = Draws }, Runs.Samples(net, Enumerable.Range(0, 8)));
        Assert.Equal(0, observations.Sum(o => o.Sigmas[0].NonFinite));
        Assert.InRange(observations.Sum(o => o.Sigmas[1].NonFinite), 1, 8 * Draws - 1);
        foreach (var o in observations)
        {
            Assert.All(o.Sigmas, s => Assert.Equal(Draws, s.Counts.Sum() + s.NonFinite));
            Assert.All(o.Sigmas.Where(s => s.NonFinite < Draws), s => Assert.Equal(1, s.MeanSoftmax.Sum(), 1e-4));
        }
    }

    [Fact]
    public void A_sample_without_a_finite_clean_prediction_has_none()
    {
        var g = new OnnxGraphBuilder();
        string x = g.Relu(g.Input("x", OnnxElementType.Float, "N", 2));
        g.Output(g.Node("Div", [x, g.Constant("zero", 0f)]), OnnxElementType.Float, "N", 2);
        using var net = new Loaded(g);
        var o = Assert.Single(Runs.Run(net.Classifier, new ProbeOptions { Sigmas = [0.1], Draws = 3 }, Runs.Samples(net, [0])));
        Assert.Null(o.CleanPrediction);
        Assert.True(float.IsNaN(o.CleanMargin));
        Assert.All(o.FirstEscapeClass, c => Assert.Equal(-1, c));
    }

    [Fact]
    public async Task Relative_noise_is_scaled_by_the_rms_of_each_site()
    {
        using var net = new Loaded(Nets.ResNet());
        ProbeSample[] samples = [.. Runs.Samples(net, Enumerable.Range(0, 5))];
        var plan = await new Probe(net.Classifier, new ProbeOptions { Sigmas = [0.1], Scale = NoiseScale.Relative }).PlanAsync(samples);
        var hidden = net.Classifier.Sites.Where(s => !s.IsInput).ToList();
        using var clean = net.Classifier.OpenClean(hidden);
        for (int l = 0; l < hidden.Count; l++)
        {
            double square = samples.Average(s => clean.Run(s.Input).Activations[l].Average(a => (double)a * a));
            Assert.Equal(Math.Sqrt(square), plan.SiteScales[l], 1e-5);
        }
    }
}
