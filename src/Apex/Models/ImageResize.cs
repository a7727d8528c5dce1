namespace Apex.Models;

/// <summary>Resizes planar images with pixels of 0..255, each axis by itself: columns first, then rows. Safe to call from several threads.</summary>
/// <param name="height">Rows of the result.</param>
/// <param name="width">Columns of the result.</param>
/// <param name="filter">How pixels are weighed.</param>
internal sealed class ImageResize(int height, int width, ResizeFilter filter = ResizeFilter.Bilinear)
{
    /// <summary>Rows of the result.</summary>
    public int Height => height;

    /// <summary>Columns of the result.</summary>
    public int Width => width;

    /// <summary>Resizes one image.</summary>
    /// <param name="pixels">Shape <c>[channels, rows, columns]</c>, 0..255.</param>
    /// <param name="channels">Number of planes.</param>
    /// <param name="rows">Rows now.</param>
    /// <param name="columns">Columns now.</param>
    /// <returns>Shape <c>[channels, height, width]</c>, 0..255, not rounded to whole numbers.</returns>
    public float[] Apply(float[] pixels, int channels, int rows, int columns)
    {
        bool grows = height > rows || width > columns;
        float[] narrow = Columns(pixels, columns, ResizeWeights.Compute(filter, columns, width, grows));
        return Rows(narrow, channels, rows, ResizeWeights.Compute(filter, rows, height, grows));
    }

    /// <param name="pixels">Shape <c>[lines, columns]</c>.</param>
    /// <param name="columns">Columns now.</param>
    /// <param name="weights">Those of each column of the result.</param>
    /// <returns>Shape <c>[lines, width]</c>.</returns>
    private static float[] Columns(float[] pixels, int columns, ResizeWeights[] weights)
    {
        int lines = pixels.Length / columns;
        var result = new float[lines * weights.Length];
        for (int line = 0; line < lines; line++)
        {
            var from = pixels.AsSpan(line * columns, columns);
            var to = result.AsSpan(line * weights.Length, weights.Length);
            for (int column = 0; column < to.Length; column++)
            {
                var (first, factors) = weights[column];
                double sum = 0;
                for (int i = 0; i < factors.Length; i++)
                    sum += from[first + i] * factors[i];
                to[column] = Pixel(sum);
            }
        }

        return result;
    }

    /// <param name="pixels">Shape <c>[channels, rows, width]</c>.</param>
    /// <param name="channels">Number of planes.</param>
    /// <param name="rows">Rows now.</param>
    /// <param name="weights">Those of each row of the result.</param>
    /// <returns>Shape <c>[channels, height, width]</c>.</returns>
    private static float[] Rows(float[] pixels, int channels, int rows, ResizeWeights[] weights)
    {
        int width = pixels.Length / channels / rows;
        var result = new float[channels * weights.Length * width];
        var sums = new double[width];
        for (int line = 0; line < channels * weights.Length; line++)
        {
            var (first, factors) = weights[line % weights.Length];
            Array.Clear(sums);
            for (int i = 0; i < factors.Length; i++)
            {
                var from = pixels.AsSpan((line / weights.Length * rows + first + i) * width, width);
                for (int column = 0; column < sums.Length; column++)
                    sums[column] += from[column] * factors[i];
            }

            for (int column = 0; column < sums.Length; column++)
                result[line * width + column] = Pixel(sums[column]);
        }

        return result;
    }

    /// <summary>Only a cubic overshoots, and an 8-bit image has no room for that.</summary>
    private static float Pixel(double value) => (float)Math.Clamp(value, byte.MinValue, byte.MaxValue);
}
