using Apex.Models;
using Apex.Noise;

namespace Apex.Probing;

/// <summary>
/// One worker of parameter noise: runs all samples of a block through the network of one draw at one sigma. The noise of a draw is kept
/// while its sigmas come, and is the same for every worker. Not thread-safe.
/// </summary>
internal sealed class ParameterWorker(
    ProbePlan plan, SampleBlock block, IPerturbation perturbation, IParameterPass pass, int classes) : IPipelineWorker<ParameterWorker.Setting, float[]>
{
    private int _made = -1;

    /// <returns>Logits, shape <c>[samples, classes]</c>.</returns>
    public float[] Run(in Setting setting, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_made != setting.Draw)
        {
            foreach (var parameter in plan.Parameters)
                perturbation.Fill(NoiseKey.OfParameter(plan.Seed, setting.Draw, parameter.Index), pass.Noise(parameter.Index));
            _made = setting.Draw;
        }

        pass.Perturb(plan.Sigmas[setting.Sigma]);
        var logits = new float[block.Samples.Count * classes];
        foreach (int[] batch in block.Batches)
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (int row = 0; row < batch.Length; row++)
            {
                if (batch[row] >= 0)
                    pass.SetInput(row, block.Samples[batch[row]].Input);
            }

            var noisy = pass.Run();
            for (int row = 0; row < batch.Length; row++)
            {
                if (batch[row] >= 0)
                    noisy.Slice(row * classes, classes).CopyTo(logits.AsSpan(batch[row] * classes));
            }
        }

        return logits;
    }

    public void Dispose() => pass.Dispose();

    /// <summary>One setting of all parameters.</summary>
    /// <param name="Draw">Which draw.</param>
    /// <param name="Sigma">Index of the noise level.</param>
    internal readonly record struct Setting(int Draw, int Sigma);
}
