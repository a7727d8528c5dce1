using Apex.Data;
using SkiaSharp;
using Xunit;

namespace Apex.Tests.Data;

public class DatasetTests
{
    [Fact]
    public void Cifar10_round_trips_whatever_the_file_is_called()
    {
        using var folder = new TempFolder();
        byte[] a = Files.Pixels(3072, 1), b = Files.Pixels(3072, 2);
        folder.Write("batches.meta.txt", "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n\n");
        var data = Dataset.Open(folder.Write("misleading.csv", [7, .. a, 3, .. b]));
        Assert.Equal(("cifar10", 2L, SampleKind.Image), (data.Format, data.Count, data.Kind));
        Assert.Equal([7, 3], data.Labels);
        Assert.Equal("j", data.ClassNames![9]);
        var samples = All(data);
        Assert.Equal([3, 32, 32], samples[1].Shape);
        Assert.Equal(b.Select(v => (float)v), samples[1].Values);
        Assert.Equal([7, 3], samples.Select(s => s.Label!.Value));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Idx_round_trips_plain_and_gzipped_and_finds_its_labels(bool gzip)
    {
        using var folder = new TempFolder();
        byte[] pixels = Files.Pixels(3 * 4 * 5);
        byte[] images = Files.Idx(8, [3, 4, 5], pixels), labels = Files.Idx(8, [3], [2, 0, 1]);
        string path = folder.Write("t-images-idx3-ubyte", gzip ? Files.Gzip(images) : images);
        folder.Write("t-labels-idx1-ubyte", gzip ? Files.Gzip(labels) : labels);
        var data = Dataset.Open(path);
        Assert.Equal([1, 4, 5], data.Shape!);
        Assert.Equal([2, 0, 1], data.Labels!);
        Assert.Equal(pixels.Select(v => (float)v), All(data).SelectMany(s => s.Values));
    }

    [Fact]
    public void Idx_of_floats_is_big_endian()
    {
        using var folder = new TempFolder();
        byte[] content = [.. ((float[])[1.5f, -2f, 3f, 4f]).SelectMany(v => BitConverter.GetBytes(v).Reverse())];
        var samples = All(Dataset.Open(folder.Write("d", Files.Idx(0x0D, [2, 2], content))));
        Assert.Equal([1.5f, -2f], samples[0].Values);
        Assert.Equal(SampleKind.Values, samples[0].Kind);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Npy_of_floats_keeps_its_shape(byte version)
    {
        using var folder = new TempFolder();
        var data = Dataset.Open(folder.Write("d.bin", Files.Npy("<f4", "(2, 3, 1)", Files.Of(1f, 2, 3, 4, 5, 6), version)));
        Assert.Equal([3, 1], data.Shape!);
        Assert.Equal([4f, 5, 6], All(data)[1].Values);
    }

    [Fact]
    public void Npy_of_bytes_with_channels_last_becomes_channels_first()
    {
        using var folder = new TempFolder();
        byte[] pixels = Files.Pixels(2 * 5 * 4 * 3);
        var data = Dataset.Open(folder.Write("d.npy", Files.Npy("|u1", "(2, 5, 4, 3)", pixels)));
        Assert.Equal([3, 5, 4], data.Shape!);
        Assert.Equal(SampleKind.Image, data.Kind);
        var second = All(data)[1];
        for (int c = 0; c < 3; c++)
        {
            for (int i = 0; i < 20; i++)
                Assert.Equal(pixels[60 + 3 * i + c], second.Values[c * 20 + i]);
        }
    }

    [Fact]
    public void Npz_finds_samples_and_labels_and_takes_keys()
    {
        using var folder = new TempFolder();
        string path = folder.Write("d.npz", Files.Npz(
            ("images", Files.Npy("<f8", "(2, 2)", [.. ((double[])[1, 2, 3, 4]).SelectMany(BitConverter.GetBytes)])),
            ("labels", Files.Npy("<i8", "(2,)", Files.Of(1L, 0))),
            ("other", Files.Npy("<f4", "(2, 1)", Files.Of(8f, 9)))));
        var data = Dataset.Open(path);
        Assert.Equal([1, 0], data.Labels);
        Assert.Equal([3f, 4], All(data)[1].Values);
        Assert.Equal([9f], All(Dataset.Open(path + ":other"))[1].Values);
        Assert.Equal([1, 0], Dataset.Open(path + ":other", new DatasetOptions { Labels = path + ":labels" }).Labels);
    }

    [Fact]
    public void Integers_of_one_axis_are_tokens()
    {
        using var folder = new TempFolder();
        var data = Dataset.Open(folder.Write("t.npy", Files.Npy("<i8", "(2, 3)", Files.Of(1L, 2, 3, 4, 5, 6))));
        Assert.Equal(SampleKind.Tokens, data.Kind);
        Assert.Equal([4L, 5, 6], All(data)[1].Tokens);
    }

    [Fact]
    public void An_image_folder_is_read_in_order_with_grey_and_colour()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["dog"]);
        Directory.CreateDirectory(folder["cat"]);
        folder.Write("cat/notes.txt", "not an image");
        Png(folder["dog/a.dat"], 3, 2, (x, y) => new SKColor((byte)(10 * x), (byte)(20 * y), 30));
        Png(folder["cat/b.png"], 3, 2, (x, y) => new SKColor(1, 2, 3));
        var data = Dataset.Open(folder.Path);
        Assert.Equal(["cat", "dog"], data.ClassNames);
        Assert.Equal([0, 1], data.Labels);
        var dog = All(data)[1];
        Assert.Equal([3, 2, 3], dog.Shape);
        Assert.Equal([0f, 10, 20, 0, 10, 20, 0, 0, 0, 20, 20, 20, 30, 30, 30, 30, 30, 30], dog.Values);
    }

