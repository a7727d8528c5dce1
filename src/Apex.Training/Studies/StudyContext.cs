using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Apex.Analysis;
using Apex.Cli;
using Apex.Data;
using Apex.Experiments;
using Apex.Facts;
using Apex.Models;
using Apex.Models.Onnx;
using Apex.Models.Onnx.Reading;
using Apex.Observations;
using Apex.Probing;
using Apex.Questions;
using Apex.Training.Zoo;
using static TorchSharp.torch;

namespace Apex.Training.Studies;

/// <summary>
/// What studies share: data, models that are trained once, and probes that are made once. All of it is kept in a folder, so that a study that was stopped
/// goes on.
/// </summary>
/// <param name="options">What it works with.</param>
/// <param name="cancellationToken">Stops the study; what is done is kept.</param>
internal sealed class StudyContext(StudyOptions options, CancellationToken cancellationToken)
{
    /// <summary>Of the 10,000 built-in images a quick study trains on the first 8,000.</summary>
    private const int QuickTraining = 8000;

    /// <summary>Changes when the same probe of the same model would give other figures.</summary>
    private const int ProbeVersion = 1;

    /// <summary>Each network that trains holds a copy of its images.</summary>
    private const int MostAtOnce = 8;

    private static readonly string Default = Path.Combine(AppContext.BaseDirectory, "Default");

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    private readonly List<UsedModel> _used = [];
    private readonly Lock _loading = new();
    private readonly Dictionary<(string, int), string> _hashes = [];
    private ZooImages? _images, _cifar;

    /// <summary>Whether the study is a quick one.</summary>
    public bool Quick => options.Quick;

    /// <summary>What it works with.</summary>
    public StudyOptions Options => options;

    /// <summary>Stops the study.</summary>
    public CancellationToken CancellationToken => cancellationToken;

    /// <summary>The built-in residual network.</summary>
    public static string BuiltInModel => Path.Combine(Default, "fashion-mnist-resnet8.onnx");

    /// <summary>The built-in images: Fashion-MNIST's test set.</summary>
    public static string BuiltInImages => Path.Combine(Default, "t10k-images-idx3-ubyte.gz");

    /// <summary>The images that models of the studies are trained on.</summary>
    public string TrainingImages => Quick ? BuiltInImages : Path.Combine(options.Fashion, "train-images-idx3-ubyte.gz");

    /// <summary>How many of them there are to train on.</summary>
    public int TrainingCount => Quick ? QuickTraining : 60_000;

    /// <summary>Runs a study and adds the networks that it used.</summary>
    public async Task<StudyResult> RunAsync(IStudy study)
    {
        _used.Clear();
        var result = await study.RunAsync(this);
        return result with { Models = [.. _used.Distinct().OrderBy(m => m.Name, StringComparer.Ordinal)] };
    }

    /// <summary>Names a network that was not trained for a study.</summary>
    public void Use(UsedModel model) => _used.Add(model);

    /// <summary>The built-in network, named as used.</summary>
    public string UseBuiltIn()
    {
        using var document = JsonDocument.Parse(File.ReadAllText(Sidecar.PathFor(BuiltInModel)));
        var training = document.RootElement.GetProperty("training");
        double? fitted = training.TryGetProperty("trainAccuracy", out var accuracy) ? accuracy.GetDouble() : null;
        Use(new UsedModel(Path.GetFileNameWithoutExtension(BuiltInModel), "the built-in residual network (apex-train fashion-mnist)",
            training.GetProperty("seed").GetInt32(), fitted, training.GetProperty("testAccuracy").GetDouble()));
        return BuiltInModel;
    }

    /// <summary>Trains a model, unless it is there.</summary>
    /// <returns>Its file.</returns>
    public string Train(StudyModel recipe) => TrainAll([recipe])[0];

    /// <summary>
    /// Trains those models that are not there, one on each core: small networks gain little from more, and their weights must not depend on the number of
    /// cores.
    /// </summary>
    /// <returns>Their files, in order.</returns>
    public IReadOnlyList<string> TrainAll(IReadOnlyList<StudyModel> recipes)
    {
        var missing = recipes.Where(r => !File.Exists(Sidecar.PathFor(PathOf(r))) || !File.Exists(PathOf(r))).Distinct().ToList();
        Directory.CreateDirectory(Path.Combine(options.Folder, "models"));
        ForEach(missing, (recipe, k) =>
        {
            Console.Error.WriteLine($"training {recipe.Name}, {k} of {missing.Count}");
            TrainOne(recipe, PathOf(recipe));
        });
        foreach (var recipe in recipes)
        {
            var (fitted, accuracy) = Accuracy(PathOf(recipe));
            Use(new UsedModel(Path.GetFileNameWithoutExtension(PathOf(recipe)), recipe.Told, recipe.Seed, fitted, accuracy));
        }

        return [.. recipes.Select(PathOf)];
    }

