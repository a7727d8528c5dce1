using System.Numerics.Tensors;
using System.Text.Json.Serialization;
using Apex.Models;
using MathNet.Numerics;
using MathNet.Numerics.Distributions;
using MathNet.Numerics.Statistics;

namespace Apex.Training.Zoo;

/// <summary>What two published ways to find backdoors read of a model, each for every class, shape <c>[classes]</c>.</summary>
/// <param name="Margins">
/// The largest margin of the class over the box of valid pixels: MM-BD (H. Wang, Z. Xiang, D. J. Miller, G. Kesidis, IEEE S&amp;P 2024). It needs no data.
/// </param>
/// <param name="Masks">
/// L1 norm of the smallest mask through which one pattern leads the samples to the class: Neural Cleanse (B. Wang et al., IEEE S&amp;P 2019).
/// </param>
internal sealed record Peers(IReadOnlyList<double> Margins, IReadOnlyList<double> Masks)
{
    /// <summary>
    /// How far the smallest mask lies below the median, in standard deviations as the median absolute deviation tells them; suspicious above 2.
    /// </summary>
    [JsonIgnore]
    public double MaskIndex
    {
        get
        {
            double median = Masks.Median(), deviation = Masks.Select(m => Math.Abs(m - median)).Median();
            return (median - Masks.Min()) / (NormalDeviation * deviation);
        }
    }

    /// <summary>The class of the smallest mask.</summary>
    [JsonIgnore]
    public int MaskTarget => Masks.Index().MinBy(m => m.Item).Index;

    /// <summary>The class of the largest margin.</summary>
    [JsonIgnore]
    public int MarginTarget => Margins.Index().MaxBy(m => m.Item).Index;

    /// <summary>P(the largest of as many values of the Gamma distribution that fits the others is as large); suspicious below 0.05.</summary>
    [JsonIgnore]
    public double MarginPValue
    {
        get
        {
            double[] others = [.. Margins.Where((_, c) => c != MarginTarget)];
            var (shape, rate) = GammaOf(others);
            return 1 - Math.Pow(Gamma.CDF(shape, rate, Margins.Max()), Margins.Count);
        }
    }

    /// <summary>Of a normal distribution the standard deviation is this times the median absolute deviation.</summary>
    private const double NormalDeviation = 1.4826;

    private const int Images = 20, MarginSteps = 300, MaskSteps = 120;
    private const float MarginRate = 0.01f, MaskRate = 0.1f;

