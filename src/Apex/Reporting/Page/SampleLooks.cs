using Apex.Data;
using Apex.Experiments;
using Apex.Observations;

namespace Apex.Reporting.Page;

/// <summary>Looks of the samples of a run, as many as the page can hold: the least regular, the most suspect and the most regular ones before the others.</summary>
internal static class SampleLooks
{
    /// <summary>Characters of all looks together, and samples that are looked at for them.</summary>
    private const int MostCharacters = 1_600_000, MostSamples = 1500, AtATime = 50;

    /// <summary>Reads the data that a run was made of.</summary>
    /// <param name="analyses">The run.</param>
    /// <param name="shown">Samples that the page has.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>By sample id; and why there are none, or not of all, or null.</returns>
    public static (IReadOnlyDictionary<long, SampleLook> Looks, string? Note) Of(RunAnalyses analyses, IReadOnlySet<long> shown, CancellationToken cancellationToken)
    {
        var (data, why) = ProbedData.Open(analyses.Run.Info, cancellationToken);
        return data is null ? (new Dictionary<long, SampleLook>(), $"The samples are not shown: {why}.") : Of(data, analyses, shown, cancellationToken);
    }

    private static (IReadOnlyDictionary<long, SampleLook> Looks, string? Note) Of(IDataset data, RunAnalyses analyses, IReadOnlySet<long> shown, CancellationToken cancellationToken)
    {
        var kept = new Dictionary<long, SampleLook>();
        int budget = MostCharacters;
        // A few at a time, so that large images are not read for nothing.
        foreach (long[] some in Wanted(analyses).Distinct().Where(shown.Contains).Take(MostSamples).Chunk(AtATime))
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

        return (kept, kept.Count == shown.Count ? null : $"{kept.Count} of {shown.Count} samples are shown with what they look like, so that the page stays small.");
    }

    /// <summary>Ids of the samples in the order in which they earn their place: the least regular, the most suspect, the most regular ones and the others in turn; some more than once.</summary>
    public static IEnumerable<long> Wanted(RunAnalyses analyses)
    {
        var run = analyses.Run.Samples;
        long[] irregular = [.. analyses.Regularity.FromLeastRegular.Select(i => run[i].SampleId)], regular = [.. analyses.Regularity.Order.Select(i => run[i].SampleId)];
        long[] suspect = [.. analyses.Audit?.Suspects.Select(s => s.SampleId) ?? []], all = [.. run.Select(s => s.SampleId)];
        for (int i = 0; i < all.Length; i++)
        {
            foreach (long[] order in (long[][])[irregular, suspect, regular, all])
            {
                if (i < order.Length)
                    yield return order[i];
            }
        }
    }
}
