using System.Diagnostics;
using System.Globalization;
using Apex.Data;
using Apex.Facts;
using Apex.Observations;
using Apex.Probing;
using Apex.Questions;
using Apex.Tests.Data;
using SkiaSharp;
using Xunit;

namespace Apex.Page.Tests;

/// <summary>Pages of samples of every kind, of two runs, and of a large one.</summary>
public class OtherRunsTests(Browser browser)
{
    private static readonly double[] Sigmas = [0.05, 0.2, 0.8];

    [Fact]
    public async Task Vectors_are_lines()
    {
        using var folder = new TempFolder();
        folder.Write("m.onnx", Nets.ReluMlp(1, 5, [8], 3).ToBytes());
        folder.Write("d.csv",
            "a,b,c,d,e\n" + string.Join('\n', Enumerable.Range(0, 12)
                .Select(i => string.Join(',', Enumerable.Range(0, 5).Select(j => ((i * j) % 7 / 3.0).ToString(CultureInfo.InvariantCulture))))));
        await using var open = await browser.OpenAsync(Made(folder, "m.onnx", "d.csv"));
        Assert.Equal(12, await open.Page.Locator(".tile svg polyline").CountAsync());
        // Without labels there is nothing to filter or to suspect by.
        Assert.Equal(0, await open.Page.Locator("#kind").CountAsync());
        Assert.Contains("no labels", await open.TextAsync(".answers"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tokens_are_words()
    {
        using var folder = new TempFolder();
        folder.Write("m.onnx", Nets.TokenNet().ToBytes());
        folder.Write("t.npy", Files.Npy("<i8", "(4, 6)", Files.Of([.. Enumerable.Range(0, 24).Select(i => (long)(i % 20))])));
        await using var open = await browser.OpenAsync(Made(folder, "m.onnx", "t.npy"));
        Assert.Equal(4, await open.Page.Locator(".tile .words").CountAsync());
        Assert.Contains("6 7 8 9 10 11", await open.TextAsync("#sample-1 .words"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_page_of_a_scan_shows_what_leads_to_the_suspected_class()
    {
        using var folder = new TempFolder();
        folder.Write("planted.onnx", Nets.Planted(classes: 10).ToBytes());
        byte[] pixels = [.. Nets.PlantedImages(0, 48).Select(p => (byte)Math.Round(255 * p))];
        folder.Write("x.npy", Files.Npy("|u1", $"(48, 3, {Nets.PlantedEdge}, {Nets.PlantedEdge})", pixels));
        string[] command = ["scan", "planted.onnx", "--data", "x.npy", "--mean", "0.25,0.25,0.25", "--std", "0.5,0.5,0.5", "--draws", "32", "--page", "s.html"];
        Assert.Equal(1, CommandLine.Run(folder.Path, command).ExitCode);
        await using var open = await browser.OpenAsync(folder["s.html"]);
        string text = await open.TextAsync("main");
        Assert.Contains("suspicious (planted.onnx): suspected target", text, StringComparison.Ordinal);
        Assert.Contains("that leads samples to", text, StringComparison.Ordinal);
        // The noise of two classes, and six inputs without and with it.
        Assert.Equal(2, await open.Page.Locator(".picture.large img").CountAsync());
        Assert.Equal(12, await open.Page.Locator(".pair img").CountAsync());
        Assert.Empty(open.Errors);
        // In the picture of the target white and black pixels of the patch stand out from grey.
        string shades = await open.Page.EvaluateAsync<string>("""
            () => {
              const image = document.querySelector('.picture.large img'), canvas = document.createElement('canvas');
              canvas.width = image.naturalWidth; canvas.height = image.naturalHeight;
              const context = canvas.getContext('2d', { willReadFrequently: true }); context.drawImage(image, 0, 0);
              const green = (x, y) => context.getImageData(x, y, 1, 1).data[1];
              return [green(5, 8), green(6, 8), green(0, 0)].map(g => g > 200 ? 'white' : g < 55 ? 'black' : 'grey').join(' ');
            }
            """);
        Assert.Equal("white black grey", shades);
    }

    [Fact]
    public async Task Large_images_are_made_small_and_colours_stay()
    {
        using var folder = new TempFolder();
        var g = new OnnxGraphBuilder();
        var random = new Random(3);
        string x = g.Input("x", OnnxElementType.Float, "N", 3, 64, 64);
        x = g.Relu(Nets.Conv(g, random, x, 3, 4, stride: 4));
        g.Output(Nets.Head(g, random, x, 4, 2), OnnxElementType.Float, "N", 2);
        folder.Write("m.onnx", g.ToBytes());
        for (int i = 0; i < 6; i++)
        {
            using var bitmap = new SKBitmap(256, 192);
            bitmap.Erase(i % 2 == 0 ? SKColors.Red : SKColors.Blue);
            using var encoded = bitmap.Encode(SKEncodedImageFormat.Jpeg, 90);
            folder.Write($"images/{(i % 2 == 0 ? "red" : "blue")}/{i}.jpg", encoded.ToArray());
        }

        await using var open = await browser.OpenAsync(Made(folder, "m.onnx", "images", "--resize", "64", "--mean", "0,0,0", "--std", "1,1,1"));
        string[] pixels = await open.Page.EvaluateAsync<string[]>("""
            () => Array.from(document.querySelectorAll('.tile')).map(tile => {
              const image = tile.querySelector('img'), canvas = document.createElement('canvas');
              canvas.width = image.naturalWidth; canvas.height = image.naturalHeight;
              const context = canvas.getContext('2d'); context.drawImage(image, 0, 0);
              const [r, , b] = context.getImageData(5, 5, 1, 1).data;
              const colour = r > 200 && b < 50 ? 'red' : r < 50 && b > 200 ? 'blue' : 'neither';
              return `${canvas.width}x${canvas.height} ${colour} ${tile.querySelector('.name').textContent}`;
            })
            """);
        Assert.Equal(6, pixels.Length);
        Assert.All(pixels, p => Assert.StartsWith("96x72 ", p, StringComparison.Ordinal));
        Assert.Equal(3, pixels.Count(p => p.Contains(" red ", StringComparison.Ordinal)));
        Assert.Equal(3, pixels.Count(p => p.Contains(" blue ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Data_that_is_gone_leaves_a_page_that_says_so()
    {
        using var folder = new TempFolder();
        ProbeThree(folder);
        File.Delete(folder["d.csv"]);
        Assert.Equal(0, CommandLine.Run(folder.Path, "report", "run").ExitCode);
        await using var open = await browser.OpenAsync(folder["run/report.html"]);
        Assert.Contains($"the data is missing at {folder["d.csv"]}", await open.TextAsync(".answers"), StringComparison.Ordinal);
        Assert.Equal(3, await open.Page.Locator(".tile").CountAsync());
    }

    [Fact]
    public async Task Two_runs_stand_side_by_side()
    {
        using var folder = new TempFolder();
        folder.Write("m.onnx", Nets.ReluMlp(1, 5, [8], 3).ToBytes());
        folder.Write("d.csv", "a,b,c,d,e\n" + string.Join('\n', Enumerable.Range(0, 20).Select(i => $"{i % 3},{i % 5},{i % 7},1,{i % 2}")));
        Probe(folder, "m.onnx", "d.csv");
        Assert.Equal(0, CommandLine.Run(folder.Path, "probe", "m.onnx", "--data", "d.csv",
            "--sigma", "0.05,0.2", "--draws", "300", "--space", "input", "--out", "other", "--no-report").ExitCode);
        Assert.False(File.Exists(folder["other/report.html"]));
        string before = File.ReadAllText(folder["run/report.html"]);
        Assert.Equal(0, CommandLine.Run(folder.Path, "report", "run", "other").ExitCode);
        Assert.Equal(before, File.ReadAllText(folder["run/report.html"]));
        File.Move(folder["run/report-with-other.html"], folder["both.html"]);
        await using var open = await browser.OpenAsync(folder["both.html"]);
        Assert.Equal(2, await open.Page.Locator("table.shares").CountAsync());
        string[] names = ["run", "other"];
        for (int level = 0; level < 3; level++)
        {
            await open.Page.Locator("#sigma").FillAsync(level.ToString(CultureInfo.InvariantCulture));
            for (int r = 0; r < 2; r++)
            {
                using var told = System.Text.Json.JsonDocument.Parse(CommandLine.Run(folder.Path, "show", names[r], "--json").Out);
                int own = told.RootElement.GetProperty("sigmas").EnumerateArray().ToList()
                    .FindIndex(s => Math.Abs(Math.Log(s.GetDouble() / Sigmas[level])) < 1e-9);
                string shown = await open.TextAsync($"[data-value='flip-{r}']");
                double Rate() => told.RootElement.GetProperty("flipRate")[own].GetDouble();
                string Percent() => string.Create(CultureInfo.InvariantCulture, $"{Math.Round(100 * Rate(), 1, MidpointRounding.AwayFromZero):f1} %");
                Assert.Equal(own < 0 ? "outside its grid" : Percent(), shown);
            }
        }

        // Neither run probed its sites alone, so nothing is said of that; the one that keeps gradients says where its margin is steep.
        Assert.Equal(0, await open.Page.Locator("table.sites, .site-plot").CountAsync());
        Assert.Equal(1, await open.Page.Locator("section table.steep").CountAsync());
        Assert.Contains("A absolute, at each site; B on the input", await open.TextAsync(".slider"), StringComparison.Ordinal);
        Assert.Contains("A: run", await open.TextAsync(".answers"), StringComparison.Ordinal);
        Assert.Contains("B: other", await open.TextAsync(".answers"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_of_ten_thousand_images_opens_at_once()
    {
        using var folder = new TempFolder();
        await WriteAsync(folder["run"], 10_000, 10);
        (await ReportPage.OfAsync([AskedRun.Open(folder["run"])])).Write(folder["page.html"]);
        long bytes = new FileInfo(folder["page.html"]).Length;
        Assert.InRange(bytes, 2_000_000, 12_000_000);
        var clock = Stopwatch.StartNew();
        await using var open = await browser.OpenAsync(folder["page.html"]);
        TestContext.Current.TestOutputHelper?.WriteLine($"{bytes / 1e6:f1} MB, there after {clock.Elapsed.TotalSeconds:f2} s");
        Assert.Equal("10000 of 10000 samples", await open.TextAsync("#gallery-count"));
        Assert.InRange(await open.Page.Locator(".tile").CountAsync(), 10, 150);
        Assert.InRange(await open.Page.Locator(".tile img").CountAsync(), 10, 150);
    }

    [Fact]
    public async Task Many_classes_keep_the_page_small()
    {
        using var folder = new TempFolder();
        await WriteAsync(folder["<b>{{script}}"], 400, 200, complete: false);
        (await ReportPage.OfAsync([AskedRun.Open(folder["<b>{{script}}"])])).Write(folder["page.html"]);
        Assert.InRange(new FileInfo(folder["page.html"]).Length, 500_000, 3_000_000);
        await using var open = await browser.OpenAsync(folder["page.html"]);
        Assert.Equal("400 of 400 samples", await open.TextAsync("#gallery-count"));
        Assert.Equal(0, await open.Page.Locator(".matrix").CountAsync());
        Assert.Contains("escapes of", await open.TextAsync("section[aria-labelledby='transitions-title-0']"), StringComparison.Ordinal);
        Assert.Contains("This run is interrupted: 400 of 400 samples", await open.TextAsync(".answers"), StringComparison.Ordinal);
        // A name is a name.
        Assert.Equal("APEX: <b>{{script}}", await open.Page.TitleAsync());
    }

    [Fact]
    public async Task Paper_gets_the_beginning_of_the_gallery()
    {
        using var folder = new TempFolder();
        await WriteAsync(folder["run"], 300, 10);
        (await ReportPage.OfAsync([AskedRun.Open(folder["run"])])).Write(folder["page.html"]);
        await using var open = await browser.OpenAsync(folder["page.html"]);
        await open.Page.EvaluateAsync("() => dispatchEvent(new Event('beforeprint'))");
        Assert.Equal(60, await open.Page.Locator(".tile").CountAsync());
        await open.Page.EmulateMediaAsync(new Microsoft.Playwright.PageEmulateMediaOptions { Media = Microsoft.Playwright.Media.Print });
        double height = await open.Page.EvaluateAsync<double>("() => document.querySelector('.view').getBoundingClientRect().height");
        Assert.InRange(height, 138, 2000);
    }

    [Fact]
    public async Task A_scan_is_shown_with_its_model()
    {
        using var folder = new TempFolder();
        ProbeThree(folder);
        folder.Write("scan.json", CommandLine.Run(folder.Path, "scan", "m.onnx", "--json").Out);
        Assert.Equal(0, CommandLine.Run(folder.Path, "report", "run", "--scan", "scan.json").ExitCode);
        await using var open = await browser.OpenAsync(folder["run/report.html"]);
        Assert.Contains("(m.onnx)", await open.TextAsync("section[aria-labelledby='scan-title-0']"), StringComparison.Ordinal);

        // Nothing is called clean, whatever word an older scan had for it, and what such a scan misses stands beside it.
        string scan = File.ReadAllText(folder["scan.json"]);
        (string, string)[] words = [("nothing-found", "nothing found"), ("clean", "nothing found"),
            ("suspicious", "suspicious"), ("inconclusive", "inconclusive")];
        foreach (var (word, shown) in words)
        {
            folder.Write("worded.json", scan.Replace("\"verdict\": \"inconclusive\"", $"\"verdict\": \"{word}\"", StringComparison.Ordinal));
            Assert.Equal(0, CommandLine.Run(folder.Path, "report", "run", "--scan", "worded.json").ExitCode);
            await using var worded = await browser.OpenAsync(folder["run/report.html"]);
            string said = await worded.TextAsync("section[aria-labelledby='scan-title-0']");
            Assert.Contains($"{shown} (m.onnx)", said, StringComparison.Ordinal);
            Assert.Contains("finds a backdoor was not measured on networks that nothing was chosen on (docs/results/backdoor.md)", said,
                StringComparison.Ordinal);
        }

        foreach (var (content, told) in new[] { ("{", "is not JSON"), ("{\"models\":[{}]}", "not what `apex scan"),
            ("{\"models\":[]}", "says nothing of m.onnx"), ("[]", "not what `apex scan") })
        {
            folder.Write("other.json", content);
            Refused(folder, told, "report", "run", "--scan", "other.json");
        }

        Refused(folder, "cannot be read", "report", "run", "--scan", "nosuch.json");
        Refused(folder, "nosuch", "report", "nosuch");
        Refused(folder, "its folder does not exist", "report", "run", "--out", "nosuch/page.html");
        Refused(folder, "is a folder", "report", "run", "--out", "run");
        Refused(folder, "is empty", "report", "run", "--out", "");
        Refused(folder, "", "report", "run", "run", "run");
    }

    [Fact]
    public async Task Samples_are_shown_only_of_the_data_that_was_probed()
    {
        using var folder = new TempFolder();
        folder.Write("m.onnx", Nets.ReluMlp(1, 2, [8], 3).ToBytes());
        folder.Write("d.csv", "a,y,b\n1,0,3\n5,1,3\n0,2,0\n");
        Probe(folder, "m.onnx", "d.csv", "--label-column", "y");
        await using (var open = await browser.OpenAsync(folder["run/report.html"]))
        {
            // Two numbers, without the label.
            Assert.Equal(3, await open.Page.Locator(".tile svg polyline").CountAsync());
            Assert.Equal(2, (await open.Page.Locator("#sample-1 polyline").GetAttributeAsync("points"))!.Split(' ').Length);
        }

        folder.Write("d.csv", "a,y,b\n7,0,3\n5,1,3\n0,2,0\n");
        Assert.Equal(0, CommandLine.Run(folder.Path, "report", "run").ExitCode);
        await using var changed = await browser.OpenAsync(folder["run/report.html"]);
        Assert.Equal(0, await changed.Page.Locator(".tile svg").CountAsync());
        Assert.Contains("is not what it was", await changed.TextAsync(".answers"), StringComparison.Ordinal);
    }

    /// <summary>A run of three vectors without labels.</summary>
    private static void ProbeThree(TempFolder folder)
    {
        folder.Write("m.onnx", Nets.ReluMlp(1, 5, [8], 3).ToBytes());
        folder.Write("d.csv", "a,b,c,d,e\n1,2,3,4,5\n5,4,3,2,1\n0,1,0,1,0\n");
        Probe(folder, "m.onnx", "d.csv");
    }

    private static void Refused(TempFolder folder, string told, params string[] arguments)
    {
        var result = CommandLine.Run(folder.Path, arguments);
        Assert.Equal(2, result.ExitCode);
        Assert.Single(result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains(told, result.Error, StringComparison.Ordinal);
    }

    /// <summary>A run as the engine would have written it of the built-in images, with predictions made up.</summary>
    private static async Task WriteAsync(string path, int samples, int classes, bool complete = true)
    {
        const int Draws = 32;
        string images = Path.Combine(AppContext.BaseDirectory, "Default", "t10k-images-idx3-ubyte.gz");
        var data = Dataset.Open(images);
        long[] ids = [.. Enumerable.Range(0, samples).Select(i => (long)i)];
        double[] sigmas = [.. SigmaGrid.Geometric(0.0125, 0.8, 24)];
        var random = new Random(5);
        await using var writer = await RunWriter.CreateAsync(path, new RunInfo
        {
            Model = new ModelInfo("m.onnx", "hash", 17, "x", [1, 28, 28], "logits", [.. Enumerable.Range(0, classes).Select(c => $"class {c}")], new(), [], []),
            Data = new DataInfo(images, null, "idx", DatasetHash.Compute(data, ids), data.Count, samples, samples, null, null),
            Plan = new PlanInfo([1], [1], sigmas, Draws, NoiseScale.Absolute, 0, Draws, "gaussian", 1, null),
            Versions = new Dictionary<string, string>(),
            Machine = new MachineInfo("", "", 1, ""),
        });
        for (int i = 0; i < samples; i++)
        {
            int clean = random.Next(classes);
            double escape = Math.Exp(random.NextDouble() * 3 - 3);
            int[] levels = [.. Enumerable.Range(0, Draws).Select(_ => Array.FindIndex(sigmas, s => s > escape * (0.5 + random.NextDouble())))];
            int[] to = [.. levels.Select(l => l < 0 ? -1 : (clean + 1 + random.Next(3)) % classes)];
            float[] logits = new float[classes];
            logits[clean] = 1 + random.NextSingle();
            await writer.AddAsync(new SampleObservation
            {
                SampleId = i,
                Label = random.Next(20) == 0 ? random.Next(classes) : clean,
                CleanLogits = logits,
                CleanPrediction = clean,
                CleanMargin = logits[clean],
                FirstEscapeClass = to,
                FirstEscapeSigma = levels,
                Sigmas = [.. Enumerable.Range(0, sigmas.Length).Select(s =>
                {
                    int[] counts = new int[classes];
                    for (int k = 0; k < Draws; k++)
                        counts[levels[k] >= 0 && s >= levels[k] ? to[k] : clean]++;
                    return new SigmaObservation
                    {
                        Counts = counts,
                        MeanSoftmax = [.. counts.Select(c => (float)c / Draws)],
                        MarginMean = counts[clean] / 16f - 1,
                        MarginVariance = 0.1f,
                    };
                })],
            });
        }

        await writer.EndAsync(complete ? RunStatus.Complete : RunStatus.Interrupted, 1);
    }

    private static string Made(TempFolder folder, string model, string data, params string[] more)
    {
        Probe(folder, model, data, more);
        Assert.True(File.Exists(folder["run/report.html"]));
        return folder["run/report.html"];
    }

    private static void Probe(TempFolder folder, string model, string data, params string[] more)
    {
        var result = CommandLine.Run(folder.Path, ["probe", model, "--data", data, "--sigma", "0.05,0.2,0.8", "--draws", "8", "--out", "run", .. more]);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Contains("run/report.html", result.Error, StringComparison.Ordinal);
    }
}
