using System.CommandLine;
using System.Text.Json;
using static TorchSharp.torch;

namespace Apex.Training;

/// <summary><c>apex-train fashion-mnist</c>: the built-in model, and networks trained on flipped labels.</summary>
internal static class FashionMnistCommand
{
    // Fashion-MNIST's own statistics over its 60,000 training images, in units of 255.
    private const float Mean = 0.2860f, Std = 0.3530f;

    private static readonly string[] Classes = ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"];

    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true };

    public static Command Create()
    {
        var data = new Option<string>("--data")
        {
            Description = "Folder with Fashion-MNIST's four gzipped IDX files.",
            DefaultValueFactory = _ => "/usr/share/datasets/fashion-mnist",
        };
        var output = new Option<string>("--out") { Description = "The ONNX file to write; its sidecar goes beside it.", Required = true };
        var epochs = new Option<int>("--epochs") { DefaultValueFactory = _ => 15 };
        var seed = new Option<int>("--seed") { DefaultValueFactory = _ => 1 };
        var flip = new Option<double>("--flip-labels")
        {
            Description = "Share of training labels that are replaced by another class at random; "
                + "the labels trained on and which were flipped are written beside the model.",
        };
        var limit = new Option<int?>("--limit") { Description = "Train on the first so many images only. Default: all." };
        var plain = new Option<bool>("--plain") { Description = "No flips, shifts or weight decay, so that the network can memorise." };
        var network = new Option<FashionNetwork>("--network") { Description = "What to train.", DefaultValueFactory = _ => FashionNetwork.Residual };
        var stop = new Option<double?>("--stop-at-training-accuracy")
        {
            Description = "End as soon as this share of the training labels is learned, 1 for all of them, looked at after each epoch. Default: all epochs.",
        };
        var checkpoint = new Option<string?>("--checkpoint")
        {
            Description = "File that holds the state after each epoch: "
                + "started again after a kill, training goes on from there to the same weights. Deleted at the end.",
        };
        var threads = new Option<int>("--threads")
        {
            Description = "Threads; the weights are the same to the bit for the same number. Default: one for each core.",
            DefaultValueFactory = _ => Environment.ProcessorCount,
        };
        var command = new Command("fashion-mnist",
            "Train a classifier of Fashion-MNIST, or of other grey images in its format: the built-in one is a residual network of 78 thousand parameters.")
        {
            data, output, epochs, seed, flip, limit, plain, network, stop, checkpoint, threads,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            string folder = parsed.GetValue(data)!, path = parsed.GetValue(output)!;
            // Told before the minutes of training, not after.
            if (parsed.GetValue(epochs) < 1)
                throw new InvalidInputException($"--epochs {parsed.GetValue(epochs)}: give at least 1");
            if (!(parsed.GetValue(flip) is >= 0 and < 1))
                throw new InvalidInputException($"--flip-labels {parsed.GetValue(flip)}: give a share from 0 to 1, e.g. 0.05");
            if (!Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(path))))
                throw new InvalidInputException($"--out {path}: its folder does not exist");
            if (parsed.GetValue(stop) is { } share && share is not (> 0 and <= 1))
                throw new InvalidInputException($"--stop-at-training-accuracy {share}: give a share above 0 and up to 1");
            if (parsed.GetValue(threads) < 1)
                throw new InvalidInputException($"--threads {parsed.GetValue(threads)}: give at least 1");
            TorchLibrary.MakeLoadable();
            set_num_threads(parsed.GetValue(threads));
            var train = ImageSet.Load(Path.Combine(folder, "train-images-idx3-ubyte.gz"), Mean, Std);
            var test = ImageSet.Load(Path.Combine(folder, "t10k-images-idx3-ubyte.gz"), Mean, Std);
            long[] given = train.Labels.data<long>().ToArray();
            if (parsed.GetValue(limit) is { } most)
            {
                if (most < 1)
                    throw new InvalidInputException($"--limit {most}: give at least 1");
                train = new ImageSet(train.Images[TensorIndex.Slice(0, most)].clone(), train.Labels[TensorIndex.Slice(0, most)].clone());
            }

            var corruption = LabelCorruption.Corrupt(train.Labels.data<long>().ToArray(), Classes.Length, parsed.GetValue(flip), parsed.GetValue(seed));
            train = train with { Labels = tensor(corruption.Labels) };
            int size = (int)train.Images.shape[2];
            using var trained = WeightSeed.Draw(parsed.GetValue(seed), () => FashionNetworks.Create(parsed.GetValue(network), size, Classes.Length));
            long parameters = trained.parameters().Sum(p => p.numel());
            Console.Error.WriteLine($"{parameters} parameters, {train.Count} training images");
            var trainer = new Trainer(trained, train, test, new TrainingOptions
            {
                Epochs = parsed.GetValue(epochs),
                Seed = parsed.GetValue(seed),
                Plain = parsed.GetValue(plain),
                PeakRate = FashionNetworks.PeakRate(parsed.GetValue(network)),
                StopAtTrainingAccuracy = parsed.GetValue(stop),
                Checkpoint = parsed.GetValue(checkpoint),
            });
            double accuracy = trainer.Run(cancellationToken), trainAccuracy = trainer.Accuracy(train);

            var (model, parity) = trained.Export(test.Images);
            WholeFile.Replace(path, model);
            if (corruption.Count > 0)
                corruption.Write(given, Path.ChangeExtension(path, ".labels.txt"), Path.ChangeExtension(path, ".flipped.csv"));
            var sidecar = new
            {
                preprocessing = new { scale = 1.0 / 255, mean = new[] { Mean }, std = new[] { Std }, layout = "NCHW" },
                classes = Classes,
                training = new
                {
                    data = $"Fashion-MNIST, the first {train.Count} training images",
                    plain = parsed.GetValue(plain),
                    flippedLabels = corruption.Count,
                    seed = parsed.GetValue(seed),
                    network = parsed.GetValue(network).ToString(),
                    epochs = trainer.Epochs,
                    parameters,
                    testAccuracy = accuracy,
                    trainAccuracy,
                    largestLogitDifference = parity,
                    libtorch = __version__,
                },
            };
            WholeFile.Replace(Path.ChangeExtension(path, ".apex.json"), JsonSerializer.Serialize(sidecar, Json) + "\n");
            if (parsed.GetValue(checkpoint) is { } kept)
                WholeFile.Delete(kept);
            Console.WriteLine($"{path}: test accuracy {accuracy:f4}, training accuracy {trainAccuracy:f4}, largest logit difference {parity:e1}");
            return Task.FromResult(0);
        });
        return command;
    }
}
