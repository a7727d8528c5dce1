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

        double[] found = CommonGain.Find(first, second);
        for (int c = 0; c < gains.Length; c++)
            Assert.Equal(gains[c], found[c], 0.1);
        // Without anything in common the gain is next to nothing, and still has a logarithm.
        Assert.InRange(CommonGain.Find(first, [.. second.Reverse()])[0], 1e-9, 0.5);
        Assert.Throws<ArgumentException>(() => CommonGain.Find(first, second[..1]));
    }

    [Fact]
    public void A_class_that_leads_is_named_and_one_that_does_not_is_left_alone()
    {
        var poisoned = BackdoorScreen.Judge(Profile(1, target: 3, lead: 2), []);
        Assert.Equal((3, ScreeningVerdict.Suspicious), (poisoned.Target, poisoned.Verdict));
        Assert.Equal(Math.Exp(-poisoned.AnomalyIndex), poisoned.PValue!.Value, 1e-12);
        double[] ordered = [.. poisoned.Scores.OrderDescending()];
        Assert.Equal((ordered[0] - ordered[1]) / BackdoorScreen.CleanLead, poisoned.AnomalyIndex, 1e-9);
        Assert.Equal(0, poisoned.Scores.Sum(), 1e-9);
        // Noise on the input has no say where there is nothing to compare with.
        Assert.Equal("early", Assert.Single(poisoned.Evidence).Sites);
        Assert.Equal(ScreeningVerdict.NothingFound, BackdoorScreen.Judge(Profile(2, target: 3, lead: 0, spread: 0.1), []).Verdict);
    }

    [Fact]
    public void Scores_without_references_are_pushes_and_log_gains_in_units_of_their_usual_spread()
    {
        var profile = Profile(3, target: 3, lead: 1);
        var early = profile.Responses[0];
        double Push(int c) => early.Pushes[c].Average();
        double Gain(int c) => early.Gains.Average(level => Math.Log(level[c]));
        for (int c = 1; c < 10; c++)
        {
            double expected = ((Push(c) - Push(0)) / BackdoorScreen.PushSpread + (Gain(c) - Gain(0)) / BackdoorScreen.GainSpread) / 2;
            var scores = BackdoorScreen.Judge(profile, []).Scores;
            Assert.Equal(expected, scores[c] - scores[0], 1e-9);
        }
    }

    [Fact]
    public void What_clean_models_share_is_no_evidence_against_references()
    {
        // All networks of this kind favour class 5, which without references looks like a backdoor.
        int alone = 0, against = 0, found = 0;
        const int Repetitions = 40;
        for (int r = 0; r < Repetitions; r++)
        {
            ScreeningProfile[] references = [.. Enumerable.Range(10, 8).Select(i => Profile(100 * r + i, 5, 3))];
            var clean = Profile(100 * r, 5, 3);
            alone += BackdoorScreen.Judge(clean, []).Verdict == ScreeningVerdict.Suspicious ? 1 : 0;
            against += BackdoorScreen.Judge(clean, references).Verdict == ScreeningVerdict.Suspicious ? 1 : 0;
            var poisoned = BackdoorScreen.Judge(Profile(100 * r + 1, 5, 3, also: 1), references);
            found += (poisoned.Target, poisoned.Verdict, poisoned.References) == (1, ScreeningVerdict.Suspicious, 8) ? 1 : 0;
        }

        Assert.Equal(Repetitions, alone);
        Assert.InRange(against, 0, 7);
        Assert.InRange(found, 38, Repetitions);
    }

    [Fact]
    public void P_values_against_references_hold_their_level()
    {
        var random = new Random(4);
        int below = 0;
        const int Repetitions = 300;
        for (int r = 0; r < Repetitions; r++)
        {
            ScreeningProfile[] all = [.. Enumerable.Range(0, 9).Select(_ => Profile(random.Next(), 0, 0))];
            below += BackdoorScreen.Judge(all[0], all[1..]).PValue < 0.05 ? 1 : 0;
        }

        // 5 % would be 15 of 300; the maximum of ten classes is a little skewed.
        Assert.InRange(below, 4, 33);
    }

    [Fact]
    public void Of_two_classes_the_gains_say_nothing_and_the_pushes_still_do()
    {
        // Centred log gains of two classes are equal and opposite pushes are not: one reading is left.
        ScreeningProfile[] references = [.. Enumerable.Range(10, 8).Select(i => Profile(i, 0, 0, classes: 2, gainless: true))];
        var poisoned = BackdoorScreen.Judge(Profile(1, 1, 6, classes: 2, gainless: true), references);
        Assert.All(poisoned.Scores, s => Assert.True(double.IsFinite(s)));
        Assert.Equal((1, ScreeningVerdict.Suspicious), (poisoned.Target, poisoned.Verdict));
        int alarms = Enumerable.Range(100, 40)
            .Count(i => BackdoorScreen.Judge(Profile(i, 0, 0, classes: 2, gainless: true), references).Verdict == ScreeningVerdict.Suspicious);
        Assert.InRange(alarms, 0, 9);
        // The null without references is that of ten classes.
        var alone = BackdoorScreen.Judge(Profile(1, 1, 6, classes: 2), []);
        Assert.Equal((ScreeningVerdict.Inconclusive, null), (alone.Verdict, alone.PValue));
    }

    [Fact]
    public void A_model_is_not_held_against_itself_and_no_reference_counts_twice()
    {
        ScreeningProfile[] references = [.. Enumerable.Range(10, 4).Select(i => Profile(i, 0, 0))];
        string itself = Assert.Throws<InvalidInputException>(() => BackdoorScreen.Judge(references[2] with { Model = "m.onnx" }, references)).Message;
        Assert.Contains("m.onnx: is one of the references", itself, StringComparison.Ordinal);
        string twice = Assert.Throws<InvalidInputException>(() => BackdoorScreen.CheckReferences([.. references, references[3]])).Message;
        Assert.Contains("twice", twice, StringComparison.Ordinal);
        BackdoorScreen.CheckReferences(references);
    }

    [Fact]
    public void Readings_that_are_the_same_for_all_references_leave_no_verdict()
    {
        // Same values, but not the same model: a push that no reference varies in and no gain either.
        ScreeningProfile Same(int seed) => Profile(1, 0, 0) with
        {
            Model = $"model {seed}",
            Responses = [Profile(1, 0, 0).Responses[0] with { Gains = [.. Enumerable.Range(0, 4).Select(_ => Enumerable.Repeat((double)seed, 10).ToArray())] }],
        };
        var screen = BackdoorScreen.Judge(Same(9), [Same(1), Same(2), Same(3)]);
        Assert.Equal((ScreeningVerdict.Inconclusive, null), (screen.Verdict, screen.PValue));
    }

    [Fact]
    public void Thin_evidence_is_inconclusive_and_what_cannot_be_compared_is_refused()
    {
        var screen = BackdoorScreen.Judge(Profile(1, 3, 3), [Profile(2, 0, 0), Profile(3, 0, 0)]);
        Assert.Null(screen.PValue);
        Assert.Equal((3, ScreeningVerdict.Inconclusive), (screen.Target, screen.Verdict));
        Refused("other.onnx", 1, Profile(2, 0, 0) with { Architecture = "other", Model = "other.onnx" });
        Refused("model 2", 1, Profile(2, 0, 0) with { Responses = [Profile(2, 0, 0).Responses[0]] });
        Refused("twice", 1, Profile(2, 0, 0), Profile(2, 0, 0), Profile(3, 0, 0));
        Refused("finite", double.NaN);
        Refused("finite", 1, Profile(2, 0, double.NaN));

        static void Refused(string says, double lead, params ScreeningProfile[] references) =>
            Assert.Contains(says,
                Assert.Throws<InvalidInputException>(() => BackdoorScreen.Judge(Profile(1, 3, lead), references)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Directed_noise_on_samples_is_a_view_and_on_inputs_of_noise_is_none()
    {
        var clean = Profile(2, 3, 0, spread: 0.1);
        DirectedReading Reading(ScreeningInputs inputs, DirectedPlace place, int target, double lead) => new(inputs, place, 0.036,
            [.. Enumerable.Range(0, 10).Select(c => new DirectedClass(c, 0, (c == target ? lead : 0) - 0.01 * c, 0, 10))]);
        // Of each class the place that leads furthest counts.
        var found = BackdoorScreen.Judge(clean with
        {
            Directed = [Reading(ScreeningInputs.Data, DirectedPlace.Input, 7, 0.2), Reading(ScreeningInputs.Data, DirectedPlace.Window, 7, 1.5)],
        }, []);
        Assert.Equal((7, ScreeningVerdict.Suspicious), (found.Target, found.Verdict));
        Assert.Equal(ScreeningView.DirectedNoise, Assert.Single(found.Views).Name);
        Assert.Equal(Math.Exp(-(1.5 - 0.01 * 7) / BackdoorScreen.DirectedLead), found.PValue!.Value, 1e-9);
        var noise = BackdoorScreen.Judge(clean with { Directed = [Reading(ScreeningInputs.Noise, DirectedPlace.Input, 7, 1.5)] }, []);
        Assert.Equal(ScreeningView.SharedNoise, Assert.Single(noise.Views).Name);
        Assert.Equal(BackdoorScreen.Judge(clean, []).PValue, noise.PValue);
    }

    [Fact]
    public void Against_references_directed_noise_counts_on_inputs_of_noise_too()
    {
        // All networks are led to class 5; one is also led to class 1.
        ScreeningProfile Led(int seed, int? also = null)
        {
            var random = new Random(seed);
            return Profile(seed, 0, 0) with
            {
                Directed =
                [
                    new DirectedReading(ScreeningInputs.Noise, DirectedPlace.Input, 0.036,
                    [
                        .. Enumerable.Range(0, 10).Select(c => new DirectedClass(
                            c, 0, 0.1 * Normal.Sample(random, 0, 1) + (c == 5 ? 3 : 0) + (c == also ? 1 : 0), 0, 10)),
                    ]),
                ],
            };
        }

        ScreeningProfile[] references = [.. Enumerable.Range(10, 8).Select(i => Led(i))];
        var found = BackdoorScreen.Judge(Led(1, also: 1), references);
        Assert.Equal((1, ScreeningVerdict.Suspicious), (found.Target, found.Verdict));
        Assert.Equal([ScreeningView.SharedNoise, ScreeningView.DirectedNoise], found.Views.Select(v => v.Name));
        int alarms = Enumerable.Range(100, 40).Count(i => BackdoorScreen.Judge(Led(i), references).Verdict == ScreeningVerdict.Suspicious);
        Assert.InRange(alarms, 0, 7);
        Assert.Contains("directed noise", Assert.Throws<InvalidInputException>(
            () => BackdoorScreen.Judge(Led(1), [.. references[..7], Profile(20, 0, 0)])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Views_that_name_the_same_class_add_up_and_others_do_not()
    {
        double[] Head(int target) => [.. Enumerable.Range(0, 10).Select(c => c == target ? 3.0 : 0.1 * c)];
        BackdoorScreen Judge(int second) => BackdoorScreen.Judge(Profile(2, 7, 1) with { Head = Head(second) }, []);
        var (same, other) = (Judge(7), Judge(8));
        Assert.Equal([ScreeningView.SharedNoise, ScreeningView.LastLayer], same.Views.Select(v => v.Name));
        Assert.True(same.PValue < other.PValue, $"{same.PValue} {other.PValue}");
        Assert.Equal(7, same.Target);
        // Cauchy combination, written out; the last layer in units of its root mean square over classes.
        double[] p = [.. same.Views.Select(v => v.PValue!.Value)], head = Head(7);
        double mean = head.Average(), size = Math.Sqrt(head.Average(h => (h - mean) * (h - mean)));
        Assert.Equal(Math.Exp(-(3 - 0.9) / size / BackdoorScreen.LastLayerLead), p[1], 1e-9);
        double expected = 0.5 - Math.Atan(p.Sum(v => Math.Tan((0.5 - v) * Math.PI)) / 2) / Math.PI;
        Assert.Equal(expected, same.PValue!.Value, 1e-9);
        Assert.Equal(-Math.Log(expected), same.AnomalyIndex, 1e-9);
    }

    [Fact]
    public void P_values_of_the_last_layer_stay_below_their_level()
    {
        // Shared noise says nothing here: of two views one is at its null, so at most half the level is due. Normal leads have a lighter tail.
        var random = new Random(5);
        int below = 0;
        const int Repetitions = 4000;
        for (int r = 0; r < Repetitions; r++)
        {
            var profile = Profile(r, 0, 0, spread: 0) with { Head = [.. Enumerable.Range(0, 10).Select(_ => Normal.Sample(random, 0, 1))] };
            below += BackdoorScreen.Judge(profile, []).PValue < 0.05 ? 1 : 0;
        }

        Assert.InRange((double)below / Repetitions, 0.002, 0.03);
    }

    /// <summary>Made-up measurements: each class has its own push and log gain at random, some more.</summary>
    private static ScreeningProfile Profile(int seed, int target, double lead, double spread = 0.3, int? also = null, int classes = 10, bool gainless = false)
    {
        var random = new Random(seed);
        double[] sigmas = [0.5, 1, 2, 4];
        ScreeningResponse Response(string sites)
        {
            double[] own = [.. Enumerable.Range(0, classes).Select(c => spread * Normal.Sample(random, 0, 1) + (c == target ? lead : 0) + (c == also ? 3 : 0))];
            return new ScreeningResponse(
                ScreeningInputs.Noise, sites, sigmas,
                [.. sigmas.Select(sigma => own.Select(v => gainless ? sigma * (1 + seed) : sigma * Math.Exp(v * BackdoorScreen.GainSpread)).ToArray())],
                [.. own.Select(v => sigmas.Select(sigma => sigma * (v * BackdoorScreen.PushSpread - 1)).ToArray())], 24, 256);
        }

        return new ScreeningProfile($"model {seed}", [.. Enumerable.Range(0, classes).Select(c => $"class {c}")],
            "Relu[4] Relu[4]", [Response("early"), Response("input")], null);
    }
}
