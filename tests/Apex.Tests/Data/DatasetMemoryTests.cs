using Apex.Data;
using Xunit;

namespace Apex.Tests.Data;

/// <summary>
/// What a reader keeps in memory. The figure is the process's, so nothing else may run beside it.
/// </summary>
[CollectionDefinition(nameof(DatasetMemoryTests), DisableParallelization = true)]
[Collection(nameof(DatasetMemoryTests))]
public sealed class DatasetMemoryTests
{
    [Theory]
    [InlineData("idx")]
    [InlineData("gz")]
    [InlineData("npy")]
    [InlineData("npz")]
    public void Memory_does_not_grow_with_the_number_of_samples(string format)
    {
        using var folder = new TempFolder();
        const int Count = 40_000, Size = 28 * 28;
        byte[] content = new byte[Count * Size];
        string path = folder.Write("d", format switch
        {
            "idx" => Files.Idx(8, [Count, 28, 28], content),
            "gz" => Files.Gzip(Files.Idx(8, [Count, 28, 28], content)),
            "npy" => Files.Npy("|u1", $"({Count}, 28, 28)", content),
            _ => Files.Npz(("x", Files.Npy("|u1", $"({Count}, 28, 28)", content))),
        });
        content = [];
        var data = Dataset.Open(path);
        long before = GC.GetTotalMemory(forceFullCollection: true), most = 0, n = 0;
        foreach (var sample in data.Read(new SampleSelection().Resolve(data)))
        {
            if (n++ % 4000 == 0)
                most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true) - before);
        }

        Assert.Equal(Count, n);
        // The ids take 8 bytes a sample; the samples themselves are 31 MB.
        Assert.InRange(most, 0, 4 << 20);
    }
}
