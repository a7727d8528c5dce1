using System.Text.Json;
using System.Text.Json.Nodes;
using Apex.Experiments;
using Apex.Facts;
using Apex.Models.Onnx;
using Apex.Observations;
using Apex.Page;
using Apex.Probing;
using Apex.Questions;
using Apex.Tests.Cli;
using Apex.Tests.Data;
using Xunit;

namespace Apex.Tests.Probing;

/// <summary>A network of two real inputs, fed from the arrays of their names, against the same network that reads both in one vector.</summary>
public sealed class NamedTensorTests : IDisposable
{
    private const int Samples = 40, Pixels = 16, Facts = 3;

    private readonly TempFolder _folder = new();
    private readonly float[] _images = Nets.Weights(new Random(1), Samples * Pixels, 1, 1), _facts = Nets.Weights(new Random(2), Samples * Facts, 1, 1);

    public NamedTensorTests()
    {
        Net(isSplit: true).Save(_folder["two.onnx"]);
        Net(isSplit: false).Save(_folder["one.onnx"]);
        byte[] labels = Files.Npy("<i8", $"({Samples},)", [.. Enumerable.Range(0, Samples).SelectMany(i => BitConverter.GetBytes((long)(i % 4)))]);
        _folder.Write("two.npz", Files.Npz(("facts", Array("facts")), ("y", labels), ("image", Array("image"))));
        _folder.Write("image.npz", Files.Npz(("image", Array("image")), ("y", labels)));
        float[] joined = [.. Enumerable.Range(0, Samples)
            .SelectMany(i => (float[])[.. _images[(i * Pixels)..((i + 1) * Pixels)], .. _facts[(i * Facts)..((i + 1) * Facts)]])];
        _folder.Write("one.npz", Files.Npz(("x", Files.Npy("<f4", $"({Samples}, {Pixels + Facts})", Files.Of(joined))), ("y", labels)));
    }

    [Theory]
    [InlineData(NoiseSpace.Activation, NoiseScale.Absolute)]
    [InlineData(NoiseSpace.Activation, NoiseScale.Relative)]
    [InlineData(NoiseSpace.Parameter, NoiseScale.Absolute)]
    public async Task Two_named_arrays_give_what_one_joined_array_gives(NoiseSpace space, NoiseScale scale)
    {
        var options = new ProbeOptions { Space = space, Scale = scale, Sigmas = [0.1, 0.5, 2], Draws = 12, Threads = 2 };
        var (two, one) = (await Run("two", options), await Run("one", options));
        Assert.Equal(one.Model.Sites.Where(s => !s.IsInput).Select(s => s.ToString()), two.Model.Sites.Where(s => !s.IsInput).Select(s => s.ToString()));
        Assert.Equal(["image", "facts"], two.Model.Inputs!);
        Assert.Null(one.Model.Inputs);
        Assert.Equal(await Observed("one"), await Observed("two"));
    }

    [Fact]
    public async Task A_run_of_it_is_resumed_and_shown_with_its_samples()
    {
        var options = new ProbeOptions { Sigmas = [0.1, 0.5], Draws = 8, Threads = 1 };
        await Run("two", options);
        using var stop = new CancellationTokenSource();
        var half = Job("two", "stopped", options) with { Checkpoint = TimeSpan.Zero };
        await half.RunAsync(progress: new Stop(stop, 7), cancellationToken: stop.Token);
        Assert.Equal(RunStatus.Interrupted, RunReader.Open(_folder["stopped"], partial: true).Info.Status);
        Assert.Equal(RunStatus.Complete, (await ProbeJob.ResumeAsync(_folder["stopped"])).Status);
        Assert.Equal(await Observed("two"), await Observed("stopped"));
        (await ReportPage.OfAsync([AskedRun.Open(_folder["two"])])).Write(_folder["page.html"]);
        Assert.DoesNotContain("samples are not shown", File.ReadAllText(_folder["page.html"]), StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("image.npz", "holds no array 'facts'; the model reads the inputs image, facts")]
    [InlineData("two.npz:image", "leave ':image' out")]
    [InlineData("one.npy", "give an NPZ with an array of each name")]
    [InlineData("short.npz", "array 'facts' has 39 samples, 'image' has 40")]
    [InlineData("wide.npz", "(input 'facts') reads [3]")]
    [InlineData("flat.npz", "array 'facts' has shape [40]")]
    public async Task What_does_not_fit_is_named(string data, string told)
    {
        _folder.Write("one.npy", Array("image"));
        _folder.Write("short.npz", Files.Npz(("image", Array("image")), ("facts", Files.Npy("<f4", $"({Samples - 1}, {Facts})", Files.Of(_facts[Facts..])))));
        _folder.Write("wide.npz", Files.Npz(("image", Array("image")), ("facts", Files.Npy("<f4", $"({Samples}, 4)", Files.Of(new float[4 * Samples])))));
        _folder.Write("flat.npz", Files.Npz(("image", Array("image")), ("facts", Files.Npy("<f4", $"({Samples},)", Files.Of(new float[Samples])))));
        var job = Job("two", "run", new ProbeOptions { Sigmas = [1], Draws = 2 }) with { Data = _folder[data] };
        var error = await Assert.ThrowsAsync<InvalidInputException>(() => job.RunAsync());
        Assert.Contains(told, error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["run"]));
    }

