using System.Buffers.Binary;
using System.Diagnostics;
using System.IO.Compression;
using Apex.Training;
using Xunit;

namespace Apex.Torch.Tests;

/// <summary>The training program as a process of its own, which is the only kind that can be killed.</summary>
public class KilledTrainingTests
{
    private const int Kills = 10;

    [Fact]
    public void Training_that_is_killed_ten_times_ends_with_the_same_weights()
    {
        using var folder = new TempFolder();
        Write(folder, "train", 512);
        Write(folder, "t10k", 64);
        Assert.Equal(0, Run(folder, "whole.onnx", "whole.state", null).ExitCode);

        var random = new Random(11);
        int killed = 0;
        var starts = new List<int>();
        for (int attempt = 0; killed < Kills && attempt < 3 * Kills; attempt++)
        {
            // Two of them at any moment, of which most is start-up; the others while it trains and writes checkpoints, after some epochs so that there is one
            // however slow the machine is: an epoch tells of itself before its checkpoint is written.
            var (exitCode, atEpoch) = attempt < 2
                ? Run(folder, "killed.onnx", "killed.state", random.Next(20, 1500))
                : Run(folder, "killed.onnx", "killed.state", random.Next(0, 20), afterEpochs: random.Next(2, 12));
            starts.Add(atEpoch);
            // Where this process was kept waiting, the other may have come to its end, and the next attempt starts anew.
            killed += exitCode == 0 ? 0 : 1;
        }

        Assert.Equal(Kills, killed);
        Assert.True(starts.Count(epoch => epoch > 1) >= Kills / 2, $"attempts began at epochs {string.Join(", ", starts)}: too few went on from a checkpoint");
        File.WriteAllBytes(folder["killed.state.tmp"], [1, 2, 3]);
        Assert.Equal(0, Run(folder, "killed.onnx", "killed.state", null).ExitCode);
        Assert.Equal(File.ReadAllBytes(folder["whole.onnx"]), File.ReadAllBytes(folder["killed.onnx"]));
        Assert.False(File.Exists(folder["killed.state"]) || File.Exists(folder["killed.state.tmp"]));
    }

    /// <summary>Runs the program; kills it after some milliseconds where they are given, counted from when it has told of some epochs.</summary>
    /// <returns>Its exit code, and the first epoch that it trained; 0 for none.</returns>
    private static (int ExitCode, int FirstEpoch) Run(TempFolder folder, string model, string state, int? killAfter, int afterEpochs = 0)
    {
        string library = typeof(Trainer).Assembly.Location;
        var start = new ProcessStartInfo("dotnet") { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (string argument in (string[])[library, "fashion-mnist", "--data", folder.Path, "--out", folder[model],
            "--checkpoint", folder[state], "--epochs", "300", "--seed", "4", "--threads", "1", "--network", "plain", "--flip-labels", "0.1"])
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        int first = 0, epochs = 0;
        using var trains = new ManualResetEventSlim();
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data?.StartsWith("epoch ", StringComparison.Ordinal) != true)
                return;
            if (first == 0)
                first = int.Parse(line.Data["epoch ".Length..line.Data.IndexOf('/')]);
            if (++epochs == afterEpochs)
                trains.Set();
        };
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        if (killAfter is { } milliseconds)
        {
            if (afterEpochs > 0)
                trains.Wait(TimeSpan.FromMinutes(2));
            Thread.Sleep(milliseconds);
            // SIGKILL on Unix: nothing of the process gets to run any more.
            process.Kill();
        }

        process.WaitForExit();
        return (process.ExitCode, first);
    }

    /// <summary>Grey images of 8 x 8 with a bright row that tells the class, in the files that Fashion-MNIST comes in.</summary>
    private static void Write(TempFolder folder, string name, int count)
    {
        var random = new Random(count);
        var images = new byte[16 + 64 * count];
        var labels = new byte[8 + count];
        BinaryPrimitives.WriteInt32BigEndian(images, 0x803);
        BinaryPrimitives.WriteInt32BigEndian(labels, 0x801);
        BinaryPrimitives.WriteInt32BigEndian(images.AsSpan(4), count);
        BinaryPrimitives.WriteInt32BigEndian(labels.AsSpan(4), count);
        BinaryPrimitives.WriteInt32BigEndian(images.AsSpan(8), 8);
        BinaryPrimitives.WriteInt32BigEndian(images.AsSpan(12), 8);
        random.NextBytes(images.AsSpan(16));
        for (int i = 0; i < count; i++)
        {
            labels[8 + i] = (byte)(i % 10);
            images.AsSpan(16 + 64 * i + 6 * (i % 10), 6).Fill(255);
        }

        Zip($"{name}-images-idx3-ubyte.gz", images);
        Zip($"{name}-labels-idx1-ubyte.gz", labels);

        void Zip(string file, byte[] content)
        {
            using var zip = new GZipStream(File.Create(folder[file]), CompressionMode.Compress);
            zip.Write(content);
        }
    }
}
