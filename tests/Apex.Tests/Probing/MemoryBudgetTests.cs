using Apex.Facts;
using Apex.Probing;
using Apex.Tests.Observations;
using Xunit;

namespace Apex.Tests.Probing;

public class MemoryBudgetTests
{
    [Theory]
    [InlineData("1", 1)]
    [InlineData("2G", 2L << 30)]
    [InlineData("1.5g", 3L << 29)]
    [InlineData("512M", 512L << 20)]
    [InlineData("512MB", 512L << 20)]
    [InlineData("512MiB", 512L << 20)]
    [InlineData("100k", 100L << 10)]
    [InlineData("1T", 1L << 40)]
    public void A_size_is_a_number_and_a_power_of_1024(string text, long bytes) => Assert.Equal(bytes, ProbeOptions.ParseMemory(text));

    [Theory]
    [InlineData("")]
    [InlineData("G")]
    [InlineData("-1G")]
    [InlineData("0")]
    [InlineData("many")]
    [InlineData("1,5G")]
    [InlineData("NaN")]
    [InlineData("9999T")]
    public void Anything_else_is_refused(string text) =>
        Assert.Contains("`Memory`", Assert.Throws<InvalidInputException>(() => ProbeOptions.ParseMemory(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void More_memory_means_more_threads_up_to_those_asked_for_and_larger_parts()
    {
        const long Worker = 100L << 20, Loaded = 150L << 20, Reserve = 96L << 20;
        Assert.Contains("one thread takes about 346M",
            Assert.Throws<InvalidInputException>(() => MemoryBudget.Create(300L << 20, Loaded, Worker, 0, 8)).Message, StringComparison.Ordinal);
        var small = MemoryBudget.Create(Loaded + Reserve + 3 * Worker / 2, Loaded, Worker, 0, 8);
        Assert.Equal(1, small.Threads);
        Assert.InRange(small.PartBytes, 1 << 20, ObservationSize.PartBytes - 1);
        Assert.Equal(4, MemoryBudget.Create(Loaded + Reserve + 9 * Worker / 2, Loaded, Worker, 0, 8).Threads);
        var large = MemoryBudget.Create(100 * Worker, Loaded, Worker, 0, 8);
        Assert.Equal((8, ObservationSize.PartBytes), (large.Threads, large.PartBytes));
    }

    [Theory]
    [InlineData(NoiseSpace.Activation)]
    [InlineData(NoiseSpace.Parameter)]
    public void Results_do_not_depend_on_it(NoiseSpace space)
    {
        var options = new ProbeOptions { Space = space, Sigmas = [0.1, 0.4], Draws = 3, Threads = 3 };
        using var probe = new SmallProbe(Nets.ResNet(), 300, 3, 8, 8) { Options = options };
        probe.Probe("free");
        probe.Probe("bound", job => job with { Options = job.Options with { Memory = Environment.WorkingSet + (300L << 20) } });
        Assert.Equal(SmallProbe.Observations(probe.Folder["free"]), SmallProbe.Observations(probe.Folder["bound"]));
    }
}
