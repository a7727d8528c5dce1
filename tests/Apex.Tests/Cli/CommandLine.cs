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

    public static Running Start(string folder, params string[] arguments)
    {
        string apex = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "apex.exe" : "apex");
        // A parent that ignores Ctrl-C (a shell's background job, for one) hands that down; a test of Ctrl-C must not depend on it.
        string[] command = OperatingSystem.IsLinux() ? ["env", "--default-signal=INT", apex] : [apex];
        var start = new ProcessStartInfo(command[0], [.. command.Skip(1), .. arguments])
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
