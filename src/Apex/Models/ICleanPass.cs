
namespace Apex.Models;

/// <summary>
/// The clean network. Each call runs one sample with the same batch shape, so its result does not depend on its neighbours.
/// Safe to call from several threads.
/// </summary>
public interface ICleanPass : IDisposable
{
    /// <summary>Runs one sample.</summary>
    /// <param name="sample">The preprocessed sample.</param>
    CleanResult Run(in ModelSample sample);
}

/// <summary>What the clean network computed for one sample.</summary>
/// <param name="Logits">s(x), shape <c>[classes]</c>.</param>
/// <param name="Activations">a_l for each observed site in the order asked, each <c>[elements]</c> row-major.</param>
public sealed record CleanResult(float[] Logits, float[][] Activations);
