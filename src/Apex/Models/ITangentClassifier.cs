using Apex.Sites;

namespace Apex.Models;

/// <summary>A classifier whose activations can be differentiated with respect to its input, in forward mode.</summary>
internal interface ITangentClassifier : IClassifier
{
    /// <summary>The derivatives of some sites with respect to the input.</summary>
    /// <param name="sites">The sites that are reached for; at least one.</param>
    /// <param name="rows">Tangents of one pass; must equal <see cref="IClassifier.FixedBatch"/> where that is set.</param>
    /// <exception cref="InvalidInputException">Something on the way to the sites cannot be differentiated, or the model reads tokens.</exception>
    ITangentPass OpenTangent(IReadOnlyList<Site> sites, int rows);
}
