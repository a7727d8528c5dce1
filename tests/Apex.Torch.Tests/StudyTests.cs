using System.Text.Json;
using Apex.Training;
using Apex.Training.Studies;
using Xunit;

namespace Apex.Torch.Tests;

public class StudyTests
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(0.2, 0.82)]
    [InlineData(1, 0.1)]
    public void Random_labels_are_drawn_from_all_classes(double share, double right)
    {
        long[] labels = [.. Enumerable.Range(0, 20_000).Select(i => (long)(i % 10))], drawn = LabelCorruption.Random(labels, 10, share, 3);
        Assert.Equal(right, labels.Zip(drawn).Count(p => p.First == p.Second) / 20_000.0, 0.01);
        Assert.Equal(drawn, LabelCorruption.Random(labels, 10, share, 3));
        Assert.All(drawn.CountBy(l => l), pair => Assert.InRange(pair.Value, 1800, 2200));
    }

    [Fact]
    public void A_claim_is_judged_by_its_measurements()
    {
        Claim Of(params bool[] holds) => new("it is so", [.. holds.Select(h => new Measurement("a", "b", 0.5, 0.4, 0.6, 10, h))]);
        Assert.Equal(ClaimVerdict.Supported, Of(true, true).Verdict);
        Assert.Equal(ClaimVerdict.Partly, Of(true, false).Verdict);
        Assert.Equal(ClaimVerdict.NotSupported, Of(false, false).Verdict);
    }

    [Fact]
    public void Reports_hold_every_claim_and_figure()
    {
        StudyResult result = new("semantic", "Does it?", [new Claim("one", [new Measurement("net", "share", 0.5, 0.25, double.PositiveInfinity, 7, true)]), new Claim("two", [new Measurement("net", "rho", double.NaN, -1, 1, 9, false)])], ["a note"], ["m.onnx", "m.onnx"]);
        using var json = JsonDocument.Parse(StudyReport.Json([result], quick: true));
        var claims = json.RootElement.GetProperty("studies")[0].GetProperty("claims");
        Assert.Equal(["supported", "notSupported"], claims.EnumerateArray().Select(c => c.GetProperty("verdict").GetString()!));
        Assert.Equal("Infinity", claims[0].GetProperty("measurements")[0].GetProperty("high").GetString());
        string text = string.Join('\n', StudyReport.Markdown([result], "apex study semantic"));
        Assert.Contains("| semantic | one | supported |", text, StringComparison.Ordinal);
        Assert.Contains("| two | net | rho |", text, StringComparison.Ordinal);
        Assert.Single(text.Split("* m.onnx").Skip(1));
    }

    [Fact]
    public void Studies_are_known_by_name() =>
        Assert.Contains("give all, or one of transition", Assert.Throws<InvalidInputException>(() => StudyRegistry.Named("nothing")).Message, StringComparison.Ordinal);
}
