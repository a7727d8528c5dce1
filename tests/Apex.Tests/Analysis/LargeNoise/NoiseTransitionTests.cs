using Apex.Analysis.LargeNoise;
using Xunit;

namespace Apex.Tests.Analysis.LargeNoise;

public class NoiseTransitionTests
{
    private static readonly double[] Sigmas = [.. Enumerable.Range(0, 13).Select(i => 0.01 * Math.Pow(2, i))];

    [Fact]
    public void Half_dependence_and_regimes_are_those_of_a_made_up_network()
    {
        // Each sample keeps its class with weight w(sigma): 1 up to 0.08, 0 from 1.28 on, linear in log sigma between.
        double Weight(double sigma) => Math.Clamp(1 - Math.Log(sigma / 0.08) / Math.Log(1.28 / 0.08), 0, 1);
        var transition = NoiseTransition.Of(Run(Weight, 64, 300), replicates: 300, permutations: 5);
        double Truth(double sigma)
        {
            double w = Weight(sigma), own = w + (1 - w) / 5, other = (1 - w) / 5;
            return 1 + ((own > 0 ? own * Math.Log(own) : 0) + (other > 0 ? 4 * other * Math.Log(other) : 0)) / Math.Log(5);
        }

        for (int s = 0; s < Sigmas.Length; s++)
            Assert.Equal(Truth(Sigmas[s]), transition.Levels[s].Value, 0.03);
        int below = Array.FindIndex(Sigmas, s => Truth(s) < 0.5);
        double crossing = NoiseTransition.Crossing(Sigmas, [.. Sigmas.Select(Truth)], [.. Sigmas.Select(_ => true)]);
        Assert.InRange(crossing, Sigmas[below - 1], Sigmas[below]);
        Assert.InRange(transition.HalfDependence.Value, crossing / 1.05, crossing * 1.05);
        Assert.True(transition.HalfDependence.Low <= crossing && crossing <= transition.HalfDependence.High);
        Assert.InRange(transition.HalfDependence.High / transition.HalfDependence.Low, 1, 1.3);
        Assert.InRange(transition.SmallNoiseUpTo, 0.05, 0.15);
        Assert.InRange(transition.LargeNoiseFrom, 0.4, 1.4);
        for (int s = 0; s < Sigmas.Length; s++)
            Assert.Equal(Weight(Sigmas[s]) + (1 - Weight(Sigmas[s])) / 5, transition.Accuracy![s].Value, 0.03);
    }

    [Fact]
    public void What_the_grid_does_not_reach_is_not_made_up()
    {
        var high = NoiseTransition.Of(Run(_ => 0.95, 32, 100), replicates: 200, permutations: 1);
        Assert.True(double.IsNaN(high.HalfDependence.Value));
        Assert.True(double.IsNaN(high.LargeNoiseFrom));
        var low = NoiseTransition.Of(Run(_ => 0.3, 32, 100), replicates: 200, permutations: 1);
        Assert.True(double.IsNaN(low.HalfDependence.Value));
        Assert.True(double.IsNaN(low.LargeNoiseFrom));
        Assert.True(double.IsNaN(NoiseTransition.Crossing([1, 2, 3], [0.9, double.NaN, 0.1], [true, false, true])));
        Assert.Equal(double.PositiveInfinity, NoiseTransition.Crossing([1, 2], [0.9, 0.8], [true, true], beyond: true));
        Assert.Equal(0, NoiseTransition.Crossing([1, 2], [0.4, 0.3], [true, true], beyond: true));
        // From 0.75 to 0.25 over a factor of 4: at the middle of the logarithms.
        Assert.Equal(2, NoiseTransition.Crossing([1, 4], [0.75, 0.25], [true, true]), 1e-12);
    }

    [Fact]
    public void A_run_of_one_sample_is_refused() => Assert.Throws<InvalidInputException>(() => NoiseTransition.Of(Run(_ => 1, 8, 1)));

    [Fact]
    public void A_class_takes_over_where_it_stays_on_top()
    {
        static ClassBias Bias(params long[] counts) => ClassBias.Of(counts);
        var curve = new BiasCurve("all", [1], [1, 2, 4, 8], [Bias(5, 3), Bias(3, 5), Bias(4, 4), Bias(2, 6)]);
        Assert.Equal(1, curve.TopClass);
        Assert.Equal(8, curve.TakeOver);
        Assert.Equal(2, new BiasCurve("all", [1], [1, 2, 4], [Bias(5, 3), Bias(3, 5), Bias(2, 6)]).TakeOver);
    }

