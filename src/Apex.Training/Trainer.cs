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
/// <remarks>
/// With a checkpoint file, training that was cut off goes on after its last whole epoch to the weights it would have had (to the bit on one thread): the file
/// holds parameters, statistics and momentum, and the random draws of the epochs before are drawn again.
/// </remarks>
internal sealed class Trainer(Module<Tensor, Tensor> network, ImageSet train, ImageSet test, TrainingOptions options)
{
    private const int BatchSize = 128;
    private const int EvaluationBatchSize = 1000;
    private const int Shift = 2;
    private const double WarmUp = 0.2;
    private const double Momentum = 0.9;
    private const double WeightDecay = 5e-4;

    /// <summary>Epochs behind the network.</summary>
    public int Epochs { get; private set; }

    /// <summary>Trains and returns the accuracy on the test images.</summary>
    /// <param name="cancellationToken">Stops it; the checkpoint holds what was done.</param>
    public double Run(CancellationToken cancellationToken = default)
    {
        int epochs = options.Epochs;
        var generator = new Random(options.Seed);
        using var optimizer = optim.SGD(network.parameters(), options.PeakRate,
            momentum: Momentum, weight_decay: options.Plain ? 0 : WeightDecay, nesterov: true);
        long batches = (train.Count + BatchSize - 1) / BatchSize, steps = epochs * batches, step = 0;
        var clock = Stopwatch.StartNew();
        var checkpoint = options.Checkpoint is { } path ? new TrainingCheckpoint(path, Key()) : null;
        int done = checkpoint?.Load(network, optimizer) ?? 0;
        Epochs = done;
        if (done > 0)
            Console.Error.WriteLine($"{(options.Name is { } known ? known + ": " : "")}goes on after epoch {done}");
        for (int epoch = 1; epoch <= epochs; epoch++)
        {
            network.train();
            long[] order = [.. Enumerable.Range(0, (int)train.Count).Select(i => (long)i)];
            generator.Shuffle(order);
            if (epoch <= done)
            {
                // The draws of an epoch that is done already: what follows must see the same generator.
                for (long b = 0; b < batches; b++, step++)
                    _ = options.Plain ? default : Augmentation.Draw(generator);
                continue;
            }

            double loss = 0;
            for (long b = 0; b < batches; b++, step++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                using var scope = NewDisposeScope();
                foreach (var group in optimizer.ParamGroups)
                    group.LearningRate = Rate((double)step / steps);
                using var index = tensor(order[(int)(b * BatchSize)..(int)Math.Min(train.Count, (b + 1) * BatchSize)]);
                var x = train.Images.index_select(0, index);
                if (!options.Plain)
                    x = Augment(x, Augmentation.Draw(generator));
                var error = functional.cross_entropy(network.call(x), train.Labels.index_select(0, index));
                optimizer.zero_grad();
                error.backward();
                optimizer.step();
                loss += error.ToDouble();
            }

            Epochs = epoch;
            double perEpoch = clock.Elapsed.TotalSeconds / (epoch - done);
            double? fitted = options.StopAtTrainingAccuracy is null ? null : Accuracy(train);
            bool last = epoch == epochs || fitted >= options.StopAtTrainingAccuracy;
            // Short epochs would spend their time on the test images.
            double? accuracy = last || epoch % Math.Max(1, epochs / 15) == 0 ? Accuracy(test) : null;
            if (accuracy is not null || options.Name is null)
            {
                Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{(options.Name is { } name ? name + ": " : "")}epoch {epoch}/{epochs}: "
                        + $"loss {loss / batches:f4}{Told("training accuracy", fitted)}{Told("test accuracy", accuracy)}, "
                        + $"{train.Count / perEpoch:n0} images/s, {TimeSpan.FromSeconds(perEpoch * (epochs - epoch)):m\\:ss} left"));
            }

            if (last)
                return accuracy!.Value;
            checkpoint?.Save(epoch, network, optimizer);
        }

        return Accuracy(test);
    }

    /// <summary>Share of images whose largest logit is their label's.</summary>
    public double Accuracy(ImageSet images)
    {
        using var scope = NewDisposeScope();
        return (double)Predict(images.Images).eq(images.Labels).sum().ToInt64() / images.Count;
    }

    /// <summary>The class of the largest logit, shape <c>[samples]</c>.</summary>
    /// <param name="images">What the network reads, shape <c>[samples, channels, height, width]</c>.</param>
    public Tensor Predict(Tensor images)
    {
        network.eval();
        using var none = no_grad();
        using var scope = NewDisposeScope();
        var parts = new List<Tensor>();
        for (long first = 0; first < images.shape[0]; first += EvaluationBatchSize)
        {
            using var batch = NewDisposeScope();
            var shown = images[TensorIndex.Slice(first, Math.Min(images.shape[0], first + EvaluationBatchSize))];
            parts.Add(network.call(shown).argmax(1).MoveToOuterDisposeScope());
        }

        return cat(parts).MoveToOuterDisposeScope();
    }

    private double Rate(double progress) => progress < WarmUp
        ? options.PeakRate * progress / WarmUp
        : options.PeakRate * 0.5 * (1 + Math.Cos(Math.PI * (progress - WarmUp) / (1 - WarmUp)));

    /// <summary>Everything that the weights after an epoch depend on, but for the pixels.</summary>
    private string Key() => string.Join('\n',
        [$"{options with { Checkpoint = null, Name = null }}", $"{train.Count} images",
            .. network.state_dict().Select(p => $"{p.Key} [{string.Join(", ", p.Value.shape)}]")]);

    private static string Told(string what, double? share) => share is null ? "" : string.Create(CultureInfo.InvariantCulture, $", {what} {share:f4}");

    /// <summary>One flip and one shift for the batch: cheap, and over thousands of batches every image sees them all.</summary>
    private static Tensor Augment(Tensor images, Augmentation draw)
    {
        long height = images.shape[2], width = images.shape[3];
        if (draw.Flip)
            images = images.flip(3);
        // The border takes the darkest value, which is what lies around the garments.
        var padded = functional.pad(images, [Shift, Shift, Shift, Shift], PaddingModes.Constant, images.min().ToDouble());
        return padded[TensorIndex.Colon, TensorIndex.Colon, TensorIndex.Slice(draw.Row, draw.Row + height),
            TensorIndex.Slice(draw.Column, draw.Column + width)];
    }

    private readonly record struct Augmentation(bool Flip, long Row, long Column)
    {
        public static Augmentation Draw(Random generator)
        {
            bool flip = generator.Next(2) == 1;
            return new Augmentation(flip, generator.Next(2 * Shift + 1), generator.Next(2 * Shift + 1));
        }
    }
}
