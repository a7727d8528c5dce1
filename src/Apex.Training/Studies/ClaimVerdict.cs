namespace Apex.Training.Studies;

/// <summary>What became of a claim.</summary>
internal enum ClaimVerdict
{
    /// <summary>Every measurement says so, interval and all.</summary>
    Supported,

    /// <summary>Some do.</summary>
    Partly,

    /// <summary>None does.</summary>
    NotSupported,
}
