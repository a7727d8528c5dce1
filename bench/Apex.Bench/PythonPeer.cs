using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Apex.Bench;

/// <summary>A Python script that prints one JSON line. Left out, with a reason, where Python or a package is missing.</summary>
internal sealed class PythonPeer(string script)
{
    // Debian's own interpreter has Debian's packages; another one may come first in the path.
    private static readonly string _python = File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3";
    private readonly HashSet<string> _failed = [];

    public double? Rate(string arguments)
    {
        string kind = arguments.Contains("--numpy", StringComparison.Ordinal) ? "numpy" : "torch";
        if (_failed.Contains(kind))
            return null;
        string reason;
        try
        {
            using var process = Process.Start(new ProcessStartInfo(_python, $"{script} {arguments}") { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var errors = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            if (process.ExitCode == 0)
                return JsonNode.Parse(output)!["perSecond"]!.GetValue<double>();
            reason = errors.Result.Trim().Split('\n')[^1];
        }
        catch (Win32Exception error)
        {
            reason = error.Message;
        }

        _failed.Add(kind);
        Console.Error.WriteLine($"{script} ({kind}) is left out: {reason}");
        return null;
    }
}
