namespace Apex.Data;

/// <summary>Several arrays of as many samples, read side by side: one for each input of a model.</summary>
/// <param name="arrays">The arrays by the names of the inputs; the first is what the data set is by itself.</param>
internal sealed class NamedArraysDataset(IReadOnlyList<(string Name, IDataset Data)> arrays) : IDataset
{
    private readonly IDataset _first = arrays[0].Data;

    public string Spec => _first.Spec;

    public string Format => _first.Format;

    public long Count => _first.Count;

    public SampleKind Kind => _first.Kind;

    public int[]? Shape => _first.Shape;

    public IReadOnlyList<string>? ClassNames => _first.ClassNames;

    public IReadOnlyList<int>? Labels => _first.Labels;

    public IReadOnlyList<string> Files => _first.Files;

    public IEnumerable<SampleInput> Read(IReadOnlyList<long> ids, CancellationToken cancellationToken = default)
    {
        var others = arrays.Skip(1).Select(a => (a.Name, Samples: a.Data.Read(ids, cancellationToken).GetEnumerator())).ToList();
        try
        {
            foreach (var sample in _first.Read(ids, cancellationToken))
            {
                var beside = new Dictionary<string, SampleInput>(StringComparer.Ordinal);
                foreach (var (name, samples) in others)
                {
                    samples.MoveNext();
                    beside[name] = samples.Current;
                }

                yield return sample with { Others = beside };
            }
        }
        finally
        {
            foreach (var (_, samples) in others)
                samples.Dispose();
        }
    }
}
