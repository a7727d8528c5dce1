using Apex.Training;
using Apex.Training.Networks;
using Xunit;
using static TorchSharp.torch;

namespace Apex.Torch.Tests;

public class TrainerTests
{
    [Fact]
    public void Training_ends_when_all_corrupted_labels_are_learned()
    {
        var corruption = LabelCorruption.Corrupt([.. Enumerable.Range(0, 64).Select(i => (long)(i % 4))], 4, 0.5, 3);
        Assert.Equal(32, corruption.Count);
        using var images = randn(64, 1, 8, 8, generator: new Generator(1));
        using var labels = tensor(corruption.Labels);
        var set = new ImageSet(images, labels);
        var options = new TrainingOptions { Epochs = 200, Seed = 1, Plain = true, PeakRate = 0.1, StopAtTrainingAccuracy = 1 };
        using var network = Network();
        var trainer = new Trainer(network, set, set, options);
        trainer.Run();
        Assert.Equal(1, trainer.Accuracy(set));
        Assert.InRange(trainer.Epochs, 2, 199);

        // It is the same training up to there.
        using var again = Network();
        Assert.Equal(trainer.Epochs, Ran(new Trainer(again, set, set, options)));
        using var shorter = Network();
        Assert.Equal(200, Ran(new Trainer(shorter, set, set, options with { StopAtTrainingAccuracy = null })));
    }

    [Fact]
    public void A_torn_checkpoint_starts_anew_and_one_of_another_training_is_refused()
    {
        using var folder = new TempFolder();
        using var images = randn(64, 1, 8, 8, generator: new Generator(1));
        using var labels = tensor([.. Enumerable.Range(0, 64).Select(i => (long)(i % 4))]);
        var set = new ImageSet(images, labels);
        var options = new TrainingOptions { Epochs = 4, Seed = 1, PeakRate = 0.1 };
        float[] wanted = Trained(set, options);
        string path = folder["state"];

        // A whole one: what the last epoch but one left.
        var kept = options with { Checkpoint = path };
        Assert.Equal(wanted, Trained(set, kept));
        Assert.True(File.Exists(path));
        // From other initial weights: only what is taken up from the file can end at the same ones.
        Assert.NotEqual(wanted, Trained(set, options, initial: 9));
        Assert.Equal(wanted, Trained(set, kept, initial: 9));

        byte[] whole = File.ReadAllBytes(path);
        foreach (byte[] torn in (byte[][])[[], whole[..5], whole[..(whole.Length / 2)], [.. whole[..^1], (byte)(whole[^1] ^ 1)]])
        {
            File.WriteAllBytes(path, torn);
            File.WriteAllBytes(path + ".tmp", torn);
            Assert.Equal(wanted, Trained(set, kept));
        }

        Assert.Contains("another", Assert.Throws<InvalidInputException>(() => Trained(set, kept with { Seed = 2 })).Message, StringComparison.Ordinal);
    }

    private static int Ran(Trainer trainer)
    {
        trainer.Run();
        return trainer.Epochs;
    }

    private static MultilayerPerceptron Network(int initial = 2)
    {
        random.manual_seed(initial);
        return new MultilayerPerceptron(64, [64], 4);
    }

    private static float[] Trained(ImageSet set, TrainingOptions options, int initial = 2)
    {
        using var network = Network(initial);
        new Trainer(network, set, set, options).Run();
        return [.. network.parameters().SelectMany(p => p.Floats())];
    }
}