    /// <summary>How much of its training labels a model learned, and what it makes of test images.</summary>
    public static (double Training, double Test) Accuracy(string model)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(Sidecar.PathFor(model)));
        var study = document.RootElement.GetProperty("study");
        return (study.GetProperty("trainingAccuracy").GetDouble(), study.GetProperty("testAccuracy").GetDouble());
    }

    /// <summary>The models of a zoo, trained where they are not there.</summary>
    /// <returns>Their files, in order.</returns>
    public IReadOnlyList<string> TrainZoo(IReadOnlyList<Recipe> recipes)
    {
        string folder = options.Zoo ?? Path.Combine(options.Folder, "zoo");
        foreach (var data in recipes.Select(r => r.Data).Distinct())
            _ = ZooImagesOf(data);
        // Those that are there cost a look each.
        ForEach(recipes, (recipe, _) => new ZooTrainer(folder, ZooImagesOf).Run([recipe], cancellationToken));
        string[] paths = [.. recipes.Select(r => Path.Combine(folder, r.Name + ".onnx"))];
        foreach (var (recipe, path) in recipes.Zip(paths))
        {
            var model = ZooModel.Read(path) is { } there && there.Hash == recipe.Hash(ZooImagesOf(recipe.Data).Hash)
                ? there
                : throw new InvalidInputException($"{path}: not there, or of other data; another process may be training it: try again when it is done");
            string success = model.AttackSuccess is { } s ? FormattableString.Invariant($" (success {s:f3})") : "";
            string trained = FormattableString.Invariant($"zoo: {model.Recipe.Data}, {model.Recipe.Architecture}, {model.Recipe.Epochs} epochs, ");
            Use(new UsedModel(model.Recipe.Name, $"{trained}attack {model.Recipe.Attack}{success}", model.Recipe.Seed, null, model.TestAccuracy));
        }

        return paths;
    }

    /// <summary>Probes a model, unless that was done.</summary>
    /// <param name="model">Its file.</param>
    /// <param name="images">The images.</param>
    /// <param name="count">The first so many of them.</param>
    /// <param name="probe">What to probe.</param>
    public async Task<RunObservations> ProbeAsync(string model, string images, int count, ProbeOptions probe)
    {
        string asked = string.Create(CultureInfo.InvariantCulture,
            $"{Identity(model)} {Identity(images, count)} {string.Join(' ', probe.Sites)} "
                + $"{string.Join(' ', probe.Sigmas!)} {probe.Draws} {probe.Scale} {probe.Seed} {probe.Space}");
        string run = PathOf("runs", model, asked);
        if (!IsComplete(run))
        {
            if (Directory.Exists(run))
                Directory.Delete(run, recursive: true);
            Console.Error.WriteLine($"probing {Path.GetFileNameWithoutExtension(model)}, {probe.Space.ToString().ToLowerInvariant()} noise");
            using var progress = new ProgressDisplay();
            var job = new ProbeJob { Model = model, Data = images, Selection = new SampleSelection { Limit = count }, Out = run, Options = probe };
            await job.RunAsync(progress: progress, cancellationToken: cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
        }

        return await AskedRun.Open(run).ReadAsync(cancellationToken);
    }

    /// <summary>Measures something of a model, unless that was done.</summary>
    /// <param name="model">Its file.</param>
    /// <param name="asked">What is measured and with which settings.</param>
    /// <param name="images">The images it is measured on; null for none.</param>
    /// <param name="measure">Measures it; what comes back must survive JSON.</param>
    public async Task<T> KeepAsync<T>(string model, string asked, string? images, Func<Task<T>> measure)
    {
        string path = PathOf("measured", model, $"{Identity(model)} {(images is null ? "" : Identity(images, int.MaxValue))} {asked}") + ".json";
        if (!File.Exists(path))
        {
            cancellationToken.ThrowIfCancellationRequested();
            WholeFile.Replace(path, JsonSerializer.Serialize(await measure(), Json));
        }

        return JsonSerializer.Deserialize<T>(File.ReadAllText(path), Json)!;
    }

    /// <summary>What makes a model what it is: graph, external weights and sidecar; and the version of what reads it.</summary>
    private static string Identity(string model)
    {
        var (_, preprocessing, sidecar) = ModelSetup.Load(model, new OnnxOptions(), null);
        string beside = Sidecar.PathFor(model);
        string prepared = sidecar is not null && File.Exists(beside)
            ? Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(beside))) : preprocessing.ToString();
        return $"{ProbeVersion} {OnnxModel.Load(model).Hash()} {prepared}";
    }

    /// <summary>The content of the first images.</summary>
    private string Identity(string images, int count)
    {
        if (!_hashes.TryGetValue((images, count), out string? hash))
        {
            var data = Dataset.Open(images);
            _hashes[(images, count)] = hash =
                $"{count} {DatasetHash.Compute(data, new SampleSelection { Limit = Math.Min(count, data.Count) }.Resolve(data), cancellationToken)}";
        }

        return hash;
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

    /// <summary>One on each core, in order.</summary>
    private void ForEach<T>(IEnumerable<T> items, Action<T, int> act)
    {
        int started = 0;
        try
        {
            Parallel.ForEach(Partitioner.Create(items, EnumerablePartitionerOptions.NoBuffering),
                new ParallelOptions { MaxDegreeOfParallelism = Math.Min(MostAtOnce, Environment.ProcessorCount), CancellationToken = cancellationToken },
                item => act(item, Interlocked.Increment(ref started)));
        }
        catch (AggregateException error) when (error.InnerExceptions.All(e => e is OperationCanceledException))
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (AggregateException error) when (error.InnerExceptions.OfType<InvalidInputException>().FirstOrDefault() is { } told)
        {
            throw new InvalidInputException(told.Message, error);
        }
    }

    private ZooImages ZooImagesOf(ZooData data)
    {
        if (data == ZooData.Fashion)
            return Images();
        lock (_loading)
            return _cifar ??= ZooImages.Cifar10(options.Cifar10!, options.Folder);
    }

    private ZooImages Images()
    {
        lock (_loading)
            _images ??= Quick ? ZooImages.Halved(BuiltInImages, QuickTraining) : ZooImages.Fashion(options.Fashion);
        return _images.Train.Count == TrainingCount ? _images
            : throw new InvalidInputException($"--fashion {options.Fashion}: {_images.Train.Count} training images where Fashion-MNIST has {TrainingCount}");
    }

    private string PathOf(StudyModel recipe) => Path.Combine(options.Folder, "models", $"{recipe.Name}-{recipe.Hash(Images().Hash)}.onnx");

    private string PathOf(string kind, string model, string asked) =>
        Path.Combine(options.Folder, kind,
            $"{Path.GetFileNameWithoutExtension(model)}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(asked)))[..12]}");

    private void TrainOne(StudyModel recipe, string path)
    {
        var images = Images();
        using var scope = NewDisposeScope();
        using var members = tensor(recipe.Members());
        long[] labels = LabelCorruption.Random(images.Train.Labels.index_select(0, members).data<long>().ToArray(),
            images.Classes.Count, recipe.RandomLabels, recipe.Seed);
        var train = new ImageSet(images.Normalise(images.Train.Images.index_select(0, members)), tensor(labels));
        var test = images.Test with { Images = images.Normalise(images.Test.Images) };
        var training = new TrainingOptions
        {
            Epochs = recipe.Epochs,
            Seed = recipe.Seed,
            Plain = recipe.Memorises,
            PeakRate = FashionNetworks.PeakRate(recipe.Network),
            StopAtTrainingAccuracy = recipe.Memorises ? 1 : null,
            Checkpoint = path + ".checkpoint",
            Name = recipe.Name,
        };
        using var network = WeightSeed.Draw(recipe.Seed,
            () => FashionNetworks.Create(recipe.Network, (int)images.Train.Images.shape[2], images.Classes.Count, inBFloat16: recipe.Memorises));
        var trainer = new Trainer(network, train, test, training);
        double accuracy = trainer.Run(cancellationToken), fitted = trainer.Accuracy(train);
        var (onnx, difference) = network.Export(test.Images);
        WholeFile.Replace(path, onnx);
        var sidecar = new
        {
            preprocessing = new { scale = 1.0 / 255, mean = images.Mean, std = images.Std, layout = "NCHW" },
            classes = images.Classes,
            study = new { recipe, trainingAccuracy = fitted, testAccuracy = accuracy, epochs = trainer.Epochs, largestLogitDifference = difference },
        };
        // Last, so that a sidecar always has its model.
        WholeFile.Replace(Sidecar.PathFor(path), JsonSerializer.Serialize(sidecar, JsonSerializerOptions.Web) + "\n");
        WholeFile.Delete(training.Checkpoint);
    }
}
