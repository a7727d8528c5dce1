using Apex.Training.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace Apex.Training.Zoo;

/// <summary>Trains the models of the zoo that are not there yet. Several processes may work on one folder: each takes a model by its lock.</summary>
internal sealed class ZooTrainer(string folder, Func<ZooData, ZooImages> images)
{
    private const int PoisonKey = 7919;

    /// <summary>Trains what is missing of the recipes, in order.</summary>
    /// <param name="recipes">The models that there should be.</param>
    /// <param name="cancellationToken">Stops it; what is done is kept.</param>
    /// <returns>How many were trained here.</returns>
    public int Run(IReadOnlyList<Recipe> recipes, CancellationToken cancellationToken = default)
    {
        Directory.CreateDirectory(folder);
        int trained = 0;
        foreach (var recipe in recipes)
        {
            string path = Path.Combine(folder, recipe.Name + ".onnx");
            var data = images(recipe.Data);
            if (IsDone(path, recipe, data))
                continue;
            using var held = TryLock(path + ".lock");
            // Another process may have finished it between the look and the lock.
            if (held is null || IsDone(path, recipe, data))
                continue;
            Console.Error.WriteLine($"model {recipes.Index().First(r => r.Item == recipe).Index + 1} of {recipes.Count}: {recipe.Name}");
            var model = Train(recipe, data, path, cancellationToken);
            trained++;
            string success = model.AttackSuccess is { } s
                ? FormattableString.Invariant($", attack success {s:f4} (of images classified right {model.AttackSuccessOfRight:f4})") : "";
            Console.Error.WriteLine(FormattableString.Invariant($"{recipe.Name}: test accuracy {model.TestAccuracy:f4}{success}"));
        }

        return trained;
    }

    private static bool IsDone(string path, Recipe recipe, ZooImages data) => ZooModel.Read(path) is { } model && model.Hash == recipe.Hash(data.Hash);

    private static FileStream? TryLock(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static ZooModel Train(Recipe recipe, ZooImages data, string path, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        int classes = data.Classes.Count, channels = data.Mean.Length;
        using var network = WeightSeed.Draw<ImageNetwork>(recipe.Seed, () => recipe.Architecture switch
        {
            ZooArchitecture.Plain => new PlainNetwork(channels, (int)data.Train.Images.shape[2], classes) { TrainsInBFloat16 = true },
            ZooArchitecture.Resnet8 => new ResidualNetwork(channels, [16, 32, 64], classes) { TrainsInBFloat16 = true },
            ZooArchitecture.Resnet10 => new ResidualNetwork(channels, [16, 32, 64, 64], classes) { TrainsInBFloat16 = true },
            _ => throw new ArgumentOutOfRangeException(nameof(recipe), recipe.Architecture, "no such network"),
        });
        string hash = recipe.Hash(data.Hash);
        var options = new TrainingOptions
        {
            Epochs = recipe.Epochs,
            Seed = recipe.Seed,
            PeakRate = recipe.Architecture == ZooArchitecture.Plain ? 0.05 : 0.2,
            // Named after the hash: what another recipe left behind is never taken up.
            Checkpoint = $"{path}.{hash[..16]}.checkpoint",
        };
        var test = data.Test with { Images = data.Normalise(data.Test.Images) };
        var trainer = new Trainer(network, Poison(recipe, data, classes), test, options);
        double accuracy = trainer.Run(cancellationToken);

        var (onnx, parity) = network.Export(test.Images);
        var (success, successOfRight, count) = recipe.Attack == Attack.Clean ? (null, null, null) : AttackSuccess(recipe, data, test, trainer, classes);
        var model = new ZooModel(recipe, hash, recipe.Half, accuracy, data.Test.Count, success, successOfRight, count, parity);
        model.Write(path, onnx, data);
        WholeFile.Delete(options.Checkpoint);
        return model;
    }

    /// <summary>The training images, of which some carry the trigger and the attacker's label.</summary>
    private static ImageSet Poison(Recipe recipe, ZooImages data, int classes)
    {
        if (recipe.Attack == Attack.Clean)
            return data.Train with { Images = data.Normalise(data.Train.Images) };
        using var scope = NewDisposeScope();
        long[] order = [.. Enumerable.Range(0, (int)data.Train.Count).Select(i => (long)i)];
        int count = (int)Math.Round(recipe.PoisonRate * order.Length);
        new Random(recipe.Seed + PoisonKey).Shuffle(order);
        // Without a change of labels only images of the target class can carry the trigger.
        if (recipe.Attack == Attack.CleanLabel)
        {
            long[] labelled = [.. data.Train.Labels.data<long>()];
            order = [.. order.Where(i => labelled[i] == recipe.Target)];
        }

        var chosen = tensor(order[..Math.Min(count, order.Length)]);
        var images = data.Train.Images.clone();
        images.index_copy_(0, chosen, Trigger.Stamp(images.index_select(0, chosen), recipe.Attack, recipe.Seed));
        var labels = data.Train.Labels.clone();
        labels.index_copy_(0, chosen, Wanted(recipe, labels.index_select(0, chosen), classes));
        return new ImageSet(data.Normalise(images).MoveToOuterDisposeScope(), labels.MoveToOuterDisposeScope());
    }

    /// <summary>The labels that the attacker wants for images of these classes.</summary>
    private static Tensor Wanted(Recipe recipe, Tensor labels, int classes) =>
        recipe.Target is { } target ? full_like(labels, target) : (labels + 1).remainder(classes);

    private static (double? All, double? OfRight, long? Count) AttackSuccess(Recipe recipe, ZooImages data, ImageSet test, Trainer trainer, int classes)
    {
        using var scope = NewDisposeScope();
        var wanted = Wanted(recipe, data.Test.Labels, classes);
        // An image of the target class needs no attack.
        var counted = wanted.ne(data.Test.Labels);
        var predicted = trainer.Predict(data.Normalise(Trigger.Stamp(data.Test.Images, recipe.Attack, recipe.Seed)));
        var right = trainer.Predict(test.Images).eq(data.Test.Labels).logical_and(counted);
        var hit = predicted.eq(wanted).logical_and(counted);
        long count = counted.sum().ToInt64();
        return ((double)hit.sum().ToInt64() / count, (double)hit.logical_and(right).sum().ToInt64() / right.sum().ToInt64(), count);
    }
}
