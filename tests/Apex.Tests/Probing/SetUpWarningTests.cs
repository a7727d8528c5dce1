using System.Globalization;
using System.Text.Json;
using Apex.Analysis.Summary;
using Apex.Data;
using Apex.Experiments;
using Apex.Facts;
using Apex.Models;
using Apex.Models.Onnx;
using Apex.Observations;
using Apex.Probing;
using Apex.Questions;
using Apex.Tests.Cli;
using Apex.Tests.Data;
using SkiaSharp;
using Xunit;

namespace Apex.Tests.Probing;

/// <summary>Set-ups that are right give no warning; each that is wrong gives the one that tells what to change.</summary>
public sealed class SetUpWarningTests : IDisposable
{
    private const int Images = 60;
    private const float Pixel = 1f / 255;
    private const string Model = "fashion-mnist-resnet8.onnx";

    private static readonly string Shipped = Path.Combine(AppContext.BaseDirectory, "Default");

    private readonly TempFolder _folder = new();
    private readonly Lazy<(byte[] Pixels, int[] Labels)> _fashion;

    public SetUpWarningTests()
    {
        _fashion = new(() =>
        {
            var data = Dataset.Open(Path.Combine(Shipped, "t10k-images-idx3-ubyte.gz"));
            var samples = data.Read([.. Enumerable.Range(0, Images).Select(i => (long)i)]).ToList();
            return ([.. samples.SelectMany(s => s.Values.Select(v => (byte)v))], [.. samples.Select(s => s.Label!.Value)]);
        });
    }

