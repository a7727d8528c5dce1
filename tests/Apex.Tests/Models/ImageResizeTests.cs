using Apex.Models;
using Xunit;

namespace Apex.Tests.Models;

/// <summary>A filter is the call of Pillow or OpenCV that it names, held to stored values of theirs.</summary>
public class ImageResizeTests
{
    // Bytes are rounded after each pass: half of 1, and the half of the first pass times what a filter's weights sum to without their signs.
    [Theory]
    [InlineData(ResizeFilter.Bilinear, 1, 0)]
    [InlineData(ResizeFilter.Bicubic, 1.15, 0)]
    [InlineData(ResizeFilter.Nearest, 0, 0)]
    [InlineData(ResizeFilter.Area, 1, 1e-4)]
    [InlineData(ResizeFilter.OpenCvBilinear, 1, 1e-3)]
    public void Equals_the_call_that_it_names_inside_and_at_the_border(ResizeFilter filter, double ofBytes, double ofNumbers)
    {
        var images = ResizedImage.Of(filter.Name());
        Assert.Equal(17, images.Count);
        foreach (var image in images)
        {
            float[] actual = Resized(image, filter);
            Assert.Equal(image.Expected.Length, actual.Length);
            var (border, inside) = image.Differences(actual);
            double allowed = image.IsRounded ? ofBytes : ofNumbers;
            Assert.True(border <= allowed && inside <= allowed, $"{image.Name} is off by {border} at the border and {inside} inside");
        }
    }

    [Fact]
    public void What_a_cubic_overshoots_is_cut()
    {
        var image = ResizedImage.Of("bicubic").Single(i => i.Name == "step.13x20");
        float[] actual = Resized(image, ResizeFilter.Bicubic);
        Assert.Equal((0, 255), (actual.Min(), actual.Max()));
    }

    [Theory]
    [InlineData(ResizeFilter.Bilinear)]
    [InlineData(ResizeFilter.Bicubic)]
    [InlineData(ResizeFilter.Nearest)]
    [InlineData(ResizeFilter.Area)]
    [InlineData(ResizeFilter.OpenCvBilinear)]
    public void A_constant_image_stays_constant(ResizeFilter filter)
    {
        float[] grey = [.. Enumerable.Repeat(77f, 2 * 9 * 14)];
        foreach (var (height, width) in new[] { (1, 1), (4, 5), (9, 31), (40, 3) })
            Assert.All(new ImageResize(height, width, filter).Apply(grey, 2, 9, 14), p => Assert.Equal(77, p, 1e-4));
    }

    private static float[] Resized(ResizedImage image, ResizeFilter filter) =>
        new ImageResize(image.Height, image.Width, filter).Apply(image.Pixels, image.Shape[0], image.Shape[1], image.Shape[2]);
}
