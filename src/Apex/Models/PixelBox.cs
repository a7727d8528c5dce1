using Apex.Data;

namespace Apex.Models;

/// <summary>The values that a network's input takes where its pixels are valid: from black to white. Shapes <c>[elements of the input]</c>.</summary>
internal sealed record PixelBox
{
    private const float WhitePixel = 255;

    private PixelBox(float[] black, float[] unit, bool isBounded)
    {
        (Black, Unit, IsBounded) = (black, unit, isBounded);
        Low = [.. black.Zip(unit, (b, u) => Math.Min(b, b + u))];
        High = [.. black.Zip(unit, (b, u) => Math.Max(b, b + u))];
    }

    /// <summary>The input of a black pixel.</summary>
    public float[] Black { get; }

    /// <summary>What the input changes by from black to white; never 0, negative where the preprocessing turns them round.</summary>
    public float[] Unit { get; }

    /// <summary>Whether values are bounded.</summary>
    public bool IsBounded { get; }

    /// <summary>Least valid value.</summary>
    public float[] Low { get; }

    /// <summary>Largest valid value.</summary>
    public float[] High { get; }

    /// <summary>The box of 8-bit pixels.</summary>
    /// <param name="preprocessor">What is done to samples of the network.</param>
    public static PixelBox Pixels(Preprocessor preprocessor)
    {
        float[] black = preprocessor.Uniform(0, SampleKind.Image), white = preprocessor.Uniform(WhitePixel, SampleKind.Image);
        return new PixelBox(black, [.. black.Zip(white, (b, w) => w - b)], true);
    }

    /// <summary>The box of numbers whose range nobody told: of each channel from the least to the largest of some samples.</summary>
    /// <param name="input">What the network reads.</param>
    /// <param name="samples">Preprocessed samples.</param>
    public static PixelBox Seen(ClassifierInput input, IReadOnlyList<ModelSample> samples)
    {
        int channels = input.Kind != InputKind.Image ? 1 : input.Layout == ImageLayout.NHWC ? input.Shape[^1] : input.Shape[0];
        int inner = input.Layout == ImageLayout.NHWC ? 1 : input.Elements / channels;
        int Channel(int element) => element / inner % channels;
        var (low, high) = (new float[channels], new float[channels]);
        Array.Fill(low, float.PositiveInfinity);
        Array.Fill(high, float.NegativeInfinity);
        foreach (var sample in samples)
        {
            for (int e = 0; e < input.Elements; e++)
            {
                ref float least = ref low[Channel(e)], most = ref high[Channel(e)];
                (least, most) = (Math.Min(least, sample.Values[e]), Math.Max(most, sample.Values[e]));
            }
        }

        float[] Each(Func<int, float> of) => [.. Enumerable.Range(0, input.Elements).Select(e => of(Channel(e)))];
        return new PixelBox(Each(c => low[c]), Each(c => high[c] > low[c] ? high[c] - low[c] : 1), true);
    }

    /// <summary>No bounds: a step is a step of the input.</summary>
    /// <param name="elements">Of the input.</param>
    public static PixelBox Unbounded(int elements) => new(new float[elements], [.. Enumerable.Repeat(1f, elements)], false);

    /// <summary>An input as an image of 8-bit pixels, shape <c>[channels, height, width]</c>.</summary>
    /// <param name="values">What the network reads, shape <c>[elements]</c>.</param>
    /// <param name="input">An image.</param>
    public SampleInput Picture(float[] values, ClassifierInput input) =>
        Shaded([.. values.Select((v, e) => (v - Black[e]) / Unit[e])], input);

    /// <summary>Noise as an image: grey where there is none, its largest value white or its least black.</summary>
    /// <param name="delta">In units of the range of pixels, shape <c>[elements]</c>.</param>
    /// <param name="input">An image.</param>
    public static SampleInput Noise(float[] delta, ClassifierInput input)
    {
        float largest = delta.Max(Math.Abs);
        return Shaded([.. delta.Select(d => 0.5f + (largest > 0 ? d / largest / 2 : 0))], input);
    }

    private static SampleInput Shaded(float[] shades, ClassifierInput input)
    {
        bool last = input.Layout == ImageLayout.NHWC;
        var (channels, height, width) = last ? (input.Shape[2], input.Shape[0], input.Shape[1]) : (input.Shape[0], input.Shape[1], input.Shape[2]);
        var pixels = new float[shades.Length];
        for (int c = 0; c < channels; c++)
        {
            for (int p = 0; p < height * width; p++)
                pixels[c * height * width + p] = WhitePixel * shades[last ? p * channels + c : c * height * width + p];
        }

        return new SampleInput(0, SampleKind.Image, [channels, height, width], pixels, [], null);
    }
}