    private static readonly Dictionary<string, Func<SetUpWarningTests, ProbeJob>> RightSetUps = new()
    {
        ["IDX, gzipped, with a sidecar"] = t =>
            t.Fashion(Path.Combine(Shipped, "t10k-images-idx3-ubyte.gz")) with { Selection = new SampleSelection { Limit = Images } },
        ["IDX with labels apart"] = t =>
            t.Fashion(t._folder.Write("x.idx", Files.Idx(8, [Images, 28, 28], t._fashion.Value.Pixels))) with { DataOptions = t.Labels() },
        ["NPY of bytes"] = t =>
            t.Fashion(t._folder.Write("x.npy", Files.Npy("|u1", $"({Images}, 28, 28)", t._fashion.Value.Pixels))) with { DataOptions = t.Labels() },
        ["NPY of bytes without labels"] = t => t.Fashion(t._folder.Write("x.npy", Files.Npy("|u1", $"({Images}, 28, 28)", t._fashion.Value.Pixels))),
        ["NPZ of bytes"] = t => t.Fashion(t._folder.Write("x.npz", Files.Npz(
            ("x", Files.Npy("|u1", $"({Images}, 28, 28)", t._fashion.Value.Pixels)),
            ("y", Files.Npy("<i8", $"({Images},)", Files.Of([.. t._fashion.Value.Labels.Select(y => (long)y)])))))),
        ["NPY of floats 0 to 255 beside a pixel sidecar"] = t => t.Fashion(t.Floats(v => v)) with { DataOptions = t.Labels() },
        ["NPY of floats 0 to 1 with scale 1"] = t =>
            t.Fashion(t.Floats(v => v * Pixel)) with { DataOptions = t.Labels(), Preprocessing = new Preprocessing { Scale = 1, Source = "--scale" } },
        ["NPY that is what the network reads"] = t => t.Fashion(t.Floats(v => (v * Pixel - 0.286f) / 0.353f)) with
        {
            DataOptions = t.Labels(),
            Preprocessing = new Preprocessing { Scale = 1, StandsAlone = true, Source = "--no-preprocess" },
        },
        ["CSV of numbers"] = t => t.Vectors(Nets.ReluMlp(3, 6, [12], 4), (random, _) => (float)Normal(random), rows => t._folder.Write(
            "v.csv", string.Concat(rows.Select(r => string.Join(',', r.Select(v => v.ToString("r", CultureInfo.InvariantCulture))) + "\n")))),
        ["image folder by the sidecar's names"] = t => t.Fashion(t.ImageFolder(_ => true)),
        ["image folder with some of the classes"] = t => t.Fashion(t.ImageFolder(y => y is 1 or 8 or 9)),
        ["image folder by numbers"] = t => t.Fashion(t.ImageFolder(_ => true, y => y.ToString(CultureInfo.InvariantCulture))),
        ["one class alone"] = t =>
            t.Fashion(Path.Combine(Shipped, "t10k-images-idx3-ubyte.gz")) with { Selection = new SampleSelection { Limit = 30, OnlyClass = "Bag" } },
        ["CIFAR-10 with the mean and std of its training"] = t => t.Cifar("cifar10/resnet20.onnx", "cifar10/train_0000_1999.bin"),
        ["another network for it"] = t => t.Cifar("cifar10/resnet32.onnx", "cifar10/train_0000_1999.bin"),
        ["CIFAR-10 as JPEG"] = t => t.Cifar("cifar10/resnet20.onnx", "cifar10/test-images") with { Selection = new SampleSelection { Indices = "0:1000:25" } },
        ["standardised vectors"] = t => t.Vectors(Nets.ReluMlp(3, 6, [12], 4), (random, _) => (float)Normal(random)),
        ["vectors into a batch norm that knows their scale"] = t => t.Vectors(Tabular(), (random, c) => (float)(1000 * (c + 1) + 40 * Normal(random))),
        ["whole numbers as features"] = t => t.Vectors(Nets.ReluMlp(3, 6, [12], 4), (random, _) => random.Next(-9, 10), rows =>
            t._folder.Write("v.npy", Files.Npy("<i8", "(40, 6)", Files.Of([.. rows.SelectMany(r => r).Select(v => (long)v)])))),
        ["a network that scales pixels itself"] = t => t.OwnPixels(g => g.Mul(g.Input("x", OnnxElementType.Float, "N", 3, 4, 4), Pixel)) with
        {
            Preprocessing = new Preprocessing { Scale = 1, Source = "--scale" },
        },
        ["mean of 0 to 255 and no std"] = t => t.OwnPixels(g => g.Mul(g.Input("x", OnnxElementType.Float, "N", 3, 4, 4), 1f)) with
        {
            Preprocessing = new Preprocessing { Scale = 1, Mean = [124, 117, 104], Source = "--scale --mean" },
        },
        ["mean of 0 to 255 and a std of one"] = t => t.OwnPixels(g => g.Mul(g.Input("x", OnnxElementType.Float, "N", 3, 4, 4), 1f)) with
        {
            Preprocessing = new Preprocessing { Scale = 1, Mean = [124, 117, 104], Std = [1], Source = "--scale --mean --std" },
        },
        ["mean and std of one half"] = t => t.OwnPixels(g => g.Mul(g.Input("x", OnnxElementType.Float, "N", 3, 4, 4), 1f)) with
        {
            Preprocessing = new Preprocessing { Mean = [0.5f], Std = [0.5f], Source = "--mean --std" },
        },
        ["a network that reads bytes"] = t =>
            t.OwnPixels(g => g.Node("Cast", [g.Input("x", OnnxElementType.UInt8, "N", 3, 4, 4)], ("to", (int)OnnxElementType.Float))),
        ["channels last"] = t => t.OwnPixels(g =>
            g.Node("Transpose", [g.Input("x", OnnxElementType.Float, "N", 4, 4, 3)], ("perm", (long[])[0, 3, 1, 2]))) with
        {
            Preprocessing = new Preprocessing { Layout = ImageLayout.NHWC, Source = "--layout" },
        },
    };

