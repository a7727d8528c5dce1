using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Apex.Probing;

/// <summary>
/// Samples in, results out, in the order of the samples, by several workers at once. At most a few samples for each worker are held.
/// </summary>
internal static class SamplePipeline
{
    /// <summary>Runs the workers until the samples are through or the consumer leaves.</summary>
    /// <typeparam name="T">Result of one sample.</typeparam>
    /// <param name="samples">The samples, streamed.</param>
    /// <param name="threads">Workers.</param>
    /// <param name="open">Makes one worker; called once on each worker's thread, which alone uses it.</param>
    /// <param name="cancellationToken">Stops the run; results that were returned stand.</param>
    public static async IAsyncEnumerable<T> RunAsync<T>(IEnumerable<ProbeSample> samples, int threads, Func<ISampleWorker<T>> open, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var work = Channel.CreateBounded<Unit<T>>(new BoundedChannelOptions(2 * threads) { SingleWriter = true });
        var results = Channel.CreateBounded<Task<T>>(new BoundedChannelOptions(4 * threads) { SingleReader = true, SingleWriter = true });
        var reader = Task.Run(() => ReadAsync(samples, work.Writer, results.Writer, stop.Token), CancellationToken.None);
        Task[] workers = [.. Enumerable.Range(0, threads).Select(_ => Task.Factory.StartNew(
            () => Work(open, work.Reader, stop.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
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

    private static async Task ReadAsync<T>(IEnumerable<ProbeSample> samples, ChannelWriter<Unit<T>> work, ChannelWriter<Task<T>> results, CancellationToken cancellationToken)
    {
        Exception? failure = null;
        try
        {
            foreach (var sample in samples)
            {
                var unit = new Unit<T>(sample, new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously));
                await results.WriteAsync(unit.Done.Task, cancellationToken);
                await work.WriteAsync(unit, cancellationToken);
            }
        }
        catch (Exception error)
        {
            // It travels to the consumer through the channel, behind the samples that were read before it.
            failure = error;
        }

        work.Complete();
        results.Complete(failure);
    }

    private static void Work<T>(Func<ISampleWorker<T>> open, ChannelReader<Unit<T>> units, CancellationToken cancellationToken)
    {
        ISampleWorker<T>? worker = null;
        try
        {
            while (units.WaitToReadAsync(cancellationToken).AsTask().GetAwaiter().GetResult())
            {
                while (units.TryRead(out var unit))
                {
                    try
                    {
                        worker ??= open();
                        unit.Done.SetResult(worker.Run(unit.Sample, cancellationToken));
                    }
                    catch (InvalidInputException error)
                    {
                        // A token that is no word of the model, for one: the model is sound, this sample is not for it.
                        unit.Done.SetException(new InvalidInputException($"sample {unit.Sample.Id}: {error.Message}", error));
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

    private sealed record Unit<T>(ProbeSample Sample, TaskCompletionSource<T> Done);
}
