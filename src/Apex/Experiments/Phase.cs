using Apex.Probing;

namespace Apex.Experiments;

/// <summary>Progress of a part, under the name of what is done.</summary>
/// <param name="whole">Who is told.</param>
/// <param name="name">What is done.</param>
/// <param name="part">Which of several parts of equal size this is, from 0.</param>
/// <param name="parts">How many there are under that name.</param>
internal sealed class Phase(IProgress<ProbeProgress> whole, string name, int part, int parts) : IProgress<ProbeProgress>
{
    public static Phase? Start(IProgress<ProbeProgress>? whole, string name, int part = 0, int parts = 1) =>
        whole is null ? null : new Phase(whole, name, part, parts);

    public void Report(ProbeProgress value)
    {
        long before = part * value.TotalSamples;
        whole.Report(value with
        {
            Phase = name,
            Samples = before + value.Samples,
            TotalSamples = parts * value.TotalSamples,
            Passes = value.Passes + (value.Samples > 0 ? before * (value.Passes / value.Samples) : 0),
        });
    }
}
