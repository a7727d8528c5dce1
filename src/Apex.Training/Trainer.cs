using System.Diagnostics;
using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Apex.Training;

/// <summary>
/// Stochastic gradient descent with Nesterov momentum and a one-cycle learning rate (linear warm-up, then cosine), on images that are
/// flipped and shifted by up to two pixels at random; plain training leaves out those and the weight decay.
/// </summary>
internal sealed class Trainer(Module<Tensor, Tensor> network, ImageSet train, ImageSet test, int epochs, int seed, bool plain)
{
    private const int BatchSize = 128;
    private const int Shift = 2;
    private const double PeakRate = 0.2;
    private const double WarmUp = 0.2;
    private const double Momentum = 0.9;
    private const double WeightDecay = 5e-4;

    /// <summary>Trains and returns the accuracy on the test images.</summary>
    public double Run()
    {
        var generator = new Random(seed);
        using var optimizer = optim.SGD(network.parameters(), PeakRate, momentum: Momentum, weight_decay: plain ? 0 : WeightDecay, nesterov: true);
        long batches = (train.Count + BatchSize - 1) / BatchSize, steps = epochs * batches, step = 0;
        var clock = Stopwatch.StartNew();
        double accuracy = 0;
        for (int epoch = 1; epoch <= epochs; epoch++)
        {
            network.train();
            long[] order = [.. Enumerable.Range(0, (int)train.Count).Select(i => (long)i)];
            generator.Shuffle(order);
            double loss = 0;
            for (long b = 0; b < batches; b++, step++)
            {
                using var scope = NewDisposeScope();
                foreach (var group in optimizer.ParamGroups)
                    group.LearningRate = Rate((double)step / steps);
                using var index = tensor(order[(int)(b * BatchSize)..(int)Math.Min(train.Count, (b + 1) * BatchSize)]);
                var x = train.Images.index_select(0, index);
                if (!plain)
                    x = Augment(x, generator);
                var error = functional.cross_entropy(network.call(x), train.Labels.index_select(0, index));
                optimizer.zero_grad();
                error.backward();
                optimizer.step();
                loss += error.ToDouble();
            }

            // Short epochs would spend their time on the test images.
            if (epoch == epochs || epoch % Math.Max(1, epochs / 15) == 0)
                accuracy = Accuracy(test);
            double perEpoch = clock.Elapsed.TotalSeconds / epoch;
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"epoch {epoch}/{epochs}: loss {loss / batches:f4}, test accuracy {accuracy:f4}, {train.Count / perEpoch:n0} images/s, {TimeSpan.FromSeconds(perEpoch * (epochs - epoch)):m\\:ss} left"));
        }

        return accuracy;
    }

    /// <summary>Share of images whose largest logit is their label's.</summary>
    public double Accuracy(ImageSet images)
    {
        network.eval();
        using var none = no_grad();
        long correct = 0;
        for (long first = 0; first < images.Count; first += 1000)
        {
            using var scope = NewDisposeScope();
            var predicted = network.call(images.Images[TensorIndex.Slice(first, Math.Min(images.Count, first + 1000))]).argmax(1);
            correct += predicted.eq(images.Labels[TensorIndex.Slice(first, Math.Min(images.Count, first + 1000))]).sum().ToInt64();
        }

        return (double)correct / images.Count;
    }

    private static double Rate(double progress) => progress < WarmUp
        ? PeakRate * progress / WarmUp
        : PeakRate * 0.5 * (1 + Math.Cos(Math.PI * (progress - WarmUp) / (1 - WarmUp)));

    /// <summary>One flip and one shift for the batch: cheap, and over thousands of batches every image sees them all.</summary>
    private static Tensor Augment(Tensor images, Random generator)
    {
        long height = images.shape[2], width = images.shape[3];
        if (generator.Next(2) == 1)
            images = images.flip(3);
        // The border takes the darkest value, which is what lies around the garments.
        var padded = functional.pad(images, [Shift, Shift, Shift, Shift], PaddingModes.Constant, images.min().ToDouble());
        long row = generator.Next(2 * Shift + 1), column = generator.Next(2 * Shift + 1);
        return padded[TensorIndex.Colon, TensorIndex.Colon, TensorIndex.Slice(row, row + height), TensorIndex.Slice(column, column + width)];
    }
}
