using System.Globalization;
using Apex.Analysis;
using Apex.Analysis.Labels;
using Apex.Analysis.Regularity;
using Apex.Analysis.Sensitivity;
using Apex.Facts;

namespace Apex.Page;

/// <summary>The samples of a run as the gallery shows them.</summary>
/// <param name="Run">The run.</param>
/// <param name="Regularity">Its samples, ranked.</param>
/// <param name="Audit">Its labels, audited; null without labels.</param>
internal sealed record GallerySamples(RunObservations Run, RegularityRanking Regularity, LabelAudit? Audit)
{
    /// <summary>Bytes of counts that the page holds for the paths of samples.</summary>
    private const int MostBytes = 3_000_000;

    /// <summary>Shares of sites that the page holds.</summary>
    private const int MostShares = 300_000;

    /// <summary>
    /// Ids of the samples in the order in which they earn their place: the least regular, the most suspect, the most regular ones and the others in turn;
    /// some more than once.
    /// </summary>
    public IEnumerable<long> Wanted()
    {
        long[] irregular = [.. Regularity.FromLeastRegular.Select(i => Run.Samples[i].SampleId)];
        long[] regular = [.. Regularity.Order.Select(i => Run.Samples[i].SampleId)];
        long[] suspect = [.. Audit?.Suspects.Select(s => s.SampleId) ?? []], all = [.. Run.Samples.Select(s => s.SampleId)];
        for (int i = 0; i < all.Length; i++)
        {
            foreach (long[] order in (long[][])[irregular, suspect, regular, all])
            {
                if (i < order.Length)
                    yield return order[i];
            }
        }
    }

    /// <summary>
    /// Counts of the samples that find room, in the order in which they earn it: for each level how many classes occurred, then each with its draws, all as
    /// numbers of seven bits a byte, the last byte of each below 128.
    /// </summary>
    public Dictionary<long, byte[]> Counts()
    {
        var byId = Run.Samples.ToDictionary(s => s.SampleId);
        var encoded = new Dictionary<long, byte[]>();
        int left = MostBytes;
        foreach (long id in Wanted().Distinct())
        {
            byte[] bytes = Encode(byId[id]);
            if ((left -= bytes.Length) < 0)
                break;
            encoded[id] = bytes;
        }

        return encoded;
    }

    /// <summary>The columns that the page reads.</summary>
    /// <param name="counts">Of the samples that it shows.</param>
    /// <param name="looks">What they look like.</param>
    public PageSamples Columns(Dictionary<long, byte[]> counts, IReadOnlyDictionary<long, SampleLook> looks)
    {
        int[] kept = [.. Enumerable.Range(0, Run.Samples.Count).Where(i => counts.ContainsKey(Run.Samples[i].SampleId))];
        SampleObservation[] samples = [.. kept.Select(i => Run.Samples[i])];
        // Those without a score have no rank.
        var rank = new Dictionary<int, int>();
        foreach (int i in Regularity.FromLeastRegular)
            rank[i] = rank.Count;
        var audit = Audit?.Suspects.ToDictionary(s => s.SampleId) ?? [];
        EscapeNoise[] escapes = [.. kept.Select(i => Regularity.EscapeFlip[i])];
        bool isDifferentiated = FirstOrderDistance.IsIn(Run.Info), hasRoom = isDifferentiated && samples.Length * Run.Info.Plan.Sites.Count <= MostShares;
        // Seven digits are enough to look at.
        static IReadOnlyList<float?> Numbers(IEnumerable<double> values) => [.. values.Select(v => double.IsFinite(v) ? (float)v : (float?)null)];
        return new PageSamples(
            [.. samples.Select(s => s.SampleId)],
            [.. samples.Select(s => s.Label)],
            [.. samples.Select(s => s.CleanPrediction!.Value)],
            [.. kept.Select(i => rank.TryGetValue(i, out int position) ? position : (int?)null)],
            rank.Count,
            Numbers(escapes.Select(e => e.Value)),
            Numbers(escapes.Select(e => e.Low)),
            Numbers(escapes.Select(e => e.High)),
            [.. escapes.Select(e => e.Censoring.ToString().ToLowerInvariant())],
            Numbers(samples.Select(s => audit.TryGetValue(s.SampleId, out var found) ? found.Score : double.NaN)),
            [.. samples.Select(s => audit.TryGetValue(s.SampleId, out var found) && found.Evidence != 0)],
            Numbers(escapes.Select(e => Math.Min(e.HeldTo, Run.Sigmas[^1]))),
            [.. escapes.Select(e => e.Draws)],
            Convert.ToBase64String([.. samples.SelectMany(s => counts[s.SampleId])]),
            [.. samples.Select(FirstEscapes)],
            Numbers(samples.Select(s => isDifferentiated ? FirstOrderDistance.Of(Run.Info, s) : double.NaN)),
            Numbers(samples.Select(s => isDifferentiated ? FirstOrderProfile.Ratio(Run, s) : double.NaN)),
            hasRoom ? [.. Run.Info.Plan.Sites.Select(l => $"{l} {Run.Info.Model.Sites.First(s => s.Index == l).Name}")] : [],
            [.. samples.Select(s => hasRoom && FirstOrderDistance.Shares(Run.Info, s) is { } shares
                ? (IReadOnlyList<int>)[.. shares.Select(v => (int)Math.Round(1000 * v))] : [])],
            looks.ToDictionary(l => l.Key.ToString(CultureInfo.InvariantCulture), l => l.Value));
    }

    private static byte[] Encode(SampleObservation sample)
    {
        var bytes = new List<byte>();
        void Add(int value)
        {
            for (; value > 127; value >>= 7)
                bytes.Add((byte)(value & 127 | 128));
            bytes.Add((byte)value);
        }

        foreach (var level in sample.Sigmas)
        {
            (int Class, int Count)[] seen = [.. level.Counts.Index().Where(c => c.Item > 0)];
            Add(seen.Length);
            foreach (var (y, count) in seen)
            {
                Add(y);
                Add(count);
            }
        }

        return [.. bytes];
    }

    private static IReadOnlyList<IReadOnlyList<int>> FirstEscapes(SampleObservation sample)
    {
        var classes = sample.FirstEscapeClass.Where(c => c >= 0).CountBy(c => c).OrderByDescending(c => c.Value).ThenBy(c => c.Key);
        return [.. classes.Select(c => (int[])[c.Key, c.Value])];
    }
}
