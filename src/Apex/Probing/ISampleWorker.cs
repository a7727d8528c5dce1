namespace Apex.Probing;

/// <summary>What one thread of a pipeline does with a sample. Not thread-safe.</summary>
/// <typeparam name="T">What comes of it.</typeparam>
internal interface ISampleWorker<out T> : IDisposable
{
    T Run(in ProbeSample sample, CancellationToken cancellationToken);
}
