using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;
using Apex.Models;
using Apex.Models.Onnx;
using Apex.Noise;
using Apex.Probing;
using Apex.Training;

namespace Apex.Bench;

/// <summary>
/// Measures every contestant in turn, round after round, so that a machine that slows down slows all of them; ratios are taken
/// within a round and given by their median and range.
/// </summary>
internal sealed class Comparison
{
    private const int Sigmas = 24, Draws = 32;
    private readonly ComparisonOptions _options;
    private readonly double _seconds;
    private readonly List<(string Key, string Title, Func<double, double?> Rate)> _contestants = [];
    private readonly Dictionary<string, List<double>> _rates = [];
    private (double Help, double FirstBatch, double DotnetVersion)? _startUp;

    private Comparison(ComparisonOptions options) => (_options, _seconds) = (options, options.Quick ? 1 : 5);

    public static int Run(ComparisonOptions options)
    {
        if (options.Depth < 8 || (options.Depth - 2) % 6 != 0 || options.Threads < 1)
        {
            Console.Error.WriteLine("apex-bench: --depth is 6n + 2, at least 8, and --threads at least 1");
            return 2;
        }

        new Comparison(options).Run();
        return 0;
    }

    private void Run()
    {
        string file = Path.Combine(Path.GetTempPath(), $"apex-bench-{Environment.ProcessId}.onnx");
        Networks.ResNet(_options.Depth).Save(file);
        try
        {
            using var classifier = OnnxClassifier.Load(file);
            using var clean = new OnnxPasses(File.ReadAllBytes(file), _options.Threads);
            using var inGraph = new OnnxPasses(Networks.ResNet(_options.Depth, noise: true).ToBytes(), _options.Threads);
            int[] batches = _options.Quick ? [4, 32] : [2, 4, 8, 16, 32, 64, 128];
            clean.Tune(batches, _options.Quick ? 0.2 : 0.5);
            inGraph.Tune(batches, _options.Quick ? 0.2 : 0.5);
            Measure(classifier, clean, inGraph);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private void Measure(OnnxClassifier classifier, OnnxPasses clean, OnnxPasses inGraph)
    {
        int threads = _options.Threads;
        Add("clean", $"ONNX Runtime, clean ({clean.Setup})", s => clean.Rate(s));
        // A whole probe of a second would be opened and ended for a good part of it, which one of minutes is not.
        double longer = _options.Quick ? 3 : 1;
        var (both, alone) = (Probe(classifier, Sigmas, threads, "all"), Probe(classifier, Sigmas, 1, "all"));
        Add("noisy", $"APEX, all sites, {Sigmas} sigmas, {Draws} draws", s => both(longer * s));
        Add("noisyOneThread", "the same, 1 thread", s => alone(longer * s));
        Add("oneSigma", "APEX, all sites, 1 sigma", Probe(classifier, 1, threads, "all"));
        Add("lastSite", $"APEX, last site only, {Sigmas} sigmas", Probe(classifier, Sigmas, threads, "last"));
        using var gradients = new GradientPasses(classifier, threads);
        Add("gradient", $"APEX, margin and its gradient's norm at the input and all sites (batch {gradients.Rows})", s => gradients.Rate(s));
        Add("inGraphRng", $"ONNX Runtime, RandomNormalLike in the graph ({inGraph.Setup})", s => inGraph.Rate(s));
        using var torch = Torch();
        if (torch is not null)
            Add("torchSharpHooks", "TorchSharp, forward hooks (batch 64)", s => torch.Rate(s));
        using var pyTorch = new PythonPeer(Path.Combine(_options.Peers, "pytorch_hooks.py"), $"--depth {_options.Depth} --threads {threads}");
        Add("pyTorchHooks", "PyTorch, forward hooks (batch 64)", pyTorch.Rate);
        using var autograd = new PythonPeer(Path.Combine(_options.Peers, "pytorch_gradients.py"), $"--depth {_options.Depth} --threads {threads}");
        Add("pyTorchGradient", "PyTorch, the same by autograd (batch 64)", autograd.Rate);
        foreach (var set in (NoiseInstructionSet[])[NoiseInstructionSet.Avx512, NoiseInstructionSet.Avx2, NoiseInstructionSet.Portable])
        {
            if (GaussianNoise.IsSupported(set))
                Add($"normals{set}", $"normals, {set}, one core", s => Normals(set, s / 4));
        }

        using var numPy = new PythonPeer(Path.Combine(_options.Peers, "numpy_normals.py"), "");
        Add("numpy", "normals, NumPy standard_normal float32, one core", s => numPy.Rate(s / 4));

        // A round that does not count: it compiles, and finds how many samples fill a round.
        int rounds = _options.Quick ? 2 : 5;
        for (int round = -1; round < rounds; round++)
        {
            foreach (var (key, title, rate) in _contestants)
            {
                if (rate(round < 0 ? _seconds / 4 : _seconds) is not { } value || round < 0)
                    continue;
                if (!_rates.TryGetValue(key, out var all))
                    _rates[key] = all = [];
                all.Add(value);
            }

            if (round >= 0)
                Console.Error.WriteLine($"round {round + 1}/{rounds}: clean {_rates["clean"][^1]:N0}/s, APEX {_rates["noisy"][^1]:N0}/s");
        }

        double? sweep = _options.Quick ? null : Sweep(classifier);
        _startUp = _options.Command is { } command ? StartUp.Measure(command, 9) : null;
        string table = Table(rounds, sweep);
        Console.WriteLine(table);
        if (_options.Markdown is { } path)
            WholeFile.Replace(path, table + "\n");
        if (_options.Json)
            Console.WriteLine(Json(sweep).ToJsonString());
    }

    private void Add(string key, string title, Func<double, double?> rate) => _contestants.Add((key, title, rate));

    private static Func<double, double?> Probe(IClassifier classifier, int sigmas, int threads, string sites)
    {
        var passes = new ApexPasses(classifier, new ProbeOptions
        {
            Sigmas = sigmas == 1 ? [Networks.Sigma] : SigmaGrid.Geometric(0.0125, 0.8, sigmas),
            Draws = Draws,
            Threads = threads,
            Sites = [sites],
        });
        return s => passes.Rate(s);
    }

    /// <summary>Cost of as many full probes as there are sites, over that of one probe for each site.</summary>
    private double Sweep(IClassifier classifier)
    {
        int sites = classifier.Sites.Count(s => !s.IsInput);
        double each = 0;
        for (int site = 1; site <= sites; site++)
            each += 1 / Probe(classifier, Sigmas, _options.Threads, site.ToString(CultureInfo.InvariantCulture))(_seconds / 3)!.Value;
        return sites / Median(_rates["noisy"]) / each;
    }

    private TorchHooks? Torch()
    {
        try
        {
            TorchLibrary.MakeLoadable();
            return new TorchHooks(_options.Depth, _options.Threads, 64);
        }
        catch (Exception error) when (error is TypeInitializationException or DllNotFoundException or NotSupportedException)
        {
            Console.Error.WriteLine(
                $"TorchSharp's native library does not load here and is left out: {(error.InnerException ?? error).Message.Split('\n')[0]}");
            return null;
        }
    }

    private static double Normals(NoiseInstructionSet instructions, double seconds)
    {
        float[] values = new float[1 << 16];
        long count = 0;
        int draw = 0;
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed.TotalSeconds < seconds)
        {
            GaussianNoise.Fill(new NoiseKey(1, 2, draw++, 3), values, instructions);
            count += values.Length;
        }

        return count / clock.Elapsed.TotalSeconds;
    }

    private string Table(int rounds, double? sweep)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture,
            $"ResNet-{_options.Depth} for 32 x 32 images, {_options.Threads} threads; "
                + $"{Machine()}, {RuntimeInformation.OSDescription}, .NET {Environment.Version}.");
        text.AppendLine(CultureInfo.InvariantCulture,
            $"{rounds} interleaved rounds of about {_seconds} s each; median [least, most]. "
                + $"The ratio is of APEX (all sites, {Sigmas} sigmas) to the line, round by round.");
        text.AppendLine();
        text.AppendLine("| | per second | APEX over it |");
        text.AppendLine("|---|---|---|");
        foreach (var (key, title, _) in _contestants)
        {
            if (!_rates.TryGetValue(key, out var rates))
                text.AppendLine(CultureInfo.InvariantCulture, $"| {title} | not available here | |");
            else if (key.StartsWith("normals", StringComparison.Ordinal) || key == "numpy")
                text.AppendLine(CultureInfo.InvariantCulture,
                    $"| {title} | {Range(rates, r => (r / 1e9).ToString("0.00", CultureInfo.InvariantCulture))} billion | |");
            else
                text.AppendLine(CultureInfo.InvariantCulture,
                    $"| {title} | {Range(rates, r => r.ToString("N0", CultureInfo.InvariantCulture))} | "
                        + $"{(key == "noisy" ? "" : Range(Ratios("noisy", key), r => r.ToString("0.00", CultureInfo.InvariantCulture)))} |");
        }

