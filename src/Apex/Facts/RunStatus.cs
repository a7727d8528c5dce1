namespace Apex.Facts;

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