    /// <summary>Reads both.</summary>
    /// <param name="classifier">The network.</param>
    /// <param name="box">Its valid pixels.</param>
    /// <param name="samples">Unlabelled preprocessed samples that the mask is found on.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static Peers Measure(IDifferentiableClassifier classifier, PixelBox box, IReadOnlyList<ModelSample> samples, CancellationToken cancellationToken)
    {
        int classes = classifier.Classes;
        var (margins, masks) = (new double[classes], new double[classes]);
        var input = classifier.Sites.First(s => s.IsInput);
        using var margin = classifier.OpenGradient(GradientTarget.Margin, [input], Images);
        using var entropy = classifier.OpenGradient(GradientTarget.CrossEntropy, [input], samples.Count);
        Parallel.For(0, classes, new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Environment.ProcessorCount }, c =>
        {
            margins[c] = LargestMargin(margin, box, c, cancellationToken);
            masks[c] = SmallestMask(entropy, classifier.Input, box, samples, c, cancellationToken);
        });
        return new Peers(margins, masks);
    }

    /// <summary>Gradient ascent from random images, with the settings of the authors' program; it ends where the sum of margins stands still.</summary>
    private static double LargestMargin(IGradientPass pass, PixelBox box, int target, CancellationToken cancellationToken)
    {
        var random = new Random(target);
        int elements = box.Unit.Length;
        float[][] pixels = [.. Enumerable.Range(0, Images).Select(_ => Enumerable.Range(0, elements).Select(_ => random.NextSingle()).ToArray())];
        int[] labels = [.. Enumerable.Repeat(target, Images)];
        double last = double.NaN, best = double.NegativeInfinity;
        for (int step = 0; step < MarginSteps; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ModelSample[] batch = [.. pixels.Select(p => new ModelSample([.. p.Select((u, i) => box.Black[i] + Math.Clamp(u, 0, 1) * box.Unit[i])], []))];
            float[] margins = pass.Run(batch, labels, (_, gradients) =>
            {
                for (int row = 0; row < Images; row++)
                {
                    // Pixels beyond their range do not move.
                    for (int i = 0; i < elements; i++)
                        pixels[row][i] += pixels[row][i] is >= 0 and <= 1 ? MarginRate * gradients[row * elements + i] * box.Unit[i] : 0;
                }
            });
            best = Math.Max(best, margins.Max());
            double sum = margins.Sum();
            if (Math.Abs(last - sum) / Math.Abs(last) < 1e-5)
                break;
            last = sum;
        }

        return best;
    }

    /// <summary>
    /// Adam on the mask and the pattern, both through (tanh + 1) / 2, for the cross-entropy plus a cost of the mask that grows while the attack succeeds on
    /// 99 % and shrinks while it does not.
    /// </summary>
    private static double SmallestMask(
        IGradientPass pass, ClassifierInput input, PixelBox box, IReadOnlyList<ModelSample> samples, int target, CancellationToken cancellationToken)
    {
        const double Enough = 0.99, Factor = 1.5;
        const int Patience = 5;
        bool last = input.Layout == ImageLayout.NHWC;
        int elements = box.Unit.Length, channels = last ? input.Shape[^1] : input.Shape[0], places = elements / channels;
        int Place(int element) => last ? element / channels : element % places;
        var random = new Random(target);
        // The mask first, then the pattern.
        float[] raw = [.. Enumerable.Range(0, places + elements).Select(_ => 2 * random.NextSingle() - 1)];
        var (first, second, gradient) = (new float[raw.Length], new double[raw.Length], new float[raw.Length]);
        int[] labels = [.. Enumerable.Repeat(target, samples.Count)];
        double cost = 1e-3, smallest = double.PositiveInfinity, least = double.PositiveInfinity;
        var (above, below) = (0, 0);
        for (int step = 1; step <= MaskSteps; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            float[] open = [.. raw.Select(v => (MathF.Tanh(v) + 1) / 2)];
            ModelSample[] batch = [.. samples.Select(s => s with
            {
                Values = [.. s.Values.Select((v, i) => v + open[Place(i)] * (box.Black[i] + open[places + i] * box.Unit[i] - v))],
            })];
            Array.Clear(gradient);
            float[] losses = pass.Run(batch, labels, (_, found) =>
            {
                for (int row = 0; row < samples.Count; row++)
                {
                    for (int i = 0; i < elements; i++)
                    {
                        float g = found[row * elements + i] / samples.Count, value = samples[row].Values[i];
                        gradient[Place(i)] += g * (box.Black[i] + open[places + i] * box.Unit[i] - value);
                        gradient[places + i] += g * open[Place(i)] * box.Unit[i];
                    }
                }
            });
            double norm = TensorPrimitives.Sum<float>(open.AsSpan(0, places));
            // A cross-entropy below ln 2 may still be another class's; one below it of all but one in a hundred is success as the authors count it.
            double success = losses.Count(l => l < Math.Log(2)) / (double)samples.Count;
            least = Math.Min(least, norm);
            if (success >= Enough)
                smallest = Math.Min(smallest, norm);
            (above, below) = success >= Enough ? (above + 1, 0) : (0, below + 1);
            if (above >= Patience)
                (cost, above) = (cost * Factor, 0);
            else if (below >= Patience)
                (cost, below) = (cost / Math.Pow(Factor, 1.5), 0);
            for (int i = 0; i < raw.Length; i++)
            {
                float slope = 2 * open[i] * (1 - open[i]), g = (gradient[i] + (i < places ? (float)cost : 0)) * slope;
                first[i] = 0.5f * first[i] + 0.5f * g;
                second[i] = 0.9 * second[i] + 0.1 * g * g;
                raw[i] -= MaskRate * first[i] / (1 - MathF.Pow(0.5f, step)) / (float)(Math.Sqrt(second[i] / (1 - Math.Pow(0.9, step))) + 1e-8);
            }
        }

        // Of a class that no mask leads to: the whole image.
        return double.IsFinite(smallest) ? smallest : places;
    }

    /// <summary>Shape and rate of the Gamma distribution that makes some numbers above 0 the likeliest.</summary>
    internal static (double Shape, double Rate) GammaOf(IReadOnlyList<double> values)
    {
        double mean = values.Average(), gap = Math.Log(mean) - values.Average(v => Math.Log(Math.Max(v, 1e-9)));
        // Newton's steps from a start that is near (T. P. Minka, "Estimating a Gamma distribution", 2002).
        double shape = (3 - gap + Math.Sqrt((gap - 3) * (gap - 3) + 24 * gap)) / (12 * gap);
        for (int i = 0; i < 20; i++)
        {
            double trigamma = (SpecialFunctions.DiGamma(shape * (1 + 1e-5)) - SpecialFunctions.DiGamma(shape * (1 - 1e-5))) / (2e-5 * shape);
            shape = 1 / (1 / shape + (Math.Log(shape) - SpecialFunctions.DiGamma(shape) - gap) / (shape * shape * (1 / shape - trigamma)));
        }

        return (shape, shape / mean);
    }
}
