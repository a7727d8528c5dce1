namespace Apex.Cli;

/// <summary>What the process tells its caller.</summary>
internal static class ExitCode
{
    public const int Done = 0;

    /// <summary>`apex scan` found a suspicious model.</summary>
    public const int Suspicious = 1;
    public const int BadInput = 2;
    public const int Bug = 70;
    public const int Stopped = 130;
}
