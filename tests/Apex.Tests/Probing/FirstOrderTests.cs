using System.Text.Json;
using Apex.Analysis;
using Apex.Analysis.Regularity;
using Apex.Analysis.Sensitivity;
using Apex.Experiments;
using Apex.Facts;
using Apex.Observations;
using Apex.Probing;
using Apex.Questions;
using Apex.Tests.Cli;
using Apex.Tests.Observations;
using Xunit;

namespace Apex.Tests.Probing;

/// <summary>The first order of small noise in runs: closed form, draws, and published scores.</summary>
public sealed class FirstOrderTests
{
    /// <summary>Of an affine network noise of standard deviation m / g flips exactly Phi(-1) of the draws: closed form, draws and gradients agree.</summary>
    [Fact]
    public async Task An_affine_network_escapes_where_its_first_order_says()
    {
        // logits = W relu(x + 100), so that the ReLU does nothing: g^2 = ||W_y - W_other||^2 at the site.
        float[] w = Nets.Weights(new Random(3), 2 * 6, 6);
        var g = new OnnxGraphBuilder();
        string relu = g.Relu(g.Add(g.Input("x", OnnxElementType.Float, "N", 6), 100f));
        g.Output(g.Node("Gemm", [relu, g.Constant("w", w, 2, 6)], ("transB", 1)));
        using var probe = new SmallProbe(g, 40, 6) { Options = new ProbeOptions { Sigmas = [1, 4, 16], Draws = 2000, Threads = 2 } };
        var info = probe.Probe("run", job => job with { FirstOrder = true, DataOptions = default });
        Assert.Equal([0, 1], info.FirstOrderSites);
        double square = Enumerable.Range(0, 6).Sum(i => Math.Pow((double)w[i] - w[6 + i], 2));
        var run = await AskedRun.Open(probe.Folder["run"]).ReadAsync();
        double[] scores = FirstOrderDistance.Readout.Score(run);
        foreach (var (sample, distance) in run.Samples.Zip(scores))
        {
            // Two classes: both sites stand before the same affine rest.
            Assert.Equal(square, sample.SquaredGradients![0], 1e-4 * square);
            Assert.Equal(square, sample.SquaredGradients[1], 1e-4 * square);
            Assert.Equal(sample.CleanMargin / Math.Sqrt(square), distance, 1e-3 * distance);
            for (int s = 0; s < run.Sigmas.Count; s++)
            {
                double expected = MathNet.Numerics.Distributions.Normal.CDF(0, 1, -distance / run.Sigmas[s]);
                Assert.Equal(expected, RunObservations.FlipProbability(sample, s), 5 * Math.Sqrt(0.25 / 2000));
            }
        }

        Assert.Contains("first-order", RegularityRanking.Of(run).Readouts.Select(r => r.Readout.Name));
    }

    /// <summary>Noise on both sites of an affine network: shares in closed form, and noise that does what the slope says.</summary>
    [Fact]
    public async Task The_profile_of_an_affine_network_is_that_of_its_weights()
    {
        float[] w = Nets.Weights(new Random(3), 2 * 6, 6), scales = [1, 2, 0.5f, 3, 1, 2];
        var g = new OnnxGraphBuilder();
        string first = g.Relu(g.Add(g.Input("x", OnnxElementType.Float, "N", 6), 1000f));
        string second = g.Relu(g.Mul(first, g.Constant("s", scales, 6)));
        // The offset keeps both ReLUs idle and is taken out again, so that noise of the size of the input is what flips.
        string centred = g.Add(second, g.Constant("offset", [.. scales.Select(s => -1000 * s)], 6));
        g.Output(g.Node("Gemm", [centred, g.Constant("w", w, 2, 6)], ("transB", 1)));
        double[] sigmas = [.. Enumerable.Range(0, 32).Select(i => 0.01 * Math.Pow(1.3, i))];
        using var probe = new SmallProbe(g, 40, 6) { Options = new ProbeOptions { Sigmas = sigmas, Draws = 400, Scale = NoiseScale.Absolute, Threads = 2 } };
        // 32 levels of 400 draws: gradients cost next to nothing, so they are kept without being asked for.
        var info = probe.Probe("run", job => job with { DataOptions = default });
        Assert.Equal([0, 1, 2], info.FirstOrderSites);
        var run = await AskedRun.Open(probe.Folder["run"]).ReadAsync();
        var profile = FirstOrderProfile.Of(run)!;
        double Square(Func<int, double> factor) => Enumerable.Range(0, 6).Sum(i => Math.Pow(((double)w[i] - w[6 + i]) * factor(i), 2));
        double[] squares = [Square(i => scales[i]), Square(_ => 1)];
        Assert.Equal([1, 2], profile.Sites.Select(s => s.Site.Index));
        Assert.All(profile.Sites.Zip(squares), pair => Assert.Equal(pair.Second / squares.Sum(), pair.First.Share.Value, 1e-4));
        Assert.Equal(40, profile.Samples);
        double[] ratios = [.. profile.Ratios.Where(double.IsFinite).Order()];
        Assert.True(ratios.Length > 30);
        Assert.Equal(1, ratios[ratios.Length / 2], 0.1);
        var none = probe.Probe("none", job => job with { DataOptions = default, FirstOrder = false });
        Assert.Null(none.FirstOrderSites);
    }

