using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Apex.Probing;

/// <summary>
/// Items in, results out, in the order of the items, by several workers at once. At most a few items for each worker are held.
/// </summary>
internal static class OrderedPipeline
{
    /// <summary>Runs the workers until the items are through or the consumer leaves.</summary>
    /// <typeparam name="TItem">A sample, or another unit of work.</typeparam>
    /// <typeparam name="T">Result of one item.</typeparam>
    /// <param name="items">The items, streamed.</param>
    /// <param name="title">Names an item in the message that it cannot be used.</param>
    /// <param name="threads">Workers.</param>
    /// <param name="open">Makes one worker; called once on each worker's thread, which alone uses it.</param>
    /// <param name="cancellationToken">Stops the run; results that were returned stand.</param>
    public static async IAsyncEnumerable<T> RunAsync<TItem, T>(
        IEnumerable<TItem> items, Func<TItem, string> title, int threads, Func<IPipelineWorker<TItem, T>> open,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var work = Channel.CreateBounded<Unit<TItem, T>>(new BoundedChannelOptions(2 * threads) { SingleWriter = true });
        var results = Channel.CreateBounded<Task<T>>(new BoundedChannelOptions(4 * threads) { SingleReader = true, SingleWriter = true });
        var reader = Task.Run(() => ReadAsync(items, work.Writer, results.Writer, stop.Token), CancellationToken.None);
        Task[] workers = [.. Enumerable.Range(0, threads).Select(_ => Task.Factory.StartNew(
            () => Work(title, open, work.Reader, stop.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
        try
        {
            await foreach (var result in results.Reader.ReadAllAsync(cancellationToken))
                yield return await result.WaitAsync(cancellationToken);
        }
        finally
        {
            // Sessions and buffers may only go when nobody runs in them any more.
            await stop.CancelAsync();
            await Task.WhenAll([reader, .. workers]).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    private static async Task ReadAsync<TItem, T>(
        IEnumerable<TItem> items, ChannelWriter<Unit<TItem, T>> work, ChannelWriter<Task<T>> results, CancellationToken cancellationToken)
    {
        Exception? failure = null;
        try
        {
            foreach (var item in items)
            {
                var unit = new Unit<TItem, T>(item, new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously));
                await results.WriteAsync(unit.Done.Task, cancellationToken);
                await work.WriteAsync(unit, cancellationToken);
            }
        }
        catch (Exception error)
        {
            // It travels to the consumer through the channel, behind the items that were read before it.
            failure = error;
        }

        work.Complete();
        results.Complete(failure);
    }

    private static void Work<TItem, T>(
        Func<TItem, string> title, Func<IPipelineWorker<TItem, T>> open, ChannelReader<Unit<TItem, T>> units, CancellationToken cancellationToken)
    {
        IPipelineWorker<TItem, T>? worker = null;
        try
        {
            while (units.WaitToReadAsync(cancellationToken).AsTask().GetAwaiter().GetResult())
            {
                while (units.TryRead(out var unit))
                {
                    try
                    {
                        worker ??= open();
                        unit.Done.SetResult(worker.Run(unit.Item, cancellationToken));
                    }
                    catch (InvalidInputException error)
                    {
                        // A token that is no word of the model, for one: the model is sound, this sample is not for it.
                        unit.Done.SetException(new InvalidInputException($"{title(unit.Item)}: {error.Message}", error));
                    }
                    catch (Exception error)
                    {
                        unit.Done.SetException(error);
                    }
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The consumer has gone; nobody waits for the rest.
        }
        finally
        {
            worker?.Dispose();
        }
    }

    private sealed record Unit<TItem, T>(TItem Item, TaskCompletionSource<T> Done);
}