    [Fact]
    public void What_takes_one_input_refuses_two_by_name()
    {
        using var model = OnnxClassifier.Load(_folder["two.onnx"]);
        Assert.Contains("reads 2 inputs", Assert.Throws<InvalidInputException>(() => NoiseLimit.Of(model)).Message, StringComparison.Ordinal);
        Assert.Contains("reads 2 inputs", Assert.Throws<InvalidInputException>(() => model.OpenTangent([model.Sites[1]], 2)).Message, StringComparison.Ordinal);
        Assert.Contains("give `data`", Assert.Throws<InvalidInputException>(() => NoiseInputs.Draw(model, 4)).Message, StringComparison.Ordinal);
    }

    /// <summary>Noise on the input is on the first that reads real numbers, wherever it stands in the file; whole numbers may be read beside it.</summary>
    [Fact]
    public async Task Tokens_before_the_image_and_noise_on_the_input()
    {
        var g = new OnnxGraphBuilder();
        string ids = g.Input("ids", OnnxElementType.Int64, "N", 2), image = g.Input("image", OnnxElementType.Float, "N", Pixels);
        string looked = g.Flatten(g.Node("Gather", [g.Constant("table", Nets.Weights(new Random(6), 5 * 3, 1, 1), 5, 3), ids], ("axis", 0)));
        string joined = g.Node("Concat", [looked, g.Gemm(image, Nets.Weights(new Random(7), 4 * Pixels, 1, 1), [4, Pixels])], ("axis", 1));
        g.Output(g.Gemm(g.Relu(joined), Nets.Weights(new Random(8), 4 * 10, 1, 1), [4, 10]), OnnxElementType.Float, "N", 4);
        g.Save(_folder["ids.onnx"]);
        byte[] numbers = [.. Enumerable.Range(0, 2 * Samples).SelectMany(i => BitConverter.GetBytes((long)(i % 5)))];
        _folder.Write("ids.npz",
            Files.Npz(("ids", Files.Npy("<i8", $"({Samples}, 2)", numbers)), ("image", Files.Npy("<f4", $"({Samples}, {Pixels})", Files.Of(_images)))));
        var info = (await Job("ids", "ids", new ProbeOptions { Space = NoiseSpace.Input, Sigmas = [0.01, 3], Draws = 16 }).RunAsync())!;
        Assert.Equal(["image", "ids"], info.Model.Inputs!);
        Assert.Equal([Pixels], info.Model.Sites[0].Shape);
        var seen = await RunReader.Open(_folder["ids"]).ReadAsync().ToListAsync();
        Assert.True(seen.Average(o => Flips(o, 0)) < 0.05 && seen.Average(o => Flips(o, 1)) > 0.1);
        // The ids reach the logits: samples of other ids and the same image would be the same sample otherwise.
        Assert.True(seen.Select(o => o.CleanLogits[0]).Distinct().Count() > Samples / 2);

        static double Flips(SampleObservation o, int sigma) => 1 - (double)o.Sigmas[sigma].Counts[o.CleanPrediction!.Value] / o.Sigmas[sigma].Counts.Sum();
    }

