namespace Apex.Models;

/// <summary>A network that was read, whose input may leave the shape of a sample open.</summary>
internal interface IUnboundModel
{
    /// <summary>Names of the inputs; the first is the one that a sample's shape is of.</summary>
    IReadOnlyList<string> InputNames { get; }

    /// <summary>Declared shape of one sample; null where an axis is free.</summary>
    IReadOnlyList<int?> SampleShape { get; }

    /// <summary>Makes it runnable.</summary>
    /// <param name="sampleShape">Shape of one sample in the model's layout, used where the network leaves it free and nothing else was said; or null.</param>
    /// <exception cref="InvalidInputException">The shape is still free or contradicts the network, or the network does not run.</exception>
    IClassifier Bind(IReadOnlyList<int>? sampleShape);
}
