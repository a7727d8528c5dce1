using Apex.Data;
using Apex.Observations;

namespace Apex.Page;

/// <summary>
/// Looks of the samples of a run, as many as the page can hold: the least regular, the most suspect and the most regular ones before the others.
/// </summary>
internal static class SampleLooks
{
    /// <summary>Characters of all looks together, and samples that are looked at for them.</summary>
    private const int MostCharacters = 1_600_000, MostSamples = 1500, AtATime = 50;

    /// <summary>Reads the data that a run was made of.</summary>
    /// <param name="gallery">The samples.</param>
    /// <param name="shown">Samples that the page has.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>By sample id; and why there are none, or not of all, or null.</returns>
    public static (IReadOnlyDictionary<long, SampleLook> Looks, string? Note) Of(
        GallerySamples gallery, IReadOnlySet<long> shown, CancellationToken cancellationToken)
    {
        var (data, why) = ProbedData.Open(gallery.Run.Info, cancellationToken);
        return data is null ? (new Dictionary<long, SampleLook>(), $"The samples are not shown: {why}.") : Of(data, gallery, shown, cancellationToken);
    }

    private static (IReadOnlyDictionary<long, SampleLook> Looks, string? Note) Of(
        IDataset data, GallerySamples gallery, IReadOnlySet<long> shown, CancellationToken cancellationToken)
    {
        var kept = new Dictionary<long, SampleLook>();
        int budget = MostCharacters;
        // A few at a time, so that large images are not read for nothing.
        foreach (long[] some in gallery.Wanted().Distinct().Where(shown.Contains).Take(MostSamples).Chunk(AtATime))
        {
            foreach (var sample in data.Read([.. some.Order()], cancellationToken))
            {
                var look = SampleLook.Of(sample);
                if ((budget -= look.Length) >= 0)
                    kept[sample.Id] = look;
            }

            if (budget < 0)
                break;
        }

        return (kept, kept.Count == shown.Count ? null
            : $"{kept.Count} of {shown.Count} samples are shown with what they look like, so that the page stays small.");
    }
}
