using Apex.Data;
using Apex.Tests.Cli;
using SkiaSharp;
using Xunit;

namespace Apex.Tests.Data;

/// <summary>A folder or a word counts as the class of its name, wherever it stands among the others.</summary>
public class ClassOrderTests
{
    [Theory]
    [InlineData("blue,green,red", "green,red", "1,2")]
    [InlineData("airplane,automobile,bird,cat", "cat", "3")]
    [InlineData("T-shirt/top,Ankle boot,Bag", "Bag,ankle_boot,t-shirt_TOP", "2,1,0")]
    [InlineData("red,green,blue", "blue,green,red", "2,1,0")]
    [InlineData("cat,Cat,dog", "Cat,dog", "1,2")]
    [InlineData("zero,one,two,three,four", "1,3", "1,3")]
    [InlineData("10,2,1", "1,10,2", "2,0,1")]
    public void A_class_folder_is_labelled_by_its_name(string classes, string folders, string expected)
    {
        using var folder = new TempFolder();
        string[] names = folders.Split(',');
        foreach (string name in names)
            Png(folder[$"images/{name}/a.png"]);
        var data = Dataset.Open(folder["images"], new DatasetOptions { ClassNames = classes.Split(',') });
        var labels = names.Zip(expected.Split(','), (name, label) => (name, int.Parse(label))).ToDictionary();
        Assert.Equal(names.Length, data.Count);
        foreach (var sample in data.Read([.. Enumerable.Range(0, names.Length).Select(i => (long)i)]))
        {
            string name = Path.GetFileName(Path.GetDirectoryName(data.Files[(int)sample.Id])!);
            Assert.Equal(labels[name], sample.Label);
            Assert.Equal(labels[name], data.Labels![(int)sample.Id]);
        }
    }

    [Theory]
    [InlineData("0,1,2,10", "0,1,2,10")]
    [InlineData("8,9,10,11,100", "8,9,10,11,100")]
    [InlineData("007,8,9", "007,8,9")]
    [InlineData("1,10,2,two", "1,10,2,two")]
    [InlineData("b,a,B", "B,a,b")]
    public void Folders_without_known_names_are_numbered_in_the_order_of_numbers_or_else_of_characters(string folders, string order)
    {
        using var folder = new TempFolder();
        foreach (string name in folders.Split(','))
            Png(folder[$"images/{name}/a.png"]);
        Assert.Equal(order.Split(','), Dataset.Open(folder["images"]).ClassNames);
    }

