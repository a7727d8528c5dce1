using System.Text.Json;
using MathNet.Numerics.Distributions;
using Xunit;

namespace Apex.Tests.Cli;

/// <summary><c>apex dependence</c>, <c>bias</c> and <c>scan</c> through the real process.</summary>
public sealed class LargeNoiseCommandTests(LargeNoiseCommandTests.Probed probed) : IClassFixture<LargeNoiseCommandTests.Probed>
{
    [Fact]
    public void Transition_finds_where_half_of_the_dependence_is_gone()
    {
        var json = Json("dependence", "dependence", "run", "--json");
        double[] sigmas = Numbers(json, "sigmas"), dependence = Numbers(json, "sampleDependence"), low = Numbers(json, "low"), high = Numbers(json, "high");
        Assert.Equal(Probed.Levels, sigmas.Length);
        Assert.All(Enumerable.Range(0, sigmas.Length), s => Assert.True(double.IsNaN(dependence[s]) || (low[s] <= dependence[s] && dependence[s] <= high[s])));
        Assert.True(dependence[0] > 0.9);
        double half = json.GetProperty("halfDependenceSigma").GetDouble();
        Assert.InRange(half, json.GetProperty("halfLow").GetDouble(), json.GetProperty("halfHigh").GetDouble());
        int below = Array.FindIndex(dependence, d => d < 0.5);
        Assert.InRange(half, sigmas[below - 1], sigmas[below]);
        Assert.InRange(json.GetProperty("smallNoiseUpTo").GetDouble(), 0.02, half);
        // What is nowhere near chance is told so.
        Assert.Equal(0.01, json.GetProperty("pValue")[0].GetDouble(), 1e-9);
        Assert.InRange(json.GetProperty("null")[0].GetDouble(), -0.1, 0.1);
        string text = Text("dependence", "run");
        Assert.Contains("Half of the sample dependence is gone at sigma", text, StringComparison.Ordinal);
        Assert.Contains("n = 80 samples", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Bias_of_a_run_and_of_a_model_at_its_levels_are_of_one_kind()
    {
        var run = Json("bias", "bias", "run", "--json");
        Assert.Equal(Probed.Levels, run.GetProperty("groups")[0].GetProperty("sigmas").GetArrayLength());
        Assert.Equal(1, Numbers(run, "classShares").Sum(), 1e-9);
        Assert.Equal("absolute", run.GetProperty("scale").GetString());
        Assert.Contains("at sigma 2 times each site's rms",
            Text("bias", "--sigma", "2", "--relative", "--draws", "4", "--data", probed.Data, "--limit", "4"), StringComparison.Ordinal);
        var model = Json("bias", "bias", "--sigma", "0.5:50:3", "--draws", "8", "--data", probed.Data, "--limit", "20", "--json");
        Assert.Equal(["all", "early", "middle", "late"], model.GetProperty("groups").EnumerateArray().Select(g => g.GetProperty("sites").GetString()!));
        Assert.Contains("takes over at sigma", Text("bias", "--sigma", "0.5,50", "--draws", "8"), StringComparison.Ordinal);
    }

    [Fact]
    public void Bias_at_infinity_needs_no_data_and_is_where_large_noise_goes()
    {
        var limit = Json("bias", "bias", "--sigma", "inf", "--draws", "4000", "--json");
        Assert.Equal("inf", limit.GetProperty("sigma").GetString());
        Assert.Equal(4000, limit.GetProperty("draws").GetInt64());
        double[] shares = Numbers(limit, "classShares"), low = Numbers(limit, "low"), high = Numbers(limit, "high");
        Assert.Equal(1, shares.Sum(), 1e-9);
        Assert.All(Enumerable.Range(0, shares.Length), c => Assert.True(low[c] <= shares[c] && shares[c] <= high[c]));
        Assert.Equal(shares.Max(), limit.GetProperty("maxShare").GetDouble());
        Assert.InRange(limit.GetProperty("normalisedEntropy").GetDouble(), 0, 1);
        // The same by brute force.
        var large = Json("bias", "bias", "--sigma", "30000", "--draws", "50", "--data", probed.Data, "--limit", "40", "--json");
        for (int c = 0; c < shares.Length; c++)
            Assert.Equal(shares[c], Numbers(large, "classShares")[c], 0.04);
        Assert.Contains("infinite noise", Text("bias", "--draws", "500"), StringComparison.Ordinal);
        // A seed is a seed.
        Assert.Equal(Text("bias", "--draws", "500", "--seed", "3", "--threads", "1"), Text("bias", "--draws", "500", "--seed", "3"));
    }

    [Fact]
    public void Scan_names_a_class_that_a_direction_leads_to_and_gates_a_pipeline()
    {
        var json = Json("scan", 1, "scan", "gated.onnx", "--draws", "64", "--json").GetProperty("models")[0];
        Assert.Equal(("suspicious", 3), (json.GetProperty("verdict").GetString(), json.GetProperty("target").GetInt32()));
        Assert.InRange(json.GetProperty("pValue").GetDouble(), 0, 0.05);
        Assert.True(json.GetProperty("anomalyIndex").GetDouble() > 3);
        // Several models: one that is suspicious is enough, and they come in order.
        var result = CommandLine.Run(probed.Folder.Path, "scan", "mlp-1.onnx", "gated.onnx", "--draws", "64");
        Assert.Equal(1, result.ExitCode);
        Assert.True(result.Out.IndexOf("mlp-1.onnx", StringComparison.Ordinal) < result.Out.IndexOf("gated.onnx: SUSPICIOUS", StringComparison.Ordinal));
        Assert.Contains("suspected target: class 3", result.Out, StringComparison.Ordinal);
        Assert.Contains("What it cannot", result.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Scan_against_references_knows_what_is_usual()
    {
        string[] references = ["--reference", .. Enumerable.Range(1, 6).Select(i => $"mlp-{i}.onnx")];
        var same = Json("scan", 0, ["scan", "mlp-7.onnx", .. references, "--draws", "64", "--json"]).GetProperty("models")[0];
        Assert.Equal(6, same.GetProperty("references").GetInt32());
        Assert.NotEqual("suspicious", same.GetProperty("verdict").GetString());
        var gated = Json("scan", 1, ["scan", "gated.onnx", .. references, "--data", probed.Vectors, "--draws", "64", "--json"]).GetProperty("models")[0];
        Assert.Equal(("suspicious", 3), (gated.GetProperty("verdict").GetString(), gated.GetProperty("target").GetInt32()));
        Assert.Equal(["noise", "noise"], gated.GetProperty("responses").EnumerateArray().Select(r => r.GetProperty("inputs").GetString()!));
        // Two are too few for a p-value: no verdict, which only --strict takes for a failure.
        string[] two = ["scan", "gated.onnx", "--reference", "mlp-1.onnx", "mlp-2.onnx", "--draws", "64"];
        Assert.Contains("INCONCLUSIVE", Text(two), StringComparison.Ordinal);
        Assert.Equal(1, CommandLine.Run(probed.Folder.Path, [.. two, "--strict"]).ExitCode);
        var thin = Json("scan", 0, [.. two, "--json"]).GetProperty("models")[0];
        Assert.Equal((JsonValueKind.Null, 3), (thin.GetProperty("pValue").ValueKind, thin.GetProperty("target").GetInt32()));
    }

    /// <summary>What a scan is given, and what its sentence must then say.</summary>
    public static TheoryData<string, string[]> Given => new()
    {
        { "without references or samples finds a backdoor was not measured on networks that nothing was chosen on", [] },
        { "with samples finds a backdoor was not measured on networks that nothing was chosen on", ["--data", "vectors.csv"] },
        {
            "with references finds a backdoor was not measured",
            ["--reference", "mlp-1.onnx", "mlp-2.onnx", "mlp-3.onnx", "mlp-4.onnx", "mlp-5.onnx", "mlp-6.onnx"]
        },
        {
            "with references and samples finds a backdoor was not measured",
            ["--reference", "mlp-1.onnx", "mlp-2.onnx", "mlp-3.onnx", "mlp-4.onnx", "mlp-5.onnx", "mlp-6.onnx", "--data", "vectors.csv"]
        },
        { "with fewer than 3 references finds a backdoor was not measured", ["--reference", "mlp-1.onnx", "mlp-2.onnx"] },
    };

    [Theory]
    [MemberData(nameof(Given))]
    public void Nothing_is_called_clean_and_what_such_a_scan_misses_stands_beside_it(string says, string[] given)
    {
        string[] command = ["scan", "mlp-7.onnx", "gated.onnx", .. given, "--draws", "64"];
        var json = CommandLine.Run(probed.Folder.Path, [.. command, "--json"]);
        var models = JsonDocument.Parse(json.Out).RootElement;
        CommandSchema.Check("scan", models);
        var text = CommandLine.Run(probed.Folder.Path, command);
        foreach (var model in models.GetProperty("models").EnumerateArray())
        {
            double? p = model.GetProperty("pValue") is { ValueKind: JsonValueKind.Number } number ? number.GetDouble() : null;
            string verdict = model.GetProperty("verdict").GetString()!;
            Assert.Equal(p < 0.05 ? "suspicious" : p >= 0.2 ? "nothing-found" : "inconclusive", verdict);
            Assert.Contains($"{model.GetProperty("model").GetString()}: {(verdict == "nothing-found" ? "nothing found" : verdict.ToUpperInvariant())} (",
                text.Out, StringComparison.Ordinal);
            Assert.Contains(says, model.GetProperty("findsAndMisses").GetString(), StringComparison.Ordinal);
            Assert.Equal(JsonValueKind.Null, model.GetProperty("rates").ValueKind);
        }

        Assert.Contains(says,
            Assert.Single(text.Out.Split('\n'), l => l.Contains("docs/results/backdoor.md", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.DoesNotContain("CLEAN", text.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("\"clean\"",
            string.Join('\n', json.Out.Split('\n').Where(l => l.Contains("verdict", StringComparison.Ordinal))), StringComparison.Ordinal);

        // A few lines of progress for each model, and each says of which model and what.
        string[] progress = text.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string[] screened = [.. given.Where(a => a.EndsWith(".onnx", StringComparison.Ordinal)), "mlp-7.onnx", "gated.onnx"];
        Assert.All(progress,
            line => Assert.Contains(screened,
                model => line.StartsWith($"{model}: noise on the ", StringComparison.Ordinal)
                    || line.StartsWith($"{model}: directed noise o", StringComparison.Ordinal)
                    || line == $"{model}: limit of infinite noise"));
        Assert.All(screened, model => Assert.InRange(progress.Count(line => line.StartsWith(model, StringComparison.Ordinal)), 2, 7));
    }

    [Fact]
    public void Scan_finds_nothing_in_some_model_of_each_kind_of_scan()
    {
        // Or the words above would never be said.
        string[] all = [.. Enumerable.Range(1, 7).Select(i => $"mlp-{i}.onnx")];
        Assert.Contains("nothing found (", CommandLine.Run(probed.Folder.Path, ["scan", .. all, "--draws", "64"]).Out, StringComparison.Ordinal);
        Assert.Contains("nothing found (",
            CommandLine.Run(probed.Folder.Path, ["scan", .. all[4..], "--reference", .. all[..4], "--draws", "64"]).Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Help_of_scan_says_what_to_give_and_what_is_not_known()
    {
        string help = Text("scan", "--help");
        Assert.Contains("  apex scan model.onnx --reference clean-1.onnx clean-2.onnx clean-3.onnx", help, StringComparison.Ordinal);
        Assert.Contains("not measured yet", help, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_that_cannot_be_read_does_not_keep_the_others_from_being_screened()
    {
        string[] command = ["scan", "mlp-1.onnx", "bad.onnx", "gated.onnx", "--draws", "64"];
        var json = Json("scan", 2, [.. command, "--json"]);
        Assert.Equal(["mlp-1.onnx", "gated.onnx"], json.GetProperty("models").EnumerateArray().Select(m => m.GetProperty("model").GetString()!));
        Assert.Equal("bad.onnx", Assert.Single(json.GetProperty("failed").EnumerateArray()).GetProperty("model").GetString());
        var text = CommandLine.Run(probed.Folder.Path, command);
        Assert.Equal(2, text.ExitCode);
        Assert.Contains("apex: bad.onnx", text.Error, StringComparison.Ordinal);
        Assert.Contains("gated.onnx: SUSPICIOUS", text.Out, StringComparison.Ordinal);
        Assert.Contains("Not screened: bad.onnx", text.Out, StringComparison.Ordinal);
    }

    public static TheoryData<string, string, string[]> Wrong => new()
    {
        { "no run", "no such run", ["dependence", "nothing"] },
        { "no model", "no such model file", ["bias", "nothing.onnx"] },
        { "data at infinity", "--data goes with finite levels", ["bias", "--data", "images"] },
        { "levels of a run", "--sigma and --data go with a model", ["bias", "run", "--sigma", "1"] },
        { "draws of a run", "--draws goes with a model", ["bias", "run", "--draws", "9"] },
        { "relative at infinity", "--relative goes with finite levels", ["bias", "--relative"] },
        { "no limit", "LayerNormalization", ["bias", "vit.onnx"] },
        { "no draws", "--draws", ["bias", "--draws", "0"] },
        { "no grid", "--sigma", ["bias", "--sigma", "much"] },
        { "no model to scan", "Required argument", ["scan"] },
        { "model that is none", "bad.onnx", ["scan", "bad.onnx"] },
        { "references of another kind", "mlp-1.onnx: not of the same architecture", ["scan", "vit.onnx", "--reference", "mlp-1.onnx", "--draws", "4"] },
        { "itself as reference", "is one of the references itself", ["scan", "mlp-1.onnx", "--reference", "mlp-1.onnx", "--draws", "4"] },
        { "a reference twice", "among the references twice", ["scan", "mlp-1.onnx", "--reference", "mlp-2.onnx", "mlp-3.onnx", "mlp-2.onnx", "--draws", "4"] },
        { "no threads", "--threads -3", ["scan", "mlp-1.onnx", "--threads", "-3"] },
        { "one draw", "at least 2", ["scan", "mlp-1.onnx", "--draws", "1"] },
        { "one sample", "at least 4", ["scan", "mlp-1.onnx", "--data", "vectors.csv", "--limit", "1"] },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Bad_input_is_told_in_one_line(string name, string says, string[] command)
    {
        var result = CommandLine.Run(probed.Folder.Path, command);
        Assert.True(result.ExitCode == 2, $"{name}: exit {result.ExitCode}, {result.Error}");
        Assert.Contains(says, result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1], StringComparison.Ordinal);
        Assert.Empty(result.Out);
    }

    [Theory]
    [InlineData("dependence")]
    [InlineData("bias")]
    [InlineData("scan")]
    public void Help_has_an_example(string command) => Assert.Contains($"  apex {command} ", Text(command, "--help"), StringComparison.Ordinal);

    private static double[] Numbers(JsonElement json, string name) => [.. json.GetProperty(name)
        .EnumerateArray().Select(v => v.ValueKind == JsonValueKind.Null ? double.NaN : v.GetDouble())];

    private string Text(params string[] command)
    {
        var result = CommandLine.Run(probed.Folder.Path, command);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.DoesNotContain("NaN", result.Out, StringComparison.Ordinal);
        return result.Out;
    }

    private JsonElement Json(string schema, params string[] command) => Json(schema, 0, command);

    private JsonElement Json(string schema, int exitCode, params string[] command)
    {
        var result = CommandLine.Run(probed.Folder.Path, command);
        Assert.True(result.ExitCode == exitCode, $"{result.ExitCode}: {result.Error}");
        var json = JsonDocument.Parse(result.Out).RootElement;
        CommandSchema.Check(schema, json);
        return json;
    }

    /// <summary>A run of the built-in model, and models on disk.</summary>
    public sealed class Probed : IDisposable
    {
        public const int Levels = 8;

        public Probed()
        {
            var probe = CommandLine.Run(Folder.Path, "probe", "--limit", "80", "--sigma", $"0.02:2:{Levels}", "--draws", "32", "--out", "run");
            Assert.True(probe.ExitCode == 0, probe.Error);
            Folder.Write("bad.onnx", "no model");
            Nets.Vit().Save(Folder["vit.onnx"]);
            for (int seed = 1; seed <= 7; seed++)
                Mlp(seed, strength: 0).Save(Folder[$"mlp-{seed}.onnx"]);
            Mlp(8, strength: 6).Save(Folder["gated.onnx"]);
            var random = new Random(1);
            Vectors = Folder.Write("vectors.csv",
                "a,b,c,d,e,f,g,h\n" + string.Concat(
                    Enumerable.Range(0, 40).Select(_ => string.Join(',', Enumerable.Range(0, 8).Select(_ => Normal.Sample(random, 0, 1))) + "\n")));
        }

        public string Vectors { get; }

        /// <summary>A network in which one direction of the first activations, however strong, raises class 3 for every input.</summary>
        private static OnnxGraphBuilder Mlp(int seed, float strength)
        {
            const int Inputs = 8, Width = 24, Classes = 10, Target = 3;
            var random = new Random(seed);
            float[] first = Nets.Weights(random, Width * Inputs, Inputs),
                second = Nets.Weights(random, Width * Width, Width), head = Nets.Weights(random, Classes * Width, Width);
            // The last unit of the second layer listens to four of the first, and the target to it.
            for (int j = 0; j < 4; j++)
                second[(Width - 1) * Width + j] += strength;
            head[Target * Width + Width - 1] += strength;
            var g = new OnnxGraphBuilder();
            string x = g.Input("x", OnnxElementType.Float, "N", Inputs);
            x = g.Relu(g.Gemm(x, first, [Width, Inputs], new float[Width]));
            x = g.Relu(g.Gemm(x, second, [Width, Width], new float[Width]));
            g.Output(g.Gemm(x, head, [Classes, Width], new float[Classes]), OnnxElementType.Float, "N", Classes);
            return g;
        }

        public TempFolder Folder { get; } = new();

        public string Data { get; } = Path.Combine(AppContext.BaseDirectory, "Default", "t10k-images-idx3-ubyte.gz");

        public void Dispose() => Folder.Dispose();
    }
}
