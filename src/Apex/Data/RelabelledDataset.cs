namespace Apex.Data;

/// <summary>A data set with labels from elsewhere, or with its own under other numbers.</summary>
internal sealed class RelabelledDataset(IDataset data, (IReadOnlyList<int> Values, IReadOnlyList<string>? Names) labels, string? source) : IDataset
{
    /// <summary>Whether the labels were words, and numbered by <see cref="ClassNames"/>.</summary>
    public bool AreWords => labels.Names is not null;

    public string Spec => data.Spec;

    public string Format => data.Format;

    public long Count => data.Count;

    public SampleKind Kind => data.Kind;

    public int[]? Shape => data.Shape;

    public IReadOnlyList<string>? ClassNames => labels.Names ?? data.ClassNames;

    public IReadOnlyList<int>? Labels => labels.Values;

    public IReadOnlyList<string> Files => source is null ? data.Files : [.. data.Files, File.Exists(source) ? source : source[..source.LastIndexOf(':')]];

    public IEnumerable<SampleInput> Read(IReadOnlyList<long> ids, CancellationToken cancellationToken = default) =>
        data.Read(ids, cancellationToken).Select(sample => sample with { Label = labels.Values[checked((int)sample.Id)] });
}
