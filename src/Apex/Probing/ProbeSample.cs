using Apex.Data;
using Apex.Models;

namespace Apex.Probing;

/// <summary>A preprocessed sample with its identity.</summary>
/// <param name="Id">Index in its source; keys the sample's noise.</param>
/// <param name="Label">Given class, or null.</param>
/// <param name="Input">What the network reads.</param>
public readonly record struct ProbeSample(long Id, int? Label, ModelSample Input)
{
    /// <summary>What a message calls a sample.</summary>
    internal static string Title(ProbeSample sample) => $"sample {sample.Id}";

    /// <summary>Streams the chosen samples of a data set through a preprocessor.</summary>
    /// <param name="data">The source.</param>
    /// <param name="ids">Ascending ids.</param>
    /// <param name="preprocessor">Makes them fit the model.</param>
    /// <param name="cancellationToken">Stops the stream.</param>
    internal static IEnumerable<ProbeSample> From(
        IDataset data, IReadOnlyList<long> ids, Preprocessor preprocessor, CancellationToken cancellationToken = default) =>
        data.Read(ids, cancellationToken).Select(sample => new ProbeSample(sample.Id, sample.Label, preprocessor.Apply(sample, data.Spec)));
}
