using Apex.Probing;

namespace Apex.Cli;

/// <summary>
/// Progress of the screening of one model: a bar on a terminal; where stderr is redirected one line for each of its few phases, which names the model.
/// </summary>
/// <param name="display">Where it goes.</param>
/// <param name="model">The model.</param>
internal sealed class ScanProgress(ProgressDisplay display, string model) : IProgress<ProbeProgress>
{
    private readonly Lock _lock = new();
    private string _phase = "";

    /// <inheritdoc/>
    public void Report(ProbeProgress value)
    {
        lock (_lock)
        {
            if (Console.IsErrorRedirected && value.Phase != _phase)
                display.Say($"{model}: {value.Phase}\n");
            else if (_phase.Length == 0)
                display.Say($"{model}\n");
            _phase = value.Phase;
        }

        if (!Console.IsErrorRedirected)
            display.Report(value);
    }
}
