using System.Diagnostics;
using Apex.Models;
using Apex.Models.Onnx;

namespace Apex.Bench;

/// <summary>The first order of small noise: margin and squared norm of its gradient at the input and every site, some samples a pass.</summary>
internal sealed class GradientPasses : IDisposable
{
    private readonly IGradientPass _pass;
    private readonly int _threads;
    private readonly ModelSample[] _samples;

    public GradientPasses(OnnxClassifier classifier, int threads)
    {
        Rows = 8;
        _threads = threads;
        _pass = classifier.OpenGradient(GradientTarget.Margin, classifier.Sites, Rows, squared: true);
        var random = new Random(1);
        _samples =
        [
            .. Enumerable.Range(0, Rows).Select(_ =>
                new ModelSample([.. Enumerable.Range(0, classifier.Input.Elements).Select(_ => 2 * random.NextSingle() - 1)], [])),
        ];
    }

    /// <summary>Samples of one pass.</summary>
    public int Rows { get; }

    /// <summary>Samples a second.</summary>
    public double Rate(double seconds)
    {
        long samples = 0;
        var clock = Stopwatch.StartNew();
        Parallel.For(0, _threads, new ParallelOptions { MaxDegreeOfParallelism = _threads }, _ =>
        {
            while (clock.Elapsed.TotalSeconds < seconds)
            {
                _pass.Run(_samples, null, (_, _) => { });
                Interlocked.Add(ref samples, Rows);
            }
        });
        return samples / clock.Elapsed.TotalSeconds;
    }

    public void Dispose() => _pass.Dispose();
}
