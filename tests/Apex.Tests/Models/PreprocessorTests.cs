using Apex.Data;
using Apex.Models;
using Apex.Models.Onnx;
using Xunit;

namespace Apex.Tests.Models;

public class PreprocessorTests
{
    private static readonly SampleInput Colour = new(0, SampleKind.Image, [3, 1, 2], [0, 51, 102, 153, 204, 255], [], null);

    [Fact]
    public void Scales_subtracts_and_divides_by_channel()
    {
        var p = new Preprocessor("m", Image(ImageLayout.NCHW, 3, 1, 2), new Preprocessing { Mean = [0.1f, 0.2f, 0.3f], Std = [1, 2, 4] });
        AssertClose([-0.1f, 0.1f, 0.1f, 0.2f, 0.125f, 0.175f], p.Apply(Colour, "d").Values);
    }

    [Fact]
    public void Puts_channels_last_where_the_model_wants_them()
    {
        var p = new Preprocessor("m", Image(ImageLayout.NHWC, 1, 2, 3), new Preprocessing { Scale = 1 });
        Assert.Equal([0, 102, 204, 51, 153, 255], p.Apply(Colour, "d").Values);
    }

    [Fact]
    public void Grey_stands_in_for_every_channel()
    {
        var p = new Preprocessor("m", Image(ImageLayout.NCHW, 3, 1, 2), new Preprocessing { Scale = 1 });
        Assert.Equal([5, 9, 5, 9, 5, 9], p.Apply(new SampleInput(0, SampleKind.Image, [1, 1, 2], [5, 9], [], null), "d").Values);
    }

    [Fact]
    public void Resizes_by_averaging_when_shrinking()
    {
        var p = new Preprocessor("m", Image(ImageLayout.NCHW, 1, 1, 2), new Preprocessing { Scale = 1, Resize = [1, 2] });
        float[] values = p.Apply(new SampleInput(0, SampleKind.Image, [1, 2, 4], [10, 10, 50, 50, 10, 10, 50, 50], [], null), "d").Values;
        // Antialiased halving: a triangle of width two reaches a little across the edge, the same on both sides.
        Assert.Equal(60, values[0] + values[1], 1e-3);
        Assert.InRange(values[0], 10, 20);
    }

    [Fact]
    public void Resizes_as_Pillow_does_at_the_border_too_where_nothing_else_is_said()
    {
        foreach (var image in ResizedImage.Of("bilinear"))
        {
            var resize = new Preprocessing { Scale = 1, Resize = [image.Height, image.Width] };
            var p = new Preprocessor("m", Image(ImageLayout.NCHW, image.Shape[0], image.Height, image.Width), resize);
            var (border, inside) = image.Differences(p.Apply(new SampleInput(0, SampleKind.Image, image.Shape, image.Pixels, [], null), "d").Values);
            Assert.True(border <= 1 && inside <= 1, $"{image.Name} is off by {border} at the border and {inside} inside");
        }
    }

    [Fact]
    public void An_image_that_has_the_size_stays_as_it_is_to_the_bit()
    {
        foreach (string name in ResizeFilters.Names)
        {
            var resize = new Preprocessing { Scale = 1, Resize = [1, 2], ResizeFilter = ResizeFilters.Parse(name, "test") };
            var p = new Preprocessor("m", Image(ImageLayout.NCHW, 3, 1, 2), resize);
            Assert.Equal(Colour.Values, p.Apply(Colour, "d").Values);
        }
    }

