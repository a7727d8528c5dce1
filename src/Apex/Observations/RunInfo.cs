using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Apex.Observations;

/// <summary>
/// <c>run.json</c>: all that is needed to run a probe again and to read its observations. <c>docs/format.md</c> documents each field.
/// </summary>
public sealed record RunInfo
{
    /// <summary>What this library writes. It reads this and every older version.</summary>
    public const int CurrentVersion = 2;

    internal static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        // Said outright, because C# scripts (dotnet run file.cs) turn the reflection default off.
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

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

    /// <summary>What was asked for, or null where the run was not made by a <see cref="Probing.ProbeJob"/>; only with it can a run be resumed.</summary>
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

    /// <summary>Samples of a part; 0 in format 1.</summary>
    public int PartSamples { get; init; }

    /// <summary>Observation files in order, each whole. Format 1 only; later ones are named by their place.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<PartInfo>? Parts { get; init; }

    /// <summary>Samples that this run holds when it is complete.</summary>
    [JsonIgnore]
    public long Wanted => Shard?.Samples ?? Data.Selected;
}

/// <summary>How far a run came.</summary>
public enum RunStatus
{
    /// <summary>Being written, or killed while it was.</summary>
    Running,

    /// <summary>All samples are there.</summary>
    Complete,

    /// <summary>Stopped by the user; what was done is there.</summary>
    Interrupted,

    /// <summary>Stopped by bad data; what was done before is there.</summary>
    Failed,
}

/// <summary>The probed model.</summary>
/// <param name="Path">As given.</param>
/// <param name="Hash">SHA-256 of the file and its external data.</param>
/// <param name="Opset">ONNX opset, or 0 for another backend.</param>
/// <param name="Input">Name of the input.</param>
/// <param name="InputShape">Shape of one sample.</param>
/// <param name="Output">Name of the logits.</param>
/// <param name="Classes">Class names, or indices as text where none are known.</param>
/// <param name="Preprocessing">What was done to samples, with where each setting came from.</param>
/// <param name="Sites">All sites of the model, the perturbed ones among them.</param>
/// <param name="Notes">Decisions about the graph.</param>
public sealed record ModelInfo(
    string Path, string Hash, long Opset, string Input, IReadOnlyList<int> InputShape, string Output, IReadOnlyList<string> Classes,
    Models.Preprocessing Preprocessing, IReadOnlyList<Sites.Site> Sites, IReadOnlyList<string> Notes);

/// <summary>The probed data.</summary>
/// <param name="Spec">As given.</param>
/// <param name="Labels">Separate label source as given, or null.</param>
/// <param name="Format">Detected format.</param>
/// <param name="Hash">SHA-256 over the files.</param>
/// <param name="Count">Samples in the source.</param>
/// <param name="Selected">Samples chosen for this run.</param>
/// <param name="Limit">--limit as given, or null.</param>
/// <param name="OnlyClass">--only-class as given, or null.</param>
/// <param name="Indices">--indices as given, or null.</param>
/// <param name="LabelColumn">--label-column as given, or null; runs from before it was kept do not say.</param>
/// <param name="LabelsHash">SHA-256 over ids and labels of the chosen samples; null where there are no labels, or in format 1.</param>
public sealed record DataInfo(
    string Spec, string? Labels, string Format, string Hash, long Count, long Selected, long? Limit, string? OnlyClass, string? Indices, string? LabelColumn = null, string? LabelsHash = null);

/// <summary>The plan as written down.</summary>
/// <param name="Sites">Indices of the perturbed sites; none in parameter space.</param>
/// <param name="SiteScales">c_l of each.</param>
/// <param name="Sigmas">Noise levels, ascending.</param>
/// <param name="Draws">N.</param>
/// <param name="Scale">Absolute or relative noise; parameter noise is relative.</param>
/// <param name="Seed">Keys all noise.</param>
/// <param name="Rows">Batch rows of a pass.</param>
/// <param name="Perturbation">Name of the perturbation.</param>
/// <param name="Threads">Worker threads; results do not depend on it.</param>
/// <param name="Pilot">How the grid was found, or null where it was given.</param>
/// <param name="Space">What noise is added to; runs from before there was a choice do not say, and perturb sites.</param>
/// <param name="Parameters">The perturbed parameters, or null but in parameter space.</param>
public sealed record PlanInfo(
    IReadOnlyList<int> Sites, IReadOnlyList<float> SiteScales, IReadOnlyList<double> Sigmas, int Draws, Probing.NoiseScale Scale,
    ulong Seed, int Rows, string Perturbation, int Threads, Probing.PilotReport? Pilot, Probing.NoiseSpace Space = Probing.NoiseSpace.Activation, IReadOnlyList<Models.Parameter>? Parameters = null);

/// <summary>Where a run was made.</summary>
/// <param name="Os">Operating system.</param>
/// <param name="Architecture">Processor architecture.</param>
/// <param name="Cores">Logical processors.</param>
/// <param name="Provider">ONNX Runtime execution provider.</param>
/// <param name="Instructions">Widest vector instructions, which decide the last bits of a convolution: <c>avx512</c>, <c>avx2</c>, <c>neon</c>, <c>other</c>; null in format 1.</param>
public sealed record MachineInfo(string Os, string Architecture, int Cores, string Provider, string? Instructions = null);

/// <summary>One observation file and its twin of samples.</summary>
/// <param name="Name">File name in <c>samples/</c> and in <c>observations/</c>.</param>
/// <param name="Samples">Samples in it.</param>
/// <param name="FirstId">Lowest sample id.</param>
/// <param name="LastId">Highest sample id.</param>
public sealed record PartInfo(string Name, int Samples, long FirstId, long LastId);
