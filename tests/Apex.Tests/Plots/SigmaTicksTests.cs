using Apex.Plots.Drawing;
using Xunit;

namespace Apex.Tests.Plots;

public class SigmaTicksTests
{
    [Theory]
    [InlineData(0.003, 0.8, "0.003 0.01 0.03 0.1 0.3")]
    [InlineData(0.05, 0.6, "0.05 0.1 0.2 0.5")]
    [InlineData(0.1, 0.4, "0.1 0.2 0.3 0.4")]
    [InlineData(0.00001, 1000, "1e-05 0.001 0.1 10 1000")]
    [InlineData(0.23, 0.27, "0.23 0.27")]
    [InlineData(0.00123456, 0.0015, "0.00123 0.0015")]
    [InlineData(0.2, 0.2, "0.2")]
    public void Ticks_are_few_and_round(double low, double high, string labels)
    {
        var ticks = SigmaTicks.Between(low, high);
        Assert.Equal(labels, string.Join(' ', ticks.Where(t => t.IsMajor).Select(t => t.Label)));
        Assert.All(ticks, t => Assert.InRange(t.Position, Math.Log10(low) - 1e-6, Math.Log10(high) + 1e-6));
    }

    [Theory]
    [InlineData(1.12, 17.1, 1, 20)]
    [InlineData(0.3, 4, 0.3, 4)]
    [InlineData(0.95, 0.96, 0.9, 1)]
    [InlineData(64, 64, 60, 70)]
    [InlineData(4, 4, 4, 5)]
    [InlineData(1, 1, 1, 2)]
    public void Around_levels_are_round_ones_that_differ(double low, double high, double below, double above) =>
        Assert.Equal((below, above), SigmaTicks.Around(low, high));
}
