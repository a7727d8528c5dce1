using Apex.Models;

namespace Apex.Probing;

/// <summary>Runs the clean network on samples that are to wait for their noise. Safe wherever the pass is.</summary>
internal sealed class CleanWorker(ICleanPass clean) : IPipelineWorker<ProbeSample, (ProbeSample Sample, float[] Logits)>
{
    public (ProbeSample Sample, float[] Logits) Run(in ProbeSample sample, CancellationToken cancellationToken) => (sample, clean.Run(sample.Input).Logits);

    public void Dispose()
    {
        // The pass is shared, and goes with the probe.
    }
}
