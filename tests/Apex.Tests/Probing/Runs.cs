using Apex.Facts;
using Apex.Models;
using Apex.Probing;

namespace Apex.Tests.Probing;

/// <summary>Short ways to run a probe in a test.</summary>
internal static class Runs
{
    public static List<SampleObservation> Run(IClassifier classifier, ProbeOptions options, IEnumerable<ProbeSample> samples)
    {
        var all = new List<SampleObservation>();
        Task.Run(async () =>
        {
            await foreach (var o in new Probe(classifier, options).RunAsync(samples))
                all.Add(o);
        }).GetAwaiter().GetResult();
        return all;
    }

    public static IEnumerable<ProbeSample> Samples(Loaded net, IEnumerable<int> ids) =>
        ids.Select(id => new ProbeSample(id, id % net.Classifier.Classes, net.Sample(1000 + id)));

    /// <summary>Everything of an observation as text that keeps all bits of all numbers.</summary>
    public static string Bits(SampleObservation o) => string.Join('|',
        o.SampleId, o.Label, o.CleanPrediction, BitConverter.SingleToInt32Bits(o.CleanMargin),
        Hex(o.CleanLogits), string.Join(',', o.FirstEscapeClass), string.Join(',', o.FirstEscapeSigma),
        string.Join(';', o.Sigmas.Select(s =>
            $"{string.Join(',', s.Counts)} {Hex(s.MeanSoftmax)} {Hex([s.MarginMean, s.MarginVariance])} {s.NonFinite}")));

    private static string Hex(float[] values) => string.Join(',', values.Select(v => BitConverter.SingleToInt32Bits(v)));
}
