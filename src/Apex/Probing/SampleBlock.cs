namespace Apex.Probing;

/// <summary>
/// Samples that go through the same perturbed networks, laid out in batches. A sample's place in its batch is its id modulo the rows, so
/// that what is computed for it depends on nothing but itself: kernels may round the last rows of a batch otherwise than the first.
/// </summary>
internal sealed class SampleBlock
{
    private readonly List<int[]> _batches = [];

    /// <param name="samples">The samples.</param>
    /// <param name="rows">Batch rows.</param>
    public SampleBlock(IReadOnlyList<ProbeSample> samples, int rows)
    {
        Samples = samples;
        int[] used = new int[rows];
        for (int i = 0; i < samples.Count; i++)
        {
            int row = (int)(samples[i].Id % rows), batch = used[row]++;
            if (batch == _batches.Count)
                _batches.Add([.. Enumerable.Repeat(-1, rows)]);
            _batches[batch][row] = i;
        }
    }

    public IReadOnlyList<ProbeSample> Samples { get; }

    /// <summary>For each batch and row the position of a sample in <see cref="Samples"/>, or -1; shape <c>[batches][rows]</c>.</summary>
    public IReadOnlyList<int[]> Batches => _batches;

    /// <summary>
    /// A prime where there is a choice: ids at regular distances then fill all rows, unless the distance is a multiple of it.
    /// </summary>
    /// <param name="most">Rows at most.</param>
    public static int RowsFor(int most) => ((int[])[61, 53, 43, 37, 31, 23, 19, 17, 13, 11, 7, 5, 3, 2]).FirstOrDefault(p => p <= most, 1);
}