    [Fact]
    public async Task A_run_without_gradients_has_no_first_order_and_no_column()
    {
        using var probe = new SmallProbe(Nets.ResNet(), 12, 3, 8, 8);
        var info = probe.Probe("run");
        Assert.Null(info.FirstOrderSites);
        var run = await AskedRun.Open(probe.Folder["run"]).ReadAsync();
        Assert.All(run.Samples, s => Assert.Null(s.SquaredGradients));
        Assert.DoesNotContain("first-order", RegularityRanking.Of(run).Readouts.Select(r => r.Readout.Name));
        Assert.DoesNotContain("firstOrderSites", File.ReadAllText(probe.Folder["run/run.json"]), StringComparison.Ordinal);
    }

    /// <summary>Noise on one site only takes the gradient of that site, in units of its rms where noise is relative.</summary>
    [Theory]
    [InlineData("last", NoiseScale.Absolute)]
    [InlineData("all", NoiseScale.Relative)]
    [InlineData("input", NoiseScale.Absolute)]
    public async Task The_gradients_that_count_are_those_of_the_perturbed_sites(string sites, NoiseScale scale)
    {
        using var probe = new SmallProbe(Nets.ResNet(), 12, 3, 8, 8);
        probe.Probe("run", job => job with { FirstOrder = true, Options = job.Options with { Sites = [sites], Scale = scale } });
        var run = await AskedRun.Open(probe.Folder["run"]).ReadAsync();
        var plan = run.Info.Plan;
        double[] scores = FirstOrderDistance.Readout.Score(run);
        foreach (var (sample, distance) in run.Samples.Zip(scores))
        {
            double squares = plan.Sites.Zip(plan.SiteScales).Sum(p =>
                Math.Pow(p.Second, 2) * sample.SquaredGradients![run.Info.FirstOrderSites!.ToList().IndexOf(p.First)]);
            Assert.Equal(sample.CleanMargin / Math.Sqrt(squares), distance, 1e-9 * (1 + distance));
        }
    }

    [Fact]
    public async Task What_was_stopped_goes_on_with_it_and_other_runs_do_not_get_it()
    {
        using var probe = new SmallProbe(Nets.ResNet(), 30, 3, 8, 8);
        probe.Probe("whole", job => job with { FirstOrder = true });
        using var stop = new CancellationTokenSource();
        var job = probe.Job("cut") with { FirstOrder = true };
        await job.RunAsync(progress: new At(7, stop.Cancel), cancellationToken: stop.Token);
        Assert.Equal(RunStatus.Interrupted, RunReader.Describe(probe.Folder["cut"]).Status);
        var error = await Assert.ThrowsAsync<InvalidInputException>(() => ProbeJob.ResumeAsync(probe.Folder["cut"], j => j with { FirstOrder = false }));
        Assert.Contains("`FirstOrder` is kept of sites 0,1", error.Message, StringComparison.Ordinal);
        await ProbeJob.ResumeAsync(probe.Folder["cut"]);
        Assert.Equal(SmallProbe.Bytes(probe.Folder["whole"]), SmallProbe.Bytes(probe.Folder["cut"]));
    }

