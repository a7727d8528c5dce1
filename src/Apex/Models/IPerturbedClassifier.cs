namespace Apex.Models;

/// <summary>A network with noise inputs. It hands out passes, one for each worker; the weights are shared.</summary>
public interface IPerturbedClassifier : IDisposable
{
    /// <summary>Buffers and bindings for one worker. Several passes may run at once, each on one thread.</summary>
    IPerturbedPass CreatePass();
}

/// <summary>
/// One worker's perturbed forward pass: <c>rows</c> copies of one sample, each with its own noise. Not thread-safe.
/// </summary>
public interface IPerturbedPass : IDisposable
{
    /// <summary>Batch rows of the pass.</summary>
    int Rows { get; }

    /// <summary>The noise tensor of a site, to be written by the caller.</summary>
    /// <param name="slot">Position of the site in the list that the pass was opened with.</param>
    /// <param name="row">Batch row.</param>
    /// <returns>
    /// Shape <c>[elements of the site]</c>, row-major; every element must be written before the next call of this pass, after which
    /// the span is no longer valid. What was written is kept between runs.
    /// </returns>
    Span<float> Noise(int slot, int row);

    /// <summary>Sets all rows to one sample.</summary>
    /// <param name="sample">The preprocessed sample.</param>
    void SetInput(in ModelSample sample);

    /// <summary>Runs the network with <c>scale_l * noise_l</c> added at each site.</summary>
    /// <param name="scales">sigma * c_l for each slot.</param>
    /// <returns>Logits, shape <c>[rows, classes]</c>; valid until the next run.</returns>
    ReadOnlySpan<float> Run(ReadOnlySpan<float> scales);
}
