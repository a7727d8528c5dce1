namespace Apex.Models;

/// <summary>Which pixels of a line make one pixel of the resized line. Weights sum to 1 over pixels of the line: what lies outside has no part.</summary>
/// <param name="First">The first of them.</param>
/// <param name="Factors">The weight of each from the first on.</param>
internal readonly record struct ResizeWeights(int First, double[] Factors)
{
    /// <summary>The weights of every pixel of the result.</summary>
    /// <param name="filter">How pixels are weighed.</param>
    /// <param name="from">Pixels of the line.</param>
    /// <param name="to">Pixels of the resized line.</param>
    /// <param name="grows">Whether this or the other axis of the image becomes longer.</param>
    public static ResizeWeights[] Compute(ResizeFilter filter, int from, int to, bool grows) => filter switch
    {
        ResizeFilter.Bilinear => Antialiased(from, to, 1, Triangle),
        ResizeFilter.Bicubic => Antialiased(from, to, 2, Cubic),
        ResizeFilter.Nearest => Nearest(from, to),
        ResizeFilter.Area => [.. Enumerable.Range(0, to).Select(i => grows ? AreaOfGrowing(from, to, i) : Covered(from, to, i))],
        ResizeFilter.OpenCvBilinear => [.. Enumerable.Range(0, to).Select(i => Between(from, (i + 0.5) * from / to - 0.5))],
        _ => throw new ArgumentOutOfRangeException(nameof(filter), filter, null),
    };

    /// <summary>As <c>precompute_coeffs</c> of Pillow's Resample.c: in double precision, with the same roundings, so that the same pixels take part.</summary>
    private static ResizeWeights[] Antialiased(int from, int to, double reach, Func<double, double> kernel)
    {
        double scale = (double)from / to, stretch = Math.Max(scale, 1), support = reach * stretch;
        var result = new ResizeWeights[to];
        for (int i = 0; i < to; i++)
        {
            double centre = (i + 0.5) * scale;
            int first = Math.Max((int)(centre - support + 0.5), 0), end = Math.Min((int)(centre + support + 0.5), from);
            var factors = new double[end - first];
            for (int k = 0; k < factors.Length; k++)
                factors[k] = kernel((k + first - centre + 0.5) * (1 / stretch));
            double sum = factors.Sum();
            result[i] = new ResizeWeights(first, [.. factors.Select(f => f / sum)]);
        }

        return result;
    }

    private static double Triangle(double x) => Math.Max(1 - Math.Abs(x), 0);

    private static double Cubic(double x)
    {
        const double A = -0.5;
        x = Math.Abs(x);
        return x < 1 ? ((A + 2) * x - (A + 3)) * x * x + 1 : x < 2 ? (((x - 5) * x + 8) * x - 4) * A : 0;
    }

    /// <summary>As <c>ImagingScaleAffine</c> of Pillow's Geometry.c, which adds step to step: of a centre on an edge the sum's rounding decides.</summary>
    private static ResizeWeights[] Nearest(int from, int to)
    {
        double step = (double)from / to, position = step * 0.5;
        var result = new ResizeWeights[to];
        for (int i = 0; i < to; i++, position += step)
            result[i] = new ResizeWeights(Math.Min((int)position, from - 1), [1]);
        return result;
    }

    /// <summary>As <c>computeResizeAreaTab</c> of OpenCV's resize.cpp.</summary>
    private static ResizeWeights Covered(int from, int to, int i)
    {
        // In whole numbers: pixel p of the line covers [p to, (p + 1) to), pixel i of the result [i from, (i + 1) from).
        long start = (long)i * from, end = start + from;
        int first = (int)(start / to), last = (int)((end - 1) / to);
        var factors = new double[last - first + 1];
        for (int k = 0; k < factors.Length; k++)
            factors[k] = (double)(Math.Min((first + k + 1L) * to, end) - Math.Max((first + k) * (long)to, start)) / from;
        return new ResizeWeights(first, factors);
    }

    /// <summary>As <c>cv::resize</c> of OpenCV's resize.cpp does where INTER_AREA is asked for and an axis grows.</summary>
    private static ResizeWeights AreaOfGrowing(int from, int to, int i)
    {
        double factor = (double)to / from, pixel = Math.Floor(i * (1 / factor));
        float part = (float)(i + 1 - (pixel + 1) * factor);
        return Between(from, pixel + (part <= 0 ? 0 : part - MathF.Floor(part)));
    }

    /// <summary>Linear between the two pixels around a position; beyond the first or last that alone.</summary>
    private static ResizeWeights Between(int from, double position)
    {
        position = Math.Clamp(position, 0, from - 1);
        int first = (int)position;
        double part = position - first;
        return part == 0 ? new ResizeWeights(first, [1]) : new ResizeWeights(first, [1 - part, part]);
    }
}
