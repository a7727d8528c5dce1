using Apex.Facts;

namespace Apex.Cli.Commands;

/// <summary>Warnings of commands whose result has no place for them.</summary>
internal static class Warn
{
    /// <summary>Says them on stderr, a line each.</summary>
    public static void Say(IEnumerable<RunWarning>? warnings)
    {
        foreach (var warning in warnings ?? [])
            Console.Error.WriteLine($"apex: warning: {warning.Message}");
    }
}
