using Apex.Analysis.Screening;
using Apex.Probing;
using Apex.Sites;
using Xunit;

namespace Apex.Tests.Probing;

public class SharedNoiseTests
{
    [Fact]
    public void The_gain_of_a_linear_head_is_the_norm_of_its_weights()
    {
        // Behind the last site s = W a + b: every input moves by sigma W xi, so G_c = sigma c_l |w_c - mean w|.
        var random = new Random(1);
        float[] w = Nets.Weights(random, 4 * 6, 6);
        var g = new OnnxGraphBuilder();
        string x = g.Input("x", OnnxElementType.Float, "N", 5);
        x = g.Relu(g.Gemm(x, Nets.Weights(random, 6 * 5, 5), [6, 5], [1, 1, 1, 1, 1, 1]));
        g.Output(g.Gemm(x, w, [4, 6], [1, 2, 3, 4]), OnnxElementType.Float, "N", 4);
        using var model = new Loaded(g);
        Apex.Models.ModelSample[] inputs = [.. Enumerable.Range(0, 6).Select(model.Sample)];
        var site = model.Classifier.Sites.Single(s => !s.IsInput);
        using var clean = model.Classifier.OpenClean([site]);
        double rms = Math.Sqrt(inputs.SelectMany(i => clean.Run(i).Activations[0]).Average(a => (double)a * a));
        var response = new SharedNoise(model.Classifier, inputs).Run(new SiteGroup("all", [site]),
            [0.5, 2], 20_000, 3, cancellationToken: TestContext.Current.CancellationToken);
        for (int s = 0; s < 2; s++)
        {
            double[] found = CommonGain.Find(response.First[s], response.Second[s]);
            for (int c = 0; c < 4; c++)
            {
                double square = 0;
                for (int j = 0; j < 6; j++)
                {
                    double centred = w[c * 6 + j] - Enumerable.Range(0, 4).Average(k => w[k * 6 + j]);
                    square += centred * centred;
                }

                double expected = response.Sigmas[s] * rms * Math.Sqrt(square);
                Assert.InRange(found[c], 0.97 * expected, 1.03 * expected);
            }
        }
    }

    [Fact]
    public void Behind_a_linear_head_a_class_is_pushed_along_its_own_weights()
    {
        // s = W a + b: the direction of class c is w_c less the mean of all, scaled to rms 1, and what it does is known.
        var random = new Random(2);
        float[] w = Nets.Weights(random, 4 * 6, 6), b = [1, 2, 3, 4];
        var g = new OnnxGraphBuilder();
        string x = g.Input("x", OnnxElementType.Float, "N", 5);
        x = g.Relu(g.Gemm(x, Nets.Weights(random, 6 * 5, 5), [6, 5], [1, 1, 1, 1, 1, 1]));
        g.Output(g.Gemm(x, w, [4, 6], b), OnnxElementType.Float, "N", 4);
        using var model = new Loaded(g);
        Apex.Models.ModelSample[] inputs = [.. Enumerable.Range(0, 6).Select(model.Sample)], others = [.. Enumerable.Range(6, 5).Select(model.Sample)];
        var site = model.Classifier.Sites.Single(s => !s.IsInput);
        using var clean = model.Classifier.OpenClean([site]);
        double rms = Math.Sqrt(inputs.SelectMany(i => clean.Run(i).Activations[0]).Average(a => (double)a * a));
        double spread = Math.Sqrt(
            inputs.SelectMany(i => clean.Run(i).Logits is var s && s.Average() is var m ? s.Select(v => (v - m) * (v - m)) : []).Average());
        var shared = new SharedNoise(model.Classifier, inputs);
        var response = shared.Run(new SiteGroup("all", [site]), [0.5, 2], 20_000, 3, cancellationToken: TestContext.Current.CancellationToken);
        double[][] found = shared.Push(response, 1, others, cancellationToken: TestContext.Current.CancellationToken);
        for (int c = 0; c < 4; c++)
        {
            double[] direction = [.. Enumerable.Range(0, 6).Select(j => w[c * 6 + j] - Enumerable.Range(0, 4).Average(k => (double)w[k * 6 + j]))];
            double size = Math.Sqrt(direction.Average(d => d * d));
            for (int s = 0; s < 2; s++)
            {
                double expected = others.Average(other =>
                {
                    float[] a = clean.Run(other).Activations[0];
                    double[] logits = [.. Enumerable.Range(0, 4)
                        .Select(k => b[k] + Enumerable.Range(0, 6).Sum(j => w[k * 6 + j] * (a[j] + response.Sigmas[s] * rms * direction[j] / size)))];
                    return logits[c] - logits.Where((_, k) => k != c).Max();
                }) / spread;
                Assert.Equal(expected, found[c][s], 0.03 * Math.Abs(expected) + 0.02);
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Draws_are_the_same_for_any_number_of_threads_and_for_fixed_batches(bool fixedBatch)
    {
        using var model = new Loaded(fixedBatch ? Nets.ResNet(2) : Nets.ResNet());
        Apex.Models.ModelSample[] inputs = [.. Enumerable.Range(0, 3).Select(model.Sample)];
        var group = SiteGroup.Of(model.Classifier.Sites).First(g => g.Name == "early");
        var cancel = TestContext.Current.CancellationToken;
        SharedNoise single = new(model.Classifier, inputs, 1), several = new(model.Classifier, inputs, 3);
        var one = single.Run(group, [0.5, 1, 2], 9, 4, cancellationToken: cancel);
        var three = several.Run(group, [0.5, 1, 2], 9, 4, cancellationToken: cancel);
        Assert.Equal(single.Push(one, 1, inputs, cancellationToken: cancel), several.Push(one, 1, inputs, cancellationToken: cancel));
        for (int s = 0; s < 3; s++)
        {
            Assert.Equal(one.First[s], three.First[s]);
            Assert.Equal(one.Second[s], three.Second[s]);
            Assert.All(one.First[s], draw => Assert.Equal(0, draw.Sum(), 1e-4));
        }

        Assert.NotEqual(one.First[0][0], one.First[0][1]);
        Assert.NotEqual(one.First[0][0], one.First[2][0]);
    }

    [Theory]
    [InlineData(1, "all")]
    [InlineData(2, "all early late")]
    [InlineData(3, "all early middle late")]
    [InlineData(7, "all early middle late")]
    public void Sites_fall_into_groups(int hidden, string names)
    {
        Site[] sites = [.. Enumerable.Range(0, hidden + 1).Select(i => new Site(i, $"s{i}", i == 0 ? "Input" : "Relu", [1], 1))];
        var groups = SiteGroup.Of(sites);
        Assert.Equal(names + " input", string.Join(' ', groups.Select(g => g.Name)));
        Assert.Equal(sites[1..], groups[0].Sites);
        int[] sizes = [.. groups.Skip(1).Where(g => g.Name != "input").Select(g => g.Sites.Count)];
        Assert.True(sizes.Length == 0 || sizes.Max() - sizes.Min() <= 1);
        Assert.Equal(groups[0].Sites, hidden == 1 ? groups[0].Sites : [.. groups.Skip(1).Where(g => g.Name != "input").SelectMany(g => g.Sites)]);
    }
}