    [Fact]
    public void Entropy_of_a_class_bias_covers_the_truth()
    {
        double[] p = [0.6, 0.3, 0.08, 0.02];
        double truth = -p.Sum(v => v * Math.Log(v)) / Math.Log(4);
        var random = new Random(1);
        int covered = 0;
        for (int r = 0; r < 200; r++)
        {
            int[] counts = MathNet.Numerics.Distributions.Multinomial.Sample(random, p, 400);
            var bias = ClassBias.Of([.. counts.Select(c => (long)c)]);
            Assert.Equal(0, bias.TopClass);
            covered += bias.NormalisedEntropy.Low <= truth && truth <= bias.NormalisedEntropy.High ? 1 : 0;
        }

        Assert.InRange(covered, 180, 199);
        var one = ClassBias.Of([100, 0]);
        Assert.Equal((1.0, 0.0), (one.MaxShare.Value, one.NormalisedEntropy.Value));
        Assert.True(one.NormalisedEntropy.High > 0.05);
        Assert.Equal(1, ClassBias.Of([500, 500]).NormalisedEntropy.Value, 1e-3);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.5)]
    public void Entropy_of_a_marginal_counts_what_its_draws_are_worth(double own)
    {
        // Each of 20 samples keeps a class of its own with this weight; all else is shared.
        double[] shared = [0.9, 0.06, 0.03, 0.005, 0.005];
        const int Samples = 20, Draws = 50;
        var random = new Random(3);
        int covered = 0;
        double mean = 0, truth = 0;
        for (int r = 0; r < 200; r++)
        {
            var marginal = new double[5];
            double[] sums = new double[5], squares = new double[5];
            for (int i = 0; i < Samples; i++)
            {
                double[] p = [.. shared.Select((s, c) => (1 - own) * s + (c == i % 5 ? own : 0))];
                int[] counts = MathNet.Numerics.Distributions.Multinomial.Sample(random, p, Draws);
                for (int c = 0; c < 5; c++)
                {
                    double share = (double)counts[c] / Draws;
                    (sums[c], squares[c], marginal[c]) = (sums[c] + share, squares[c] + share * share, marginal[c] + p[c] / Samples);
                }
            }

            truth = -marginal.Sum(p => p * Math.Log(p)) / Math.Log(5);
            var bias = ClassBias.FromSums(sums, squares, Samples, Draws);
            Assert.Equal(Samples, bias.NormalisedEntropy.N);
            mean += bias.NormalisedEntropy.Value / 200;
            covered += bias.NormalisedEntropy.Low <= truth && truth <= bias.NormalisedEntropy.High ? 1 : 0;
        }

        Assert.True(covered >= 180, $"{covered} of 200");
        // Where draws are independent, a correction by the number of samples alone would add 4 / 40 / ln 5 = 0.06.
        if (own == 0)
            Assert.Equal(truth, mean, 0.01);
    }

    [Fact]
    public void Where_half_cannot_be_told_is_said_so()
    {
        // 120 classes, 32 draws: at small noise few classes are seen, at large noise far more than the draws can tell.
        var random = new Random(4);
        double[] sigmas = [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4];
        var run = SyntheticRun.Of(sigmas, 32, 120, [.. Enumerable.Range(0, 240).Select(i =>
        {
            var logits = new float[120];
            logits[i % 120] = 1;
            return SyntheticRun.Sample(i, i % 120, logits, [.. sigmas.Select((_, s) =>
            {
                double w = s < 5 ? 0.999 : 0.05;
                double[] p = [.. Enumerable.Repeat((1 - w) / 120, 120)];
                p[i % 120] += w;
                return SyntheticRun.Level(MathNet.Numerics.Distributions.Multinomial.Sample(random, p, 32));
            })]);
        })]);
        var transition = NoiseTransition.Of(run, replicates: 200, permutations: 1);
        Assert.Equal((DependenceStatus.Reliable, DependenceStatus.Unreliable), (transition.Levels[4].Status, transition.Levels[5].Status));
        string text = Apex.Answers.DependenceAnswer.Create(run.Info, transition).ToText().ToString();
        Assert.True(text.Contains("cannot be told: it is still", StringComparison.Ordinal)
            && text.Contains("from sigma 3.2 on it is unreliable", StringComparison.Ordinal), text);
        Assert.DoesNotContain("does not pass", text, StringComparison.Ordinal);
        IReadOnlyList<SampleDependence> unreliable =
            [.. transition.Levels.Take(3), .. transition.Levels.Skip(5), transition.Levels[5], transition.Levels[5]];
        string few = Apex.Answers.DependenceAnswer.Create(run.Info, transition with { Levels = unreliable }).ToText().ToString();
        Assert.Contains("is not told: that takes 5 levels", few, StringComparison.Ordinal);
    }

    private static Apex.Analysis.RunObservations Run(Func<double, double> weight, int draws, int samples)
    {
        var random = new Random(2);
        return SyntheticRun.Of(Sigmas, draws, 5, [.. Enumerable.Range(0, samples).Select(i =>
        {
            float[] logits = [0, 0, 0, 0, 0];
            logits[i % 5] = 1;
            return SyntheticRun.Sample(i, i % 5, logits, [.. Sigmas.Select(s =>
            {
                double[] p = [.. Enumerable.Repeat((1 - weight(s)) / 5, 5)];
                p[i % 5] += weight(s);
                return SyntheticRun.Level(MathNet.Numerics.Distributions.Multinomial.Sample(random, p, draws));
            })]);
        })]);
    }
}
