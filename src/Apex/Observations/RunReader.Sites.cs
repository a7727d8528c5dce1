using System.Runtime.CompilerServices;
using Apex.Facts;
using Parquet;
using Parquet.Serialization;

namespace Apex.Observations;

public sealed partial class RunReader
{
    internal const string SitesFile = "sites.parquet";

    /// <summary>How the run probed each site alone.</summary>
    /// <exception cref="InvalidInputException">It did not.</exception>
    public SingleSiteInfo SingleSites =>
        Info.SingleSites ?? throw new InvalidInputException($"{Path}: the run did not probe its sites one by one; `ProbeJob.SingleSites` does");

    /// <summary>Streams what noise on each site alone did: for each site, ascending, its samples in the order of the run.</summary>
    /// <param name="cancellationToken">Stops the stream.</param>
    /// <exception cref="InvalidInputException">The run did not probe its sites alone, or the file is damaged.</exception>
    public async IAsyncEnumerable<SiteObservation> ReadSitesAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var info = SingleSites;
        string file = System.IO.Path.Combine(Path, SitesFile);
        int levels = info.Sigmas.Count, seen = 0;
        int groups = await ReadFileAsync(file, async stream =>
        {
            await using var reader = await ParquetReader.CreateAsync(stream, leaveStreamOpen: true, cancellationToken: cancellationToken);
            return reader.RowGroupCount;
        });
        for (int group = 0; group < groups; group++)
        {
            var rows = await ReadFileAsync(
                file, async stream => (await ParquetSerializer.DeserializeAsync<SiteRow>(stream, null, group, cancellationToken)).Data);
            for (int first = 0; first < rows.Count; first += levels, seen++)
            {
                var own = rows.Skip(first).Take(levels).ToArray();
                if (own.Length < levels || seen >= info.Sites.Count * info.Samples
                    || own.Where((o, s) => o.SigmaIndex != s || o.SampleId != own[0].SampleId || o.Site != info.Sites[seen / info.Samples]).Any())
                    throw Damaged();
                yield return new SiteObservation
                {
                    Site = own[0].Site,
                    SampleId = own[0].SampleId,
                    CleanPrediction = own[0].CleanPrediction,
                    Counts = [.. own.Select(o => o.Counts.ToArray())],
                    NonFinite = [.. own.Select(o => o.NonFinite)],
                };
            }
        }

        if (seen != info.Sites.Count * info.Samples)
            throw Damaged();

        InvalidInputException Damaged() => new(
            $"{file}: does not hold {info.Samples} samples of {info.Sites.Count} sites at {levels} sigmas, as run.json says; " +
            "the file is damaged, probe again");
    }

    private static async Task<T> ReadFileAsync<T>(string file, Func<Stream, Task<T>> read)
    {
        try
        {
            await using var stream = File.OpenRead(file);
            return await read(stream);
        }
        catch (Exception error) when (error is not (OperationCanceledException or OutOfMemoryException))
        {
            throw new InvalidInputException(
                $"{file}: cannot be read as Parquet: {error.Message.ReplaceLineEndings(" ")}; the run is damaged, probe again", error);
        }
    }
}
