using System.Diagnostics;

namespace Apex.Bench;

/// <summary>Seconds from start to end of whole processes, beside <c>dotnet --version</c>.</summary>
internal static class StartUp
{
    /// <summary>Medians of interleaved runs.</summary>
    /// <param name="apex">The command.</param>
    /// <param name="rounds">Runs of each.</param>
    public static (double Help, double FirstBatch, double DotnetVersion) Measure(string apex, int rounds)
    {
        var times = new List<double>[] { [], [], [] };
        string folder = Directory.CreateTempSubdirectory("apex-bench-").FullName;
        try
        {
            for (int round = -1; round < rounds; round++)
            {
                double help = Seconds(apex, "--help"), version = Seconds("dotnet", "--version");
                double batch = Seconds(apex, $"probe --limit 1 --draws 1 --sigma 0.1 --out {Path.Combine(folder, $"run{round}")}");
                if (round < 0)
                    continue;
                times[0].Add(help);
                times[1].Add(batch);
                times[2].Add(version);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        return (Comparison.Median(times[0]), Comparison.Median(times[1]), Comparison.Median(times[2]));
    }

    private static double Seconds(string command, string arguments)
    {
        var clock = Stopwatch.StartNew();
        using var process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        _ = errors.Result;
        return process.ExitCode == 0 ? clock.Elapsed.TotalSeconds
            : throw new InvalidOperationException($"{command} {arguments} ended with {process.ExitCode}: {errors.Result}");
    }
}
