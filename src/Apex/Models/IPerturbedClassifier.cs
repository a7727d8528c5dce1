namespace Apex.Models;

/// <summary>A network with noise inputs. It hands out passes, one for each worker; the weights are shared.</summary>
public interface IPerturbedClassifier : IDisposable
{
    /// <summary>Buffers and bindings for one worker. Several passes may run at once, each on one thread.</summary>
    IPerturbedPass CreatePass();
}

/// <summary>
/// One worker's perturbed forward pass: <c>rows</c> copies of one sample, each with one of a few noises at a scale of its own. Not
/// thread-safe.
/// </summary>
public interface IPerturbedPass : IDisposable
{
    /// <summary>Batch rows of the pass.</summary>
    int Rows { get; }

    /// <summary>Noises that the pass holds for each site.</summary>
    int Noises { get; }

    /// <summary>One noise of a site, to be written by the caller.</summary>
    /// <param name="slot">Position of the site in the list that the pass was opened with.</param>
    /// <param name="noise">Which, 0 to <see cref="Noises"/> - 1.</param>
    /// <returns>
    /// Shape <c>[elements of the site]</c>, row-major; every element must be written before the next call of this pass, after which
    /// the span is no longer valid. What was written is kept between runs.
    /// </returns>
    Span<float> Noise(int slot, int noise);

    /// <summary>Sets all rows to one sample.</summary>
    /// <param name="sample">The preprocessed sample.</param>
    void SetInput(in ModelSample sample);

    /// <summary>Runs the network with <c>scale * noise</c> added at each site of each row.</summary>
    /// <param name="scales">sigma * c_l, shape <c>[slots, rows]</c>.</param>
    /// <param name="noises">Which noise each row gets, shape <c>[rows]</c>.</param>
    /// <returns>Logits, shape <c>[rows, classes]</c>; valid until the next run.</returns>
    ReadOnlySpan<float> Run(ReadOnlySpan<float> scales, ReadOnlySpan<int> noises);

    /// <summary>Runs the network with each row's own noise, all at the same scales.</summary>
    /// <param name="scales">sigma * c_l for each slot.</param>
    /// <returns>Logits, shape <c>[rows, classes]</c>; valid until the next run.</returns>
    /// <exception cref="InvalidOperationException">There are fewer noises than rows.</exception>
    ReadOnlySpan<float> Run(ReadOnlySpan<float> scales)
    {
        if (Noises < Rows)
            throw new InvalidOperationException($"{Rows} rows share {Noises} noises; say which row gets which");
        float[] each = new float[scales.Length * Rows];
        for (int i = 0; i < each.Length; i++)
            each[i] = scales[i / Rows];
        return Run(each, Enumerable.Range(0, Rows).ToArray());
    }
}