    [Theory]
    [InlineData("cat,dog", "cat,bird", "bird")]
    [InlineData("cat,dog", "0,1,2", "0")]
    [InlineData("cat,dog", "1,cat", "1")]
    [InlineData("t-shirt,T shirt", "t_shirt", "t_shirt")]
    public void A_folder_that_is_no_class_is_refused_with_both_lists(string classes, string folders, string named)
    {
        using var folder = new TempFolder();
        foreach (string name in folders.Split(','))
            Png(folder[$"images/{name}/a.png"]);
        var error = Assert.Throws<InvalidInputException>(() => Dataset.Open(folder["images"], new DatasetOptions { ClassNames = classes.Split(',') }));
        Assert.Contains($"'{named}' is no class", error.Message, StringComparison.Ordinal);
        Assert.Contains(string.Join(", ", classes.Split(',')), error.Message, StringComparison.Ordinal);
        Assert.Contains(string.Join(", ", ClassOrder.Sorted(folders.Split(','))), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Folders_need_no_class_names_where_labels_are_given_beside_them()
    {
        using var folder = new TempFolder();
        Png(folder["images/batch-1/a.png"]);
        Png(folder["images/batch-2/a.png"]);
        string labels = folder.Write("labels.txt", "dog\nCAT\n");
        Assert.Equal([1, 0], Dataset.Open(folder["images"], new DatasetOptions { Labels = labels, ClassNames = ["cat", "dog"] }).Labels);
    }

    [Fact]
    public void Words_in_a_table_are_labelled_by_name_too()
    {
        using var folder = new TempFolder();
        string csv = folder.Write("x.csv", "a,label\n1,dog\n2,cat\n3,dog\n");
        Assert.Equal([1, 0, 1], Dataset.Open(csv).Labels);
        Assert.Equal([0, 2, 0], Dataset.Open(csv, new DatasetOptions { ClassNames = ["dog", "bird", "cat"] }).Labels);
        var error = Assert.Throws<InvalidInputException>(() => Dataset.Open(csv, new DatasetOptions { ClassNames = ["dog", "bird"] }));
        Assert.Contains("label 'cat' is no class of the model; the labels are cat, dog, the classes dog, bird", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Whole_floats_are_labels_as_data_frames_write_them()
    {
        using var folder = new TempFolder();
        string images = folder.Write("x.npy", Files.Npy("<f4", "(3, 2)", Files.Of(1f, 2, 3, 4, 5, 6)));
        byte[] whole = [.. new double[] { 2, 0, 1 }.SelectMany(BitConverter.GetBytes)], half = [.. new[] { 2, 0.5, 1 }.SelectMany(BitConverter.GetBytes)];
        (string Name, byte[] Content)[] sources =
        [
            ("flat.npy", Files.Npy("<f8", "(3,)", whole)), ("column.npy", Files.Npy("<f8", "(3, 1)", whole)),
            ("single.npy", Files.Npy("<f4", "(3,)", Files.Of(2f, 0, 1))),
            ("text.txt", "2.0\n0.0\n1.0\n"u8.ToArray()), ("quoted.csv", "label\n\"2.0\"\n\"0.0\"\n\"1.0\"\n"u8.ToArray()),
            ("column64.npy", Files.Npy("<i8", "(3, 1)", Files.Of(2L, 0, 1))),
        ];
        foreach (var (name, content) in sources)
            Assert.Equal([2, 0, 1], Dataset.Open(images, new DatasetOptions { Labels = folder.Write(name, content) }).Labels);
        string npz = folder.Write("both.npz",
            Files.Npz(("x", Files.Npy("<f4", "(3, 2)", Files.Of(1f, 2, 3, 4, 5, 6))), ("y", Files.Npy("<f8", "(3,)", whole))));
        Assert.Equal([2, 0, 1], Dataset.Open(npz).Labels);
        // Nobody said that these are labels: they may be the target of a regression. Integers beside them are labels, as ever.
        byte[] years = [.. new double[] { 1999, 2001, 2004 }.SelectMany(BitConverter.GetBytes)];
        foreach (byte[] target in (byte[][])[half, years])
        {
            (string, byte[]) x = ("x", Files.Npy("<f4", "(3, 2)", Files.Of(1f, 2, 3, 4, 5, 6))), y = ("y", Files.Npy("<f8", "(3,)", target));
            Assert.Null(Dataset.Open(folder.Write("scores.npz", Files.Npz(x, y))).Labels);
            Assert.Equal([0, 1, 1],
                Dataset.Open(folder.Write("labelled.npz", Files.Npz(x, y, ("labels", Files.Npy("<i8", "(3,)", Files.Of(0L, 1, 1)))))).Labels);
        }

        var error = Assert.Throws<InvalidInputException>(() =>
            Dataset.Open(images, new DatasetOptions { Labels = folder.Write("half.npy", Files.Npy("<f8", "(3,)", half)) }));
        Assert.Contains("half.npy: label 1 is 0.5; labels are class indices, whole numbers from 0", error.Message, StringComparison.Ordinal);
        error = Assert.Throws<InvalidInputException>(() => Dataset.Open(folder.Write("half.csv", "a,label\n1,0.0\n2,1.5\n")));
        Assert.Contains("half.csv: label '1.5' is no class; labels are class indices", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Classes_that_are_called_by_numbers_are_found_by_their_names_wherever_labels_come_from()
    {
        using var folder = new TempFolder();
        string[] names = ["1", "2", "3"];
        string csv = folder.Write("x.csv", "a,label\n5,1\n6,3\n"), text = folder.Write("y.txt", "1\n3\n");
        foreach (string name in (string[])["1", "3"])
            Png(folder[$"images/{name}/a.png"]);
        Assert.Equal([0, 2], Dataset.Open(csv, new DatasetOptions { ClassNames = names }).Labels);
        Assert.Equal([0, 2], Dataset.Open(csv, new DatasetOptions { ClassNames = names, Labels = text }).Labels);
        Assert.Equal([0, 2], Dataset.Open(folder["images"], new DatasetOptions { ClassNames = names }).Labels);
        // Numbers that are no names are indices.
        Assert.Equal([1, 3], Dataset.Open(csv, new DatasetOptions { ClassNames = ["a", "b", "c", "d"] }).Labels);
    }

    [Theory]
    [InlineData("airplane,automobile,bird,cat,deer,dog,frog,horse,ship,truck", true)]
    [InlineData("plane,car,birds,kitten,deers,puppy,frogs,horses,ships,lorry", true)]
    [InlineData("automobile,airplane,bird,cat,deer,dog,frog,horse,ship,truck", false)]
    public void Names_beside_cifar_move_its_labels_where_they_are_the_models_in_another_order(string classes, bool same)
    {
        using var folder = new TempFolder();
        folder.Write("batches.meta.txt", string.Join('\n', "airplane,automobile,bird,cat,deer,dog,frog,horse,ship,truck".Split(',')));
        string path = folder.Write("batch.bin", [0, .. Files.Pixels(3072), 1, .. Files.Pixels(3072, 2), 9, .. Files.Pixels(3072, 3)]);
        Assert.Equal(same ? [0, 1, 9] : [1, 0, 9], Dataset.Open(path, new DatasetOptions { ClassNames = classes.Split(',') }).Labels);
        string[] mixed = ["automobile", "plane", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];
        var error = Assert.Throws<InvalidInputException>(() => Dataset.Open(path, new DatasetOptions { ClassNames = mixed }));
        Assert.Contains("class 'airplane' is no class of the model", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_label_that_is_too_large_is_blamed_on_the_labels()
    {
        using var folder = new TempFolder();
        Nets.ReluMlp(1, 2, [4], 3).Save(folder["m.onnx"]);
        folder.Write("x.npy", Files.Npy("<f4", "(3, 2)", Files.Of(1f, 2, 3, 4, 5, 6)));
        folder.Write("y.txt", "0\n1\n7\n");
        var result = CommandLine.Run(folder.Path, "probe", "m.onnx", "--data", "x.npy", "--labels", "y.txt", "--sigma", "1", "--out", "run");
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("y.txt: sample 2 has label 7, but the model has 3 classes", result.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder["run"]));
    }

    [Fact]
    public void The_sidecars_names_and_the_options_decide_the_label_of_a_folder()
    {
        using var folder = new TempFolder();
        ColourNet().Save(folder["m.onnx"]);
        foreach (var (name, colour) in (ReadOnlySpan<(string, SKColor)>)[("green", new SKColor(10, 200, 10)), ("red", new SKColor(200, 10, 10))])
        {
            for (int i = 0; i < 4; i++)
                Png(folder[$"images/{name}/{i}.png"], colour);
        }

        string[] probe = ["probe", "m.onnx", "--data", "images", "--sigma", "0.001", "--draws", "2", "--no-report"];
        var option = CommandLine.Run(folder.Path, [.. probe, "--classes", "blue,green,red", "--out", "option"]);
        Assert.True(option.ExitCode == 0, option.Error);
        Assert.Contains("Clean accuracy 1.0000", option.Out, StringComparison.Ordinal);
        folder.Write("m.apex.json", """{ "classes": ["Blue", "Green", "Red"] }""");
        var sidecar = CommandLine.Run(folder.Path, [.. probe, "--out", "sidecar"]);
        Assert.True(sidecar.ExitCode == 0, sidecar.Error);
        Assert.Contains("Clean accuracy 1.0000", sidecar.Out, StringComparison.Ordinal);
        var refused = CommandLine.Run(folder.Path, [.. probe, "--classes", "blue,green,yellow", "--out", "refused"]);
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("images: class folder 'red' is no class of the model; the data has green, red, the model blue, green, yellow",
            refused.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder["refused"]));
    }

    /// <summary>Says which of blue, green and red an image is.</summary>
    private static Apex.Models.Onnx.Graphs.OnnxGraphBuilder ColourNet()
    {
        var g = new Apex.Models.Onnx.Graphs.OnnxGraphBuilder();
        string x = g.Flatten(g.GlobalAveragePool(g.Relu(g.Input("x", Apex.Models.Onnx.Graphs.OnnxElementType.Float, "N", 3, 4, 4))));
        g.Output(g.Gemm(x, [0, 0, 9, 0, 9, 0, 9, 0, 0], [3, 3]), Apex.Models.Onnx.Graphs.OnnxElementType.Float, "N", 3);
        return g;
    }

    private static void Png(string path, SKColor? colour = null)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var bitmap = new SKBitmap(4, 4);
        bitmap.Erase(colour ?? new SKColor(1, 2, 3));
        using var file = File.Create(path);
        bitmap.Encode(file, SKEncodedImageFormat.Png, 100);
    }
}