    private static readonly Dictionary<string, (string Kind, string Advice, Func<SetUpWarningTests, ProbeJob> Job)> WrongSetUps = new()
    {
        ["floats 0 to 1 beside a pixel sidecar"] = (RunWarning.PixelScale, "`Preprocessing.Scale` 1",
            t => t.Fashion(t.Floats(v => v * Pixel)) with { DataOptions = t.Labels() }),
        ["standardised floats beside a pixel sidecar"] = (RunWarning.PixelScale, "`Preprocessing.Scale` 1",
            t => t.Fashion(t.Floats(v => (v * Pixel - 0.286f) / 0.353f)) with { DataOptions = t.Labels() }),
        ["bytes of 0 and 1"] = (RunWarning.PixelScale, "`Preprocessing.Scale` 1",
            t => t.Fashion(t._folder.Write("x.npy", Files.Npy("|u1", $"({Images}, 28, 28)",
                [.. t._fashion.Value.Pixels.Select(v => (byte)(v > 127 ? 1 : 0))])))),
        ["pixels scaled twice"] = (RunWarning.PixelScale, "`Preprocessing.Scale` 1",
            t => t.OwnPixels(g => g.Mul(g.Input("x", OnnxElementType.Float, "N", 3, 4, 4), Pixel))),
        ["a mean of another scale"] = (RunWarning.Normalisation, "`Mean`", t => t.Fashion(Path.Combine(Shipped, "t10k-images-idx3-ubyte.gz")) with
        {
            Selection = new SampleSelection { Limit = Images },
            Preprocessing = new Preprocessing { Mean = [286], Source = "--mean" },
        }),
        ["pixels of 0 to 255 under a mean and std of 0 to 1"] = (RunWarning.Normalisation, "`Preprocessing.Scale`", t => t.Fashion(t.Floats(v => v)) with
        {
            DataOptions = t.Labels(),
            Preprocessing = new Preprocessing { Scale = 1, Source = "--scale" },
        }),
        ["raw numbers into a batch norm that knows standardised ones"] = (RunWarning.FirstLayer, "`Mean`",
            t => t.Vectors(Tabular(), (random, c) => (float)(5e6 + 1e6 * Normal(random)))),
        ["pixels of 0 to 255 that nobody scales"] = (RunWarning.Normalisation, "`Preprocessing.Scale` 1/255",
            t => t.OwnPixels(g => g.Mul(g.Input("x", OnnxElementType.Float, "N", 3, 4, 4), 1f), floats: true) with
            {
                Preprocessing = new Preprocessing { Mean = [0.5f], Std = [0.25f], Source = "--mean --std" },
            }),
        ["mean and std of 0 to 255 for pixels of 0 to 1"] = (RunWarning.Normalisation, "`Std`",
            t => t.OwnPixels(g => g.Mul(g.Input("x", OnnxElementType.Float, "N", 3, 4, 4), 1f)) with
            {
                Preprocessing = new Preprocessing { Mean = [127.5f], Std = [127.5f], Source = "--mean --std" },
            }),
        ["pixels that the network normalises itself, scaled before"] = (RunWarning.PixelScale, "`Preprocessing.Scale` 1", t => t.OwnPixels(g => g.Node("Div",
            [g.Node("Sub", [g.Input("x", OnnxElementType.Float, "N", 3, 4, 4), g.Constant("mean", [123f, 116, 103], 1, 3, 1, 1)]),
                g.Constant("std", [58f, 57, 57], 1, 3, 1, 1)]))),
        ["two of the classes swapped"] = (RunWarning.ClassOrder, "`Classes`", t => t.Fashion(Path.Combine(Shipped, "t10k-images-idx3-ubyte.gz")) with
        {
            Selection = new SampleSelection { Limit = 200 },
            DataOptions = t.Labels(y => y switch { 1 => 9, 9 => 1, _ => y }, 10_000),
        }),
        ["fewer folders than classes and no names"] = (RunWarning.ClassFolders, "`Classes`",
            t => t.Fashion(t.ImageFolder(y => y is 1 or 8 or 9), model: t.WithoutSidecar()) with { Preprocessing = Sidecars() }),
        ["words for some of the classes and no names"] = (RunWarning.ClassFolders, "`Classes`", t => t.Vectors(
            Nets.ReluMlp(3, 6, [12], 4), (random, _) => (float)Normal(random),
            rows => t._folder.Write("v.csv", string.Concat(rows.Select((r, i) =>
                $"{(i % 2 == 0 ? "cat" : "dog")},{string.Join(',', r.Select(v => v.ToString("r", CultureInfo.InvariantCulture)))}\n")))) with
        { DataOptions = default }),
        ["classes in another order"] = (RunWarning.ClassOrder, "`Classes`", t => t.Fashion(Path.Combine(Shipped, "t10k-images-idx3-ubyte.gz")) with
        {
            Selection = new SampleSelection { Limit = 500 },
            DataOptions = t.Labels(y => (y + 3) % 10, 10_000),
        }),
        ["labels that have nothing to do with the images"] = (RunWarning.Chance, "`Classes`",
            t => t.Fashion(t.Floats(v => v)) with { DataOptions = t.Labels((_, i) => i * 7 % 10) }),
        ["most labels wrong"] = (RunWarning.MostlyOtherwise, "labels",
            t => t.Fashion(t.Floats(v => v)) with { DataOptions = t.Labels((y, i) => i % 10 < 3 ? y : (y + 1 + i * 7 % 8) % 10) }),
        ["every prediction one class"] = (RunWarning.OneClass, "`Mean`", t => t.Vectors(Nets.ReluMlp(3, 6, [12], 4), (_, _) => 0.5f)),
    };

