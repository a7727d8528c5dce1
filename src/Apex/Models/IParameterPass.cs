namespace Apex.Models;

/// <summary>
/// One worker's network with perturbed parameters, which a batch of different samples runs through. What a row gives depends on its
/// sample, its place in the batch and the parameters, and on no other row. Not thread-safe.
/// </summary>
internal interface IParameterPass : IDisposable
{
    /// <summary>Batch rows.</summary>
    int Rows { get; }

    /// <summary>Xi of one parameter, to be written by the caller.</summary>
    /// <param name="parameter">Its index.</param>
    /// <returns>Shape <c>[elements of the parameter]</c>, row-major. What was written is kept.</returns>
    Span<float> Noise(int parameter);

    /// <summary>Sets every parameter to W + sigma * rms(W) * Xi, for the runs that follow. It costs as much as several runs.</summary>
    /// <param name="sigma">The noise level; 0 gives the clean network.</param>
    void Perturb(double sigma);

    /// <summary>Sets one row to a sample.</summary>
    /// <param name="row">Its place in the batch. Rows that are not set hold whatever they held before.</param>
    /// <param name="sample">The preprocessed sample.</param>
    void SetInput(int row, in ModelSample sample);

    /// <summary>Runs the network.</summary>
    /// <returns>Logits, shape <c>[rows, classes]</c>; valid until the next run.</returns>
    ReadOnlySpan<float> Run();
}
