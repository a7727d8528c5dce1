using System.Runtime.ExceptionServices;

namespace Apex.Probing;

/// <summary>Work that is cut into independent pieces, each worker with buffers of its own.</summary>
internal static class ParallelPasses
{
    /// <summary>Does all pieces. What a piece throws comes out as it was thrown.</summary>
    /// <param name="pieces">How many.</param>
    /// <param name="threads">Workers at most; 0 for one for each core.</param>
    /// <param name="open">Makes the buffers of a worker.</param>
    /// <param name="work">Does one piece.</param>
    /// <param name="close">Lets the buffers go.</param>
    /// <param name="cancellationToken">Stops between pieces.</param>
    public static void Run<T>(int pieces, int threads, Func<T> open, Action<int, T> work, Action<T> close, CancellationToken cancellationToken)
    {
        var options = new ParallelOptions
        {
            MaxDegreeOfParallelism = threads > 0 ? threads : Environment.ProcessorCount,
            CancellationToken = cancellationToken,
        };
        try
        {
            Parallel.For(0, pieces, options, open, (piece, _, own) =>
            {
                work(piece, own);
                return own;
            }, close);
        }
        catch (AggregateException errors)
        {
            ExceptionDispatchInfo.Throw(errors.InnerExceptions[0]);
        }
    }
}
