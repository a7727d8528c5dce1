using Apex.Experiments;
using Apex.Facts;
using Apex.Observations;
using Apex.Probing;

namespace Apex.Tests.Observations;

/// <summary>A model and data in a folder of their own, and runs of them that take a moment.</summary>
public sealed class SmallProbe : IDisposable
{
    public SmallProbe(OnnxGraphBuilder graph, int samples, params int[] shape)
    {
        graph.Save(Folder["m.onnx"]);
        int elements = shape.Aggregate(1, (a, d) => a * d);
        Folder.Write("d.npy",
            Data.Files.Npy("<f4", $"({samples}, {string.Join(", ", shape)})", Data.Files.Of(Nets.Weights(new Random(3), (long)samples * elements, 1, 1))));
        Folder.Write("y.txt", string.Join('\n', Enumerable.Range(0, samples).Select(i => i % 3)));
    }

    public TempFolder Folder { get; } = new();

    public ProbeOptions Options { get; init; } = new() { Sigmas = [0.1, 0.3, 0.9], Draws = 4, Threads = 2 };

    public ProbeJob Job(string run) =>
        new() { Model = Folder["m.onnx"], Data = Folder["d.npy"], DataOptions = new() { Labels = Folder["y.txt"] }, Out = Folder[run], Options = Options };

    public RunInfo Probe(string run, Func<ProbeJob, ProbeJob>? change = null)
    {
        var job = Job(run);
        return Task.Run(() => (change?.Invoke(job) ?? job).RunAsync()).GetAwaiter().GetResult()!;
    }

    /// <summary>Everything that makes a run's observations: the files, byte for byte.</summary>
    public static IReadOnlyDictionary<string, string> Bytes(string run) => Directory.EnumerateFiles(run, "*.parquet", SearchOption.AllDirectories)
        .ToDictionary(f => Path.GetRelativePath(run, f), f => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(f))));

    /// <summary>Every number of every sample.</summary>
    public static List<string> Observations(string run, bool partial = false) =>
        Task.Run(async () => await RunReader.Open(run, partial).ReadAsync().Select(Probing.Runs.Bits).ToListAsync()).GetAwaiter().GetResult();

    public void Dispose() => Folder.Dispose();
}
