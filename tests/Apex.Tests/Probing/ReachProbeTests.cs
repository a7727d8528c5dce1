using Apex.Analysis.Reach;
using Apex.Experiments;
using Apex.Probing;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Double;
using Xunit;

namespace Apex.Tests.Probing;

/// <summary>What input perturbation reaches (docs/method.md, section 4), against closed forms and products of masked weights in double precision.</summary>
public class ReachProbeTests
{
    [Fact]
    public void Behind_a_bottleneck_nothing_has_a_higher_rank()
    {
        int[] widths = [20, 3, 30, 25];
        var (model, _, _) = AffineNet.Build(12, widths);
        using (model)
        {
            var reached = Measure(model, 3, new ReachOptions { Directions = 200 });
            Assert.Equal([12.0, 3, 3, 3], reached.Select(r => r.Rank));
            Assert.All(reached, r =>
            {
                Assert.True(r.IsResolved && !r.IsAtLeast);
                Assert.Equal((r.LeastRank, r.MostRank), ((int)r.Rank, (int)r.Rank));
                Assert.Equal(600, r.Share.N);
                Meets(r);
            });
            Assert.Equal(widths, reached.Select(r => (int)r.Live));
        }
    }

    [Theory]
    [InlineData(1, 10, new[] { 40, 30, 20 })]
    [InlineData(2, 40, new[] { 30, 12, 50 })]
    [InlineData(3, 30, new[] { 60, 8, 40, 40, 20 })]
    [InlineData(4, 64, new[] { 64, 64, 64, 64 })]
    public void A_rectified_network_has_the_rank_of_its_masked_product(int seed, int inputs, int[] hidden)
    {
        var layers = new List<(float[] W, float[] B)>();
        using var model = new Loaded(Nets.ReluMlp(seed, inputs, hidden, 3, (w, b) => layers.Add((w, b))));
        var reached = Measure(model, 4, new ReachOptions { Directions = 100 });
        for (int s = 0; s < 4; s++)
        {
            Vector<double> a = Vector<double>.Build.Dense([.. model.Sample(s).Values.Select(v => (double)v)]);
            Matrix<double> jacobian = DenseMatrix.CreateIdentity(inputs);
            for (int l = 0; l < hidden.Length; l++)
            {
                var w = DenseMatrix.Build.Dense(hidden[l], a.Count, (i, j) => layers[l].W[i * a.Count + j]);
                var z = w * a + Vector<double>.Build.Dense([.. layers[l].B.Select(v => (double)v)]);
                a = z.PointwiseMaximum(0);
                jacobian = DiagonalMatrix.OfDiagonal(z.Count, z.Count, z.Select(v => v > 0 ? 1.0 : 0)) * w * jacobian;
                var values = jacobian.Svd(false).S;
                var space = reached[l].Spaces[s];
                Assert.Equal(z.Count(v => v > 0), space.Live);
                // Double precision sees the whole rank; single precision must too where the singular values stand out of it.
                Assert.Equal(values.Count(v => v > 1e-11 * values[0]), space.Rank);
                Assert.True(space.IsResolved && space.IsComplete);
                double expected = (double)space.Rank / z.Count;
                Assert.Equal(expected, space.Shares.Average(), 0.05);
            }
        }

        Assert.All(reached, Meets);
    }

    public static TheoryData<string> Networks => ["resnet", "resnet of fixed batch", "mobilenet", "vgg", "vit", "channels last", "sequence first"];

    /// <summary>Gaussian probes, the whole basis and a decomposition of the Jacobian itself must find one rank.</summary>
    [Theory]
    [MemberData(nameof(Networks))]
    public void Networks_have_the_rank_of_their_jacobian(string name)
    {
        using var model = new Loaded(name switch
        {
            "resnet" => Nets.ResNet(),
            "resnet of fixed batch" => Nets.ResNet(2),
            "mobilenet" => Nets.MobileNet(),
            "vgg" => Nets.Vgg(),
            "vit" => Nets.Vit(),
            "channels last" => Nets.ChannelsLast(),
            _ => Nets.SequenceFirst(),
        });
        var reached = Measure(model, 2, new ReachOptions { Directions = 150 });
        Assert.All(reached, r => Assert.Equal(r.RankShare, r.Share.Value, 0.05));
        int inputs = model.Classifier.Input.Elements, rows = model.Classifier.FixedBatch ?? 8;
        foreach (var site in reached)
        {
            using var pass = model.Classifier.OpenTangent([site.Site], rows);
            var jacobian = DenseMatrix.Create(site.Site.Elements, inputs, 0);
            for (int at = 0; at < inputs; at += rows)
            {
                var unit = new float[rows * inputs];
                for (int row = 0; row < rows && at + row < inputs; row++)
                    unit[row * inputs + at + row] = 1;
                int first = at;
                pass.Run(model.Sample(0), unit, (_, tangents) =>
                {
                    for (int row = 0; row < rows && first + row < inputs; row++)
                    {
                        for (int i = 0; i < site.Site.Elements; i++)
                            jacobian[i, first + row] = tangents[row * site.Site.Elements + i];
                    }
                });
            }

            var values = jacobian.Svd(false).S;
            var space = site.Spaces[0];
            int low = values.Count(v => v > 1e-4 * values[0]), high = values.Count(v => v > 1e-8 * values[0]);
            Assert.True(space.Rank >= low && space.Rank <= high, $"{name}, {site.Site}: {space.Rank} in {low} to {high}");
            if (space.IsResolved && values.Count > space.Rank)
                Assert.True(values[space.Rank] < 2e-6 * values[0], $"{name}, {site.Site}: rank {space.Rank}, next {values[space.Rank] / values[0]:g3}");
            Assert.False(site.IsAtLeast);
        }
    }

