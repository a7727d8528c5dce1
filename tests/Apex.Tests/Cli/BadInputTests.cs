using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Google.Protobuf;
using Xunit;

namespace Apex.Tests.Cli;

/// <summary>
/// Whatever is wrong with what a user gives: exit code 2, one line on stderr that says what, nothing on stdout, nothing left behind.
/// </summary>
public class BadInputTests
{
    /// <summary>A name for each case, words that its line must hold, and what to make and run in an empty folder.</summary>
    private static readonly Dictionary<string, (string[] Says, Func<TempFolder, string[]> Arrange)> Cases = new()
    {
        // Models.
        ["model missing"] = (["nothing.onnx", "no such model"], f => Probe(f, model: f["nothing.onnx"])),
        ["model is a directory"] = (["directory"], f => Probe(f, model: f.Path)),
        ["model empty"] = (["m.onnx", "empty"], f => Probe(f, model: f.Write("m.onnx", []))),
        ["model truncated"] = (["m.onnx"], f => Probe(f, model: f.Write("m.onnx", Small()[..^40]))),
        ["model is text"] = (["m.onnx", "not an ONNX model"], f => Probe(f, model: f.Write("m.onnx", "this is not a model at all"))),
        ["model without a graph"] = (["no graph"], f => Probe(f, model: f.Write("m.onnx", new ModelProto { IrVersion = 8 }.ToByteArray()))),
        ["old opset"] = (["opset 7"], f => Probe(f, model: Change(f, m => m.OpsetImport[0].Version = 7))),
        ["NaN weight"] = (["NaN", "weight"], f => Probe(f, model: Change(f, m => SetWeight(m, float.NaN)))),
        ["weight of the wrong size"] = (["bytes", "damaged"], f => Probe(f, model: Change(f, m => m.Graph.Initializer[0].Dims[0] = 3))),
        ["unsupported operator"] = (["Frobnicate"], f => Probe(f, model: Change(f, m => m.Graph.Node[1].OpType = "Frobnicate"))),
        ["missing external data"] = (["weights.bin", "missing"], f => Probe(f, model: Change(f, m => MakeExternal(m, "weights.bin")))),
        ["external data outside the folder"] = (["outside"], f => Probe(f, model: Change(f, m => MakeExternal(m, "../weights.bin")))),
        ["external data too short"] = (["too short"], f =>
        {
            f.Write("weights.bin", [1, 2, 3]);
            return Probe(f, model: Change(f, m => MakeExternal(m, "weights.bin")));
        }
        ),
        ["a cycle"] = (["topologically"], f => Probe(f, model: Change(f, m => m.Graph.Node[0].Input[0] = m.Graph.Node[1].Output[0]))),
        ["control flow"] = (["control flow"], f => Probe(f, model: Save(f, WithIf()))),
        ["random operator"] = (["random"], f => Probe(f, model: Save(f, WithRandom()))),
        ["two inputs"] = (["2 inputs"], f => Probe(f, model: Save(f, TwoInputs()))),
        ["several outputs"] = (["--output"], f => Probe(f, model: Save(f, TwoOutputs()))),
        ["no such output"] = (["no output 'z'"], f => Probe(f, extra: ["--output", "z"])),
        ["one logit"] = (["at least 2"], f => Probe(f, model: Save(f, Nets.ReluMlp(1, 3, [4], 1)))),
        ["no such site"] = (["no such site"], f => Probe(f, extra: ["--sites", "nowhere*"])),
        ["site index too large"] = (["no such site"], f => Probe(f, extra: ["--sites", "7"])),
        ["site range backwards"] = (["range"], f => Probe(f, extra: ["--sites", "2..1"])),
        ["noise on tokens"] = (["tokens"],
            f => Probe(f, model: Save(f, Nets.TokenNet()), data: f.Write("t.npy", Npy("<i8", "(2, 6)", new byte[96])), extra: ["--sites", "input"])),
        ["token beyond the vocabulary"] = (["sample 1", "bounds"],
            f => Probe(f, model: Save(f, Nets.TokenNet()), data: f.Write("t.npy", Npy("<i8", "(2, 6)", [.. new byte[48], 99, .. new byte[47]])))),
        ["sidecar damaged"] = (["m.apex.json"], f =>
        {
            f.Write("m.apex.json", "{ \"classes\": ");
            return Probe(f);
        }
        ),
        ["sidecar with too few classes"] = (["2 class names", "3 classes"], f =>
        {
            f.Write("m.apex.json", "{ \"classes\": [\"a\", \"b\"] }");
            return Probe(f);
        }
        ),
        // Data.
        ["data missing"] = (["nothing.csv", "no such file"], f => Probe(f, data: f["nothing.csv"])),
        ["data not given"] = (["--data"], f => ["probe", Model(f)]),
        ["data empty"] = (["d.bin", "empty"], f => Probe(f, data: f.Write("d.bin", []))),
        ["data of no known format"] = (["no known data format"], f => Probe(f, data: f.Write("d.bin", [0xde, 0xad, 0xbe, 0xef, 1, 2, 3]))),
        ["folder without classes"] = (["no class folders"], f => Probe(f, data: Directory.CreateDirectory(f["images"]).FullName)),
        ["class folder without images"] = (["no PNG or JPEG"], f =>
        {
            f.Write("images/cat/readme.txt", "none");
            return Probe(f, data: f["images"]);
        }
        ),
        ["image truncated"] = (["1.png"], f =>
        {
            f.Write("images/cat/1.png", [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10, 0, 0]);
            return Probe(f, data: f["images"]);
        }
        ),
        ["CSV with a word"] = (["line 2", "'two'"], f => Probe(f, data: f.Write("d.csv", "1,2,3\n1,two,3\n"))),
        ["CSV with NaN"] = (["line 2", "finite"], f => Probe(f, data: f.Write("d.csv", "1,2,3\n1,NaN,3\n"))),
        ["CSV ragged"] = (["line 2 has 2 cells"], f => Probe(f, data: f.Write("d.csv", "1,2,3\n1,2\n"))),
        ["CSV of the wrong width"] = (["[4]", "[3]"], f => Probe(f, data: f.Write("d.csv", "1,2,3,4\n1,2,3,4\n"))),
        ["no such label column"] = (["no column 'colour'"], f => Probe(f, extra: ["--label-column", "colour"])),
        ["label out of range"] = (["label 9", "3 classes"], f => Probe(f, data: f.Write("d.csv", "a,b,c,label\n1,2,3,0\n1,2,3,9\n"))),
        ["negative label"] = (["-1"], f => Probe(f, data: f.Write("d.csv", "a,b,c,label\n1,2,3,0\n1,2,3,-1\n"))),
        ["labels of another length"] = (["3 labels for the 2 samples"], f => Probe(f, extra: ["--labels", f.Write("y.txt", "0\n1\n2\n")])),
        ["IDX truncated"] = (["truncated"], f => Probe(f, data: f.Write("d.idx", Idx([100, 28, 28], 500)))),
        ["IDX with absurd dimensions"] = (["declares samples"], f => Probe(f, data: f.Write("d.idx", Idx([0x7fffffff, 0x7fff, 0x7fff], 500)))),
        ["IDX with samples beyond reason"] = (["damaged"], f => Probe(f, data: f.Write("d.idx", Idx([2, 0x7fffffff, 0x7fffffff], 500)))),
        ["IDX with a dimension of zero"] = (["dimensions 0"], f => Probe(f, data: f.Write("d.idx", Idx([0, 28, 28], 0)))),
        ["IDX with bytes left over"] = (["more than"], f => Probe(f, data: f.Write("d.idx", Idx([1, 2, 2], 5)))),
        ["IDX of labels as data"] = (["--labels"], f => Probe(f, data: f.Write("d.idx", Idx([4], 4)))),
        ["gzip truncated"] = (["d.gz"], f => Probe(f, data: f.Write("d.gz", Gzip(Idx([100, 28, 28], 78400))[..60]))),
        ["gzip bomb"] = (["truncated, or its dimensions"], f => Probe(f, data: f.Write("d.gz", Gzip(Idx([60000, 16000, 16000], 5000))))),
        ["NPY truncated"] = (["truncated"], f => Probe(f, data: f.Write("d.npy", Npy("<f4", "(10, 3)", new byte[60])))),
        ["NPY of an unknown type"] = (["<c8"], f => Probe(f, data: f.Write("d.npy", Npy("<c8", "(1, 3)", new byte[24])))),
        ["NPY in Fortran order"] = (["Fortran"], f => Probe(f, data: f.Write("d.npy", Npy("<f4", "(2, 3)", new byte[24], fortran: true)))),
        ["NPY with absurd dimensions"] = (["d.npy"], f => Probe(f, data: f.Write("d.npy", Npy("<f4", "(2147483647, 2147483647, 9)", new byte[24])))),
        ["NPY with NaN"] = (["sample 1", "finite"], f => Probe(f, data: f.Write("d.npy", Npy("<f4", "(2, 3)", Floats(1, 2, 3, 4, float.NaN, 6))))),
        ["NPY of the wrong shape"] = (["[5]", "[3]"], f => Probe(f, data: f.Write("d.npy", Npy("<f4", "(2, 5)", new byte[40])))),
        ["whole numbers, too many of them"] = (["[3]", "[4]"], f => Probe(f, data: f.Write("d.npy", Npy("<i8", "(2, 4)", new byte[64])))),
        ["NPZ without arrays"] = (["without .npy"], f => Probe(f, data: f.Write("d.npz", Zip(("a.txt", [1, 2, 3]))))),
        ["NPZ without that array"] = (["no array 'z'"], f => Probe(f, data: f.Write("d.npz", Zip(("x.npy", Npy("<f4", "(2, 3)", new byte[24])))) + ":z")),
        ["NPZ bomb"] = (["bomb"], f => Probe(f, data: f.Write("d.npz", Bomb()))),
        ["zip truncated"] = (["d.npz"], f => Probe(f, data: f.Write("d.npz", Zip(("x.npy", Npy("<f4", "(2, 3)", new byte[24])))[..40]))),
        // Settings.
        ["sigma zero"] = (["--sigma"], f => Probe(f, extra: ["--sigma", "0"])),
        ["sigma negative"] = (["--sigma"], f => Probe(f, extra: ["--sigma=-1:2:3"])),
        ["sigma not a number"] = (["--sigma"], f => Probe(f, extra: ["--sigma", "loud"])),
        ["sigma falling"] = (["ascend"], f => Probe(f, extra: ["--sigma", "0.2,0.1"])),
        ["draws zero"] = (["--draws 0"], f => Probe(f, extra: ["--draws", "0"])),
        ["draws not a number"] = (["--draws"], f => Probe(f, extra: ["--draws", "many"])),
        ["limit zero"] = (["--limit 0"], f => Probe(f, extra: ["--limit", "0"])),
        ["indices beyond the data"] = (["--indices", "2 samples"], f => Probe(f, extra: ["--indices", "0:5"])),
        ["no such class"] = (["--only-class"], f => Probe(f, data: f.Write("d.csv", "a,b,c,label\n1,2,3,0\n"), extra: ["--only-class", "zebra"])),
        ["space unknown"] = (["--space weights", "parameter"], f => Probe(f, extra: ["--space", "weights"])),
        ["sites of input noise"] = (["--sites", "--space input"], f => Probe(f, extra: ["--space", "input", "--sites", "all"])),
        ["sites of parameter noise"] = (["--sites", "--space parameter"], f => Probe(f, extra: ["--space", "parameter", "--sites", "last"])),
        ["relative parameter noise"] = (["--relative"], f => Probe(f, extra: ["--space", "parameter", "--relative"])),
        ["adaptive parameter noise"] = (["--adaptive"], f => Probe(f, extra: ["--space", "parameter", "--adaptive"])),
        ["single sites of input noise"] = (["--by-site", "not input"], f => Probe(f, extra: ["--space", "input", "--by-site"])),
        ["single sites of parameter noise"] = (["--by-site", "not parameter"], f => Probe(f, extra: ["--space", "parameter", "--by-site"])),
        ["single sites of the input by name"] = (["--sites input"], f => Probe(f, extra: ["--sites", "input", "--by-site"])),
        ["single sites of one sample"] = (["--by-site 1", "at least 2"], f => Probe(f, extra: ["--by-site", "1"])),
        ["single sites of data with one sample"] = (["--by-site", "one sample"],
            f => Probe(f, data: f.Write("one.csv", "a,b,c\n1,2,3\n"), extra: ["--by-site"])),
        ["single sites without draws"] = (["--by-site-draws 0"], f => Probe(f, extra: ["--by-site", "--by-site-draws", "0"])),
        ["single sites with a falling grid"] = (["--by-site-sigma 2:1:3"], f => Probe(f, extra: ["--by-site", "--by-site-sigma", "2:1:3"])),
        ["single sites of a search"] = (["--by-site and --adaptive"], f => Probe(f, extra: ["--by-site", "--adaptive"])),
        ["options of single sites alone"] = (["go with --by-site"], f => Probe(f, extra: ["--by-site-draws", "4"])),
        ["input noise on tokens"] = (["tokens"],
            f => Probe(f, model: Save(f, Nets.TokenNet()), data: f.Write("t.npy", Npy("<i8", "(2, 6)", new byte[96])), extra: ["--space", "input"])),
        ["no parameters"] = (["no trained parameter"], f => Probe(f, model: Save(f, WithoutParameters()), extra: ["--space", "parameter"])),
        ["quantised parameters"] = (["quantised"], f => Probe(f, model: Save(f, Nets.Quantised()), extra: ["--space", "parameter"])),
        ["std zero"] = (["std"], f => Probe(f, extra: ["--std", "0"])),
        ["layout unknown"] = (["--layout"], f => Probe(f, extra: ["--layout", "CHWN"])),
        ["unknown option"] = (["--loud"], f => Probe(f, extra: ["--loud"])),
        ["misspelt option with a value"] = (["--sgima"], f => ["probe", "--sgima", "1"]),
        ["unknown command"] = (["prob", "did you mean probe"], f => ["prob"]),
        ["provider not in this build"] = (["Cuda"], f => Probe(f, extra: ["--device", "cuda"])),
        ["shard beyond the last"] = (["--shard 4/3", "I/N"], f => Probe(f, extra: ["--shard", "4/3"])),
        ["more shards than samples"] = (["--shard 1/1000", "samples to share"], f => Probe(f, extra: ["--shard", "1/1000"])),
        ["adaptive shard"] = (["--adaptive", "--shard"], f => Probe(f, extra: ["--adaptive", "--shard", "1/2"])),
        ["memory without a size"] = (["--memory much"], f => Probe(f, extra: ["--memory", "much"])),
        ["too little memory"] = (["--memory 10M", "one thread takes about"], f => Probe(f, extra: ["--memory", "10M"])),
        ["checkpoint in the past"] = (["--checkpoint -1"], f => Probe(f, extra: ["--checkpoint", "-1"])),
        // Runs.
        ["merge of nothing there"] = (["no such run"], f => ["merge", f["run"], f["shard"]]),
        ["resume of nothing there"] = (["no such run"], f => ["probe", "--resume", f["run"]]),
        ["output is a file"] = (["is a file"], f => [.. Probe(f), "--out", f.Write("taken", "x")]),
        ["output not empty"] = (["already holds something"], f => [.. Probe(f), "--out", Path.GetDirectoryName(f.Write("full/x", "x"))!]),
        ["output cannot be made"] = (["cannot be written"], f => [.. Probe(f), "--out", Path.Combine(f.Write("file", "x"), "run")]),
        ["run missing"] = (["no such run"], f => ["show", f["run"]]),
        ["run without run.json"] = (["run.json"], f => ["show", Directory.CreateDirectory(f["run"]).FullName]),
        ["run.json half written"] = (["run.json"], f => ["show", Path.GetDirectoryName(f.Write("run/run.json", "{ \"format\": \"apex-run\", \"for"))!]),
        ["run killed"] = (["killed", "--partial"],
            f => ["show",
                Damage(f, (run, info) => File.WriteAllText(info, File.ReadAllText(info).Replace("\"complete\"", "\"running\"", StringComparison.Ordinal)))]),
        ["run with a part missing"] = (["part-00000.parquet", "missing"],
            f => ["show", Damage(f, (run, info) => File.Delete(Path.Combine(run, "samples", "part-00000.parquet")))]),
        ["run with a torn part"] = (["part-00000.parquet"],
            f => ["show", Damage(f, (run, info) => Truncate(Path.Combine(run, "observations", "part-00000.parquet")))]),
    };

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Fact]
    public void There_are_at_least_forty_cases() => Assert.True(Cases.Count >= 40);

    [Theory]
    [MemberData(nameof(Names))]
    public void Ends_with_code_2_and_one_line_and_leaves_nothing(string name)
    {
        using var folder = new TempFolder();
        var (says, arrange) = Cases[name];
        string[] arguments = arrange(folder);
        string[] before = Content(folder);
        var result = CommandLine.Run(folder.Path, arguments);
        Assert.True(result.ExitCode == 2, $"exit code {result.ExitCode}: {result.Error}{result.Out}");
        // What the probe was about to do may stand before it; the error itself is one line, and the last.
        string[] lines = result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string line = Assert.Single(lines, l => l.StartsWith("apex: ", StringComparison.Ordinal));
        Assert.Equal(lines[^1], line);
        foreach (string word in says)
            Assert.Contains(word, line, StringComparison.OrdinalIgnoreCase);
        Assert.Empty(result.Out);
        Assert.Equal(before, Content(folder));
    }

    [Fact]
    public void The_baseline_that_the_cases_spoil_works()
    {
        using var folder = new TempFolder();
        var result = CommandLine.Run(folder.Path, Probe(folder, extra: ["--out", "run"]));
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.True(File.Exists(folder["run/run.json"]));
    }

    private static string[] Content(TempFolder folder) =>
        [.. Directory.EnumerateFileSystemEntries(folder.Path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    private static string[] Probe(TempFolder folder, string? model = null, string? data = null, string[]? extra = null)
    {
        string[] grid = extra?.Any(e => e.StartsWith("--sigma", StringComparison.Ordinal)) == true ? [] : ["--sigma", "0.1:1:3"];
        return ["probe", model ?? Model(folder), "--data", data ?? folder.Write("good.csv", "a,b,c\n1,2,3\n4,5,6\n"), .. grid, .. extra ?? []];
    }

    private static string Model(TempFolder folder) => folder.Write("m.onnx", Small());

    private static byte[] Small() => Nets.ReluMlp(1, 3, [4, 4], 3).ToBytes();

    private static string Save(TempFolder folder, OnnxGraphBuilder graph) => folder.Write("m.onnx", graph.ToBytes());

    private static string Change(TempFolder folder, Action<ModelProto> change)
    {
        var model = ModelProto.Parser.ParseFrom(Small());
        change(model);
        return folder.Write("m.onnx", model.ToByteArray());
    }

    private static void SetWeight(ModelProto model, float value)
    {
        byte[] raw = model.Graph.Initializer[0].RawData.ToByteArray();
        BinaryPrimitives.WriteSingleLittleEndian(raw.AsSpan(8), value);
        model.Graph.Initializer[0].RawData = ByteString.CopyFrom(raw);
    }

    private static void MakeExternal(ModelProto model, string location)
    {
        var tensor = model.Graph.Initializer[0];
        tensor.ClearRawData();
        tensor.DataLocation = 1;
        tensor.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = location });
    }

    private static OnnxGraphBuilder WithIf()
    {
        var branch = new OnnxGraphBuilder(name: "branch");
        branch.Output(branch.Node("Relu", ["x"]));
        var body = branch.Build().Graph;
        var g = new OnnxGraphBuilder();
        string x = g.Input("x", OnnxElementType.Float, "N", 3);
        string condition = g.Node("Cast", [g.Constant("one", 1f)], ("to", (int)OnnxElementType.Bool));
        string y = g.Node("If", [condition], ("then_branch", body), ("else_branch", body));
        g.Output(Nets.Linear(g, new Random(1), y, 3, 3));
        return g;
    }

    private static OnnxGraphBuilder WithRandom()
    {
        var g = new OnnxGraphBuilder();
        string x = g.Relu(g.Input("x", OnnxElementType.Float, "N", 3));
        g.Output(g.Add(x, g.Node("RandomNormalLike", [x])));
        return g;
    }

    private static OnnxGraphBuilder WithoutParameters()
    {
        var g = new OnnxGraphBuilder();
        g.Output(g.Mul(g.Relu(g.Input("x", OnnxElementType.Float, "N", 3)), 2f));
        return g;
    }

    private static OnnxGraphBuilder TwoInputs()
    {
        var g = new OnnxGraphBuilder();
        g.Output(g.Relu(g.Add(g.Input("x", OnnxElementType.Float, "N", 3), g.Input("y", OnnxElementType.Float, "N", 3))));
        return g;
    }

    private static OnnxGraphBuilder TwoOutputs()
    {
        var g = new OnnxGraphBuilder();
        string x = g.Relu(g.Input("x", OnnxElementType.Float, "N", 3));
        g.Output(Nets.Linear(g, new Random(1), x, 3, 3));
        g.Output(Nets.Linear(g, new Random(2), x, 3, 4));
        return g;
    }

    private static byte[] Idx(uint[] dims, int bytes)
    {
        byte[] header = new byte[4 + 4 * dims.Length];
        (header[2], header[3]) = (8, (byte)dims.Length);
        for (int i = 0; i < dims.Length; i++)
            BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(4 + 4 * i), dims[i]);
        return [.. header, .. new byte[bytes]];
    }

    private static byte[] Npy(string type, string shape, byte[] content, bool fortran = false)
    {
        string header = $"{{'descr': '{type}', 'fortran_order': {(fortran ? "True" : "False")}, 'shape': {shape}, }}";
        header = header.PadRight(117) + "\n";
        return [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. Encoding.ASCII.GetBytes(header), .. content];
    }

    private static byte[] Floats(params float[] values) => [.. values.SelectMany(BitConverter.GetBytes)];

    private static byte[] Gzip(byte[] content)
    {
        using var memory = new MemoryStream();
        using (var gzip = new GZipStream(memory, CompressionLevel.Fastest))
            gzip.Write(content);
        return memory.ToArray();
    }

    private static byte[] Zip(params (string Name, byte[] Content)[] entries)
    {
        using var memory = new MemoryStream();
        using (var zip = new ZipArchive(memory, ZipArchiveMode.Create))
        {
            foreach (var (name, content) in entries)
            {
                using var stream = zip.CreateEntry(name).Open();
                stream.Write(content);
            }
        }

        return memory.ToArray();
    }

    /// <summary>A zip whose directory claims an entry of almost 4 GB in a few bytes.</summary>
    private static byte[] Bomb()
    {
        byte[] zip = Zip(("x.npy", Npy("<f4", "(1000000, 1000)", new byte[64])));
        // The uncompressed size, 24 bytes into the central directory's record.
        int directory = zip.AsSpan().IndexOf((ReadOnlySpan<byte>)[0x50, 0x4b, 1, 2]);
        BinaryPrimitives.WriteUInt32LittleEndian(zip.AsSpan(directory + 24), 4_000_000_000);
        return zip;
    }

    private static string Damage(TempFolder folder, Action<string, string> damage)
    {
        var made = CommandLine.Run(folder.Path, Probe(folder, extra: ["--out", "run"]));
        Assert.True(made.ExitCode == 0, made.Error);
        damage(folder["run"], folder["run/run.json"]);
        return folder["run"];
    }

    private static void Truncate(string file)
    {
        using var stream = new FileStream(file, FileMode.Open);
        stream.SetLength(stream.Length / 2);
    }
}
