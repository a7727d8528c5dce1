using Apex.Data;
using Apex.Models;
using Xunit;

namespace Apex.Tests.Models;

public class PreprocessorTests
{
    private static readonly SampleInput Colour = new(0, SampleKind.Image, [3, 1, 2], [0, 51, 102, 153, 204, 255], [], null);

    [Fact]
    public void Scales_subtracts_and_divides_by_channel()
    {
        using var p = new Preprocessor("m", Image(ImageLayout.NCHW, 3, 1, 2), new Preprocessing { Mean = [0.1f, 0.2f, 0.3f], Std = [1, 2, 4] });
        AssertClose([-0.1f, 0.1f, 0.1f, 0.2f, 0.125f, 0.175f], p.Apply(Colour, "d").Values);
    }

    [Fact]
    public void Puts_channels_last_where_the_model_wants_them()
    {
        using var p = new Preprocessor("m", Image(ImageLayout.NHWC, 1, 2, 3), new Preprocessing { Scale = 1 });
        Assert.Equal([0, 102, 204, 51, 153, 255], p.Apply(Colour, "d").Values);
    }

    [Fact]
    public void Grey_stands_in_for_every_channel()
    {
        using var p = new Preprocessor("m", Image(ImageLayout.NCHW, 3, 1, 2), new Preprocessing { Scale = 1 });
        Assert.Equal([5, 9, 5, 9, 5, 9], p.Apply(new SampleInput(0, SampleKind.Image, [1, 1, 2], [5, 9], [], null), "d").Values);
    }

    [Fact]
    public void Resizes_by_averaging_when_shrinking()
    {
        using var p = new Preprocessor("m", Image(ImageLayout.NCHW, 1, 1, 2), new Preprocessing { Scale = 1, Resize = [1, 2] });
        float[] values = p.Apply(new SampleInput(0, SampleKind.Image, [1, 2, 4], [10, 10, 50, 50, 10, 10, 50, 50], [], null), "d").Values;
        // Antialiased halving: a triangle of width two reaches a little across the edge, the same on both sides.
        Assert.Equal(60, values[0] + values[1], 1e-3);
        Assert.InRange(values[0], 10, 20);
    }

    [Fact]
    public void Asks_for_a_resize_where_sizes_differ()
    {
        using var p = new Preprocessor("m", Image(ImageLayout.NCHW, 3, 4, 4), new Preprocessing());
        Assert.Contains("--resize 4,4", Assert.Throws<InvalidInputException>(() => p.Apply(Colour, "d")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_vector_fills_an_image_of_its_length_but_a_transposed_image_does_not()
    {
        using var p = new Preprocessor("m", Image(ImageLayout.NCHW, 1, 2, 3), new Preprocessing());
        float[] values = [1, 2, 3, 4, 5, 6];
        Assert.Equal(values, p.Apply(new SampleInput(0, SampleKind.Values, [6], values, [], null), "d").Values);
        Assert.Throws<InvalidInputException>(() => p.Apply(new SampleInput(0, SampleKind.Values, [2, 3, 1], values, [], null), "d"));
    }

    [Fact]
    public void What_is_given_wins_over_the_sidecar_field_by_field_or_altogether()
    {
        using var folder = new TempFolder();
        Nets.ResNet().Save(folder["m.onnx"]);
        folder.Write("m.apex.json", """{ "preprocessing": { "scale": 0.5, "mean": [1, 2, 3], "resize": [8, 8] }, "classes": ["a", "b", "c", "d"], "more": 1 }""");
        var (_, alone, sidecar) = ModelSetup.Load(folder["m.onnx"], new(), null);
        Assert.Equal((0.5f, "m.apex.json"), (alone.Scale!.Value, alone.Source));
        Assert.Equal(["a", "b", "c", "d"], ModelSetup.ClassNames(null, sidecar, null, 4, "m"));
        var (_, mixed, _) = ModelSetup.Load(folder["m.onnx"], new(), new Preprocessing { Scale = 2, Source = "--scale" });
        Assert.Equal((2f, "--scale, m.apex.json"), (mixed.Scale!.Value, mixed.Source));
        Assert.Equal([1, 2, 3], mixed.Mean!);
        var (_, given, _) = ModelSetup.Load(folder["m.onnx"], new(), new Preprocessing { Scale = 1, StandsAlone = true });
        Assert.Null(given.Mean);
        Assert.Null(given.Resize);
    }

    private static ClassifierInput Image(ImageLayout layout, params int[] shape) => new("x", InputKind.Image, "Float", shape, layout);

    private static void AssertClose(float[] expected, float[] actual)
    {
        for (int i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], actual[i], 1e-6);
    }
}