    [Fact]
    public void Asks_for_a_resize_where_sizes_differ()
    {
        var p = new Preprocessor("m", Image(ImageLayout.NCHW, 3, 4, 4), new Preprocessing());
        Assert.Contains("`Resize` 4,4", Assert.Throws<InvalidInputException>(() => p.Apply(Colour, "d")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Whole_numbers_are_tokens_where_the_model_reads_tokens_and_numbers_where_it_reads_numbers()
    {
        var tokens = new Preprocessor("m", new ClassifierInput("ids", InputKind.Tokens, "Int64", [3], null), new Preprocessing());
        var numbers = new Preprocessor("m", new ClassifierInput("x", InputKind.Vector, "Float", [3], null), new Preprocessing { Scale = 0.5f });
        var integers = new SampleInput(0, SampleKind.Tokens, [3], [], [4, 0, 17], null);
        var floats = new SampleInput(0, SampleKind.Values, [3], [4, 0, 17], [], null);
        Assert.Equal([4, 0, 17], tokens.Apply(integers, "d").Tokens);
        Assert.Equal([4, 0, 17], tokens.Apply(floats, "d").Tokens);
        Assert.Equal([2, 0, 8.5f], numbers.Apply(integers, "d").Values);
        Assert.Equal([2, 0, 8.5f], numbers.Apply(floats, "d").Values);
        var error = Assert.Throws<InvalidInputException>(() => tokens.Apply(floats with { Values = [4, 0.5f, 17] }, "d"));
        Assert.Contains("holds numbers, but m reads integer tokens", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new[] { 32, 32, 3 }, new[] { 3, 32, 32 }, "channels last")]
    [InlineData(new[] { 3, 8, 9 }, new[] { 8, 9, 3 }, "channels first")]
    [InlineData(new[] { 3, 32, 32 }, new[] { 3, 64, 48 }, "`Resize` 64,48")]
    [InlineData(new[] { 32, 32, 3 }, new[] { 64, 48, 3 }, "`Resize` 64,48")]
    [InlineData(new[] { 1, 32, 32 }, new[] { 3, 64, 64 }, "")]
    public void What_makes_a_shape_fit_is_told_by_where_it_differs(int[] given, int[] declared, string advice)
    {
        string told = Preprocessor.HowToFit(given, [.. declared.Cast<int?>()]);
        Assert.Equal(advice.Length == 0, told.Length == 0);
        Assert.Contains(advice, told, StringComparison.Ordinal);
    }

    [Fact]
    public void A_vector_fills_an_image_of_its_length_but_a_transposed_image_does_not()
    {
        var p = new Preprocessor("m", Image(ImageLayout.NCHW, 1, 2, 3), new Preprocessing());
        float[] values = [1, 2, 3, 4, 5, 6];
        Assert.Equal(values, p.Apply(new SampleInput(0, SampleKind.Values, [6], values, [], null), "d").Values);
        Assert.Throws<InvalidInputException>(() => p.Apply(new SampleInput(0, SampleKind.Values, [2, 3, 1], values, [], null), "d"));
    }

    [Fact]
    public void What_is_given_wins_over_the_sidecar_field_by_field_or_altogether()
    {
        using var folder = new TempFolder();
        Nets.ResNet().Save(folder["m.onnx"]);
        folder.Write("m.apex.json",
            """{ "preprocessing": { "scale": 0.5, "mean": [1, 2, 3], "resize": [8, 8] }, "classes": ["a", "b", "c", "d"], "more": 1 }""");
        var (_, alone, sidecar) = ModelSetup.Load(folder["m.onnx"], new OnnxOptions(), null);
        Assert.Equal((0.5f, "m.apex.json"), (alone.Scale!.Value, alone.Source));
        Assert.Equal(["a", "b", "c", "d"], ModelSetup.ClassNames(null, sidecar, null, 4, "m"));
        var (_, mixed, _) = ModelSetup.Load(folder["m.onnx"], new OnnxOptions(), new Preprocessing { Scale = 2, Source = "--scale" });
        Assert.Equal((2f, "--scale, m.apex.json"), (mixed.Scale!.Value, mixed.Source));
        Assert.Equal([1, 2, 3], mixed.Mean!);
        var (_, given, _) = ModelSetup.Load(folder["m.onnx"], new OnnxOptions(), new Preprocessing { Scale = 1, StandsAlone = true });
        Assert.Null(given.Mean);
        Assert.Null(given.Resize);
    }

    [Theory]
    [InlineData("bilinear", ResizeFilter.Bilinear)]
    [InlineData("bicubic", ResizeFilter.Bicubic)]
    [InlineData("nearest", ResizeFilter.Nearest)]
    [InlineData("area", ResizeFilter.Area)]
    [InlineData("opencv-bilinear", ResizeFilter.OpenCvBilinear)]
    public void A_sidecar_says_the_filter_by_its_word(string word, ResizeFilter filter)
    {
        using var folder = new TempFolder();
        Nets.ResNet().Save(folder["m.onnx"]);
        folder.Write("m.apex.json", $$"""{ "preprocessing": { "resize": [8], "resizeFilter": "{{word}}" } }""");
        Assert.Equal(filter, ModelSetup.Load(folder["m.onnx"], new OnnxOptions(), null).Preprocessing.ResizeFilter);
        Assert.Equal(filter, ModelSetup.Load(folder["m.onnx"], new OnnxOptions(), new Preprocessing { Resize = [4] }).Preprocessing.ResizeFilter);
        var (_, given, _) = ModelSetup.Load(folder["m.onnx"], new OnnxOptions(), new Preprocessing { ResizeFilter = ResizeFilter.Area });
        Assert.Equal(ResizeFilter.Area, given.ResizeFilter);
        Assert.Contains("resize 8 area", given.Describe(), StringComparison.Ordinal);
        string written = System.Text.Json.JsonSerializer.Serialize(new Preprocessing { ResizeFilter = filter }, Apex.Observations.RunJson.Options);
        Assert.Contains($"\"resizeFilter\": \"{word}\"", written, StringComparison.Ordinal);
        Assert.Equal(filter, System.Text.Json.JsonSerializer.Deserialize<Preprocessing>(written, Apex.Observations.RunJson.Options)!.ResizeFilter);
    }

    [Fact]
    public void The_filter_is_recorded_where_something_is_resized()
    {
        using var folder = new TempFolder();
        Nets.ResNet().Save(folder["m.onnx"]);
        Assert.Null(ModelSetup.Load(folder["m.onnx"], new OnnxOptions(), null).Preprocessing.ResizeFilter);
        Assert.Equal(ResizeFilter.Bilinear,
            ModelSetup.Load(folder["m.onnx"], new OnnxOptions(), new Preprocessing { Resize = [8] }).Preprocessing.ResizeFilter);
        // A sidecar may name the filter for a size that each command line says.
        folder.Write("m.apex.json", """{ "preprocessing": { "resizeFilter": "bicubic" } }""");
        Assert.Null(ModelSetup.Load(folder["m.onnx"], new OnnxOptions(), null).Preprocessing.ResizeFilter);
        Assert.Equal(ResizeFilter.Bicubic, ModelSetup.Load(folder["m.onnx"], new OnnxOptions(), new Preprocessing { Resize = [8] }).Preprocessing.ResizeFilter);
    }

    private static ClassifierInput Image(ImageLayout layout, params int[] shape) => new("x", InputKind.Image, "Float", shape, layout);

    private static void AssertClose(float[] expected, float[] actual)
    {
        for (int i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], actual[i], 1e-6);
    }
}
