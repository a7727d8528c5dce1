using Apex.Facts;

namespace Apex.Observations;

/// <summary>
/// Which samples lie in which part. Part k holds the positions k P to (k + 1) P - 1 of the chosen samples, P samples a part, whatever
/// stopped the run in between; a shard has of them what it has.
/// </summary>
/// <param name="PartSamples">P.</param>
/// <param name="First">Position of the first sample of this run: 0, or where its shard begins.</param>
internal readonly record struct RunLayout(int PartSamples, long First)
{
    private const int MostSamples = 1 << 16;

    public static RunLayout Of(RunInfo info) => new(info.PartSamples, info.Shard?.First ?? 0);

    /// <summary>P for a plan: as many as make up so many bytes.</summary>
    public static int PartSamplesFor(PlanInfo plan, int classes, long bytes = ObservationSize.PartBytes) =>
        (int)Math.Clamp(bytes / ObservationSize.BytesPerSample(plan.Sigmas.Count, plan.Draws, classes), 1, MostSamples);

    /// <summary>The part that holds a position.</summary>
    public long PartOf(long position) => position / PartSamples;

    /// <summary>Positions of this run in a part.</summary>
    /// <param name="part">Index of the part.</param>
    /// <param name="samples">Samples of the run.</param>
    public (long From, long To) Range(long part, long samples) =>
        (Math.Max(First, part * PartSamples), Math.Min(First + samples, (part + 1) * PartSamples));

    /// <summary>The parts of this run, in order.</summary>
    /// <param name="samples">Samples of the run.</param>
    public IEnumerable<(string Name, int Samples)> Parts(long samples)
    {
        if (samples == 0)
            yield break;
        for (long part = PartOf(First); part <= PartOf(First + samples - 1); part++)
        {
            var (from, to) = Range(part, samples);
            yield return (NameOf(part), (int)(to - from));
        }
    }

    public static string NameOf(long part) => $"part-{part:d5}.parquet";
}
