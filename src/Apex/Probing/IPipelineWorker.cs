namespace Apex.Probing;

/// <summary>What one thread of a pipeline does with an item. Not thread-safe.</summary>
/// <typeparam name="TItem">A sample, or another unit of work.</typeparam>
/// <typeparam name="T">What comes of it.</typeparam>
internal interface IPipelineWorker<TItem, out T> : IDisposable
{
    T Run(in TItem item, CancellationToken cancellationToken);
}