    [Fact]
    public void Few_probes_give_a_lower_bound_and_enough_the_rank()
    {
        var (model, _, _) = AffineNet.Build(100, [80, 10]);
        using (model)
        {
            var few = Measure(model, 2, new ReachOptions { Probes = 30, Sites = ["1"] })[0];
            Assert.Equal((30.0, true), (few.Rank, few.IsAtLeast));
            // A rank well below the number of probes is the rank.
            var behind = Measure(model, 2, new ReachOptions { Probes = 30, Sites = ["2"] })[0];
            Assert.Equal((10.0, false), (behind.Rank, behind.IsAtLeast));
            var whole = Measure(model, 2, new ReachOptions { Sites = ["1"] })[0];
            Assert.Equal((80.0, false), (whole.Rank, whole.IsAtLeast));
        }
    }

    [Fact]
    public void Threads_change_nothing_and_the_input_reaches_all_of_itself()
    {
        using var model = new Loaded(Nets.ResNet());
        var one = Measure(model, 2, new ReachOptions { Threads = 1 });
        var two = Measure(model, 2, new ReachOptions { Threads = 2 });
        for (int l = 0; l < one.Count; l++)
        {
            for (int s = 0; s < 2; s++)
            {
                Assert.Equal(one[l].Spaces[s].Shares, two[l].Spaces[s].Shares);
                Assert.Equal(one[l].Spaces[s].Rank, two[l].Spaces[s].Rank);
            }
        }

        var input = Measure(model, 1, new ReachOptions { Sites = ["input"] })[0];
        Assert.Equal(192, input.Rank);
        Assert.Equal(1, input.Share.Low, 1e-12);
    }

    /// <summary>Whole numbers are not rounded, so nothing is measured to set a threshold by.</summary>
    [Fact]
    public void Exact_arithmetic_has_its_rank_too()
    {
        using var model = new Loaded(Nets.ReluMlp(1, 40, [3, 30, 50], 3, (w, b) =>
        {
            for (int i = 0; i < w.Length; i++)
                w[i] = Math.Sign(w[i]) * (1 + i % 3);
            Array.Fill(b, 1000);
        }));
        Assert.Equal([3.0, 3, 3], Measure(model, 2, new ReachOptions()).Select(r => r.Rank));
    }

    /// <summary>Only one element of the input in eight is read, and none of those that evenly spaced probes would hit.</summary>
    [Fact]
    public void Elements_that_are_cut_off_do_not_hide_rounding()
    {
        var random = new Random(6);
        var g = new Apex.Models.Onnx.Graphs.OnnxGraphBuilder();
        string x = g.Input("x", Apex.Models.Onnx.Graphs.OnnxElementType.Float, "N", 128);
        x = g.Node("Slice", [x, g.Constant("from", [3L], 1), g.Constant("to", [128L], 1), g.Constant("axis", [1L], 1), g.Constant("step", [8L], 1)]);
        x = g.Node("Tanh", [Nets.Linear(g, random, Nets.Linear(g, random, x, 16, 5), 5, 90)]);
        x = g.Node("Tanh", [Nets.Linear(g, random, x, 90, 80)]);
        g.Output(Nets.Linear(g, random, x, 80, 3), Apex.Models.Onnx.Graphs.OnnxElementType.Float, "N", 3);
        using var model = new Loaded(g);
        Assert.Equal([5.0, 5], Measure(model, 3, new ReachOptions()).Select(r => r.Rank));
    }

    [Fact]
    public void Dead_units_are_reached_by_nothing()
    {
        using var model = new Loaded(Nets.ReluMlp(1, 5, [8, 4], 3, (w, b) => Array.Fill(b, -100)));
        Assert.All(Measure(model, 2, new ReachOptions()), r => Assert.Equal((0.0, 0.0, 0.0), (r.Rank, r.Live, r.Share.Value)));
    }

    /// <summary>A 99.9 % band: rank / dim is what the share is in expectation.</summary>
    private static void Meets(Reachability reached)
    {
        double half = 1e-6 + 1.8 * (reached.Share.High - reached.Share.Low) / 2;
        Assert.True(Math.Abs(reached.Share.Value - reached.RankShare) < Math.Max(half, 0.03), $"{reached.Site}: {reached.Share} for {reached.RankShare}");
    }

    private static IReadOnlyList<Reachability> Measure(Loaded model, int samples, ReachOptions options) =>
        ReachProbe.Measure(model.Classifier, [.. Enumerable.Range(0, samples).Select(i => new ProbeSample(i, null, model.Sample(i)))], options);
}
