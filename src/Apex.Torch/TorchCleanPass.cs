using Apex.Models;
using static TorchSharp.torch;

namespace Apex.Torch;

/// <inheritdoc cref="ICleanPass"/>
/// <param name="classifier">The network.</param>
/// <param name="observed">The call of each observed site; -1 for the input.</param>
internal sealed class TorchCleanPass(TorchClassifier classifier, int[] observed) : ICleanPass
{
    public CleanResult Run(in ModelSample sample)
    {
        using var scope = NewDisposeScope();
        var activations = new float[observed.Length][];
        // The input may be changed in place, so it is kept before it is read.
        float[] input = sample.Values;
        var logits = classifier.Run(classifier.Tile(sample, 1), (at, call, output) =>
        {
            for (int i = 0; i < observed.Length; i++)
            {
                if (observed[i] == at)
                    activations[i] = call.RowsFirst(output, 1).Floats();
            }

            return output;
        });
        for (int i = 0; i < observed.Length; i++)
        {
            if (observed[i] < 0)
                activations[i] = [.. input];
        }

        return new CleanResult(logits.Floats(), activations);
    }

    /// <summary>Nothing is held between runs.</summary>
    public void Dispose() { }
}
