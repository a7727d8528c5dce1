namespace Apex.Data;

/// <summary>
/// A source of labelled or unlabelled samples that is streamed: memory does not grow with the number of samples.
/// </summary>
internal interface IDataset
{
    /// <summary>What the user named: a path as given.</summary>
    string Spec { get; }

    /// <summary>The format, e.g. <c>cifar10</c>, <c>idx</c>, <c>npy</c>, <c>npz</c>, <c>folder</c>, <c>csv</c>.</summary>
    string Format { get; }

    /// <summary>Number of samples in the source, before selection.</summary>
    long Count { get; }

    /// <summary>What the samples are.</summary>
    SampleKind Kind { get; }

    /// <summary>Shape of one sample without a batch axis, or null where it differs from sample to sample (an image folder).</summary>
    int[]? Shape { get; }

    /// <summary>Class names where the source knows them (folder names, <c>batches.meta.txt</c> beside a CIFAR file), or null.</summary>
    IReadOnlyList<string>? ClassNames { get; }

    /// <summary>Labels of all samples in source order, or null where there are none.</summary>
    IReadOnlyList<int>? Labels { get; }

    /// <summary>Files that hold the data and labels, for the hashes of a run's provenance.</summary>
    IReadOnlyList<string> Files { get; }

    /// <summary>
    /// Streams the samples with the given ids in ascending order of id.
    /// </summary>
    /// <param name="ids">Ascending ids in [0, <see cref="Count"/>).</param>
    /// <param name="cancellationToken">Stops the stream.</param>
    /// <exception cref="InvalidInputException">A sample cannot be read: a corrupt image, a NaN, a truncated file.</exception>
    IEnumerable<SampleInput> Read(IReadOnlyList<long> ids, CancellationToken cancellationToken = default);
}
