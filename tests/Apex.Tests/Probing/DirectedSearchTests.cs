using Apex.Models;
using Apex.Probing;
using Xunit;

namespace Apex.Tests.Probing;

public class DirectedSearchTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static DirectedSearch Open(Loaded model, PixelBox box, bool isClipped, IReadOnlyList<ModelSample> inputs, IReadOnlyList<ModelSample> others) =>
        new(model.Classifier, box, isClipped, inputs, others);

    [Theory]
    [InlineData(0.05)]
    [InlineData(0.4)]
    public void Of_an_affine_network_of_two_classes_the_worst_noise_lies_along_the_difference_of_their_weights(double radius)
    {
        // margin(x + delta) = margin(x) + (w_t - w_o) delta: the ascent ends at the length that the radius allows, and D is known.
        const int Inputs = 12;
        var (model, weights, biases) = AffineNet.Build(Inputs, [7]);
        using (model)
        {
            ModelSample[] inputs = [.. Enumerable.Range(0, 20).Select(model.Sample)], others = [.. Enumerable.Range(20, 15).Select(model.Sample)];
            using var search = Open(model, PixelBox.Unbounded(Inputs), false, inputs, others);
            foreach (var found in search.Ball(radius, 60, [0, 1], cancellationToken: Token))
            {
                double[] gradient = AffineNet.Margin(weights, biases, inputs[0].Values, found.Target).Gradients[0];
                double norm = Math.Sqrt(gradient.Sum(g => g * g)), length = radius * Math.Sqrt(Inputs);
                double[] margins = [.. others.Select(o => AffineNet.Margin(weights, biases, o.Values, found.Target).Margin)];
                double expected = margins.Average(m => Math.Min(1, (m + norm * length) / search.Spread));
                Assert.Equal(expected, found.Value, 1e-3 * (1 + Math.Abs(expected)));
                int carried = margins.Count(m => m <= 0 && m + norm * length > 0);
                Assert.Equal((carried, margins.Count(m => m <= 0)), (found.Carried, found.Others));
                Assert.Equal(length, Math.Sqrt(found.Delta.Sum(d => (double)d * d)), 1e-3 * length);
            }
        }
    }

    [Fact]
    public void Spread_is_the_standard_deviation_of_all_clean_logits()
    {
        var (model, _, _) = AffineNet.Build(5, [4]);
        using (model)
        {
            ModelSample[] inputs = [.. Enumerable.Range(0, 9).Select(model.Sample)];
            using var search = Open(model, PixelBox.Unbounded(5), false, inputs, inputs);
            using var clean = model.Classifier.OpenClean([]);
            Assert.Equal(MathNet.Numerics.Statistics.Statistics.StandardDeviation(inputs.SelectMany(i => clean.Run(i).Logits.Select(s => (double)s))),
                search.Spread, 12);
        }
    }

    [Theory]
    [InlineData(ImageLayout.NCHW)]
    [InlineData(ImageLayout.NHWC)]
    public void A_window_finds_a_patch_where_it_is_and_what_it_looks_like(ImageLayout layout)
    {
        // Class 2 answers to one checkered 3 x 3 patch at row 8, column 5 of the second channel, and to nothing else.
        using var model = Planted(layout);
        var (inputs, others) = (Images(model, 0, 24), Images(model, 24, 24));
        using var search = Open(model, Pixels(model), true, inputs, others);
        var found = search.Window(3, 3, 30, [0, 1, 2], cancellationToken: Token);
        Assert.Equal(new Window(Top, Left, 3), found[2].Window);
        Assert.Equal(found[2].Others, found[2].Carried);
        Assert.True(found[2].Value > Math.Max(found[0].Value, found[1].Value) + 0.5, string.Join(", ", found.Select(f => f.Value)));
        for (int i = 0; i < 9; i++)
        {
            float pixel = found[2].Delta[At(layout, 1, Top + i / 3, Left + i % 3)];
            Assert.Equal(i % 2 == 0 ? 1 : -1, pixel, 0.1f);
        }
    }

    [Fact]
    public void Noise_on_the_whole_image_stays_in_its_ball_and_looks_like_the_patch()
    {
        using var model = Planted(ImageLayout.NCHW);
        var box = Pixels(model);
        using var search = Open(model, box, true, Images(model, 0, 24), Images(model, 24, 24));
        const double Radius = 0.07;
        var found = search.Ball(Radius, 40, [0, 1, 2], cancellationToken: Token);
        Assert.Equal(2, found.MaxBy(f => f.Value)!.Target);
        Assert.All(found, f => Assert.InRange(Math.Sqrt(f.Delta.Average(d => (double)d * d)), 0, Radius * 1.0001));
        double within = Enumerable.Range(0, 9).Sum(i => Square(found[2].Delta[At(ImageLayout.NCHW, 1, Top + i / 3, Left + i % 3)]));
        Assert.InRange(within / found[2].Delta.Sum(Square), 0.9, 1);
        static double Square(float v) => (double)v * v;
    }

    [Fact]
    public void Pixels_at_an_end_of_their_range_are_not_moved_further()
    {
        // s_1 falls with the pixel: all inputs are black, so nothing helps class 1 inside the box, and outside it would.
        var g = new OnnxGraphBuilder();
        string x = g.Input("x", OnnxElementType.Float, "N", 1, 2, 2);
        g.Output(g.Gemm(g.Flatten(x), [0, 0, 0, 0, -1, -1, -1, -1], [2, 4], [0, -2.1f]), OnnxElementType.Float, "N", 2);
        using var model = new Loaded(g);
        ModelSample[] black = [new([-0.5f, -0.5f, -0.5f, -0.5f], []), new([-0.5f, -0.5f, -0.5f, -0.5f], [])];
        using var inside = Open(model, Pixels(model), true, black, black);
        using var free = Open(model, Pixels(model), false, black, black);
        Assert.Equal(0, inside.Ball(0.5, 20, [1], cancellationToken: Token)[0].Carried);
        Assert.Equal(2, free.Ball(0.5, 20, [1], cancellationToken: Token)[0].Carried);
    }

    [Fact]
    public void Threads_and_the_other_classes_make_no_difference()
    {
        using var model = Planted(ImageLayout.NCHW);
        var (inputs, others) = (Images(model, 0, 10), Images(model, 10, 7));
        using var one = new DirectedSearch(model.Classifier, Pixels(model), true, inputs, others, 1);
        using var two = new DirectedSearch(model.Classifier, Pixels(model), true, inputs, others, 2);
        var (a, b) = (one.Ball(0.05, 10, [0, 1, 2], cancellationToken: Token), two.Ball(0.05, 10, [2], cancellationToken: Token));
        Assert.Equal(a[2].Delta, b[0].Delta);
        Assert.Equal(a[2].Value, b[0].Value);
    }

    [Fact]
    public void A_box_is_that_of_the_preprocessing()
    {
        var input = new ClassifierInput("x", InputKind.Image, "Float", [2, 1, 2], ImageLayout.NCHW);
        var box = PixelBox.Pixels(new Preprocessor("net", input, new Preprocessing { Mean = [0.5f, 0.25f], Std = [0.5f, -2] }));
        Assert.Equal([-1, -1, -0.375f, -0.375f], box.Low);
        Assert.Equal([1, 1, 0.125f, 0.125f], box.High);
        // Black is the larger value where the std is negative.
        Assert.Equal([2, 2, -0.5f, -0.5f], box.Unit);
        Assert.Equal([-1, -1, 0.125f, 0.125f], box.Black);
        var seen = PixelBox.Seen(input with { Layout = ImageLayout.NHWC, Shape = [1, 2, 2] }, [new([1, 5, 2, 7], []), new([0, 6, 3, 5], [])]);
        Assert.Equal([0, 5, 0, 5], seen.Low);
        Assert.Equal([3, 7, 3, 7], seen.High);
    }

    private const int Edge = Nets.PlantedEdge, Top = Nets.PlantedTop, Left = Nets.PlantedLeft, Channels = 3;

    private static int At(ImageLayout layout, int channel, int row, int column) =>
        layout == ImageLayout.NCHW ? (channel * Edge + row) * Edge + column : (row * Edge + column) * Channels + channel;

    private static PixelBox Pixels(Loaded model) =>
        PixelBox.Pixels(new Preprocessor("net", model.Classifier.Input, new Preprocessing { Mean = [0.25f], Std = [0.5f] }));

    /// <summary>Preprocessed images of the planted network.</summary>
    private static ModelSample[] Images(Loaded model, int from, int count)
    {
        float[] pixels = Nets.PlantedImages(from, count);
        var layout = model.Classifier.Input.Layout!.Value;
        int size = Channels * Edge * Edge;
        return
        [
            .. Enumerable.Range(0, count).Select(i =>
            {
                float[] values = new float[size];
                for (int c = 0; c < Channels; c++)
                {
                    for (int p = 0; p < Edge * Edge; p++)
                        values[At(layout, c, p / Edge, p % Edge)] = (pixels[i * size + c * Edge * Edge + p] - 0.25f) / 0.5f;
                }

                return new ModelSample(values, []);
            }),
        ];
    }

    private static Loaded Planted(ImageLayout layout) => new(Nets.Planted(layout == ImageLayout.NHWC));
}
