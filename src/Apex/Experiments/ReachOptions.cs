
namespace Apex.Experiments;

/// <summary>How reachability is measured.</summary>
public readonly record struct ReachOptions
{
    /// <summary>All hidden sites, up to 4096 probes and 32 directions.</summary>
    public ReachOptions() { }

    /// <summary>Which sites, in the words of <see cref="Sites.SiteSelector"/>. Default: all hidden ones.</summary>
    public IReadOnlyList<string> Sites { get; init; } = ["all"];

    /// <summary>Jacobian-vector products for each site and sample at most. As many as the input has elements give the whole Jacobian. Default: 4096.</summary>
    public int Probes { get; init; } = 4096;

    /// <summary>Random directions for each site and sample. Default: 32.</summary>
    public int Directions { get; init; } = 32;

    /// <summary>Keys probes and directions. Default: 0.</summary>
    public ulong Seed { get; init; }

    /// <summary>Worker threads; 0 for one for each core. Results do not depend on it.</summary>
    public int Threads { get; init; }
}
