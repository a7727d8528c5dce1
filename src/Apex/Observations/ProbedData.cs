using Apex.Data;
using Apex.Facts;

namespace Apex.Observations;

/// <summary>The data that a run was made of, opened again.</summary>
internal static class ProbedData
{
    /// <summary>Looks for the data, reads what was chosen of it, and opens it where it is what it was when the run was made.</summary>
    /// <param name="info">The run.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <returns>The data, or null and why.</returns>
    public static (IDataset? Data, string? Why) Open(RunInfo info, CancellationToken cancellationToken)
    {
        var reasons = new List<string>();
        foreach (var (spec, labels) in Places(info))
        {
            try
            {
                if (Unchanged(info, spec, labels, cancellationToken) is { } data)
                    return (data, null);
                reasons.Add($"{spec} is not what it was when the run was made");
            }
            catch (Exception error) when (error is InvalidInputException or IOException or UnauthorizedAccessException)
            {
                string? missing = ((string?[])[spec, labels]).FirstOrDefault(file => file is not null && !Path.Exists(DatasetFile.PathOf(file)));
                reasons.Add(missing is null ? $"the data cannot be read: {error.Message.ReplaceLineEndings(" ")}" : $"the data is missing at {missing}");
            }
        }

        return (null, string.Join("; ", reasons));
    }

    /// <summary>
    /// Where the data may be: where the run says in full that it was, and, as a run can be taken elsewhere with its data, where its words lead from here.
    /// </summary>
    private static IEnumerable<(string Data, string? Labels)> Places(RunInfo info)
    {
        var given = (info.Data.Spec, info.Data.Labels);
        if (info.Job is not { } job)
            return [given];
        bool same = Path.GetFullPath(info.Data.Spec) == job.Data && (info.Data.Labels is null ? null : Path.GetFullPath(info.Data.Labels)) == job.Labels;
        return same ? [(job.Data, job.Labels)] : [(job.Data, job.Labels), given];
    }

    private static IDataset? Unchanged(RunInfo info, string spec, string? labels, CancellationToken cancellationToken)
    {
        var selection = new SampleSelection { Limit = info.Data.Limit, OnlyClass = info.Data.OnlyClass, Indices = info.Data.Indices };
        // A run says what its classes are called, and not whether the folders were numbered by that: OnlyClass may have meant either.
        foreach (var names in info.Data.OnlyClass is null ? (IReadOnlyList<string>?[])[null] : [info.Model.Classes, null])
        {
            try
            {
                var options = new DatasetOptions
                {
                    Labels = labels,
                    LabelColumn = info.Data.LabelColumn,
                    ClassNames = names,
                    Inputs = info.Model.Inputs ?? [info.Model.Input],
                };
                var data = Dataset.Open(spec, options);
                if (data.Count == info.Data.Count
                    && DatasetHash.Compute(data, selection.Resolve(data, info.Model.Classes), cancellationToken) == info.Data.Hash)
                    return data;
            }
            catch (InvalidInputException) when (names is not null)
            {
                // Its folders were no names of classes.
            }
        }

        return null;
    }
}
