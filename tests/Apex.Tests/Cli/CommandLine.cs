using System.Diagnostics;

namespace Apex.Tests.Cli;

/// <summary>Runs the real <c>apex</c> as a process.</summary>
public static class CommandLine
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <summary>Runs and waits.</summary>
    /// <param name="folder">Working directory.</param>
    /// <param name="arguments">Arguments.</param>
    public static Result Run(string folder, params string[] arguments) => Start(folder, arguments).Wait();

    /// <summary>Runs and does not wait.</summary>
    public static Running Start(string folder, params string[] arguments)
    {
        string apex = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "apex.exe" : "apex");
        // A process that ignores Ctrl-C, as a job in the background does, hands that down to all that it starts.
        return OperatingSystem.IsLinux() ? Launch(folder, "env", ["--default-signal=INT", apex, .. arguments]) : Launch(folder, apex, arguments);
    }

    /// <summary>Starts a program that becomes, or starts, apex.</summary>
    public static Running Launch(string folder, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        return new Running(Process.Start(start)!);
    }

    /// <param name="ExitCode">Exit code.</param>
    /// <param name="Out">stdout.</param>
    /// <param name="Error">stderr.</param>
    public sealed record Result(int ExitCode, string Out, string Error);

    public sealed class Running(Process process)
    {
        private readonly Task<string> _out = process.StandardOutput.ReadToEndAsync(), _error = process.StandardError.ReadToEndAsync();

        public Process Process => process;

        public Result Wait()
        {
            if (!process.WaitForExit(Patience))
            {
                process.Kill();
                throw new TimeoutException("apex did not end");
            }

            return new Result(process.ExitCode, _out.Result, _error.Result);
        }
    }
}
