namespace Apex.Facts;

/// <summary>Which share of the chosen samples a run holds.</summary>
/// <param name="Index">i, from 1.</param>
/// <param name="Count">n.</param>
/// <param name="First">Position of its first sample among the chosen ones, from 0.</param>
/// <param name="Samples">How many it holds when it is complete.</param>
public sealed record ShardInfo(int Index, int Count, long First, long Samples)
{
    /// <summary>I/N, as a shard is given.</summary>
    public override string ToString() => $"{Index}/{Count}";
}