    [Fact]
    public void The_commands_take_it()
    {
        var sites = CommandLine.Run(_folder.Path, "sites", "two.onnx", "--json");
        CommandSchema.Check("sites", JsonDocument.Parse(sites.Out).RootElement);
        Assert.Equal("facts", JsonNode.Parse(sites.Out)!["otherInputs"]![0]!["name"]!.GetValue<string>());
        Assert.Contains("facts Float [3] vector, from the array of its name", CommandLine.Run(_folder.Path, "sites", "two.onnx").Out, StringComparison.Ordinal);
        var bias = CommandLine.Run(_folder.Path, "bias", "two.onnx", "--data", "two.npz", "--sigma", "0.1,1", "--draws", "4");
        Assert.True(bias.ExitCode == 0, bias.Error);
        // 1 is a suspicious network.
        Assert.InRange(CommandLine.Run(_folder.Path, "scan", "two.onnx", "--data", "two.npz", "--draws", "8").ExitCode, 0, 1);
    }

    /// <summary>One array serves one input whatever it is called; of several the one with the input's name.</summary>
    [Fact]
    public async Task One_input_takes_the_array_of_its_name_where_nothing_else_tells()
    {
        var g = new OnnxGraphBuilder();
        string x = g.Input("pictures", OnnxElementType.Float, "N", Pixels);
        g.Output(g.Gemm(g.Relu(g.Gemm(x, Nets.Weights(new Random(3), Pixels * 5, 1, 1), [5, Pixels])), Nets.Weights(new Random(4), 20, 1, 1), [4, 5]),
            OnnxElementType.Float, "N", 4);
        g.Save(_folder["named.onnx"]);
        byte[] pictures = Files.Npy("<f4", $"({Samples}, {Pixels})", Files.Of(_images));
        _folder.Write("named.npz", Files.Npz(("other", Files.Npy("<f4", $"({Samples}, 7)", Files.Of(new float[7 * Samples]))), ("pictures", pictures)));
        var info = (await Job("named", "named-run", new ProbeOptions { Sigmas = [1], Draws = 2 }).RunAsync())!;
        Assert.Equal(Samples, info.Samples);
    }

    public void Dispose() => _folder.Dispose();

    private ProbeJob Job(string net, string run, ProbeOptions options) =>
        new() { Model = _folder[net + ".onnx"], Data = _folder[net + ".npz"], Out = _folder[run], Options = options };

    private async Task<RunInfo> Run(string net, ProbeOptions options) => (await Job(net, net, options).RunAsync())!;

    private async Task<List<string>> Observed(string run) => await RunReader.Open(_folder[run]).ReadAsync().Select(Runs.Bits).ToListAsync();

    private byte[] Array(string name) => name == "image"
        ? Files.Npy("<f4", $"({Samples}, 1, 4, 4)", Files.Of(_images))
        : Files.Npy("<f4", $"({Samples}, {Facts})", Files.Of(_facts));

    /// <summary>A convolution of the image beside a layer of the facts, joined; or the same with both cut out of one vector.</summary>
    private static OnnxGraphBuilder Net(bool isSplit)
    {
        var random = new Random(5);
        var g = new OnnxGraphBuilder();
        string image, facts;
        if (isSplit)
        {
            image = g.Input("image", OnnxElementType.Float, "N", 1, 4, 4);
            facts = g.Input("facts", OnnxElementType.Float, "N", Facts);
        }
        else
        {
            string both = g.Input("x", OnnxElementType.Float, "N", Pixels + Facts);
            string Cut(int from, int to) => g.Node("Slice", [both, g.Constant("from", [from], 1), g.Constant("to", [to], 1), g.Constant("axis", [1L], 1)]);
            image = g.Node("Reshape", [Cut(0, Pixels), g.Constant("shape", [-1, 1, 4, 4], 4)]);
            facts = Cut(Pixels, Pixels + Facts);
        }

        string seen = g.Flatten(g.Relu(g.Conv(image, Nets.Weights(random, 2 * 9, 1, 1), [2, 1, 3, 3])));
        string known = g.Relu(g.Gemm(facts, Nets.Weights(random, 5 * Facts, 1, 1), [5, Facts]));
        string joined = g.Relu(g.Gemm(g.Node("Concat", [seen, known], ("axis", 1)), Nets.Weights(random, 6 * 13, 1, 1), [6, 13]));
        g.Output(g.Gemm(joined, Nets.Weights(random, 4 * 6, 1, 1), [4, 6]), OnnxElementType.Float, "N", 4);
        return g;
    }

    private sealed class Stop(CancellationTokenSource source, int after) : IProgress<ProbeProgress>
    {
        public void Report(ProbeProgress value)
        {
            if (value.Samples >= after)
                source.Cancel();
        }
    }
}
