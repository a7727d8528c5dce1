using Apex.Experiments;
using Apex.Models;
using Apex.Models.Onnx;
using Apex.Sites;
using Xunit;

namespace Apex.Tests.Models;

/// <summary>Sign, as binarised networks have it, and Shrink: sites like any other activation.</summary>
public class SignAndShrinkTests
{
    public static TheoryData<string, float, float> Kinds => new() { { "Sign", 0, 0 }, { "Shrink", 0.5f, 0 }, { "Shrink", 0.2f, 0.7f } };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void It_is_a_site_whose_readers_see_the_noise(string op, float lambd, float bias)
    {
        // The logits are the activation itself, so that what was added shows.
        var g = new OnnxGraphBuilder();
        string x = g.Input("x", OnnxElementType.Float, "N", 4);
        g.Output(g.Node("Identity", [Activation(g, g.Mul(x, 3f), op, lambd, bias)]), OnnxElementType.Float, "N", 4);
        using var model = new Loaded(g);
        var site = Assert.Single(model.Classifier.Sites, s => !s.IsInput);
        Assert.Equal(op, site.Op);
        Assert.Empty(model.Classifier.Model.Notes);
        var sample = new ModelSample([-2, -0.1f, 0.05f, 1], []);
        float[] clean = op == "Sign" ? [-1, -1, 1, 1] : [-6 + bias, lambd < 0.3f ? -0.3f + bias : 0, 0, 3 - bias];
        foreach (var (route, rows) in (ReadOnlySpan<(PerturbationRoute, int)>)[(PerturbationRoute.Auto, 3), (PerturbationRoute.Plain, 2)])
        {
            using var classifier = OnnxClassifier.Load(model.Path, new OnnxOptions { Route = route });
            using var perturbed = classifier.OpenPerturbed([site], rows);
            using var pass = perturbed.CreatePass();
            pass.SetInput(sample);
            for (int row = 0; row < rows; row++)
                new float[] { 1, 2, 3, 4 }.CopyTo(pass.Noise(0, row));
            var logits = pass.Run([.. Enumerable.Range(0, rows).Select(row => row * 10f)], [.. Enumerable.Range(0, rows)]);
            for (int i = 0; i < logits.Length; i++)
                Assert.Equal(clean[i % 4] + 10f * (i / 4) * (1 + i % 4), logits[i], 1e-4f);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Its_limit_of_infinite_noise_is_0_or_the_identity(string op, float lambd, float bias)
    {
        const float Sigma = 1e6f;
        using var model = new Loaded(Nets.Activation((g, x) => Activation(g, x, op, lambd, bias)));
        using var limit = NoiseLimit.Of(model.Classifier);
        // Of the input alone, which the network passes through the activation and nothing else that bends.
        var input = model.Classifier.Sites[0];
        float[] expected = Logits(limit.Classifier, input, 1, model.Sample(1)), seen = Logits(model.Classifier, input, Sigma, model.Sample(1));
        Assert.Equal(op == "Sign", expected.All(v => v == 0));
        float size = op == "Sign" ? 1 : expected.Max(Math.Abs);
        for (int i = 0; i < seen.Length; i++)
            Assert.Equal(expected[i] / size, seen[i] / Sigma / size, 1e-4f);
    }

    [Theory]
    [InlineData("Sign", new float[] { 0, 0, 0, 0, 0 })]
    [InlineData("Shrink", new float[] { 1, 0, 0, 0, 16 })]
    public void At_a_kink_its_derivative_is_0(string op, float[] expected)
    {
        var g = new OnnxGraphBuilder();
        string y = Activation(g, g.Input("x", OnnxElementType.Float, "N", 5), op, 0.5f, 0.25f);
        g.Output(g.Node("Identity", [y]), OnnxElementType.Float, "N", 5);
        using var model = new Loaded(g);
        using var pass = model.Classifier.OpenTangent([model.Classifier.Sites[^1]], 1);
        float[] found = [];
        pass.Run(new ModelSample([-0.75f, -0.5f, 0, 0.5f, 0.75f], []), [1, 2, 4, 8, 16], (_, reached) => found = reached.ToArray());
        Assert.Equal(expected, found);
    }

    private static string Activation(OnnxGraphBuilder g, string x, string op, float lambd, float bias) =>
        op == "Sign" ? g.Node(op, [x]) : g.Node(op, [x], ("lambd", lambd), ("bias", bias));

    private static float[] Logits(IClassifier classifier, Site site, float scale, ModelSample sample)
    {
        using var perturbed = classifier.OpenPerturbed([site], 4);
        using var pass = perturbed.CreatePass();
        pass.SetInput(sample);
        for (int row = 0; row < 4; row++)
            Nets.Weights(new Random(row), site.Elements, 1, 1).CopyTo(pass.Noise(0, row));
        return pass.Run([scale, scale, scale, scale], [0, 1, 2, 3]).ToArray();
    }
}
