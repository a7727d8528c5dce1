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
        var data = new Option<string>("--data") { Description = "Folder with Fashion-MNIST's four gzipped IDX files.", DefaultValueFactory = _ => "/usr/share/datasets/fashion-mnist" };
        var output = new Option<string>("--out") { Description = "The ONNX file to write; its sidecar goes beside it.", Required = true };
        var epochs = new Option<int>("--epochs") { DefaultValueFactory = _ => 15 };
        var seed = new Option<int>("--seed") { DefaultValueFactory = _ => 1 };
        var flip = new Option<double>("--flip-labels") { Description = "Share of training labels that are replaced by another class at random; the labels trained on and which were flipped are written beside the model." };
        var limit = new Option<int?>("--limit") { Description = "Train on the first so many images only. Default: all." };
        var plain = new Option<bool>("--plain") { Description = "No flips, shifts or weight decay, so that the network can memorise." };
        var command = new Command("fashion-mnist", "Train the built-in classifier: a residual network of 78 thousand parameters.") { data, output, epochs, seed, flip, limit, plain };
        command.SetAction(parsed =>
        {
            string folder = parsed.GetValue(data)!, path = parsed.GetValue(output)!;
            // Told before the minutes of training, not after.
            if (parsed.GetValue(epochs) < 1)
                throw new InvalidInputException($"--epochs {parsed.GetValue(epochs)}: give at least 1");
            if (!(parsed.GetValue(flip) is >= 0 and < 1))
                throw new InvalidInputException($"--flip-labels {parsed.GetValue(flip)}: give a share from 0 to 1, e.g. 0.05");
            if (!Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(path))))
                throw new InvalidInputException($"--out {path}: its folder does not exist");
            TorchLibrary.MakeLoadable();
            random.manual_seed(parsed.GetValue(seed));
            set_num_threads(Environment.ProcessorCount);
            var train = ImageSet.Load(Path.Combine(folder, "train-images-idx3-ubyte.gz"), Mean, Std);
            var test = ImageSet.Load(Path.Combine(folder, "t10k-images-idx3-ubyte.gz"), Mean, Std);
            long[] given = train.Labels.data<long>().ToArray();
            if (parsed.GetValue(limit) is { } most)
            {
                if (most < 1)
                    throw new InvalidInputException($"--limit {most}: give at least 1");
                train = new ImageSet(train.Images[TensorIndex.Slice(0, most)].clone(), train.Labels[TensorIndex.Slice(0, most)].clone());
            }

            var corruption = LabelCorruption.Of(train.Labels.data<long>().ToArray(), Classes.Length, parsed.GetValue(flip), parsed.GetValue(seed));
            train = train with { Labels = tensor(corruption.Labels) };
            using var network = new ResidualNetwork(1, [16, 32, 64], Classes.Length);
            long parameters = network.parameters().Sum(p => p.numel());
            Console.Error.WriteLine($"{parameters} parameters, {train.Count} training images");
            var trainer = new Trainer(network, train, test, new TrainingOptions { Epochs = parsed.GetValue(epochs), Seed = parsed.GetValue(seed), Plain = parsed.GetValue(plain) });
            double accuracy = trainer.Run(), trainAccuracy = trainer.Accuracy(train);

            byte[] model = OnnxExport.Build(network, [1, 28, 28], Classes.Length).ToBytes();
            double parity = OnnxExport.Parity(network, model, test.Images[TensorIndex.Slice(0, 256)]);
            // Written so that a NaN fails too.
            if (!(parity < OnnxExport.Tolerance))
                throw new InvalidOperationException($"the exported graph differs from the network by {parity}");
            File.WriteAllBytes(path, model);
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
                    epochs = parsed.GetValue(epochs),
                    parameters,
                    testAccuracy = accuracy,
                    trainAccuracy,
                    largestLogitDifference = parity,
                    libtorch = __version__,
                },
            };
            File.WriteAllText(Path.ChangeExtension(path, ".apex.json"), JsonSerializer.Serialize(sidecar, Json) + "\n");
            Console.WriteLine($"{path}: test accuracy {accuracy:f4}, training accuracy {trainAccuracy:f4}, largest logit difference {parity:e1}");
            return 0;
        });
        return command;
    }
}