    [Theory]
    [InlineData("a,b,label\n1,2,1\n3,4,0\n", new[] { 1, 0 })]
    [InlineData("1;2\n3;4\n", null)]
    [InlineData("a\tclass\tb\n1\t1\t2\n3\t0\t4\n", new[] { 1, 0 })]
    [InlineData("1,2,zebra\n3,4,ant\n", new[] { 1, 0 })]
    public void Csv_with_and_without_header_and_labels(string text, int[]? labels)
    {
        using var folder = new TempFolder();
        var data = Dataset.Open(folder.Write("d.anything", text));
        Assert.Equal("csv", data.Format);
        Assert.Equal(labels, data.Labels);
        Assert.Equal([[1f, 2], [3f, 4]], All(data).Select(s => s.Values));
    }

    [Fact]
    public void Csv_takes_a_label_column_by_name_or_index()
    {
        using var folder = new TempFolder();
        string path = folder.Write("d.csv", "kind,a\nx,1\ny,2\n");
        Assert.Equal([0, 1], Dataset.Open(path, new DatasetOptions { LabelColumn = "kind" }).Labels);
        Assert.Equal(["x", "y"], Dataset.Open(path, new DatasetOptions { LabelColumn = "0" }).ClassNames);
    }

    [Theory]
    [InlineData(null, null, null, new long[] { 0, 1, 2, 3, 4, 5 })]
    [InlineData(2L, null, null, new long[] { 0, 1 })]
    [InlineData(null, "odd", null, new long[] { 1, 3, 5 })]
    [InlineData(2L, "1", null, new long[] { 1, 3 })]
    [InlineData(null, null, "5,1:3,0:6:4", new long[] { 0, 1, 2, 4, 5 })]
    [InlineData(1L, "odd", "3:6", new long[] { 3 })]
    public void Selection_keeps_ids_of_the_source(long? limit, string? only, string? indices, long[] expected)
    {
        using var folder = new TempFolder();
        var data = Dataset.Open(folder.Write("d.csv", "a,label\n0,even\n1,odd\n2,even\n3,odd\n4,even\n5,odd\n"));
        var ids = new SampleSelection { Limit = limit, OnlyClass = only, Indices = indices }.Resolve(data);
        Assert.Equal(expected, ids);
        Assert.Equal(expected, data.Read(ids).Select(s => s.Id));
        Assert.Equal(expected, data.Read(ids).Select(s => (long)s.Values[0]));
    }

    [Theory]
    [InlineData("cifar")]
    [InlineData("idx")]
    [InlineData("gz")]
    [InlineData("npy")]
    [InlineData("npz")]
    [InlineData("csv")]
    public void Damage_is_told_as_bad_input_and_as_nothing_else(string format)
    {
        using var folder = new TempFolder();
        byte[] sound = format switch
        {
            "cifar" => [1, .. Files.Pixels(3072), 2, .. Files.Pixels(3072, 2)],
            "idx" => Files.Idx(8, [3, 4, 5], Files.Pixels(60)),
            "gz" => Files.Gzip(Files.Idx(8, [3, 4, 5], Files.Pixels(60))),
            "npy" => Files.Npy("<f4", "(2, 3)", Files.Of(1f, 2, 3, 4, 5, 6)),
            "npz" => Files.Npz(("x", Files.Npy("<f4", "(2, 3)", Files.Of(1f, 2, 3, 4, 5, 6))), ("y", Files.Npy("<i8", "(2,)", Files.Of(1L, 0)))),
            _ => "a,b,label\n1,2,1\n3,4,0\n"u8.ToArray(),
        };
        var random = new Random(3);
        for (int trial = 0; trial < 400; trial++)
        {
            byte[] spoilt = trial % 2 == 0 ? sound[..random.Next(1, sound.Length)] : [.. sound];
            for (int flips = trial % 4; flips > 0; flips--)
                spoilt[random.Next(Math.Min(spoilt.Length, 200))] = (byte)random.Next(256);
            string path = folder.Write("d", spoilt);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                var data = Dataset.Open(path);
                if (data.Count < 1000)
                    _ = All(data);
            }
            catch (InvalidInputException error)
            {
                Assert.DoesNotContain('\n', error.Message);
                Assert.Contains(path, error.Message, StringComparison.Ordinal);
            }

            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 128 << 20);
        }
    }

    [Fact]
    public void The_cifar_head_matches_the_published_labels()
    {
        string path = SharedData.Need("cifar10/train_0000_1999.bin");
        var data = Dataset.Open(path);
        Assert.Equal(2000, data.Count);
        var published = Dataset.Open(path, new DatasetOptions { Labels = SharedData.Need("cifar10/cscores_0000_1999.npz") + ":labels" });
        Assert.Equal(published.Labels, data.Labels);
        Assert.Equal("airplane", data.ClassNames![0]);
    }

    [Fact]
    public void The_test_images_are_a_thousand_in_ten_classes()
    {
        var data = Dataset.Open(SharedData.Need("cifar10/test-images"));
        Assert.Equal((1000L, 10), (data.Count, data.ClassNames!.Count));
        Assert.Equal([3, 32, 32], data.Read([999]).Single().Shape);
    }

    private static List<SampleInput> All(IDataset data) => [.. data.Read(new SampleSelection().Resolve(data))];

    private static void Png(string path, int width, int height, Func<int, int, SKColor> colour)
    {
        using var bitmap = new SKBitmap(width, height);
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
                bitmap.SetPixel(x, y, colour(x, y));
        }

        using var image = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        File.WriteAllBytes(path, image.ToArray());
    }
}
