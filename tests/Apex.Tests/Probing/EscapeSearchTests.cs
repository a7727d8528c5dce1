using Apex.Analysis.Regularity;
using Apex.Experiments;
using Apex.Models;
using Apex.Probing;
using Xunit;

namespace Apex.Tests.Probing;

public class EscapeSearchTests
{
    private static readonly IReadOnlyList<double> Grid = SigmaGrid.Geometric(0.02, 20, 24);

    /// <summary>In an affine network each draw leaves once, so the search must find exactly what the whole grid shows.</summary>
    [Theory]
    [InlineData(0.5)]
    [InlineData(0.25)]
    [InlineData(0.05)]
    public void Finds_what_the_whole_grid_shows_with_a_fifth_of_the_passes(double tau)
    {
        const int Inputs = 8, Draws = 64;
        var (net, _, _) = AffineNet.Build(Inputs, [12, 6]);
        using var _ = net;
        var random = new Random(6);
        ProbeSample[] samples = [.. Enumerable.Range(0, 100).Select(i => new ProbeSample(i, null, new ModelSample(Nets.Weights(random, Inputs, 1, 3), [])))];
        var options = new ProbeOptions { Sigmas = Grid, Sites = ["1", "2"], Draws = Draws, Seed = 8 };
        var whole = Runs.Run(net.Classifier, options, samples).ToDictionary(o => o.SampleId, o => EscapeNoise.FlipLevel(o, Grid, tau));
        long passes = 0;
        foreach (var found in Search(net, options, samples, new EscapeSearchOptions { FlipLevel = tau }))
        {
            passes += found.Passes;
            var expected = whole[found.SampleId];
            Assert.Equal(expected.Censoring, found.Escape.Censoring);
            Assert.Equal(expected.Value, found.Escape.Value, 1e-9);
            Assert.Equal(expected.Low, found.Escape.Low, 1e-9);
            Assert.Equal(expected.High, found.Escape.High, 1e-9);
        }

        long all = (long)samples.Length * Grid.Count * Draws;
        Assert.True(passes * 5 <= all, $"{passes} of {all} passes");
    }

    [Fact]
    public void Does_not_depend_on_threads_order_or_selection()
    {
        using var net = new Loaded(Nets.ResNet());
        var options = new ProbeOptions { Sigmas = SigmaGrid.Geometric(0.02, 20, 12), Draws = 24, Threads = 1 };
        var one = Search(net, options, Runs.Samples(net, Enumerable.Range(0, 20)), new());
        var many = Search(net, options with { Threads = 3 }, Runs.Samples(net, Enumerable.Range(0, 20).Reverse()), new());
        Assert.Equal(one, many.OrderBy(s => s.SampleId));
        Assert.Equal(one.Take(5), Search(net, options, Runs.Samples(net, Enumerable.Range(0, 5)), new()));
    }

    [Fact]
    public void Stops_at_the_width_that_was_asked_for()
    {
        const int Inputs = 8;
        var (net, _, _) = AffineNet.Build(Inputs, [12, 6]);
        using var _ = net;
        var random = new Random(6);
        ProbeSample[] samples = [.. Enumerable.Range(0, 40).Select(i => new ProbeSample(i, null, new ModelSample(Nets.Weights(random, Inputs, 1, 3), [])))];
        var options = new ProbeOptions { Sigmas = Grid, Sites = ["1", "2"], Draws = 256 };
        var wide = Search(net, options, samples, new EscapeSearchOptions { FlipLevel = 0.25, Width = 4 });
        var narrow = Search(net, options, samples, new EscapeSearchOptions { FlipLevel = 0.25, Width = 2 });
        foreach (var (found, width) in wide.Select(s => (s, 4.0)).Concat(narrow.Select(s => (s, 2.0))).Where(p => p.s.Escape.Censoring == Censoring.None))
            Assert.True(found.Escape.High <= width * found.Escape.Low || found.Escape.Draws == 256, $"{found.Escape}");
        Assert.True(wide.Sum(s => s.Passes) < narrow.Sum(s => s.Passes));
    }

    [Theory]
    [InlineData(0.0, null)]
    [InlineData(1.0, null)]
    [InlineData(0.5, 1.0)]
    [InlineData(0.5, double.NaN)]
    public void Refuses_what_makes_no_sense(double tau, double? width) =>
        Assert.Throws<InvalidInputException>(() => new EscapeSearchOptions { FlipLevel = tau, Width = width }.Checked());

    private static List<SampleEscape> Search(Loaded net, ProbeOptions options, IEnumerable<ProbeSample> samples, EscapeSearchOptions search)
    {
        var found = new List<SampleEscape>();
        Task.Run(async () =>
        {
            var probe = new Probe(net.Classifier, options);
            await foreach (var escape in probe.FindEscapeAsync(await probe.PlanAsync([], null), search, samples))
                found.Add(escape);
        }).GetAwaiter().GetResult();
        return found;
    }
}