    public static TheoryData<string> Right => [.. RightSetUps.Keys];

    public static TheoryData<string> Wrong => [.. WrongSetUps.Keys];

    [Theory]
    [MemberData(nameof(Right))]
    public async Task A_right_set_up_gives_no_warning(string setUp)
    {
        var warnings = await WarningsAsync(RightSetUps[setUp](this));
        Assert.True(warnings.Count == 0, string.Join("\n", warnings.Select(w => w.Message)));
        // What would be written is what was written before there were warnings.
        Assert.DoesNotContain("\"warnings\"", File.ReadAllText(Path.Combine(_folder["run"], "run.json")), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task A_wrong_one_gives_the_right_warning(string setUp)
    {
        var (kind, advice, job) = WrongSetUps[setUp];
        var warnings = await WarningsAsync(job(this));
        Assert.Contains(kind, warnings.Select(w => w.Kind));
        string message = warnings.First(w => w.Kind == kind).Message;
        Assert.Contains(advice, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void The_command_its_page_and_what_builds_on_the_run_warn()
    {
        string floats = Floats(v => v * Pixel), labels = Labels().Labels!;
        var probe = CommandLine.Run(_folder.Path, "probe", Path.Combine(Shipped, Model),
            "--data", floats, "--labels", labels, "--sigma", "0.05,0.4", "--draws", "32", "--out", "run");
        Assert.True(probe.ExitCode == 0, probe.Error);
        const string warning = "its numbers lie between 0 and 1, and the scale 0.003922 (from fashion-mnist-resnet8.apex.json) is made for pixels of 0 to 255; "
            + "if they are scaled already, give --scale 1";
        Assert.StartsWith("Warning: ", probe.Out, StringComparison.Ordinal);
        Assert.Contains(warning, probe.Out, StringComparison.Ordinal);
        Assert.Contains(warning, probe.Error, StringComparison.Ordinal);
        string page = File.ReadAllText(Path.Combine(_folder["run"], "report.html"));
        Assert.Contains(warning, page, StringComparison.Ordinal);
        foreach (string command in (string[])["show", "audit", "regularity", "escape", "transitions", "dependence", "bias"])
        {
            var text = CommandLine.Run(_folder.Path, command, "run");
            Assert.True(text.ExitCode == 0, text.Error);
            Assert.StartsWith("Warning: ", text.Out, StringComparison.Ordinal);
            Assert.Contains("Unless that is meant, this ", text.Out, StringComparison.Ordinal);
            var json = JsonDocument.Parse(CommandLine.Run(_folder.Path, command, "run", "--json").Out).RootElement;
            CommandSchema.Check(command, json);
            Assert.Contains(RunWarning.PixelScale, json.GetProperty("warnings").EnumerateArray().Select(w => w.GetProperty("kind").GetString()));
        }

        var compare = JsonDocument.Parse(CommandLine.Run(_folder.Path, "compare", "run", "run", "--json").Out).RootElement;
        Assert.Contains("second run: ", compare.GetProperty("warnings").EnumerateArray().Last().GetProperty("message").GetString(), StringComparison.Ordinal);
        var plot = CommandLine.Run(_folder.Path, "plot", "run", "flips", "--out", "f.svg");
        Assert.Contains("apex: warning: ", plot.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Sites_shows_the_first_sample_as_the_network_gets_it()
    {
        string model = Path.Combine(Shipped, Model), bytes = _folder.Write("x.npy", Files.Npy("|u1", $"({Images}, 28, 28)", _fashion.Value.Pixels));
        byte[] first = _fashion.Value.Pixels[..784];
        double mean = (first.Average(v => v) / 255 - 0.286) / 0.353;
        var json = JsonDocument.Parse(CommandLine.Run(_folder.Path, "sites", model, "--data", bytes, "--json").Out).RootElement;
        CommandSchema.Check("sites", json);
        var seen = json.GetProperty("firstSample");
        Assert.Equal(mean, seen.GetProperty("input").GetProperty("mean").GetDouble(), 1e-5);
        Assert.Equal((first.Max() / 255.0 - 0.286) / 0.353, seen.GetProperty("input").GetProperty("max").GetDouble(), 1e-5);
        Assert.Equal((first.Min(), first.Max()),
            (seen.GetProperty("raw").GetProperty("min").GetDouble(), seen.GetProperty("raw").GetProperty("max").GetDouble()));
        string text = CommandLine.Run(_folder.Path, "sites", model, "--data", bytes).Out;
        Assert.Contains($"mean {mean.ToString("g3", CultureInfo.InvariantCulture)}", text, StringComparison.Ordinal);
        Assert.DoesNotContain("warning", text, StringComparison.Ordinal);
        Assert.Contains("  warning ", CommandLine.Run(_folder.Path, "sites", model, "--data", Floats(v => v * Pixel)).Out, StringComparison.Ordinal);
        Nets.ReluMlp(3, 6, [12], 4).Save(_folder["vector.onnx"]);
        Assert.Contains("samples numbers as they are", CommandLine.Run(_folder.Path, "sites", "vector.onnx").Out, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private async Task<IReadOnlyList<RunWarning>> WarningsAsync(ProbeJob job)
    {
        await job.RunAsync();
        var run = await AskedRun.Open(_folder["run"]).ReadAsync();
        var reader = RunReader.Open(_folder["run"]);
        var summary = await RunSummary.FromAsync(reader.Info, reader.ReadAsync());
        Assert.Equal(run.Info.Warnings ?? [], summary.Warnings);
        return summary.Warnings;
    }

    private ProbeJob Fashion(string data, string? model = null) => new()
    {
        Model = model ?? Path.Combine(Shipped, Model),
        Data = data,
        Out = _folder["run"],
        Options = new ProbeOptions { Sigmas = [0.01], Draws = 1, Threads = 1, Sites = ["last"] },
    };

    private ProbeJob Cifar(string model, string data) => new()
    {
        Model = SharedData.Need(model),
        Data = SharedData.Need(data),
        Out = _folder["run"],
        Preprocessing = new Preprocessing { Mean = [0.485f, 0.456f, 0.406f], Std = [0.229f, 0.224f, 0.225f], Source = "--mean --std" },
        Selection = new SampleSelection { Limit = 40 },
        Options = new ProbeOptions { Sigmas = [0.01], Draws = 1, Threads = 1, Sites = ["last"] },
    };

    private string WithoutSidecar()
    {
        File.Copy(Path.Combine(Shipped, Model), _folder["bare.onnx"]);
        return _folder["bare.onnx"];
    }

    private static Preprocessing Sidecars() => new() { Mean = [0.286f], Std = [0.353f], Source = "--mean --std" };

    private DatasetOptions Labels(Func<int, int>? change = null, int count = Images) => count == Images
        ? Labels((y, _) => change?.Invoke(y) ?? y)
        : new DatasetOptions { Labels = Text(Dataset.Open(Path.Combine(Shipped, "t10k-images-idx3-ubyte.gz")).Labels!.Select(change!)) };

    private DatasetOptions Labels(Func<int, int, int> change) => new() { Labels = Text(_fashion.Value.Labels.Select(change)) };

    private string Text(IEnumerable<int> labels) => _folder.Write("labels.txt", string.Join('\n', labels) + "\n");

    private string Floats(Func<float, float> of) =>
        _folder.Write("f.npy", Files.Npy("<f4", $"({Images}, 1, 28, 28)", Files.Of([.. _fashion.Value.Pixels.Select(v => of(v))])));

    private string ImageFolder(Func<int, bool> has, Func<int, string>? name = null)
    {
        string[] names = ["T-shirt_top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "ankle-boot"];
        for (int i = 0; i < Images; i++)
        {
            int label = _fashion.Value.Labels[i];
            if (!has(label))
                continue;
            string path = _folder[$"images/{name?.Invoke(label) ?? names[label]}/{i}.png"];
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            using var bitmap = new SKBitmap(new SKImageInfo(28, 28, SKColorType.Gray8));
            _fashion.Value.Pixels.AsSpan(784 * i, 784).CopyTo(bitmap.GetPixelSpan());
            using var file = File.Create(path);
            bitmap.Encode(file, SKEncodedImageFormat.Png, 100);
        }

        return _folder["images"];
    }

    /// <summary>A network on vectors, with the labels that it gives them itself.</summary>
    private ProbeJob Vectors(OnnxGraphBuilder graph, Func<Random, int, float> number, Func<float[][], string>? write = null)
    {
        var random = new Random(8);
        float[][] rows = [.. Enumerable.Range(0, 40).Select(_ => (float[])[.. Enumerable.Range(0, 6).Select(c => number(random, c))])];
        string data = write?.Invoke(rows) ?? _folder.Write("v.npy", Files.Npy("<f4", "(40, 6)", Files.Of([.. rows.SelectMany(r => r)])));
        return Own(graph, data, rows);
    }

    /// <summary>A network on images of 4 x 4 pixels, red, green or blue, that says which.</summary>
    private ProbeJob OwnPixels(Func<OnnxGraphBuilder, string> begin, bool floats = false)
    {
        var g = new OnnxGraphBuilder();
        string x = g.Relu(begin(g));
        g.Output(g.Gemm(g.Flatten(g.GlobalAveragePool(x)), [9, 0, 0, 0, 9, 0, 0, 0, 9], [3, 3]), OnnxElementType.Float, "N", 3);
        g.Save(_folder["m.onnx"]);
        var random = new Random(9);
        byte[] pixels = [.. Enumerable.Range(0, 30)
            .SelectMany(i => Enumerable.Range(0, 48).Select(p => (byte)random.Next(p / 16 == i % 3 ? 150 : 0, p / 16 == i % 3 ? 256 : 160)))];
        byte[] array = floats ? Files.Npy("<f4", "(30, 3, 4, 4)", Files.Of([.. pixels.Select(v => (float)v)])) : Files.Npy("|u1", "(30, 3, 4, 4)", pixels);
        string labels = Text(Enumerable.Range(0, 30).Select(i => i % 3));
        return Fashion(_folder.Write("x.npy", array), _folder["m.onnx"]) with { DataOptions = new DatasetOptions { Labels = labels } };
    }

    private ProbeJob Own(OnnxGraphBuilder graph, string data, float[][] rows)
    {
        graph.Save(_folder["m.onnx"]);
        using var classifier = OnnxClassifier.Load(_folder["m.onnx"]);
        using var clean = classifier.OpenClean([]);
        int[] predicted = [.. rows.Select(r => clean.Run(new ModelSample(r, [])).Logits).Select(s => Array.IndexOf(s, s.Max()))];
        bool varied = predicted.Distinct().Count() > 1;
        return Fashion(data, _folder["m.onnx"]) with { DataOptions = varied ? new DatasetOptions { Labels = Text(predicted) } : default };
    }

    /// <summary>A batch norm on the input, that was trained on columns around 1000, 2000, ... of standard deviation 40.</summary>
    private static OnnxGraphBuilder Tabular()
    {
        var random = new Random(2);
        var g = new OnnxGraphBuilder();
        float[] ones = [.. Enumerable.Repeat(1f, 6)], means = [.. Enumerable.Range(1, 6).Select(c => 1000f * c)], variances = [.. Enumerable.Repeat(1600f, 6)];
        string x = g.BatchNormalization(g.Input("x", OnnxElementType.Float, "N", 6), ones, new float[6], means, variances);
        g.Output(Nets.Linear(g, random, g.Relu(Nets.Linear(g, random, x, 6, 12)), 12, 4), OnnxElementType.Float, "N", 4);
        return g;
    }

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
