namespace Apex.Analysis.Screening;

/// <summary>One way of looking for a class that stands out.</summary>
/// <param name="Name">
/// <c>shared-noise</c> (gain and push), <c>directed-noise</c> or <c>last-layer</c> (docs/method.md, sections 3 and 7).
/// </param>
/// <param name="Inputs">Whether the inputs were data or, at least in part, noise.</param>
/// <param name="Scores">
/// Score of each class, shape <c>[classes]</c>: without references in units of what clean networks differ by, with references how far the class lies above
/// the same class there, in units of the spread among them.
/// </param>
/// <param name="PValue">How often a clean model has a class that stands out so far in this view; null where there is no null.</param>
internal sealed record ScreeningView(string Name, ScreeningInputs Inputs, IReadOnlyList<double> Scores, double? PValue)
{
    /// <summary>Random noise that all inputs share.</summary>
    public const string SharedNoise = "shared-noise";

    /// <summary>The worst noise that all inputs share.</summary>
    public const string DirectedNoise = "directed-noise";

    /// <summary>What the last layer gives to each class.</summary>
    public const string LastLayer = "last-layer";

    /// <summary>The class that stands out most.</summary>
    public int Target => Scores.Index().MaxBy(s => s.Item).Index;
}
