


namespace Apex.Facts;

/// <summary>Where a shard of a merged run came from.</summary>
/// <param name="Shard">Which share.</param>
/// <param name="Machine">Where it was made.</param>
/// <param name="Started">When, UTC.</param>
/// <param name="Finished">When it ended, UTC.</param>
/// <param name="Seconds">Seconds of probing.</param>
/// <param name="Arguments">Its command line.</param>
public sealed record MergedShard(
    ShardInfo Shard, MachineInfo Machine, DateTimeOffset Started, DateTimeOffset? Finished, double Seconds, IReadOnlyList<string> Arguments);
