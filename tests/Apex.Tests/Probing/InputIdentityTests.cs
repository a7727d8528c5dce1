using Apex.Models;
using Apex.Models.Onnx;
using Apex.Noise;
using Apex.Sites;
using Xunit;

namespace Apex.Tests.Probing;

/// <summary>
/// docs/method.md, section 4: running with x + delta equals running with x and adding e = a(x + delta) - a(x) at any cut of the graph. The
/// test finds every minimal cut of a residual network by itself, those of several tensors included.
/// </summary>
public class InputIdentityTests
{
    [Fact]
    public void Holds_at_every_cut_of_a_residual_network()
    {
        var graph = Nets.ResNet();
        var (tensors, cuts) = MinimalCuts(graph.Build().Graph, "x");
        // The trunk is cut by single tensors, each residual branch only together with its skip.
        Assert.Contains(cuts, c => c.Length == 1);
        Assert.True(cuts.Count(c => c.Length == 2) >= 10, $"{cuts.Count} cuts");
        using var net = new Loaded(graph, new OnnxOptions { ExtraSites = tensors });
        // A tensor that is an activation too is one site; find each by the tensor it perturbs.
        var byTensor = net.Classifier.Sites.Where(s => !s.IsInput).ToDictionary(s => s.Name, s => s);
        Site At(string tensor) => byTensor[tensor];

        var x = net.Sample(1);
        var moved = x with { Values = [.. x.Values.Zip(Nets.Weights(new Random(2), x.Values.Length, 1, 0.3), (a, d) => a + d)] };
        float[] wanted, still;
        using (var clean = net.Classifier.OpenClean([]))
            (wanted, still) = (clean.Run(moved).Logits, clean.Run(x).Logits);
        Assert.True(Distance(wanted, still) > 0.05, "the test needs a delta that moves the logits");

        foreach (var cut in cuts)
        {
            Site[] sites = [.. cut.Select(At).OrderBy(s => s.Index)];
            using var clean = net.Classifier.OpenClean(sites);
            var (here, there) = (clean.Run(x).Activations, clean.Run(moved).Activations);
            var e = new FixedPerturbation(
                sites.Select((s, i) => (s.Index, E: here[i].Zip(there[i], (a, b) => b - a).ToArray())).ToDictionary(p => p.Index, p => p.E));
            float[] logits = Add(net, sites, x, e);
            Assert.True(Distance(wanted, logits) < 1e-4, $"cut {string.Join(" + ", cut)}: off by {Distance(wanted, logits)}");
        }
    }

    [Fact]
    public void Fails_where_a_path_goes_around_the_tensors()
    {
        // The inside of a block without its skip is no cut: the identity must not hold, or the test above shows nothing.
        using var net = new Loaded(Nets.ResNet());
        var site = net.Classifier.Sites[2];
        var x = net.Sample(1);
        var moved = x with { Values = [.. x.Values.Select(v => v + 0.5f)] };
        using var clean = net.Classifier.OpenClean([site]);
        var (here, there) = (clean.Run(x), clean.Run(moved));
        var e = new FixedPerturbation(new Dictionary<int, float[]> { [site.Index] = [.. here.Activations[0].Zip(there.Activations[0], (a, b) => b - a)] });
        Assert.True(Distance(there.Logits, Add(net, [site], x, e)) > 0.01);
    }

    [Fact]
    public void Input_noise_is_site_zero()
    {
        using var net = new Loaded(Nets.ResNet());
        var x = net.Sample(1);
        float[] delta = Nets.Weights(new Random(2), x.Values.Length, 1, 0.3);
        using var clean = net.Classifier.OpenClean([]);
        float[] wanted = clean.Run(x with { Values = [.. x.Values.Zip(delta, (a, d) => a + d)] }).Logits;
        float[] logits = Add(net, [net.Classifier.Sites[0]], x, new FixedPerturbation(new Dictionary<int, float[]> { [0] = delta }));
        Assert.True(Distance(wanted, logits) < 1e-5);
    }

    private static float[] Add(Loaded net, IReadOnlyList<Site> sites, in ModelSample x, IPerturbation perturbation)
    {
        using var perturbed = net.Classifier.OpenPerturbed(sites, 1);
        using var pass = perturbed.CreatePass();
        pass.SetInput(x);
        for (int slot = 0; slot < sites.Count; slot++)
            perturbation.Fill(new NoiseKey(0, 0, 0, sites[slot].Index), pass.Noise(slot, 0));
        return pass.Run([.. sites.Select(_ => 1f)]).ToArray();
    }

    /// <summary>
    /// All minimal sets of up to three tensors, none upstream of another, that every path from the input to the output crosses.
    /// </summary>
    private static (string[] Tensors, List<string[]> Cuts) MinimalCuts(GraphProto graph, string input)
    {
        string output = graph.Output[0].Name;
        var next = graph.Node.SelectMany(n => n.Input.Select(i => (From: i, To: n.Output[0])))
            .Where(e => graph.Initializer.All(w => w.Name != e.From)).ToLookup(e => e.From, e => e.To);
        string[] tensors = [.. graph.Node.Select(n => n.Output[0]).Where(t => t != output)];
        bool Reaches(string from, string to, IReadOnlyCollection<string> without) =>
            !without.Contains(from) && (from == to || next[from].Any(t => Reaches(t, to, without)));
        bool Cuts(IReadOnlyCollection<string> set) => !Reaches(input, output, set);

        var cuts = new List<string[]>();
        void Try(string[] set)
        {
            bool nested = set.Any(a => set.Any(b => a != b && Reaches(a, b, [])));
            if (!nested && Cuts(set) && set.All(one => !Cuts([.. set.Where(t => t != one)])))
                cuts.Add(set);
        }

        for (int a = 0; a < tensors.Length; a++)
        {
            Try([tensors[a]]);
            for (int b = a + 1; b < tensors.Length; b++)
            {
                Try([tensors[a], tensors[b]]);
                for (int c = b + 1; c < tensors.Length; c++)
                    Try([tensors[a], tensors[b], tensors[c]]);
            }
        }

        return (tensors, cuts);
    }

    private static double Distance(float[] a, float[] b) => a.Zip(b, (x, y) => Math.Abs(x - y)).Max();
}
