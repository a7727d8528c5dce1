using System.Diagnostics;
using Apex.Facts;
using Parquet;
using Parquet.Serialization;

namespace Apex.Observations;

internal sealed partial class RunWriter
{
    /// <summary>Numbers that a row group holds; one is kept in memory until it is written.</summary>
    private const long NumbersPerGroup = 1 << 20;

    /// <summary>
    /// Writes what each site did alone to a run that has ended. It is there as a whole or, whatever stops it, not at all; the run itself stays as it is.
    /// </summary>
    /// <param name="info">How it was probed, but for the seconds.</param>
    /// <param name="observations">For each site, ascending, its samples in the order of the run.</param>
    /// <exception cref="InvalidInputException">The disk refuses it, or a sample cannot be used.</exception>
    public async Task AddSitesAsync(SingleSiteInfo info, IAsyncEnumerable<SiteObservation> observations)
    {
        string path = System.IO.Path.Combine(Path, RunReader.SitesFile);
        var clock = Stopwatch.StartNew();
        await Guarded(() => WholeFile.ReplaceAsync(path, stream => WriteSitesAsync(info, observations, stream)));
        await Guarded(() => WriteInfoAsync(_info with { SingleSites = info with { Seconds = clock.Elapsed.TotalSeconds } }));
    }

    private static async Task WriteSitesAsync(SingleSiteInfo info, IAsyncEnumerable<SiteObservation> observations, Stream stream)
    {
        var rows = new List<SiteRow>();
        long numbers = 0;
        async Task FlushAsync()
        {
            await ParquetSerializer.SerializeAsync(rows, stream, new ParquetOptions { Append = stream.Length > 0 });
            rows.Clear();
            numbers = 0;
        }

        await foreach (var o in observations)
        {
            for (int s = 0; s < o.Counts.Length; s++)
            {
                rows.Add(new SiteRow
                {
                    Site = o.Site,
                    SampleId = o.SampleId,
                    CleanPrediction = o.CleanPrediction,
                    SigmaIndex = s,
                    Sigma = info.Sigmas[s],
                    Counts = [.. o.Counts[s]],
                    NonFinite = o.NonFinite[s],
                });
                numbers += o.Counts[s].Length;
            }

            if (numbers >= NumbersPerGroup)
                await FlushAsync();
        }

        if (rows.Count > 0)
            await FlushAsync();
    }
}
