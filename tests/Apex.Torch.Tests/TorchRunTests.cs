using System.Diagnostics;
using Apex.Experiments;
using Apex.Facts;
using Apex.Observations;
using Apex.Page;
using Apex.Plots;
using Apex.Probing;
using Apex.Questions;
using Xunit;

namespace Apex.Torch.Tests;

/// <summary>A TorchSharp module gets what an ONNX file gets from a job: a run on disk, to go on with after a kill, shards, figures and the page.</summary>
public sealed class TorchRunTests : IDisposable
{
    private const string FolderVariable = "APEX_TORCH_RUN";
    private const int Samples = 400;

    private readonly TempFolder _folder = new();
    private readonly List<CancellationTokenSource> _stops = [];

    public TorchRunTests() => WriteData(_folder);

    [Fact]
    public async Task A_run_that_was_killed_goes_on_to_the_same_bytes_and_has_figures_and_a_page()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "sends a POSIX signal");
        using var network = Networks.Create("residual");
        using var classifier = TorchClassifier.Wrap(network, Networks.Shape);
        var whole = (await Job(_folder, classifier, "whole").RunAsync())!;
        Assert.Equal((RunStatus.Complete, Samples), (whole.Status, whole.Samples));
        Assert.StartsWith("sha256:", whole.Model.Hash, StringComparison.Ordinal);
        Assert.Contains("torchsharp", whole.Versions.Keys);

        long kept = Kill();
        Assert.InRange(kept, 1, Samples - 1);
        var resumed = await ProbeJob.ResumeAsync(_folder["killed"], job => job with { Classifier = classifier });
        Assert.Equal((RunStatus.Complete, Samples, 1), (resumed.Status, resumed.Samples, resumed.Resumes.Count));
        Assert.Equal(Bytes("whole"), Bytes("killed"));

        var asked = new AskedRun(RunReader.Open(_folder["killed"]));
        var plotted = await PlottedRun.OfAsync(asked);
        RunPlots.Save(plotted, "dependence", _folder["dependence.svg"]);
        Assert.Contains("</svg>", File.ReadAllText(_folder["dependence.svg"]), StringComparison.Ordinal);
        (await ReportPage.OfAsync([asked])).Write(_folder["page.html"]);
        Assert.Contains("data-ready=\"true\"", InBrowser(_folder["page.html"]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Shards_merge_to_the_whole_run()
    {
        using var network = Networks.Create("perceptron");
        using var classifier = TorchClassifier.Wrap(network, Networks.Shape);
        await Job(_folder, classifier, "whole").RunAsync();
        // Complete, so nobody needs the network.
        Assert.Equal(Samples, (await ProbeJob.ResumeAsync(_folder["whole"])).Samples);
        foreach (int i in (int[])[1, 2])
            await (Job(_folder, classifier, $"shard-{i}") with { Shard = new Shard(i, 2) }).RunAsync();
        await RunMerge.JoinAsync(_folder["merged"], [_folder["shard-1"], _folder["shard-2"]]);
        Assert.Equal(Bytes("whole"), Bytes("merged"));
    }

    [Fact]
    public async Task Another_network_or_none_cannot_go_on_with_a_run()
    {
        using var network = Networks.Create("perceptron");
        using var classifier = TorchClassifier.Wrap(network, Networks.Shape);
        await Job(_folder, classifier, "run").RunAsync(cancellationToken: await Stopped());
        using var other = Networks.Create("perceptron");
        using (TorchSharp.torch.no_grad())
            other.parameters().Last().add_(0.01);
        using var changed = TorchClassifier.Wrap(other, Networks.Shape);
        var refused = await Assert.ThrowsAsync<InvalidInputException>(() => ProbeJob.ResumeAsync(_folder["run"], job => job with { Classifier = changed }));
        Assert.Contains("the model (its hash)", refused.Message, StringComparison.Ordinal);
        var missing = await Assert.ThrowsAsync<InvalidInputException>(() => ProbeJob.ResumeAsync(_folder["run"]));
        Assert.Contains("network in memory", missing.Message, StringComparison.Ordinal);

        async Task<CancellationToken> Stopped()
        {
            var stop = new CancellationTokenSource();
            _stops.Add(stop);
            _ = Task.Run(async () =>
            {
                for (int i = 0; i < 6000 && SamplesOf(_folder["run"]) == 0; i++)
                    await Task.Delay(2);
                await stop.CancelAsync();
            });
            await Task.Yield();
            return stop.Token;
        }
    }

    /// <summary>What the process that is killed does; the test above starts it.</summary>
    [Fact(Explicit = true)]
    public async Task Probe_until_killed()
    {
        string path = Environment.GetEnvironmentVariable(FolderVariable) ?? throw new InvalidOperationException($"{FolderVariable} names no folder");
        using var network = Networks.Create("residual");
        using var classifier = TorchClassifier.Wrap(network, Networks.Shape);
        await Job(name => Path.Combine(path, name), classifier, "killed").RunAsync();
    }

    public void Dispose()
    {
        _stops.ForEach(s => s.Dispose());
        _folder.Dispose();
    }

    private static ProbeJob Job(TempFolder folder, TorchClassifier classifier, string run) => Job(name => folder[name], classifier, run);

    private static ProbeJob Job(Func<string, string> path, TorchClassifier classifier, string run) => new()
    {
        Classifier = classifier,
        Data = path("d.npy"),
        DataOptions = new() { Labels = path("y.txt") },
        Out = path(run),
        Options = new ProbeOptions { Sigmas = [0.1, 0.3, 1], Draws = 16, Threads = 2, Seed = 3 },
        Checkpoint = TimeSpan.Zero,
    };

    /// <summary>Starts the probe in a process of its own and kills it once it has written samples.</summary>
    /// <returns>Samples that are on disk.</returns>
    private long Kill()
    {
        for (int attempt = 0; attempt < 5; attempt++)
        {
            string tests = Path.Combine(AppContext.BaseDirectory, "Apex.Torch.Tests");
            var start = new ProcessStartInfo(tests) { RedirectStandardOutput = true, RedirectStandardError = true };
            foreach (string argument in (string[])["--explicit", "only", "--filter-method", $"*{nameof(Probe_until_killed)}"])
                start.ArgumentList.Add(argument);
            start.Environment[FolderVariable] = _folder.Path;
            using var process = Process.Start(start)!;
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            string run = _folder["killed"];
            while (!process.HasExited && SamplesOf(run) == 0)
                Thread.Sleep(2);
            process.Kill();
            process.WaitForExit();
            if (Directory.Exists(run) && RunReader.Open(run, partial: true).Info is { Status: not RunStatus.Complete, Samples: > 0 } info)
                return info.Samples;
            // It was faster than this process.
            if (Directory.Exists(run))
                Directory.Delete(run, recursive: true);
        }

        return 0;
    }

    private static long SamplesOf(string run)
    {
        try
        {
            return File.Exists(Path.Combine(run, "run.json")) ? RunReader.Open(run, partial: true).Info.Samples : 0;
        }
        catch (InvalidInputException)
        {
            return 0;
        }
    }

    private Dictionary<string, string> Bytes(string run) => Directory.EnumerateFiles(_folder[run], "*.parquet", SearchOption.AllDirectories)
        .ToDictionary(f => Path.GetRelativePath(_folder[run], f), f => Convert.ToHexString(File.ReadAllBytes(f)));

    /// <summary>What a page is once its script has run, in a browser without a window.</summary>
    private static string InBrowser(string page)
    {
        string? browser = Environment.GetEnvironmentVariable("CHROMIUM")
            ?? ((string[])["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]).FirstOrDefault(File.Exists);
        if (browser is null)
            Assert.Skip("no Chromium here: apt-get install chromium, or name one in CHROMIUM");
        using var process = Process.Start(
            new ProcessStartInfo(browser, ["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=20000", "--dump-dom", $"file://{page}"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
        process.BeginErrorReadLine();
        string dom = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return dom;
    }

    private static void WriteData(TempFolder folder)
    {
        float[] values = [.. Enumerable.Range(0, Samples).SelectMany(i => Networks.Sample(i, 64).Values)];
        folder.Write("d.npy", Apex.Tests.Data.Files.Npy("<f4", $"({Samples}, 1, 8, 8)", Apex.Tests.Data.Files.Of(values)));
        folder.Write("y.txt", string.Join('\n', Enumerable.Range(0, Samples).Select(i => i % 5)));
    }
}