        if (sweep is { } gain)
            text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"One probe for each site costs 1 / {gain:0.00} of as many probes of all sites.");
        if (_startUp is { } start)
        {
            text.AppendLine().AppendLine(CultureInfo.InvariantCulture,
                $"Start to end: `apex --help` {start.Help:0.000} s, a probe of one sample of the built-in model {start.FirstBatch:0.00} s; "
                    + $"{start.Help / start.DotnetVersion:0.00} and {start.FirstBatch / start.DotnetVersion:0.0} times `dotnet --version`.");
        }

        return text.ToString().TrimEnd();
    }

    private JsonObject Json(double? sweep) => new()
    {
        ["model"] = $"resnet{_options.Depth}",
        ["threads"] = _options.Threads,
        ["cleanPerSecond"] = Rate("clean"),
        ["noisyPerSecond"] = Rate("noisy"),
        ["noisyOverClean"] = Ratio("noisy", "clean"),
        ["oneSigmaOverClean"] = Ratio("oneSigma", "clean"),
        ["gradientOverClean"] = Ratio("gradient", "clean"),
        ["gradientOverPyTorch"] = Ratio("gradient", "pyTorchGradient"),
        ["overInGraphRng"] = Ratio("noisy", "inGraphRng"),
        ["overTorchSharpHooks"] = Ratio("noisy", "torchSharpHooks"),
        ["overPyTorchHooks"] = Ratio("noisy", "pyTorchHooks"),
        ["normalsPerSecondPerCore"] = Rate("normalsAvx512") ?? Rate("normalsAvx2") ?? Rate("normalsPortable"),
        ["normalsOverNumPy"] = Ratio(_rates.ContainsKey("normalsAvx512") ? "normalsAvx512" : "normalsAvx2", "numpy"),
        ["twoThreadsOverOne"] = Ratio("noisy", "noisyOneThread"),
        ["lastSiteOverAllSites"] = Ratio("lastSite", "noisy"),
        ["helpOverDotnetVersion"] = _startUp is { } s ? Math.Round(s.Help / s.DotnetVersion, 3) : null,
        ["firstBatchOverDotnetVersion"] = _startUp is { } t ? Math.Round(t.FirstBatch / t.DotnetVersion, 3) : null,
        ["sweepOverNaive"] = sweep is { } value ? Math.Round(value, 3) : null,
    };

    private double? Rate(string key) => _rates.TryGetValue(key, out var rates) ? Math.Round(Median(rates), 1) : null;

    private double? Ratio(string over, string under) =>
        _rates.ContainsKey(over) && _rates.ContainsKey(under) ? Math.Round(Median(Ratios(over, under)), 3) : null;

    private List<double> Ratios(string over, string under) => [.. _rates[over].Zip(_rates[under], (a, b) => a / b)];

    private static string Range(List<double> values, Func<double, string> format) =>
        $"{format(Median(values))} [{format(values.Min())}, {format(values.Max())}]";

    public static double Median(List<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private static string Machine()
    {
        const string Cpu = "/proc/cpuinfo";
        string? name = File.Exists(Cpu)
            ? File.ReadLines(Cpu).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() : null;
        string widest = GaussianNoise.IsSupported(NoiseInstructionSet.Avx512)
            ? "AVX-512" : GaussianNoise.IsSupported(NoiseInstructionSet.Avx2) ? "AVX2" : "no AVX2";
        return $"{name ?? RuntimeInformation.ProcessArchitecture.ToString()} ({widest}, {Environment.ProcessorCount} processors)";
    }
}
