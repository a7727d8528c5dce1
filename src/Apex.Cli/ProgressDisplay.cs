using System.Diagnostics;
using System.Globalization;
using Apex.Probing;
using Spectre.Console;

namespace Apex.Cli;

/// <summary>
/// Progress on stderr: a bar with rate and time left on a terminal, a plain line now and then where stderr is redirected.
/// </summary>
/// <param name="unit">What is counted.</param>
internal sealed class ProgressDisplay(string unit = "samples") : IProgress<ProbeProgress>, IDisposable
{
    private static readonly TimeSpan BetweenLines = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan BetweenFrames = TimeSpan.FromMilliseconds(100);

    private readonly bool _terminal = !Console.IsErrorRedirected && AnsiConsole.Profile.Capabilities.Interactive;
    private readonly IAnsiConsole _console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
    private readonly Stopwatch _clock = new();
    private readonly Lock _lock = new();
    private TimeSpan _last = TimeSpan.MinValue;
    private string _phase = "";
    private int _drawn;

    /// <summary>Prints lines above the progress.</summary>
    public void Say(string text)
    {
        lock (_lock)
        {
            Clear();
            Console.Error.Write(text);
        }
    }

    /// <inheritdoc/>
    public void Report(ProbeProgress value)
    {
        lock (_lock)
        {
            if (value.Phase != _phase)
            {
                _phase = value.Phase;
                _clock.Restart();
                _last = TimeSpan.MinValue;
            }

            bool end = value.TotalSamples > 0 && value.Samples == value.TotalSamples;
            var now = _clock.Elapsed;
            if (!end && _last != TimeSpan.MinValue && now - _last < (_terminal ? BetweenFrames : BetweenLines))
                return;
            // A first line is worth printing on a terminal only; elsewhere it says nothing yet.
            if (_last == TimeSpan.MinValue && !_terminal && !end)
            {
                _last = now;
                return;
            }

            _last = now;
            if (_terminal)
                Draw(value, now);
            else
                Console.Error.WriteLine(Describe(value, now));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
            Clear();
    }

    private string Describe(ProbeProgress value, TimeSpan elapsed)
    {
        if (value.Phase == "pilot")
            return string.Create(CultureInfo.InvariantCulture, $"pilot: {value.Samples} noise levels tried");
        double seconds = Math.Max(1e-3, elapsed.TotalSeconds);
        var left = TimeSpan.FromSeconds(seconds * (value.TotalSamples - value.Samples) / Math.Max(1, value.Samples));
        string phase = value.Phase == "single sites" ? "single sites: " : "";
        return string.Create(CultureInfo.InvariantCulture,
            $"{phase}{value.Samples}/{value.TotalSamples} {unit}, {value.Passes / seconds:n0} passes/s, {(int)left.TotalHours}:{left:mm\\:ss} left");
    }

    private void Draw(ProbeProgress value, TimeSpan elapsed)
    {
        Clear();
        string bar = value.Phase == "pilot" || value.TotalSamples == 0 ? "" : Bar(value.Samples, value.TotalSamples) + " ", told = Describe(value, elapsed);
        _console.Markup(bar + Markup.Escape(told));
        _drawn = Markup.Remove(bar).Length + told.Length;
    }

    /// <summary>What is done and what is left, told apart by colour, or where there is none by the characters; and the share as a number.</summary>
    private string Bar(long done, long total)
    {
        const int Width = 30;
        int filled = (int)(Width * done / total);
        string bar = _console.Profile.Capabilities is { Ansi: true, ColorSystem: not ColorSystem.NoColors }
            ? $"[green]{new string('━', filled)}[/][grey]{new string('━', Width - filled)}[/]"
            : $"{new string('#', filled)}{new string('.', Width - filled)}";
        return $"{bar} {100 * done / total,3} %";
    }

    private void Clear()
    {
        if (_drawn == 0)
            return;
        // Back to the start of the line and erase it; a terminal that knows no such order gets blanks.
        Console.Error.Write(_console.Profile.Capabilities.Ansi ? "\r\u001b[2K" : $"\r{new string(' ', _drawn)}\r");
        _drawn = 0;
    }
}