    [Fact]
    public void A_network_without_gradients_is_refused_before_anything_is_written()
    {
        var g = new OnnxGraphBuilder();
        g.Output(g.Node("Floor", [g.Relu(g.Input("x", OnnxElementType.Float, "N", 4))]));
        using var probe = new SmallProbe(g, 6, 4);
        var error = Assert.Throws<InvalidInputException>(() => probe.Probe("run", job => job with { FirstOrder = true }));
        Assert.Contains("(Floor) has no derivative here", error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(probe.Folder["run"]));
    }

    [Fact]
    public void The_command_has_it_and_says_where_it_does_not_go()
    {
        using var folder = new TempFolder();
        var probe = CommandLine.Run(
            folder.Path, "probe", "--limit", "12", "--sigma", "0.05:0.2:2", "--draws", "4", "--first-order", "--no-report", "--out", "run");
        Assert.True(probe.ExitCode == 0, probe.Error);
        using var json = JsonDocument.Parse(CommandLine.Run(folder.Path, "regularity", "run", "--json").Out);
        var readout = json.RootElement.GetProperty("readouts").EnumerateArray().Single(r => r.GetProperty("name").GetString() == "first-order");
        Assert.Equal(0, readout.GetProperty("draws").GetInt32());
        // The profile over the sites stands alone where sites were not probed one by one.
        using var layers = JsonDocument.Parse(CommandLine.Run(folder.Path, "sensitivity", "run", "--json").Out);
        Assert.Equal(0, layers.RootElement.GetProperty("sites").GetArrayLength());
        Assert.Equal(JsonValueKind.Null, layers.RootElement.GetProperty("commonSigma").ValueKind);
        var shares = layers.RootElement.GetProperty("firstOrder").GetProperty("sites").EnumerateArray().Select(s => s.GetProperty("share").GetDouble());
        Assert.Equal(1, shares.Sum(), 1e-6);
        Assert.Contains("where the margin is steep", CommandLine.Run(folder.Path, "sensitivity", "run").Out, StringComparison.Ordinal);
        var none = CommandLine.Run(folder.Path, "probe", "--limit", "4", "--sigma", "0.1", "--draws", "64", "--first-order", "false", "--out", "none");
        Assert.True(none.ExitCode == 0, none.Error);
        Assert.Equal(2, CommandLine.Run(folder.Path, "sensitivity", "none").ExitCode);
        foreach (string[] wrong in (string[][])[["probe", "--first-order", "--adaptive"], ["probe", "--resume", "run", "--first-order"]])
        {
            var refused = CommandLine.Run(folder.Path, wrong);
            Assert.Equal(2, refused.ExitCode);
            Assert.Contains("--first-order is kept in a run", refused.Error, StringComparison.Ordinal);
        }
    }

    /// <summary>On CIFAR-10 and published C-scores m / g tells more than the margin, by an interval that leaves zero out.</summary>
    [Fact]
    public void It_agrees_with_published_scores_better_than_the_margin()
    {
        string model = SharedData.Need("cifar10/resnet20.onnx"), data = SharedData.Need("cifar10/train_0000_1999.bin"),
            scores = SharedData.Need("cifar10/cscores_0000_1999.npz");
        using var folder = new TempFolder();
        var probe = CommandLine.Run(folder.Path, "probe", model, "--data", data, "--mean", "0.485,0.456,0.406", "--std", "0.229,0.224,0.225",
            "--sigma", "0.1", "--draws", "1", "--first-order", "--no-report", "--out", "run");
        Assert.True(probe.ExitCode == 0, probe.Error);
        using var json = JsonDocument.Parse(CommandLine.Run(folder.Path, "regularity", "run", "--against", scores + ":scores", "--json").Out);
        var readout = json.RootElement.GetProperty("readouts").EnumerateArray().Single(r => r.GetProperty("name").GetString() == "first-order");
        // A prototype of the method has 0.703, where the margin has 0.661.
        Assert.Equal(0.703, readout.GetProperty("spearman").GetDouble(), 0.005);
        Assert.True(readout.GetProperty("differenceLow").GetDouble() > 0, readout.ToString());
    }

    /// <summary>Does something after a number of samples.</summary>
    private sealed class At(int samples, Action act) : IProgress<ProbeProgress>
    {
        public void Report(ProbeProgress value)
        {
            if (value.Samples >= samples)
                act();
        }
    }
}
