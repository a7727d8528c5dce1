using System.Diagnostics;
using Apex.Models;
using Apex.Probing;

namespace Apex.Bench;

/// <summary>Whole probes by this library: opening, prefix, noise, passes, readouts.</summary>
internal sealed class ApexPasses(IClassifier classifier, ProbeOptions options)
{
    // As many samples for each thread: half a round with one thread idle would measure the division, not the engine.
    private readonly int _threads = Math.Max(1, options.Threads);
    private int _samples = Math.Max(1, options.Threads);

    /// <summary>Noisy passes a second of one probe that takes about <paramref name="seconds"/>.</summary>
    public double Rate(double seconds)
    {
        var (rate, took) = Run(_samples);
        for (int tries = 0; took < 0.6 * seconds && tries < 6; tries++)
        {
            // The first run compiles and measures; the number of samples is kept for later rounds.
            int wanted = (int)Math.Min(_samples * 64.0, _samples * seconds / took);
            _samples = Math.Max(_samples + _threads, wanted / _threads * _threads);
            (rate, took) = Run(_samples);
        }

        return rate;
    }

    private (double Rate, double Seconds) Run(int samples)
    {
        var clock = Stopwatch.StartNew();
        long passes = 0;
        Task.Run(async () =>
        {
            await foreach (var o in new Probe(classifier, options).RunAsync(Samples(samples)))
                passes += (long)o.Sigmas.Length * options.Draws;
        }).GetAwaiter().GetResult();
        return (passes / clock.Elapsed.TotalSeconds, clock.Elapsed.TotalSeconds);
    }

    private IEnumerable<ProbeSample> Samples(int count)
    {
        for (int id = 0; id < count; id++)
        {
            var random = new Random(id);
            float[] x = [.. Enumerable.Range(0, classifier.Input.Elements).Select(_ => (float)(2 * random.NextDouble() - 1))];
            yield return new ProbeSample(id, null, new ModelSample(x, []));
        }
    }
}
