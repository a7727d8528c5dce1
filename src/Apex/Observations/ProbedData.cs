using Apex.Data;

namespace Apex.Observations;

/// <summary>The data that a run was made of, opened again.</summary>
internal static class ProbedData
{
    /// <summary>Opens it where the run records it in full, else as it was given; null where it is not what it was when the run was made.</summary>
    /// <exception cref="InvalidInputException">It cannot be read from here.</exception>
    public static IDataset? Open(RunInfo info, CancellationToken cancellationToken)
    {
        bool isMoved = info.Job is null || !Path.Exists(info.Job.Data);
        var (spec, labels) = isMoved ? (info.Data.Spec, info.Data.Labels) : (info.Job!.Data, info.Job.Labels);
        var data = Dataset.Open(spec, new DatasetOptions { Labels = labels, LabelColumn = info.Data.LabelColumn });
        var selection = new SampleSelection { Limit = info.Data.Limit, OnlyClass = info.Data.OnlyClass, Indices = info.Data.Indices };
        bool isSame = data.Count == info.Data.Count && DatasetHash.Of(data, selection.Resolve(data, info.Model.Classes), cancellationToken) == info.Data.Hash;
        return isSame ? data : null;
    }
}
