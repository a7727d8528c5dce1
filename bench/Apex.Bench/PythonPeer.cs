using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Apex.Bench;

/// <summary>
/// A Python script that reads seconds, a line each, and answers with a JSON line. It is started once and waits between its turns.
/// Left out, with a reason, where Python or a package is missing.
/// </summary>
internal sealed class PythonPeer : IDisposable
{
    // Debian's own interpreter has Debian's packages; another one may come first in the path.
    private static readonly string _python = File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3";
    private readonly string _script;
    private readonly Process? _process;
    private readonly Task<string>? _errors;
    private bool _ended;

    public PythonPeer(string script, string arguments)
    {
        _script = script;
        try
        {
            _process = Process.Start(new ProcessStartInfo(_python, $"{script} {arguments}")
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            _errors = _process.StandardError.ReadToEndAsync();
        }
        catch (Win32Exception error)
        {
            LeaveOut(error.Message);
        }
    }

    public double? Rate(double seconds)
    {
        if (_ended)
            return null;
        try
        {
            _process!.StandardInput.WriteLine(seconds.ToString(CultureInfo.InvariantCulture));
            _process.StandardInput.Flush();
        }
        catch (IOException)
        {
            // It has ended; what it said of that comes below.
        }

        if (_process!.StandardOutput.ReadLine() is { } line)
            return JsonNode.Parse(line)!["perSecond"]!.GetValue<double>();
        LeaveOut(_errors!.Result.Trim().Split('\n')[^1]);
        return null;
    }

    public void Dispose()
    {
        _process?.Kill();
        _process?.Dispose();
    }

    private void LeaveOut(string reason)
    {
        _ended = true;
        Console.Error.WriteLine($"{_script} is left out: {reason}");
    }
}
