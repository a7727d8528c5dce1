using System.Diagnostics;
using Microsoft.ML.OnnxRuntime;

namespace Apex.Bench;

/// <summary>Passes of a graph by ONNX Runtime alone, at the batch size and division of threads that were quickest.</summary>
internal sealed class OnnxPasses : IDisposable
{
    private readonly byte[] _model;
    private readonly int _threads;
    private InferenceSession? _session;
    private int _batch;
    private bool _within;

    public OnnxPasses(byte[] model, int threads) => (_model, _threads) = (model, threads);

    public string Setup => $"batch {_batch}, {(_within ? $"{_threads} threads in one session" : $"{_threads} sessions side by side")}";

    /// <summary>Tries batch sizes and divisions, and keeps the best.</summary>
    /// <param name="batches">Batch sizes.</param>
    /// <param name="seconds">Time for each.</param>
    public void Tune(int[] batches, double seconds)
    {
        var best = (Rate: 0.0, Batch: 0, Within: false);
        foreach (bool within in _threads > 1 ? (bool[])[false, true] : [false])
        {
            foreach (int batch in batches)
            {
                Open(batch, within);
                double rate = Rate(seconds);
                if (rate > best.Rate)
                    best = (rate, batch, within);
            }
        }

        Open(best.Batch, best.Within);
    }

    /// <summary>Images a second.</summary>
    public double Rate(double seconds)
    {
        int side = _within ? 1 : _threads;
        var rates = new double[side];
        Thread[] threads = [.. Enumerable.Range(0, side).Select(t => new Thread(() => rates[t] = One(seconds)))];
        foreach (var thread in threads)
            thread.Start();
        foreach (var thread in threads)
            thread.Join();
        return rates.Sum();
    }

    public void Dispose() => _session?.Dispose();

    private void Open(int batch, bool within)
    {
        _session?.Dispose();
        using var options = new SessionOptions
        {
            IntraOpNumThreads = within ? _threads : 1,
            InterOpNumThreads = 1,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };
        (_session, _batch, _within) = (new InferenceSession(_model, options), batch, within);
    }

    private double One(double seconds)
    {
        var random = new Random(3);
        float[] x = [.. Enumerable.Range(0, _batch * 3 * Networks.Side * Networks.Side).Select(_ => (float)(2 * random.NextDouble() - 1))];
        using var input = OrtValue.CreateTensorValueFromMemory(x, [_batch, 3, Networks.Side, Networks.Side]);
        using var output = OrtValue.CreateTensorValueFromMemory(new float[_batch * Networks.Classes], [_batch, Networks.Classes]);
        using var run = new RunOptions();
        string[] inputs = [.. _session!.InputMetadata.Keys], outputs = [.. _session.OutputMetadata.Keys];
        OrtValue[] inputValues = [input], outputValues = [output];
        for (int i = 0; i < 3; i++)
            _session.Run(run, inputs, inputValues, outputs, outputValues);
        long images = 0;
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed.TotalSeconds < seconds)
        {
            _session.Run(run, inputs, inputValues, outputs, outputValues);
            images += _batch;
        }

        return images / clock.Elapsed.TotalSeconds;
    }
}
