using System.Text.Json;
using Xunit;

namespace Apex.Tests.Cli;

/// <summary><c>apex reach</c> through the real process.</summary>
public sealed class ReachCommandTests(ReachCommandTests.Models models) : IClassFixture<ReachCommandTests.Models>
{
    [Fact]
    public void Tells_rank_and_share_of_each_site()
    {
        var result = Run(0, "reach", "mlp.onnx", "--data", "vectors.csv", "--limit", "3", "--out", "reach.csv", "--json");
        var json = JsonDocument.Parse(result.Out).RootElement;
        CommandSchema.Check("reach", json);
        Assert.Equal((3, 6), (json.GetProperty("samples").GetInt32(), json.GetProperty("inputElements").GetInt32()));
        Assert.Equal(2, json.GetProperty("sites").GetArrayLength());
        foreach (var site in json.GetProperty("sites").EnumerateArray())
        {
            double share = site.GetProperty("share").GetDouble();
            Assert.InRange(share, site.GetProperty("shareInterval")[0].GetDouble(), site.GetProperty("shareInterval")[1].GetDouble());
            Assert.InRange(site.GetProperty("rank").GetDouble(), 0, 6);
        }

        string[] lines = File.ReadAllLines(models.Folder["reach.csv"]);
        Assert.Equal(1 + 3 * 2, lines.Length);
        Assert.StartsWith("sample_id,site,name,elements,live,rank,", lines[0], StringComparison.Ordinal);
        string text = Run(0, "reach", "mlp.onnx", "--data", "vectors.csv", "--limit", "3").Out;
        Assert.Contains("n = 96: 32 directions at each of 3 samples", text, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", text, StringComparison.Ordinal);
        Assert.Contains("lower bounds", Run(0, "reach", "mlp.onnx", "--data", "vectors.csv", "--probes", "2", "--limit", "1").Out, StringComparison.Ordinal);
    }

    [Fact]
    public void The_built_in_model_needs_nothing() =>
        Assert.Contains("784 to 784", Run(0, "reach", "--limit", "1", "--sites", "last").Out, StringComparison.Ordinal);

    public static TheoryData<string, string, string[]> Wrong => new()
    {
        { "no data", "--data", ["reach", "mlp.onnx"] },
        { "no model", "no such model file", ["reach", "nothing.onnx", "--data", "vectors.csv"] },
        { "tokens", "tokens", ["reach", "tokens.onnx", "--data", "tokens.csv"] },
        { "no such site", "no such site", ["reach", "mlp.onnx", "--data", "vectors.csv", "--sites", "9"] },
        { "no probes", "--probes 0", ["reach", "mlp.onnx", "--data", "vectors.csv", "--probes", "0"] },
        { "no directions", "--directions 0", ["reach", "mlp.onnx", "--data", "vectors.csv", "--directions", "0"] },
        { "no samples", "--limit 0", ["reach", "mlp.onnx", "--data", "vectors.csv", "--limit", "0"] },
        { "no table", "--out", ["reach", "mlp.onnx", "--data", "vectors.csv", "--out", "reach.txt"] },
        { "no derivative", "(Floor)", ["reach", "floor.onnx", "--data", "vectors.csv"] },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Bad_input_is_told_in_one_line(string name, string says, string[] command)
    {
        var result = CommandLine.Run(models.Folder.Path, command);
        Assert.True(result.ExitCode == 2, $"{name}: exit {result.ExitCode}, {result.Error}");
        Assert.Contains(says, Assert.Single(result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.Empty(result.Out);
    }

    [Fact]
    public void Help_has_an_example() => Assert.Contains("  apex reach ", Run(0, "reach", "--help").Out, StringComparison.Ordinal);

    private CommandLine.Result Run(int exitCode, params string[] command)
    {
        var result = CommandLine.Run(models.Folder.Path, command);
        Assert.True(result.ExitCode == exitCode, $"{result.ExitCode}: {result.Error}");
        return result;
    }

    /// <summary>Models and data on disk.</summary>
    public sealed class Models : IDisposable
    {
        public Models()
        {
            Nets.ReluMlp(1, 6, [16, 10], 3).Save(Folder["mlp.onnx"]);
            Nets.TokenNet().Save(Folder["tokens.onnx"]);
            var random = new Random(8);
            var floor = new Apex.Models.Onnx.Graphs.OnnxGraphBuilder();
            string x = floor.Input("x", Apex.Models.Onnx.Graphs.OnnxElementType.Float, "N", 6);
            x = floor.Relu(floor.Node("Floor", [Nets.Linear(floor, random, x, 6, 5)]));
            floor.Output(Nets.Linear(floor, random, x, 5, 3), Apex.Models.Onnx.Graphs.OnnxElementType.Float, "N", 3);
            floor.Save(Folder["floor.onnx"]);
            Folder.Write("vectors.csv",
                string.Concat(
                    Enumerable.Range(0, 5).Select(_ => string.Join(',', Enumerable.Range(0, 6).Select(_ => $"{random.NextDouble() - 0.5:f3}")) + "\n")));
            Folder.Write("tokens.csv", "1,2,3,4,5,6\n");
        }

        public TempFolder Folder { get; } = new();

        public void Dispose() => Folder.Dispose();
    }
}
