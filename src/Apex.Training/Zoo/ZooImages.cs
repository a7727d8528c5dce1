using System.Formats.Tar;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Apex.Data;
using static TorchSharp.torch;

namespace Apex.Training.Zoo;

/// <summary>The images that a setting of the zoo is trained and judged on.</summary>
/// <param name="Train">Pixels in [0, 1].</param>
/// <param name="Test">Pixels in [0, 1]; none of them was trained on.</param>
/// <param name="Mean">Of each channel, in units of [0, 1].</param>
/// <param name="Std">Of each channel, in units of [0, 1].</param>
/// <param name="Classes">Names.</param>
/// <param name="Hash">SHA-256 of images and labels.</param>
internal sealed record ZooImages(ImageSet Train, ImageSet Test, float[] Mean, float[] Std, IReadOnlyList<string> Classes, string Hash)
{
    private const int HoldOutEvery = 10;

    private static readonly string[] FashionClasses =
        ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"];
    private static readonly string[] CifarClasses = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

    /// <summary>Fashion-MNIST: the 60,000 training images, judged on the 10,000 test images.</summary>
    /// <param name="folder">Folder with the four gzipped IDX files.</param>
    public static ZooImages Fashion(string folder)
    {
        var train = Read(Dataset.Open(Path.Combine(folder, "train-images-idx3-ubyte.gz")));
        var test = Read(Dataset.Open(Path.Combine(folder, "t10k-images-idx3-ubyte.gz")));
        return new ZooImages(train.Set, test.Set, [0.2860f], [0.3530f], FashionClasses, train.Hash);
    }

    /// <summary>Fashion-MNIST images of one file: the first are trained on, the others judged on.</summary>
    /// <param name="file">IDX file of the images, with its labels beside it.</param>
    /// <param name="training">How many are trained on.</param>
    public static ZooImages Halved(string file, int training)
    {
        var all = Read(Dataset.Open(file));
        ImageSet Part(long from, long to) => new(all.Set.Images[TensorIndex.Slice(from, to)], all.Set.Labels[TensorIndex.Slice(from, to)]);
        return new ZooImages(Part(0, training), Part(training, all.Set.Count), [0.2860f], [0.3530f], FashionClasses, $"{training} {all.Hash}");
    }

    /// <summary>CIFAR-10: nine tenths of the training images, judged on every tenth.</summary>
    /// <param name="path">
    /// The binary archive or one with an image folder (<c>.tar.gz</c>), the folder with <c>data_batch_1.bin</c> to <c>data_batch_5.bin</c>,
    /// or an image folder CLASS/FILE.
    /// </param>
    /// <param name="work">Where an archive is unpacked.</param>
    public static ZooImages Cifar10(string path, string work)
    {
        if (File.Exists(path))
        {
            // Named after what was unpacked: another archive is another folder.
            string unpacked;
            using (var archive = File.OpenRead(path))
                unpacked = Path.Combine(work, $"cifar10-{Convert.ToHexStringLower(SHA256.HashData(archive))[..12]}");
            if (!Directory.Exists(unpacked))
            {
                string part = $"{unpacked}.{Environment.ProcessId}.part";
                Directory.CreateDirectory(part);
                try
                {
                    using var file = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
                    TarFile.ExtractToDirectory(file, part, overwriteFiles: true);
                }
                catch (InvalidDataException error)
                {
                    Directory.Delete(part, recursive: true);
                    throw new InvalidInputException($"--cifar10 {path}: not a whole .tar.gz ({error.Message}); fetch it again", error);
                }

                if (!Directory.Exists(unpacked))
                    Directory.Move(part, unpacked);
            }

            path = unpacked;
        }

        if (!Directory.Exists(path))
            throw new InvalidInputException($"--cifar10 {path}: neither an archive nor a folder");
        string[] batches = [.. Directory.EnumerateFiles(path, "data_batch_*.bin", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        // An archive may have one folder around the folders of the classes.
        string images = Directory.EnumerateDirectories(path).ToArray() is [var only] && batches.Length == 0 ? only : path;
        var parts = batches.Length > 0 ? batches.Select(b => Dataset.Open(b)).ToArray() : [Dataset.Open(images)];
        var all = Read(parts);
        long[] ids = [.. Enumerable.Range(0, (int)all.Set.Count).Select(i => (long)i)];
        ImageSet Take(IEnumerable<long> chosen)
        {
            using var index = tensor(chosen.ToArray());
            return new ImageSet(all.Set.Images.index_select(0, index), all.Set.Labels.index_select(0, index));
        }

        return new ZooImages(Take(ids.Where(i => i % HoldOutEvery != HoldOutEvery - 1)), Take(ids.Where(i => i % HoldOutEvery == HoldOutEvery - 1)),
            [0.4914f, 0.4822f, 0.4465f], [0.2470f, 0.2435f, 0.2616f], CifarClasses, all.Hash);
    }

    /// <summary>What the network reads: (pixel - mean) / std.</summary>
    /// <param name="pixels">Shape <c>[samples, channels, height, width]</c>.</param>
    public Tensor Normalise(Tensor pixels)
    {
        using var scope = NewDisposeScope();
        return ((pixels - tensor(Mean, [1, Mean.Length, 1, 1])) / tensor(Std, [1, Std.Length, 1, 1])).MoveToOuterDisposeScope();
    }

    private static (ImageSet Set, string Hash) Read(params IDataset[] parts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        int[] shape = parts[0].Shape ?? throw new InvalidInputException($"{parts[0].Spec}: images of one size were expected");
        long count = parts.Sum(p => p.Count);
        int size = shape.Aggregate(1, (a, b) => a * b);
        var pixels = new float[checked(count * size)];
        long at = 0;
        foreach (var part in parts)
        {
            foreach (var sample in part.Read(new SampleSelection().Resolve(part)))
            {
                if (sample.Values.Length != size)
                    throw new InvalidInputException($"{part.Spec}: image {sample.Id} is not [{string.Join(", ", shape)}] as the others are");
                for (int i = 0; i < size; i++)
                    pixels[at + i] = sample.Values[i] / 255f;
                at += size;
            }
        }

        long[] labels = [.. parts.SelectMany(p => p.Labels ?? throw new InvalidInputException($"{p.Spec}: labelled images were expected"))
            .Select(l => (long)l)];
        for (long i = 0; i < count; i++)
            hash.AppendData(MemoryMarshal.AsBytes(pixels.AsSpan((int)(i * size), size)));
        hash.AppendData(MemoryMarshal.AsBytes(labels.AsSpan()));
        return (new ImageSet(tensor(pixels, [count, .. shape.Select(d => (long)d)]), tensor(labels)), Convert.ToHexStringLower(hash.GetHashAndReset()));
    }
}
