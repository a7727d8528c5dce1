using Apex.Data;

namespace Apex.Models;

/// <summary>
/// The values that a network's input takes where its pixels are valid, and how long a step of a pixel is there. Shapes <c>[elements of the input]</c>.
/// </summary>
/// <param name="Low">Least valid value; minus infinity where there is none.</param>
/// <param name="High">Largest valid value; infinity where there is none.</param>
/// <param name="Unit">What a change of the pixel by the whole of its range, black to white, changes the input by; positive.</param>
internal sealed record PixelBox(float[] Low, float[] High, float[] Unit)
{
    private const float White = 255;

    /// <summary>Whether values are bounded.</summary>
    public bool IsBounded => float.IsFinite(Low[0]);

    /// <summary>The box of 8-bit pixels.</summary>
    /// <param name="preprocessor">What is done to samples of the network.</param>
    public static PixelBox Pixels(Preprocessor preprocessor)
    {
        float[] black = preprocessor.Uniform(0, SampleKind.Image), white = preprocessor.Uniform(White, SampleKind.Image);
        // A negative scale or std turns black and white round.
        return new PixelBox(
            [.. black.Zip(white, Math.Min)], [.. black.Zip(white, Math.Max)], [.. black.Zip(white, (b, w) => w == b ? 1 : Math.Abs(w - b))]);
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
        return new PixelBox(Each(c => low[c]), Each(c => high[c]), Each(c => high[c] > low[c] ? high[c] - low[c] : 1));
    }

    /// <summary>No bounds: a step is a step of the input.</summary>
    /// <param name="elements">Of the input.</param>
    public static PixelBox Unbounded(int elements)
    {
        float[] Filled(float value) => [.. Enumerable.Repeat(value, elements)];
        return new PixelBox(Filled(float.NegativeInfinity), Filled(float.PositiveInfinity), Filled(1));
    }
}
