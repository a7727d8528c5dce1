using System.Globalization;
using Apex.Facts;

namespace Apex.Experiments;

/// <summary>
/// A share of the chosen samples: the i-th of n contiguous ones of like size, so that each reads its data forward and a merge copies whole files.
/// </summary>
/// <param name="Index">i, 1 to n.</param>
/// <param name="Count">n.</param>
public readonly record struct Shard(int Index, int Count)
{
    private const int MostShards = 1_000_000;

    /// <summary>Reads <c>I/N</c>.</summary>
    /// <exception cref="InvalidInputException">It is no share.</exception>
    public static Shard Parse(string text)
    {
        bool Number(string part, out int value) => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out value);
        return text.Split('/') is [var i, var n] && Number(i, out int index) && Number(n, out int count) && count <= MostShards && index >= 1 && index <= count
            ? new Shard(index, count)
            : throw new InvalidInputException($"`Shard` {text}: give I/N, the I-th of N shares, counted from 1, e.g. 3/16");
    }

    /// <summary>Which samples it is.</summary>
    /// <param name="selected">Chosen samples.</param>
    /// <exception cref="InvalidInputException">There are fewer samples than shards.</exception>
    internal ShardInfo Of(long selected)
    {
        if (selected < Count)
            throw new InvalidInputException($"`Shard` {this}: there are only {selected} samples to share; give at most {selected} shards");
        long first = (long)((Int128)selected * (Index - 1) / Count), end = (long)((Int128)selected * Index / Count);
        return new ShardInfo(Index, Count, first, end - first);
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Index}/{Count}");
}
