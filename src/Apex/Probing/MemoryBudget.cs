using System.Globalization;
using Apex.Facts;

namespace Apex.Probing;

/// <summary>
/// How many workers fit into an amount of memory, and how much of a run may wait there to be written. Neither changes a bit of the
/// results; batch rows could, and are left alone.
/// </summary>
internal sealed class MemoryBudget
{
    /// <summary>Sessions that open later, the runtime's own growth, and what it has not collected yet.</summary>
    private const long Growth = 80L << 20;

    /// <summary>What a part costs, in its own size: columns, what packing them takes, and garbage that is not collected yet (measured).</summary>
    private const int PartCopies = 16;
    private const long LeastPart = 1L << 20;

    private MemoryBudget(int threads, long shared)
    {
        Threads = threads;
        PartBytes = Math.Clamp(shared / PartCopies, LeastPart, ObservationSize.PartBytes);
    }

    /// <summary>Workers that fit.</summary>
    public int Threads { get; }

    /// <summary>Bytes of a part before it is packed.</summary>
    public long PartBytes { get; }

    /// <summary>Divides the memory.</summary>
    /// <param name="limit">Bytes that the process may hold.</param>
    /// <param name="loaded">Bytes that it holds already, with the model and the data's labels.</param>
    /// <param name="worker">Bytes of one worker.</param>
    /// <param name="block">Bytes that all workers need together, a part not counted.</param>
    /// <param name="threads">Workers at most.</param>
    /// <exception cref="InvalidInputException">Not even one worker fits.</exception>
    public static MemoryBudget Create(long limit, long loaded, long worker, long block, int threads)
    {
        long held = loaded + Growth + block, free = limit - held - PartCopies * LeastPart;
        if (free < worker)
            throw new InvalidInputException(
                $"`Memory` {Words(limit)}: too little; with this model and these options one thread takes about " +
                $"{Words(held + PartCopies * LeastPart + worker)}");
        int fitting = (int)Math.Min(threads, free / worker);
        return new MemoryBudget(fitting, limit - held - fitting * worker);
    }

    /// <summary>Reads a size.</summary>
    /// <param name="text">A number with K, M, G or T, powers of 1024; <c>B</c> or <c>iB</c> may follow.</param>
    /// <exception cref="InvalidInputException">It is none.</exception>
    public static long Parse(string text)
    {
        string number = text.Trim().ToUpperInvariant();
        number = number.EndsWith("IB", StringComparison.Ordinal) ? number[..^2] : number.TrimEnd('B');
        int power = number.Length == 0 ? 0 : "KMGT".IndexOf(number[^1], StringComparison.Ordinal) + 1;
        return double.TryParse(power > 0 ? number[..^1] : number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value)
            && value * Math.Pow(1024, power) is >= 1 and <= 1L << 50 and var bytes
            ? (long)bytes
            : throw new InvalidInputException($"`Memory` {text}: give a size, e.g. 800M or 2G");
    }

    private static string Words(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(bytes / 1048576.0)}M");
}
