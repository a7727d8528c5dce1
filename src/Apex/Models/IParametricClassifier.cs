namespace Apex.Models;

/// <summary>
/// A classifier whose trained parameters can be perturbed too: W + sigma * rms(W) * Xi, one Xi for all samples (docs/method.md, section 4). A
/// backend that cannot do this implements <see cref="IClassifier"/> alone.
/// </summary>
internal interface IParametricClassifier : IClassifier
{
    /// <summary>Every trained tensor on a path to the logits whose rms is not 0, each once, in the order in which the network reads them.</summary>
    /// <exception cref="InvalidInputException">The parameters are there, but not in a form that noise can be added to.</exception>
    IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>Buffers for one worker. Several passes may be open at once, each on one thread.</summary>
    /// <param name="rows">Batch rows of every run; must equal <see cref="IClassifier.FixedBatch"/> where that is set.</param>
    IParameterPass OpenParameters(int rows);
}
