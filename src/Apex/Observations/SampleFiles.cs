using Apex.Data;
using Apex.Facts;

namespace Apex.Observations;

/// <summary>The files of a run's samples, where the data is an image folder that is still there as it was; else none.</summary>
internal sealed class SampleFiles
{
    private readonly IDataset? _folder;

    private SampleFiles(IDataset? folder, string? note) => (_folder, Note) = (folder, note);

    /// <summary>No files.</summary>
    public static SampleFiles None { get; } = new(null, null);

    /// <summary>Whether every sample has a file of its own that is known.</summary>
    public bool AreKnown => _folder is not null;

    /// <summary>Why the files of an image folder are not known, or null.</summary>
    public string? Note { get; }

    /// <summary>Looks for the files of a run. The chosen ones are read whole, because only their contents tell that the folder is what it was.</summary>
    /// <param name="info">The run.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    public static SampleFiles Of(RunInfo info, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(info);
        if (info.Data.Format != "folder")
            return None;
        var (folder, why) = ProbedData.Open(info, cancellationToken);
        return new SampleFiles(folder, folder is null ? $"samples are told by number alone, without their files: {why}" : null);
    }

    /// <summary>The file of a sample below the data's folder, e.g. <c>cat/0001.png</c>; null where it is not known.</summary>
    /// <param name="id">Index of the sample in its source.</param>
    public string? Of(long id) => _folder is null ? null : Path.GetRelativePath(_folder.Spec, _folder.Files[checked((int)id)]).Replace('\\', '/');
}
