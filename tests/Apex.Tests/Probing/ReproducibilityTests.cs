using Apex.Probing;
using Xunit;

namespace Apex.Tests.Probing;

/// <summary>Noise is a pure function of (seed, sample, draw, site, element): results may depend on nothing else, to the bit.</summary>
public class ReproducibilityTests
{
    private static readonly ProbeOptions Options = new() { Sigmas = [0.05, 0.2, 0.8], Draws = 7, Rows = 4, Seed = 42, Threads = 1 };

    public static TheoryData<string> Networks => ["resnet", "wide resnet", "vit", "mobilenet", "tokens", "sequence", "fixed batch"];

    [Theory]
    [MemberData(nameof(Networks))]
    public void The_same_for_one_and_two_and_five_threads(string network)
    {
        using var net = Build(network);
        var one = Bits(net, Options, Enumerable.Range(0, 30));
        Assert.Equal(one, Bits(net, Options with { Threads = 2 }, Enumerable.Range(0, 30)));
        Assert.Equal(one, Bits(net, Options with { Threads = 5 }, Enumerable.Range(0, 30)));
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void The_first_fifty_of_two_hundred(string network)
    {
        using var net = Build(network);
        var all = Bits(net, Options with { Threads = 2 }, Enumerable.Range(0, 200));
        Assert.Equal(all[..50], Bits(net, Options with { Threads = 2 }, Enumerable.Range(0, 50)));
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void Any_order_of_samples(string network)
    {
        using var net = Build(network);
        int[] shuffled = [.. Enumerable.Range(0, 40)];
        new Random(5).Shuffle(shuffled);
        Assert.NotEqual(Enumerable.Range(0, 40), shuffled);
        var inOrder = Bits(net, Options, Enumerable.Range(0, 40));
        var other = Bits(net, Options with { Threads = 2 }, shuffled);
        for (int i = 0; i < shuffled.Length; i++)
            Assert.Equal(inOrder[shuffled[i]], other[i]);
    }

    [Fact]
    public void A_second_run_gives_the_same_and_another_seed_does_not()
    {
        using var net = Build("resnet");
        var first = Bits(net, Options, Enumerable.Range(0, 20));
        Assert.Equal(first, Bits(net, Options, Enumerable.Range(0, 20)));
        Assert.NotEqual(first, Bits(net, Options with { Seed = 43 }, Enumerable.Range(0, 20)));
    }

    [Fact]
    public void A_grid_found_by_the_pilot_is_the_same_in_every_run()
    {
        using var net = Build("resnet");
        var options = Options with { Sigmas = null, PilotSigmas = 6, Threads = 2 };
        Assert.Equal(Bits(net, options, Enumerable.Range(0, 30)), Bits(net, options with { Threads = 1 }, Enumerable.Range(0, 30)));
    }

    [Fact]
    public void More_sigmas_do_not_change_what_one_shows()
    {
        // Common random numbers: draw k uses the same noise at every sigma.
        using var net = Build("resnet");
        var three = Runs.Run(net.Classifier, Options, Runs.Samples(net, Enumerable.Range(0, 10)));
        var one = Runs.Run(net.Classifier, Options with { Sigmas = [0.2] }, Runs.Samples(net, Enumerable.Range(0, 10)));
        for (int i = 0; i < one.Count; i++)
        {
            Assert.Equal(three[i].Sigmas[1].Counts, one[i].Sigmas[0].Counts);
            Assert.Equal(three[i].Sigmas[1].MarginMean, one[i].Sigmas[0].MarginMean);
        }
    }

    private static Loaded Build(string network) => new(network switch
    {
        "resnet" => Nets.ResNet(),
        "wide resnet" => Nets.WideResNet(),
        "vit" => Nets.Vit(),
        "mobilenet" => Nets.MobileNet(),
        "tokens" => Nets.TokenNet(),
        "sequence" => Nets.SequenceFirst(),
        _ => Nets.ResNet(batch: 1),
    });

    private static List<string> Bits(Loaded net, ProbeOptions options, IEnumerable<int> ids) =>
        [.. Runs.Run(net.Classifier, options, Runs.Samples(net, ids)).Select(Runs.Bits)];
}
