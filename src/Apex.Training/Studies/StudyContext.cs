using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Apex.Analysis;
using Apex.Data;
using Apex.Models;
using Apex.Observations;
using Apex.Probing;
using Apex.Torch.Onnx;
using Apex.Training.Networks;
using Apex.Training.Zoo;
using static TorchSharp.torch;

namespace Apex.Training.Studies;

/// <summary>What studies share: data, models that are trained once, and probes that are made once. All of it is kept in a folder, so that a study that was stopped goes on.</summary>
/// <param name="folder">Where models and runs are kept.</param>
/// <param name="quick">Smaller models, fewer seeds and samples, and the built-in images alone.</param>
/// <param name="fashion">Folder with Fashion-MNIST's four gzipped IDX files; not needed where it is quick.</param>
/// <param name="cancellationToken">Stops the study; what is done is kept.</param>
internal sealed class StudyContext(string folder, bool quick, string fashion, CancellationToken cancellationToken)
{
    /// <summary>Of the 10,000 built-in images a quick study trains on the first 8,000.</summary>
    private const int QuickTraining = 8000;

    /// <summary>Of plain networks, which have no batch norm.</summary>
    private const double PeakRate = 0.05;

    private static readonly string Default = Path.Combine(AppContext.BaseDirectory, "Default");

    private ZooImages? _images;

    /// <summary>Whether the study is a quick one.</summary>
    public bool Quick => quick;

    /// <summary>Stops the study.</summary>
    public CancellationToken CancellationToken => cancellationToken;

    /// <summary>The built-in residual network.</summary>
    public static string BuiltInModel => Path.Combine(Default, "fashion-mnist-resnet8.onnx");

    /// <summary>The built-in images: Fashion-MNIST's test set.</summary>
    public static string BuiltInImages => Path.Combine(Default, "t10k-images-idx3-ubyte.gz");

    /// <summary>The images that models of the studies are trained on.</summary>
    public string TrainingImages => quick ? BuiltInImages : Path.Combine(fashion, "train-images-idx3-ubyte.gz");

    private ZooImages Images => _images ??= quick ? ZooImages.Halved(BuiltInImages, QuickTraining) : ZooImages.Fashion(fashion);

    /// <summary>Trains a model, unless it is there.</summary>
    /// <returns>Its file.</returns>
    public string Train(StudyModel recipe)
    {
        string path = Path.Combine(folder, "models", $"{recipe.Name}-{recipe.Hash(Images.Hash)}.onnx");
        if (File.Exists(Sidecar.PathFor(path)))
            return path;
        cancellationToken.ThrowIfCancellationRequested();
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        Console.Error.WriteLine($"training {recipe.Name}");
        using var scope = NewDisposeScope();
        random.manual_seed(recipe.Seed);
        var range = TensorIndex.Slice(0, recipe.Images);
        long[] labels = LabelCorruption.Random(Images.Train.Labels[range].data<long>().ToArray(), Images.Classes.Count, recipe.RandomLabels, recipe.Seed);
        var train = new ImageSet(Images.Normalise(Images.Train.Images[range]), tensor(labels));
        var test = Images.Test with { Images = Images.Normalise(Images.Test.Images) };
        int size = (int)train.Images.shape[2];
        using var network = new PlainNetwork(1, size, Images.Classes.Count);
        var options = new TrainingOptions { Epochs = recipe.Epochs, Seed = recipe.Seed, Plain = true, PeakRate = PeakRate, StopAtTrainingAccuracy = 1, Checkpoint = path + ".checkpoint" };
        var trainer = new Trainer(network, train, test, options);
        double accuracy = trainer.Run(), fitted = trainer.Accuracy(train);

        byte[] onnx = TorchOnnx.Build(network, [1, size, size], ImageNetwork.Writers).ToBytes();
        double parity = TorchOnnx.Parity(network, onnx, test.Images[TensorIndex.Slice(0, 256)]);
        // Written so that a NaN fails too.
        if (!(parity < ImageNetwork.Tolerance))
            throw new InvalidOperationException($"{recipe.Name}: the exported graph differs from the network by {parity}");
        File.WriteAllBytes(path, onnx);
        var sidecar = new
        {
            preprocessing = new { scale = 1.0 / 255, mean = Images.Mean, std = Images.Std, layout = "NCHW" },
            classes = Images.Classes,
            study = new { recipe, trainingAccuracy = fitted, testAccuracy = accuracy, epochs = trainer.Epochs, largestLogitDifference = parity },
        };
        File.WriteAllText(path + ".part", JsonSerializer.Serialize(sidecar, JsonSerializerOptions.Web) + "\n");
        File.Move(path + ".part", Sidecar.PathFor(path), overwrite: true);
        TrainingCheckpoint.Delete(options.Checkpoint);
        return path;
    }

    /// <summary>How much of its training labels a model learned, and what it makes of test images.</summary>
    public static (double Training, double Test) Accuracy(string model)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(Sidecar.PathFor(model)));
        var study = document.RootElement.GetProperty("study");
        return (study.GetProperty("trainingAccuracy").GetDouble(), study.GetProperty("testAccuracy").GetDouble());
    }

    /// <summary>Probes a model, unless that was done.</summary>
    /// <param name="model">Its file.</param>
    /// <param name="images">The images.</param>
    /// <param name="count">The first so many of them.</param>
    /// <param name="options">What to probe.</param>
    public async Task<RunObservations> ProbeAsync(string model, string images, int count, ProbeOptions options)
    {
        string asked = string.Create(CultureInfo.InvariantCulture,
            $"{Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(model)))} {Path.GetFileName(images)} {count} {string.Join(' ', options.Sites)} {string.Join(' ', options.Sigmas!)} {options.Draws} {options.Scale} {options.Seed} {options.Space}");
        string run = Path.Combine(folder, "runs", $"{Path.GetFileNameWithoutExtension(model)}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(asked)))[..12]}");
        if (!IsComplete(run))
        {
            if (Directory.Exists(run))
                Directory.Delete(run, recursive: true);
            Console.Error.WriteLine($"probing {Path.GetFileNameWithoutExtension(model)}");
            await new ProbeJob { Model = model, Data = images, Selection = new SampleSelection { Limit = count }, Out = run, Options = options }.RunAsync(cancellationToken: cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
        }

        return await RunObservations.FromAsync(RunReader.Open(run), cancellationToken);
    }

    private static bool IsComplete(string run)
    {
        try
        {
            return RunReader.Open(run).Info.Status == RunStatus.Complete;
        }
        catch (InvalidInputException)
        {
            // Not there, or cut off while it was written.
            return false;
        }
    }
}
