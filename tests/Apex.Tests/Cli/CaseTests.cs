using System.Text.Json;
using Xunit;

namespace Apex.Tests.Cli;

/// <summary>Models and data of other people's kinds that once gave a wrong figure or a wrong reason, through the real command.</summary>
public class CaseTests
{
    [Fact]
    public void Class_folders_are_labelled_by_their_names()
    {
        string accuracy = Probe("folder-labels-by-position", "images", "--classes", "blue,green,red");
        Assert.Contains("Clean accuracy 1.0000", accuracy, StringComparison.Ordinal);
    }

    [Fact]
    public void Whole_numbers_are_features_for_a_model_that_reads_floats() =>
        Assert.Contains("noisy passes", Probe("integer-features", "data.npy"), StringComparison.Ordinal);

    [Fact]
    public void An_array_with_its_channels_last_is_told_as_that()
    {
        var (code, _, error) = Run("layout-of-float-images", "probe", "model.onnx", "--data", "data.npy", "--out", "run");
        Assert.Equal(2, code);
        Assert.Contains("[32, 32, 3] is channels last, the model reads channels first; transpose the array", error, StringComparison.Ordinal);
        Assert.DoesNotContain("--resize", error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_note_names_the_softmax_that_reads_the_logits() =>
        Assert.Contains("output 'probabilities' is made from 'h2' by Softmax; the logits are read there",
            Sites("note-names-wrong-operator", "--output", "probabilities"), StringComparison.Ordinal);

    [Fact]
    public void Scores_for_several_positions_are_told_as_that_and_no_other_output_is_advised_where_there_is_none()
    {
        var (code, _, error) = Run("one-output-choose-another", "sites", "model.onnx");
        Assert.Equal(2, code);
        Assert.Contains("gives 3 scores for each of 5 positions a sample", error, StringComparison.Ordinal);
        Assert.DoesNotContain("--output", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData]
    [InlineData("--output", "output_probability")]
    [InlineData("--output", "output_label")]
    public void Trees_are_refused_as_trees(params string[] options)
    {
        var (code, _, error) = Run("trees-and-zipmap-message", ["sites", "model.onnx", .. options]);
        Assert.Equal(2, code);
        Assert.Contains("(TreeEnsembleClassifier)",
            error.Replace("TreeEnsembleClassifier making", "(TreeEnsembleClassifier)", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("decision trees, no neural network", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("activation-not-in-list", "'act' (Sinh)")]
    [InlineData("partly-recognised-network", "'act1' (Max), 'act2' (Sin)")]
    [InlineData("qdq-relu-folded", "the graph is quantised")]
    [InlineData("recurrent-without-site", "inside 'rnn' (LSTM)")]
    public void What_bends_and_gets_no_noise_is_named(string kind, string named)
    {
        string text = Sites(kind);
        Assert.Contains(named, text, StringComparison.Ordinal);
        Assert.DoesNotContain("no non-linearity", text, StringComparison.Ordinal);
        var json = JsonDocument.Parse(Sites(kind, "--json")).RootElement;
        CommandSchema.Check("sites", json);
        if (kind == "partly-recognised-network")
            return;
        Assert.Contains(named, json.GetProperty("withoutSites").GetString(), StringComparison.Ordinal);
        var (code, _, error) = Run(kind, "probe", "model.onnx", "--data", "data.npy", "--out", "run");
        Assert.Equal(2, code);
        Assert.Contains($"no hidden site: ", error, StringComparison.Ordinal);
        Assert.Contains(named, error, StringComparison.Ordinal);
        Assert.DoesNotContain("--sites all", error, StringComparison.Ordinal);
        foreach (string[] other in (string[][])[["reach", "model.onnx", "--data", "data.npy"], ["scan", "model.onnx"]])
            Assert.Contains(named, Run(kind, other).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Noise_of_one_draw_leaves_the_others_alone_where_a_samples_entries_are_strided()
    {
        const string kind = "rows-of-a-sample-not-contiguous-time-major";
        string alone = Flips(Probe(kind, "data.npy", "--sigma", "0.001")), beside = Flips(Probe(kind, "data.npy", "--sigma", "0.001,1000"));
        Assert.Equal(alone, beside);
        Assert.Contains(" 0.0 %", alone, StringComparison.Ordinal);
        Assert.Contains("each noisy pass runs one row", Sites(kind), StringComparison.Ordinal);
    }

    private static string Flips(string text) => text.Split('\n').First(l => l.StartsWith("  sigma     0.001", StringComparison.Ordinal));

    private static string Sites(string kind, params string[] options)
    {
        var (code, text, error) = Run(kind, ["sites", "model.onnx", .. options]);
        Assert.True(code == 0, error);
        return text;
    }

    private static string Probe(string kind, string data, params string[] options)
    {
        using var folder = new TempFolder();
        string[] sigma = options.Contains("--sigma") ? [] : ["--sigma", "0.001"];
        var (code, text, error) = Run(kind,
            ["probe", "model.onnx", "--data", data, .. sigma, "--draws", "8", "--no-report", "--out", folder["run"], .. options]);
        Assert.True(code == 0, error);
        return text;
    }

    private static (int Code, string Out, string Error) Run(string kind, params string[] arguments)
    {
        var result = CommandLine.Run(Path.Combine(AppContext.BaseDirectory, "Cases", kind), arguments);
        return (result.ExitCode, result.Out, result.Error);
    }
}
