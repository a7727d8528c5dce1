using Apex.Analysis.Screening;
using MathNet.Numerics.Distributions;
using Xunit;

namespace Apex.Tests.Analysis.Screening;

public class BackdoorScreenTests
{
    [Fact]
    public void Common_gain_is_the_standard_deviation_of_what_all_inputs_share()
    {
        // Class c moves by g_c * xi together, and each half by noise of its own that must not count.
        double[] gains = [0.5, 1, 3];
        var random = new Random(1);
        const int Draws = 40_000;
        double[][] first = new double[Draws][], second = new double[Draws][];
        for (int k = 0; k < Draws; k++)
        {
            double[] shared = [.. gains.Select(g => g * Normal.Sample(random, 0, 1))];
            first[k] = [.. shared.Select(s => 7 + s + 2 * Normal.Sample(random, 0, 1))];
            second[k] = [.. shared.Select(s => s - 4 + 2 * Normal.Sample(random, 0, 1))];
        }

        double[] found = CommonGain.Of(first, second);
        for (int c = 0; c < gains.Length; c++)
            Assert.Equal(gains[c], found[c], 0.1);
        // Without anything in common the gain is next to nothing, and still has a logarithm.
        Assert.InRange(CommonGain.Of(first, [.. second.Reverse()])[0], 1e-9, 0.5);
        Assert.Throws<ArgumentException>(() => CommonGain.Of(first, second[..1]));
    }

    [Fact]
    public void A_class_that_leads_is_named_and_one_that_does_not_is_left_alone()
    {
        var poisoned = BackdoorScreen.Of(Profile(1, target: 3, lead: 2.5), []);
        Assert.Equal((3, ScreeningVerdict.Suspicious), (poisoned.Target, poisoned.Verdict));
        Assert.Equal(Math.Exp(-poisoned.AnomalyIndex), poisoned.PValue!.Value, 1e-12);
        Assert.Equal(Math.Log(2.5) / BackdoorScreen.CleanLead, poisoned.AnomalyIndex, 0.5);
        Assert.Equal(ScreeningVerdict.Clean, BackdoorScreen.Of(Profile(2, target: 3, lead: 1), []).Verdict);
    }

    [Fact]
    public void What_clean_models_share_is_no_evidence_against_references()
    {
        // All networks of this kind favour class 5, which without references looks like a backdoor.
        ScreeningProfile[] references = [.. Enumerable.Range(10, 6).Select(seed => Profile(seed, 5, 2, spread: 0.05))];
        var clean = BackdoorScreen.Of(Profile(20, 5, 2, spread: 0.05), references);
        Assert.NotEqual(ScreeningVerdict.Suspicious, clean.Verdict);
        Assert.Equal(ScreeningVerdict.Suspicious, BackdoorScreen.Of(Profile(20, 5, 2, spread: 0.05), []).Verdict);
        var poisoned = BackdoorScreen.Of(Profile(21, 5, 2, spread: 0.05, also: 1, by: 1.8), references);
        Assert.Equal((1, ScreeningVerdict.Suspicious, 6), (poisoned.Target, poisoned.Verdict, poisoned.References));
    }

    [Fact]
    public void P_values_against_references_hold_their_level()
    {
        var random = new Random(4);
        int below = 0;
        const int Repetitions = 300;
        for (int r = 0; r < Repetitions; r++)
        {
            ScreeningProfile[] all = [.. Enumerable.Range(0, 7).Select(_ => Profile(random.Next(), 0, 1, spread: 0.1))];
            below += BackdoorScreen.Of(all[0], all[1..]).PValue < 0.05 ? 1 : 0;
        }

        // 5 % would be 15 of 300; the maximum of ten classes is a little skewed.
        Assert.InRange(below, 4, 33);
    }

    [Fact]
    public void Thin_evidence_is_inconclusive_and_other_architectures_are_refused()
    {
        var screen = BackdoorScreen.Of(Profile(1, 3, 3), [Profile(2, 0, 1), Profile(3, 0, 1)]);
        Assert.Null(screen.PValue);
        Assert.Equal(ScreeningVerdict.Inconclusive, screen.Verdict);
        var error = Assert.Throws<InvalidInputException>(() => BackdoorScreen.Of(Profile(1, 3, 3), [Profile(2, 0, 1) with { Architecture = "other", Model = "other.onnx" }]));
        Assert.Contains("other.onnx", error.Message, StringComparison.Ordinal);
        error = Assert.Throws<InvalidInputException>(() => BackdoorScreen.Of(Profile(1, 3, double.NaN), []));
        Assert.Contains("finite", error.Message, StringComparison.Ordinal);
    }

    private static ScreeningProfile Profile(int seed, int target, double lead, double spread = 0.02, int? also = null, double by = 1)
    {
        var random = new Random(seed);
        double[] own = [.. Enumerable.Range(0, 10).Select(c => Math.Exp(spread * Normal.Sample(random, 0, 1)) * (c == target ? lead : 1) * (c == also ? by : 1))];
        return new ScreeningProfile($"model {seed}", [.. Enumerable.Range(0, 10).Select(c => $"class {c}")], "Relu[4] Relu[4]",
        [
            .. from sites in (string[])["early", "input"] from sigma in (double[])[0.5, 1, 2, 4] select new ScreeningResponse(ScreeningInputs.Noise, sites, sigma, [.. own.Select(g => g * sigma)], 16, 128),
        ], null);
    }
}
