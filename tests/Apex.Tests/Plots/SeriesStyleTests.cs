using Apex.Plots.Drawing;
using ScottPlot;
using Xunit;

namespace Apex.Tests.Plots;

/// <summary>Curves can be told apart by the colour-blind and without colour.</summary>
public class SeriesStyleTests
{
    /// <summary>
    /// Complete protanopia, deuteranopia and tritanopia on linear RGB (G. Machado, M. Oliveira, L. Fernandes, "A physiologically-based model for simulation
    /// of color vision deficiency", 2009).
    /// </summary>
    private static readonly double[][] _eyes =
    [
        [1, 0, 0, 0, 1, 0, 0, 0, 1],
        [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
        [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.011820, 0.042940, 0.968881],
        [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.303900],
    ];

    [Fact]
    public void Colours_of_one_pattern_lie_far_apart_for_all_eyes()
    {
        SeriesStyle[] all = [.. Enumerable.Range(0, SeriesStyle.Count).Select(SeriesStyle.Of)];
        foreach (var same in all.GroupBy(s => s.Pattern.Name))
        {
            Assert.InRange(same.Count(), 2, 3);
            foreach (var (a, b) in from a in same from b in same where a.Colour.ARGB < b.Colour.ARGB select (a, b))
            {
                foreach (double[] eye in _eyes)
                    Assert.True(Distance(Seen(a.Colour, eye), Seen(b.Colour, eye)) > 25, $"{a.Colour.ToHex()} and {b.Colour.ToHex()}");
            }
        }
    }

    [Fact]
    public void A_class_has_its_own_look_where_there_are_few_and_that_of_its_place_where_there_are_many()
    {
        Assert.Equal(SeriesStyle.Of(7), SeriesStyle.OfClass(7, 2, 10));
        Assert.Equal(SeriesStyle.Of(2), SeriesStyle.OfClass(7, 2, 100));
    }

    private static double Distance((double L, double A, double B) a, (double L, double A, double B) b) =>
        Math.Sqrt(Math.Pow(a.L - b.L, 2) + Math.Pow(a.A - b.A, 2) + Math.Pow(a.B - b.B, 2));

    /// <summary>CIE L*a*b* under D65 of what an eye sees of a colour.</summary>
    private static (double, double, double) Seen(Color colour, double[] eye)
    {
        double[] linear = [.. ((byte[])[colour.R, colour.G, colour.B]).Select(v => v / 255.0)
            .Select(v => v <= 0.04045 ? v / 12.92 : Math.Pow((v + 0.055) / 1.055, 2.4))];
        double[] seen = [.. Enumerable.Range(0, 3).Select(row => Math.Clamp(Enumerable.Range(0, 3).Sum(k => eye[3 * row + k] * linear[k]), 0, 1))];
        static double F(double t) => t > 0.008856 ? Math.Cbrt(t) : 7.787 * t + 16.0 / 116;
        double x = F((0.4124 * seen[0] + 0.3576 * seen[1] + 0.1805 * seen[2]) / 0.95047),
            y = F(0.2126 * seen[0] + 0.7152 * seen[1] + 0.0722 * seen[2]), z = F((0.0193 * seen[0] + 0.1192 * seen[1] + 0.9505 * seen[2]) / 1.08883);
        return (116 * y - 16, 500 * (x - y), 200 * (y - z));
    }
}
