using Apex.Analysis;
using Apex.Data;

namespace Apex.Reporting.Page;

/// <summary>Looks of the samples of a run, as many as the page can hold: the least regular, the most suspect and the most regular ones before the others.</summary>
internal static class SampleLooks
{
    /// <summary>Characters of all looks together, and samples that are looked at for them.</summary>
    private const int MostCharacters = 1_600_000, MostSamples = 1500;

    /// <summary>Reads the data that a run was made of.</summary>
    /// <returns>By sample id; and why there are none, or not of all, or null.</returns>
    public static (IReadOnlyDictionary<long, SampleLook> Looks, string? Note) Of(RunAnalyses analyses, CancellationToken cancellationToken)
    {
        var info = analyses.Run.Info;
        try
        {
            var data = Dataset.Open(info.Data.Spec, new DatasetOptions { Labels = info.Data.Labels });
            if (data.Count != info.Data.Count)
                return (new Dictionary<long, SampleLook>(), $"The samples are not shown: {info.Data.Spec} has {data.Count} where the run knew {info.Data.Count}.");
            long[] wanted = [.. Wanted(analyses).Distinct().Take(MostSamples)];
            var read = new Dictionary<long, SampleLook>();
            foreach (var sample in data.Read([.. wanted.Order()], cancellationToken))
                read[sample.Id] = SampleLook.Of(sample);
            int budget = MostCharacters;
            var kept = new Dictionary<long, SampleLook>();
            foreach (long id in wanted)
            {
                if ((budget -= read[id].Length) < 0)
                    break;
                kept[id] = read[id];
            }

            int all = analyses.Run.Samples.Count;
            return (kept, kept.Count == all ? null : $"{kept.Count} of {all} samples are shown with what they look like, so that the page stays small.");
        }
        catch (InvalidInputException told)
        {
            return (new Dictionary<long, SampleLook>(), $"The samples are not shown, because the data cannot be read from here: {told.Message}");
        }
    }

    private static IEnumerable<long> Wanted(RunAnalyses analyses)
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
