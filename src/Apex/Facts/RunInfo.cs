using System.Text.Json.Serialization;

namespace Apex.Facts;

/// <summary>
/// <c>run.json</c>: all that is needed to run a probe again and to read its observations. <c>docs/format.md</c> documents each field.
/// </summary>
public sealed record RunInfo
{
    /// <summary>What this library writes, and reads.</summary>
    public const int CurrentVersion = 2;

    /// <summary>Always <c>apex-run</c>.</summary>
    public string Format { get; init; } = "apex-run";

    /// <summary>Version of the format.</summary>
    public int FormatVersion { get; init; } = CurrentVersion;

    /// <summary>Whether the run is whole.</summary>
    public RunStatus Status { get; init; } = RunStatus.Running;

    /// <summary>The command line, or empty where a library call made the run.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>The model.</summary>
    public required ModelInfo Model { get; init; }

    /// <summary>The data.</summary>
    public required DataInfo Data { get; init; }

    /// <summary>The plan with every choice resolved.</summary>
    public required PlanInfo Plan { get; init; }

    /// <summary>What was asked for, or null where the run was not made by a <c>ProbeJob</c>; only with it can a run be resumed.</summary>
    public JobInfo? Job { get; init; }

    /// <summary>What looked wrong before it began, or null where nothing did.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<RunWarning>? Warnings { get; init; }

    /// <summary>Which share of the chosen samples this run is, or null where it is all of them.</summary>
    public ShardInfo? Shard { get; init; }

    /// <summary>Versions of what ran.</summary>
    public required IReadOnlyDictionary<string, string> Versions { get; init; }

    /// <summary>The machine.</summary>
    public required MachineInfo Machine { get; init; }

    /// <summary>When the run began, UTC.</summary>
    public DateTimeOffset Started { get; init; }

    /// <summary>When it ended, UTC; null while it runs.</summary>
    public DateTimeOffset? Finished { get; init; }

    /// <summary>Seconds of probing, pilot not counted; of all sessions of a run that was resumed, of all shards of one that was merged.</summary>
    public double Seconds { get; init; }

    /// <summary>When the run was resumed.</summary>
    public IReadOnlyList<ResumeInfo> Resumes { get; init; } = [];

    /// <summary>The shards that a merged run was made of, in order; none otherwise.</summary>
    public IReadOnlyList<MergedShard> Merged { get; init; } = [];

    /// <summary>Noisy forward passes made, pilot not counted.</summary>
    public long Passes { get; init; }

    /// <summary>Samples whose observations are on disk. Of what the last part of a run that is not complete holds beyond them nothing counts.</summary>
    public long Samples { get; init; }

    /// <summary>How each site was probed alone; null where it was not, as in all runs from before that could be.</summary>
    public SingleSiteInfo? SingleSites { get; init; }

    /// <summary>Indices of the sites whose squared gradients are kept of each sample, 0 for the input; null where none are.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<int>? FirstOrderSites { get; init; }

    /// <summary>Samples of a part.</summary>
    public int PartSamples { get; init; }

    /// <summary>Samples that this run holds when it is complete.</summary>
    [JsonIgnore]
    public long Wanted => Shard?.Samples ?? Data.Selected;
}
