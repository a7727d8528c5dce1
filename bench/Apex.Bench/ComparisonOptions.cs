
namespace Apex.Bench;

/// <param name="Quick">Under a minute.</param>
/// <param name="Json">One JSON object at the end.</param>
/// <param name="Depth">Layers of the residual network.</param>
/// <param name="Threads">Threads of everything compared.</param>
/// <param name="Markdown">A file for the table, or null.</param>
/// <param name="Peers">Folder of the Python scripts.</param>
/// <param name="Command">The apex command, or null to leave start-up out.</param>
internal sealed record ComparisonOptions(bool Quick, bool Json, int Depth, int Threads, string? Markdown, string Peers, string? Command);
